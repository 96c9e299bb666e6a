/* SPDX-License-Identifier: GPL-2.0 */
/* The files of one run: with --max-size, FILE and FILE.1. */
#ifndef IPITRACE_VIEW_CAPTURE_PARTS_H
#define IPITRACE_VIEW_CAPTURE_PARTS_H

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

#endif /* IPITRACE_VIEW_CAPTURE_PARTS_H */
