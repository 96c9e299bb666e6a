/* SPDX-License-Identifier: GPL-2.0 */
/* Text into a buffer, without stdio: a thread on a stuck CPU may hold stdio's lock. */
#ifndef IPITRACE_VIEW_TEXT_BLOCK_H
#define IPITRACE_VIEW_TEXT_BLOCK_H

#include <stdarg.h>
#include <stddef.h>

struct block {
	char *buf; /* always terminated by a 0 */
	size_t size;
	size_t len; /* without the 0 */
};

void block__begin(struct block *b, char *buf, size_t size);

/* Append; text that does not fit is cut off, behind a whole character. */
void __attribute__((format(printf, 2, 3))) block__add(struct block *b, const char *format, ...);

void __attribute__((format(printf, 2, 0)))
block__vadd(struct block *b, const char *format, va_list args);

/*
 * Append a paragraph in lines of style__columns(), broken at blanks, except between a
 * number and its unit. The first line starts at column @indent, which the caller has
 * filled; further lines are indented by as much.
 */
void block__wrap(struct block *b, const char *text, int indent);

/* The same; of the formatted text as much as 1,279 bytes. */
void __attribute__((format(printf, 3, 0)))
block__vwrap(struct block *b, int indent, const char *format, va_list args);

/* @label, as a heading, and the text behind it at column @indent, further lines below it. */
void __attribute__((format(printf, 3, 4)))
paragraph__labelled(const char *label, int indent, const char *format, ...);

/* @label and the text, dim, the text as above. */
void __attribute__((format(printf, 3, 4)))
paragraph__dim_labelled(const char *label, int indent, const char *format, ...);

/* The text behind what stands in the line up to column @indent, further lines below it. */
void __attribute__((format(printf, 2, 3))) paragraph__rest(int indent, const char *format, ...);

/* Dim, each line at column @indent. */
void __attribute__((format(printf, 2, 3))) paragraph__dim(int indent, const char *format, ...);

#endif /* IPITRACE_VIEW_TEXT_BLOCK_H */
