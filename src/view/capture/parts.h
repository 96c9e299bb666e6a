/* SPDX-License-Identifier: GPL-2.0 */
/* The files of one run: with --max-size, FILE and FILE.1. */
#ifndef IPITRACE_VIEW_CAPTURE_PARTS_H
#define IPITRACE_VIEW_CAPTURE_PARTS_H

#include "view/capture/reader.h"

#define CAPTURE_PARTS 2

struct capture_parts {
	int nr;
	int fds[CAPTURE_PARTS]; /* the older part first; the caller's to close */
};

/*
 * Open the capture at @path, and the other file of the same run. 0, or the
 * negative errno of opening @path.
 */
int capture_parts__open(struct capture_parts *parts, const char *path);

/*
 * capture__read() for each part of the capture at @path, until one does not read
 * whole; @result is that one's, or the last one's. 0, or the negative errno of opening @path.
 */
int capture_parts__read(const char *path, capture_line_fn *fn, void *ctx,
			struct capture_result *result);

#endif /* IPITRACE_VIEW_CAPTURE_PARTS_H */
