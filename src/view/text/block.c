// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "view/text/block.h"

void block__begin(struct block *b, char *buf, size_t size)
{
	b->buf = buf;
	b->size = size;
	b->len = 0;
	buf[0] = '\0';
}

void block__add(struct block *b, const char *format, ...)
{
	size_t room = b->size - b->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(b->buf + b->len, room, format, args);
	va_end(args);
	if (len < 0)
		return;
	b->len += (size_t)len < room ? (size_t)len : room - 1;
}

void block__wrap(struct block *b, const char *text, int indent)
{
	int column = indent;

	while (*text) {
		int len = strcspn(text, " ");

		if (column > indent && column + 1 + len > BLOCK_WIDTH) {
			block__add(b, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			block__add(b, " ");
			column++;
		}
		/* Break a word that is longer than a line. */
		if (len > BLOCK_WIDTH - column)
			len = BLOCK_WIDTH - column;
		block__add(b, "%.*s", len, text);
		column += len;
		text += len;
		if (*text == ' ')
			text++;
		else if (*text)
			column = BLOCK_WIDTH;
	}
	block__add(b, "\n");
}
