/* SPDX-License-Identifier: GPL-2.0 */
/* A line of a canvas as text. */
#ifndef IPITRACE_TESTS_CANVAS_LINE_H
#define IPITRACE_TESTS_CANVAS_LINE_H

#include "view/top/screen.h"

static inline size_t encode(wchar_t ch, char *to)
{
	if (ch < 0x80) {
		to[0] = ch;
		return 1;
	}
	if (ch < 0x800) {
		to[0] = 0xc0 | ch >> 6;
		to[1] = 0x80 | (ch & 0x3f);
		return 2;
	}
	to[0] = 0xe0 | ch >> 12;
	to[1] = 0x80 | (ch >> 6 & 0x3f);
	to[2] = 0x80 | (ch & 0x3f);
	return 3;
}

/* Line @y as UTF-8 without blanks at its end, into @buf. */
static inline void canvas__line(const struct canvas *canvas, int y, char *buf, size_t size)
{
	size_t len = 0, end = 0;

	for (int x = 0; x < canvas->width && len + 4 < size; x++) {
		wchar_t ch = canvas->glyphs[y * canvas->width + x].ch;

		len += encode(ch, buf + len);
		if (ch != L' ')
			end = len;
	}
	buf[end] = '\0';
}

#endif /* IPITRACE_TESTS_CANVAS_LINE_H */
