// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <string.h>
#include "base/sanitize.h"
#include "view/json/ascii.h"

#define DEL	     '\x7f'
#define DEL_TEXT     "\\u007F"
#define ESCAPE_BYTES 6

bool json_ascii__is(const char *text, size_t len)
{
	bool other = false;

	/* No early end: so the compiler takes many bytes at once. */
	for (size_t i = 0; i < len; i++)
		other |= (unsigned char)(text[i] - ' ') > '~' - ' ';
	return !other;
}

static char *unit_write(char *to, uint32_t unit)
{
	static const char digits[] = "0123456789ABCDEF";

	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = digits[unit >> shift & 15];
	return to;
}

/* Beyond the Basic Multilingual Plane as two surrogates (RFC 8259, 7). */
static char *escape_write(char *to, uint32_t code)
{
	if (code < 0x10000)
		return unit_write(to, code);
	code -= 0x10000;
	return unit_write(unit_write(to, 0xd800 | code >> 10), 0xdc00 | (code & 0x3ff));
}

size_t json_ascii__write(char *to, const char *text, size_t len)
{
	const char *end = text + len, *begin = to;

	while (text < end) {
		uint32_t code;
		size_t bytes = utf8__decode(text, end - text, &code);

		if (!bytes)
			code = '?';
		/* Valid JSON has control characters outside strings only. */
		if (code < ' ')
			code = ' ';
		if (code >= ' ' && code <= '~')
			*to++ = code;
		else
			to = escape_write(to, code);
		text += bytes ? bytes : 1;
	}
	return to - begin;
}

size_t json_ascii__growth(const char *text, size_t len)
{
	size_t dels = 0;

	for (size_t i = 0; i < len; i++)
		dels += text[i] == DEL;
	return dels * (ESCAPE_BYTES - 1);
}

size_t json_ascii__in_place(char *text, size_t len, size_t size)
{
	size_t growth = json_ascii__growth(text, len), all = len + growth;

	if (all > size)
		return 0;
	/* From the end: what is still to be moved stands @growth bytes before its place. */
	for (char *from = text + len; growth;) {
		char c = *--from;

		if (c != DEL) {
			from[growth] = c;
			continue;
		}
		growth -= ESCAPE_BYTES - 1;
		memcpy(from + growth, DEL_TEXT, ESCAPE_BYTES);
	}
	return all;
}
