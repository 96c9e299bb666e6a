/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines to a descriptor or to a function of the caller, many in one write. A reader finds whole lines only: if
 * a write fails in the middle of a line (no space left), the file is truncated
 * to the end of the line before.
 */
#ifndef IPITRACE_VIEW_LINES_H
#define IPITRACE_VIEW_LINES_H

#include <stddef.h>
#include <stdint.h>

#define LINES_BYTES (1 << 18)

struct lines {
	int fd;
	/* Takes whole lines in the place of @fd. 0 or a negative errno. NULL: lines go to @fd. */
	int (*write)(void *ctx, const char *text, size_t len);
	void *ctx;
	int err; /* negative errno of the first write that failed */
	size_t len;
	char text[LINES_BYTES];
};

/*
 * Returns where to write a line of up to @max bytes (LINES_BYTES at most);
 * lines__end() adds the line. May write out the lines before, to make room.
 */
char *lines__begin(struct lines *lines, size_t max);
/* @end: the byte after the line's newline. */
void lines__end(struct lines *lines, const char *end);

/* A line that cannot be made: write those before it, and let all later calls return @err. */
void lines__fail(struct lines *lines, int err);

/* Write all lines out. 0, or the negative errno of this or an earlier write. */
int lines__flush(struct lines *lines);

/*
 * @n in decimal, not terminated by a 0; returns the end. For lines so frequent
 * that printf() is too slow.
 */
char *lines__u64(char *to, uint64_t n);

#endif /* IPITRACE_VIEW_LINES_H */
