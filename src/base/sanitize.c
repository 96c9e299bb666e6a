// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <string.h>
#include "base/sanitize.h"

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

static size_t copy_text(char *to, size_t size, const char *at, bool all)
{
	size_t len = 0;

	if (!size)
		return 0;
	while (*at) {
		uint32_t code;
		size_t bytes = utf8__decode(at, UTF8_MAX, &code);
		bool keep = bytes && (all || !(is_control(code) || is_layout(code)));
		size_t need = keep ? bytes : 1;

		if (need >= size - len)
			break;
		if (keep)
			memmove(to + len, at, need);
		else
			to[len] = '?';
		len += need;
		at += bytes ? bytes : 1;
	}
	to[len] = '\0';
	return len;
}

size_t sanitize(char *to, size_t size, const char *from)
{
	return copy_text(to, size, from, false);
}

size_t sanitize_utf8(char *to, size_t size, const char *from)
{
	return copy_text(to, size, from, true);
}

/* By its first byte; 0: no character begins so. *@bits: of that byte, those of the code point. */
static size_t length_of(unsigned char first, uint32_t *bits)
{
	size_t len = first < 0x80	    ? 1 :
		     (first & 0xe0) == 0xc0 ? 2 :
		     (first & 0xf0) == 0xe0 ? 3 :
		     (first & 0xf8) == 0xf0 ? 4 :
					      0;

	*bits = len == 1 ? first : first & (0x7f >> len);
	return len;
}

size_t utf8__decode(const char *text, size_t len, uint32_t *code)
{
	/* The least code point that needs as many bytes: a longer form is invalid. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t nr = len ? length_of(*text, code) : 0;

	if (!nr || nr > len)
		return 0;
	for (size_t i = 1; i < nr; i++) {
		/* No continuation, as the NUL is none: this stays within a string. */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	return *code >= least[nr] && *code <= 0x10ffff && !(*code >= 0xd800 && *code <= 0xdfff) ?
		       nr :
		       0;
}
