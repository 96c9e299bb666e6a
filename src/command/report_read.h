/* SPDX-License-Identifier: GPL-2.0 */
/* A capture's lines, and what is wrong with its file. */
#ifndef IPITRACE_COMMAND_REPORT_READ_H
#define IPITRACE_COMMAND_REPORT_READ_H

#include "view/capture/reader.h"

/*
 * Hand over the lines of the capture at @path, in all its parts. @fn returns a negative
 * errno to stop, -EBADMSG for a line that is no JSON. Returns an exit status; a failure
 * has been reported.
 */
int report_read(const char *path, capture_line_fn *fn, void *ctx);

#endif /* IPITRACE_COMMAND_REPORT_READ_H */
