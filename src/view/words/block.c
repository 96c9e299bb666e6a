// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/words/words.h"

void block__begin(struct block *b, char *buf, size_t size)
{
	b->buf = buf;
	b->size = size;
	b->len = 0;
	buf[0] = '\0';
}

static void __attribute__((format(printf, 2, 0)))
add_format(struct block *b, const char *format, va_list args)
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
	add_format(b, format, args);
	va_end(args);
}

/*
 * Returns the bytes up to the next blank that may be a line's end: none between a number and its
 * unit.
 */
static size_t word_len(const char *text)
{
	static const char *const units[] = { "%", "ns", "us", "ms", "s", "sample", "samples" };
	size_t len = strcspn(text, " "), unit;

	if (!len || !strchr("0123456789", text[len - 1]) || !text[len])
		return len;
	unit = strcspn(text + len + 1, " ,;:.)");
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i]) == unit && !strncmp(text + len + 1, units[i], unit))
			return len + 1 + strcspn(text + len + 1, " ");
	return len;
}

void block__wrap(struct block *b, const char *text, int indent)
{
	int column = indent, columns = style__columns();

	while (*text) {
		int len = word_len(text), width = safe__width_of(text, len);

		if (column > indent && column + 1 + width > columns) {
			block__add(b, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			block__add(b, " ");
			column++;
		}
		/* Break a word that is longer than a line. */
		if (width > columns - column) {
			width = columns - column;
			len = safe__fit(text, width);
		}
		block__add(b, "%.*s", len, text);
		column += width;
		text += len;
		if (*text == ' ')
			text++;
		else if (*text)
			column = columns;
	}
	block__add(b, "\n");
}

void block__vwrap(struct block *b, int indent, const char *format, va_list args)
{
	struct block words = BLOCK(1280);

	add_format(&words, format, args);
	block__wrap(b, words.buf, indent);
}

void block__format(struct block *b, int indent, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	block__vwrap(b, indent, format, args);
	va_end(args);
}

/* After the first @indent columns of the first line, which the caller has filled. */
static void __attribute__((format(printf, 2, 0)))
print_wrapped(int indent, const char *format, va_list args)
{
	struct block lines = BLOCK(2560);

	block__vwrap(&lines, indent, format, args);
	fputs(lines.buf, stdout);
}

void paragraph__styled(enum style style, const char *label, int indent, const char *format, ...)
{
	va_list args;

	printf("%s%-*s%s", style__on(style), indent, label, style == STYLE_DIM ? "" : style__off());
	va_start(args, format);
	print_wrapped(indent, format, args);
	va_end(args);
	if (style == STYLE_DIM)
		fputs(style__off(), stdout);
}

void paragraph__rest(int indent, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_wrapped(indent, format, args);
	va_end(args);
}
