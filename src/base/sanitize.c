// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/sanitize.h"

/* The bytes and the code point of one character. */
struct utf8 {
	size_t len;
	uint32_t code;
};

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Decode the character at @text; false if no valid UTF-8 begins there (RFC 3629). */
static bool utf8_decode(const unsigned char *text, struct utf8 *c)
{
	/* The least code point that needs as many bytes: a longer form is invalid. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (*text < 0x80)
		*c = (struct utf8){ 1, *text };
	else if ((*text & 0xe0) == 0xc0)
		*c = (struct utf8){ 2, *text & 0x1f };
	else if ((*text & 0xf0) == 0xe0)
		*c = (struct utf8){ 3, *text & 0x0f };
	else if ((*text & 0xf8) == 0xf0)
		*c = (struct utf8){ 4, *text & 0x07 };
	else
		return false;
	for (size_t i = 1; i < c->len; i++) {
		/* The NUL is no continuation either, so this stays within the string. */
		if (!is_continuation(text[i]))
			return false;
		c->code = c->code << 6 | (text[i] & 0x3f);
	}
	return c->code >= least[c->len] && c->code <= 0x10ffff &&
	       !(c->code >= 0xd800 && c->code <= 0xdfff);
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/*
 * Characters that let one name change how the rest of its line looks: the embeddings,
 * overrides, isolates and marks of the bidirectional algorithm (Unicode's UAX #9, 2.1 to
 * 2.6; CVE-2021-42574), and the separators of lines and paragraphs.
 */
static bool is_layout(uint32_t code)
{
	return code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static size_t copy(char *to, size_t size, const char *from, bool all)
{
	const unsigned char *at = (const unsigned char *)from;
	size_t len = 0;

	if (!size)
		return 0;
	while (*at) {
		struct utf8 c;
		bool valid = utf8_decode(at, &c);
		bool keep = valid && (all || !(is_control(c.code) || is_layout(c.code)));
		size_t need = keep ? c.len : 1;

		if (need >= size - len)
			break;
		if (keep)
			memmove(to + len, at, need);
		else
			to[len] = '?';
		len += need;
		at += valid ? c.len : 1;
	}
	to[len] = '\0';
	return len;
}

size_t sanitize(char *to, size_t size, const char *from)
{
	return copy(to, size, from, false);
}

size_t sanitize_utf8(char *to, size_t size, const char *from)
{
	return copy(to, size, from, true);
}
