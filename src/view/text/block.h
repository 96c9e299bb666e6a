/* SPDX-License-Identifier: GPL-2.0 */
/* Text into a buffer: no stdio, whose locks a stuck thread would keep. */
#ifndef IPITRACE_VIEW_TEXT_BLOCK_H
#define IPITRACE_VIEW_TEXT_BLOCK_H

#include <stddef.h>

#define BLOCK_WIDTH 80

struct block {
	char *buf; /* always ends in a 0 */
	size_t size;
	size_t len;
};

void block__begin(struct block *b, char *buf, size_t size);

/* What does not fit is cut off. */
void __attribute__((format(printf, 2, 3))) block__add(struct block *b, const char *format, ...);

/*
 * A paragraph, broken at blanks to BLOCK_WIDTH columns, of which all but the
 * first line are indented; the first has @indent columns before it already.
 */
void block__wrap(struct block *b, const char *text, int indent);

#endif /* IPITRACE_VIEW_TEXT_BLOCK_H */
