/* SPDX-License-Identifier: GPL-2.0 */
/* Top's screen on a canvas: its lines, and its keys. */
#ifndef IPITRACE_TESTS_TOP_SCREEN_H
#define IPITRACE_TESTS_TOP_SCREEN_H

#include "canvas_line.h"
#include "unit.h"

static struct screen screen;
static struct canvas canvas;

static int teardown(void **state)
{
	screen__close(&screen);
	canvas__free(&canvas);
	return 0;
}

/* Line @y of a new drawing. */
static const char *line(int y)
{
	static char text[2048];

	screen__draw(&screen, &canvas);
	canvas__line(&canvas, y, text, sizeof(text));
	return text;
}

static enum screen_wish press(enum screen_key key)
{
	return screen__input(&screen, &(struct input){ .key = key });
}

static enum screen_wish type(const char *text)
{
	enum screen_wish wish = WISH_NONE;

	for (; *text; text++)
		wish = screen__input(&screen, &(struct input){ .key = SCREEN_CHAR, .ch = *text });
	return wish;
}

#endif /* IPITRACE_TESTS_TOP_SCREEN_H */
