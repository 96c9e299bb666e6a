/* SPDX-License-Identifier: GPL-2.0 */
/* The first and the last line of a capture, newline included, as malloc() gives them. */
#ifndef IPITRACE_VIEW_JSON_CAPTURE_H
#define IPITRACE_VIEW_JSON_CAPTURE_H

#include <stdint.h>
#include <time.h>
#include "model/host.h"

struct capture_head {
	const struct host *host;
	char **options; /* the words of the command line */
	int nr_options;
	const char *program; /* NULL: none. Its arguments may be secret, and are left out */
	struct timespec started;
	uint64_t mono; /* CLOCK_MONOTONIC ns at the same moment */
	int minor;
	unsigned int part; /* of the run, from 1 */
};

struct capture_foot {
	uint64_t lines; /* in the capture, this one too */
	uint64_t stalls_dropped; /* reports that found no room on their way to the file */
	uint64_t mono; /* when the run was over */
};

/* NULL without memory. */
char *json__capture_line(const struct capture_head *head);
char *json__capture_end_line(const struct capture_foot *foot);

#endif /* IPITRACE_VIEW_JSON_CAPTURE_H */
