/* SPDX-License-Identifier: GPL-2.0 */
/* `report --perfetto` and `report --html`. Part of report.c. */
#ifndef IPITRACE_COMMAND_PICTURES_H
#define IPITRACE_COMMAND_PICTURES_H

#include <stdio.h>
#include "cli/options.h"
#include "command/report_read.h"

#define PICTURES 2

/* The files that --perfetto and --html name. */
struct picture_files {
	int timeline; /* -1: not asked for */
	int page;
};

#define PICTURES_NONE  \
	{              \
		-1, -1 \
	}

/* All return an exit status; a failure has been reported. */

/* Open the files that the options name. */
int pictures_open(const struct options *opts, struct picture_files *files);

/* Their descriptors; returns how many. */
size_t pictures_fds(const struct picture_files *files, int fds[PICTURES]);

/* Draw @input into @files, in one reading. */
int report_pictures(const struct options *opts, struct report_input *input,
		    const struct picture_files *files);

/* Close the files. @status: of the run so far, which is returned if nothing fails. */
int pictures_close(const struct options *opts, struct picture_files *files, int status);

#endif /* IPITRACE_COMMAND_PICTURES_H */
