// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "view/text/block.h"
#include "view/text/safe.h"

void block__begin(struct block *b, char *buf, size_t size)
{
	b->buf = buf;
	b->size = size;
	b->len = 0;
	buf[0] = '\0';
}

void block__vadd(struct block *b, const char *format, va_list args)
{
	size_t room = b->size - b->len;
	int len = vsnprintf(b->buf + b->len, room, format, args);

	if (len < 0)
		return;
	if ((size_t)len < room) {
		b->len += len;
		return;
	}
	b->len = safe__whole(b->buf, b->size - 1);
	b->buf[b->len] = '\0';
}

void block__add(struct block *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	block__vadd(b, format, args);
	va_end(args);
}

void block__wrap(struct block *b, const char *text, int indent)
{
	int column = indent;

	while (*text) {
		int len = strcspn(text, " "), width = safe__width_of(text, len);

		if (column > indent && column + 1 + width > BLOCK_WIDTH) {
			block__add(b, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			block__add(b, " ");
			column++;
		}
		/* Break a word that is longer than a line. */
		if (width > BLOCK_WIDTH - column) {
			width = BLOCK_WIDTH - column;
			len = safe__fit(text, width);
		}
		block__add(b, "%.*s", len, text);
		column += width;
		text += len;
		if (*text == ' ')
			text++;
		else if (*text)
			column = BLOCK_WIDTH;
	}
	block__add(b, "\n");
}
