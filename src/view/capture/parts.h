/* SPDX-License-Identifier: GPL-2.0 */
/* The files of one run: with --max-size, FILE and FILE.1. */
#ifndef IPITRACE_VIEW_CAPTURE_PARTS_H
#define IPITRACE_VIEW_CAPTURE_PARTS_H

#include "view/capture/reader.h"

#define CAPTURE_PARTS 2

struct capture_parts {
	int nr;
	int fds[CAPTURE_PARTS]; /* -1: none */
	const char *left_out; /* why FILE.1 was not opened; NULL: it was, or is not there */
};

/*
 * Open the capture at @path, and what may be the other file of the same run, if that is a regular
 * file of the same owner. Nothing is read. 0, or the negative errno of opening @path.
 */
int capture_parts__open(struct capture_parts *parts, const char *path);
void capture_parts__close(struct capture_parts *parts);

/* By their first lines: the older part first; a file of another run is closed. */
void capture_parts__order(struct capture_parts *parts);

/*
 * Order the parts, and capture__read() each, until one does not read whole; @result is that one's,
 * or the last one's.
 */
void capture_parts__read(struct capture_parts *parts, capture_line_fn *fn, void *ctx,
			 struct capture_result *result);

#endif /* IPITRACE_VIEW_CAPTURE_PARTS_H */
