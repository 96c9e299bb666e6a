/* SPDX-License-Identifier: GPL-2.0 */
/* A capture's lines: what is wrong with their file, and which of them the options of `report` let through. */
#ifndef IPITRACE_COMMAND_REPORT_READ_H
#define IPITRACE_COMMAND_REPORT_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "cli/options.h"
#include "view/capture/line.h"
#include "view/capture/reader.h"
#include "view/capture/record_line.h"

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

struct report_filter {
	const struct options *opts;
	uint64_t since, until; /* CLOCK_MONOTONIC of the capture, ns, where the options are given */
	bool by_csd; /* -c, --src, --dst, -f or -p is given */
	bool any; /* any filter is */
};

void report_filter__open(struct report_filter *filter, const struct options *opts);

/* @object: the capture's first line, by whose clocks --since and --until are understood. */
void report_filter__begin(struct report_filter *filter, const json_t *object);

/* Whether @object, of a line of @type, passes. Windows pass whole. */
bool report_filter__passes(const struct report_filter *filter, const json_t *object,
			   enum line_type type);

/* The same for a line of LINE_IPI. */
bool report_filter__passes_record(const struct report_filter *filter,
				  const struct record_line *line);

#endif /* IPITRACE_COMMAND_REPORT_READ_H */
