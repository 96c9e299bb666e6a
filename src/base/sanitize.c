// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/sanitize.h"
#include "base/utf8.h"

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

static size_t copy(char *to, size_t size, const char *at, bool all)
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
	return copy(to, size, from, false);
}

size_t sanitize_utf8(char *to, size_t size, const char *from)
{
	return copy(to, size, from, true);
}
