/* SPDX-License-Identifier: GPL-2.0 */
/* A capture's lines, and what is wrong with its file. */
#ifndef IPITRACE_COMMAND_REPORT_READ_H
#define IPITRACE_COMMAND_REPORT_READ_H

#include "view/capture/parts.h"
#include "view/capture/reader.h"

struct report_input {
	const char *path; /* for messages */
	struct capture_parts parts;
};

/* Open the capture at @path; nothing is read. Returns an exit status; a failure has been reported. */
int report_input__open(struct report_input *input, const char *path);

/*
 * Hand over the lines of @input, in all its parts. @fn returns a negative errno to stop, -EBADMSG
 * for a line that is no JSON. Returns an exit status; a failure has been reported.
 */
int report_read(struct report_input *input, capture_line_fn *fn, void *ctx);

#endif /* IPITRACE_COMMAND_REPORT_READ_H */
