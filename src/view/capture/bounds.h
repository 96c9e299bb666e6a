/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bounds of a line of a capture, checked in one pass over its text before any memory is
 * taken for it: the line is JSON, no list is longer than the table that fills it, and what
 * the values will take together is bounded.
 */
#ifndef IPITRACE_VIEW_CAPTURE_BOUNDS_H
#define IPITRACE_VIEW_CAPTURE_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

/* Objects and lists in one another; the deepest line of ipitrace has 7. */
#define BOUNDS_DEPTH 16

/* Bytes of a string: a path of PATH_MAX, each byte an escape. */
#define BOUNDS_STRING (32 << 10)

/*
 * Bytes of memory for the values of a line, by estimate: a window of 4,096 busy CPUs with
 * all their pairs takes some 400 MB.
 */
#define BOUNDS_MEMORY ((size_t)600 << 20)

/* Bytes of a line that is one csd: its names, and a stack. */
#define BOUNDS_RECORD (64 << 10)

enum bounds_why {
	BOUNDS_KEPT,
	BOUNDS_NO_JSON,
	BOUNDS_DEEP, /* more than BOUNDS_DEPTH in one another */
	BOUNDS_LONG, /* a string or a key beyond BOUNDS_STRING, or the line is too long */
	BOUNDS_MANY, /* a list beyond the bound of its key */
	BOUNDS_ITEM, /* an item of a list of objects that is none */
	BOUNDS_NUMBER, /* beyond 64 bits, or beyond what a double holds */
	BOUNDS_LARGE, /* all values together */
};

#define BOUNDS_KEY 40

struct bounds_fault {
	enum bounds_why why;
	char key[BOUNDS_KEY]; /* of the value or of its list, cut; "": there is none */
	size_t item; /* BOUNDS_MANY: the bound; BOUNDS_ITEM: which, from 1 */
};

/* Check a line. False: *@fault says why. */
bool bounds__check(const char *text, size_t len, struct bounds_fault *fault);

/* The fault as a phrase: "key functions: item 3 is no object". */
#define BOUNDS_TEXT 128
void bounds_fault__text(const struct bounds_fault *fault, char *text, size_t size);

#endif /* IPITRACE_VIEW_CAPTURE_BOUNDS_H */
