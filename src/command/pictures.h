/* SPDX-License-Identifier: GPL-2.0 */
/* `report --perfetto` and `report --html`. Only report.c includes this. */
#ifndef IPITRACE_COMMAND_PICTURES_H
#define IPITRACE_COMMAND_PICTURES_H

#include "cli/options.h"

/* Draw the capture at @path into the files that the options name, in one reading. An exit status. */
int report_pictures(const struct options *opts, const char *path);

#endif /* IPITRACE_COMMAND_PICTURES_H */
