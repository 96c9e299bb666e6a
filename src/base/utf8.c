// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include "base/utf8.h"

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
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
		/* The NUL is no continuation either, so this stays within a string. */
		if (!is_continuation(text[i]))
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	return *code >= least[nr] && *code <= 0x10ffff && !(*code >= 0xd800 && *code <= 0xdfff) ?
		       nr :
		       0;
}
