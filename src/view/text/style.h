/* SPDX-License-Identifier: GPL-2.0 */
/* Colours where stdout is a terminal, block characters where it is UTF-8. */
#ifndef IPITRACE_VIEW_TEXT_STYLE_H
#define IPITRACE_VIEW_TEXT_STYLE_H

#include <stdint.h>

enum style {
	STYLE_PLAIN,
	STYLE_HEAD,
	STYLE_DIM,
	STYLE_ALERT,
};

/* Escape sequences, "" where colours are not wanted (NO_COLOR, a pipe). */
const char *style__on(enum style style);
const char *style__off(void);

/* A bar of @width columns at the most for @n of @max, into @buf. */
#define BAR_BYTES 256
const char *style__bar(char buf[BAR_BYTES], uint64_t n, uint64_t max, int width);

/* One character for @n of @max, by order of magnitude; " " for 0. */
const char *style__shade(uint64_t n, uint64_t max);

/* The characters that shades are, least first. */
const char *style__shades(void);

#endif /* IPITRACE_VIEW_TEXT_STYLE_H */
