/* SPDX-License-Identifier: GPL-2.0 */
/* A screen as memory: characters and their ink, which a terminal then shows. */
#ifndef IPITRACE_VIEW_TOP_CANVAS_H
#define IPITRACE_VIEW_TOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#define HEATS 6

enum ink {
	INK_PLAIN,
	INK_HEAD,
	INK_DIM,
	INK_ALERT,
	INK_SELECTED,
	INK_HEAT, /* the coldest; INK_HEAT + HEATS - 1 the hottest */
	NR_INKS = INK_HEAT + HEATS,
};

struct glyph {
	wchar_t ch;
	uint8_t ink;
};

struct canvas {
	int width, height;
	bool utf8; /* the terminal shows more than ASCII */
	struct glyph *glyphs;
};

/* Blank, of that size. 0 or -ENOMEM, and the canvas is as before. */
int canvas__resize(struct canvas *canvas, int width, int height);
void canvas__free(struct canvas *canvas);
void canvas__clear(struct canvas *canvas);

/*
 * Put @text, sanitized, at (@y, @x), at most @width columns; what is outside of the
 * canvas is left out. A character that does not take one column becomes '?', so
 * that nobody's name moves the columns behind it. Returns the columns taken.
 */
int canvas__put(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text);

/* The same, right-aligned in @width columns. */
void canvas__put_right(struct canvas *canvas, int y, int x, int width, enum ink ink,
		       const char *text);

/* Give a line this ink. */
void canvas__ink_line(struct canvas *canvas, int y, enum ink ink);

/* Line @y as UTF-8 without blanks at its end, into @buf; for tests. */
void canvas__line(const struct canvas *canvas, int y, char *buf, size_t size);

#endif /* IPITRACE_VIEW_TOP_CANVAS_H */
