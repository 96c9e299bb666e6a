// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/sanitize.h"
#include "view/top/canvas.h"

/* The longest name is a cgroup's path. */
#define TEXT_BYTES 1024

void canvas__clear(struct canvas *canvas)
{
	for (int i = 0; i < canvas->width * canvas->height; i++)
		canvas->glyphs[i] = (struct glyph){ L' ', INK_PLAIN };
}

int canvas__resize(struct canvas *canvas, int width, int height)
{
	struct glyph *glyphs;

	width = width > 0 ? width : 1;
	height = height > 0 ? height : 1;
	glyphs = calloc((size_t)width * height, sizeof(*glyphs));
	if (!glyphs)
		return -ENOMEM;
	free(canvas->glyphs);
	canvas->glyphs = glyphs;
	canvas->width = width;
	canvas->height = height;
	canvas__clear(canvas);
	return 0;
}

void canvas__free(struct canvas *canvas)
{
	free(canvas->glyphs);
	canvas->glyphs = NULL;
	canvas->width = canvas->height = 0;
}

/* The next character of valid UTF-8. */
static wchar_t next(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
	wchar_t ch = more ? *p & (0x3f >> more) : *p;

	for (int i = 1; i <= more; i++)
		ch = ch << 6 | (p[i] & 0x3f);
	*text += 1 + more;
	return ch;
}

int canvas__put(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text)
{
	char safe[TEXT_BYTES];
	const char *p = safe;
	int at = 0;

	if (y < 0 || y >= canvas->height)
		return 0;
	sanitize(safe, sizeof(safe), text);
	for (; *p && at < width && x + at < canvas->width; at++) {
		wchar_t ch = next(&p);

		if (ch >= 0x80 && (!canvas->utf8 || wcwidth(ch) != 1))
			ch = L'?';
		if (x + at >= 0)
			canvas->glyphs[y * canvas->width + x + at] = (struct glyph){ ch, ink };
	}
	return at;
}

static int columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

void canvas__put_right(struct canvas *canvas, int y, int x, int width, enum ink ink,
		       const char *text)
{
	int blank = width - columns(text);

	canvas__put(canvas, y, x + (blank > 0 ? blank : 0), width, ink, text);
}

void canvas__ink_line(struct canvas *canvas, int y, enum ink ink)
{
	if (y < 0 || y >= canvas->height)
		return;
	for (int x = 0; x < canvas->width; x++)
		canvas->glyphs[y * canvas->width + x].ink = ink;
}

static size_t encode(wchar_t ch, char *to)
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

void canvas__line(const struct canvas *canvas, int y, char *buf, size_t size)
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
