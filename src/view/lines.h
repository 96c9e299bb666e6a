/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines to a descriptor, many at a time, and each whole: where a write ends
 * in the middle of one (no space left), what is there of it is cut off again.
 */
#ifndef IPITRACE_VIEW_LINES_H
#define IPITRACE_VIEW_LINES_H

#include <stddef.h>
#include <stdint.h>

#define LINES_BYTES (1 << 18)

struct lines {
	int fd;
	int err; /* negative errno of the first write that failed */
	size_t len;
	char text[LINES_BYTES];
};

/*
 * Room for a line of @max bytes (LINES_BYTES at most) at its returned place;
 * lines__end() takes it. Lines that came before may be written out for it.
 */
char *lines__begin(struct lines *lines, size_t max);
/* @end: behind the line's newline. */
void lines__end(struct lines *lines, const char *end);

/* Write out what there is. 0, or the negative errno, also of an earlier one. */
int lines__flush(struct lines *lines);

/* @n in decimal; returns the end. For what is written so often that printf() is too slow. */
char *lines__u64(char *to, uint64_t n);

#endif /* IPITRACE_VIEW_LINES_H */
