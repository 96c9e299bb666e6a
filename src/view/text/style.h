/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Colours if stdout is a terminal, block characters if the locale is UTF-8.
 * The first call of each kind asks the environment, and the answer stays: a
 * caller that must not block later calls style__on() once beforehand.
 */
#ifndef IPITRACE_VIEW_TEXT_STYLE_H
#define IPITRACE_VIEW_TEXT_STYLE_H

#include <stdint.h>

enum style {
	STYLE_PLAIN,
	STYLE_HEAD,
	STYLE_DIM,
	STYLE_ALERT,
};

/* Escape sequences; "" without colours (NO_COLOR, TERM=dumb, a pipe). */
const char *style__on(enum style style);
const char *style__off(void);

/* From now on there are no escape sequences: the lines go to a canvas, which has inks. */
void style__plain(void);

/*
 * The width of a page: the terminal's columns, from STYLE_NARROW to STYLE_COLUMNS;
 * STYLE_COLUMNS where stdout is none, or does not tell.
 */
#define STYLE_COLUMNS 80
#define STYLE_NARROW  40
int style__columns(void);

/* A column of a table, @width wide of STYLE_COLUMNS, of which a narrow page takes what it lacks. */
int style__width(int width);

/* A bar for @n of @max, at most @width columns, into @buf; returns @buf. */
#define BAR_BYTES 256
const char *style__bar(char buf[BAR_BYTES], uint64_t n, uint64_t max, int width);

/* One character for @n of @max, one step for each power of ten; " " for 0. */
const char *style__shade(uint64_t n, uint64_t max);

/* The characters of all shades, lightest first. */
const char *style__shades(void);

#endif /* IPITRACE_VIEW_TEXT_STYLE_H */
