// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/sanitize.h"

/*
 * Characters by which a name changes how the rest of its line looks: the embeddings, overrides,
 * isolates and marks of the bidirectional algorithm (Unicode's UAX #9, 2.1 to 2.6; CVE-2021-42574),
 * and the separators of lines and paragraphs.
 */
static bool changes_layout(uint32_t code)
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
		bool is_control = bytes && (code < 0x20 || (code >= 0x7f && code < 0xa0));
		bool keep = bytes && (all || !(is_control || changes_layout(code)));
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

/*
 * Returns the length of a character by its first byte; 0 if no character begins with that byte.
 * *@bits gets the bits of the code point in that byte.
 */
static size_t utf8_length(unsigned char first, uint32_t *bits)
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
	/* The least code point that needs this number of bytes: a longer form is invalid. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t nr = len ? utf8_length(*text, code) : 0;

	if (!nr || nr > len)
		return 0;
	for (size_t i = 1; i < nr; i++) {
		/* A NUL is no continuation byte, so this does not read past the end of a string. */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	return *code >= least[nr] && *code <= 0x10ffff && !(*code >= 0xd800 && *code <= 0xdfff) ?
		       nr :
		       0;
}

#define DIGITS 16 /* digits of an address in the upper half, which is the kernel's */

int hidden__open(struct hidden *hidden)
{
	ssize_t got = getrandom(hidden->key, sizeof(hidden->key), 0);

	return got == sizeof(hidden->key) ? 0 : got < 0 ? -errno : -EIO;
}

static uint64_t rotate_left(uint64_t v, int by)
{
	return v << by | v >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] = rotate_left(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

/*
 * Returns SipHash-2-4 of the eight bytes of @address: nobody can compute the key from some
 * addresses and their numbers.
 */
static uint64_t hash_address(const struct hidden *hidden, uint64_t address)
{
	uint64_t words[] = { address, 8ULL << 56 };
	uint64_t v[] = {
		hidden->key[0] ^ 0x736f6d6570736575ULL,
		hidden->key[1] ^ 0x646f72616e646f6dULL,
		hidden->key[0] ^ 0x6c7967656e657261ULL,
		hidden->key[1] ^ 0x7465646279746573ULL,
	};

	for (int i = 0; i < 2; i++) {
		v[3] ^= words[i];
		sip_round(v);
		sip_round(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Returns the address at the beginning of @text, which has @len bytes; 0 if there is none. */
static uint64_t address_at(const char *text, size_t len)
{
	char digits[DIGITS + 1] = "";

	if (len < 2 + DIGITS || text[0] != '0' || (text[1] | ' ') != 'x')
		return 0;
	memcpy(digits, text + 2, DIGITS);
	for (int i = 0; i < DIGITS; i++)
		if (!isxdigit((unsigned char)digits[i]))
			return 0;
	/* A user's address, or another number, has fewer digits. */
	return strtoull(digits, NULL, 16);
}

size_t hidden__addresses(const struct hidden *hidden, char *text, size_t len)
{
	size_t to = 0;
	char number[20];

	for (size_t from = 0; from < len;) {
		uint64_t address = address_at(text + from, len - from);

		if (!address) {
			text[to++] = text[from++];
			continue;
		}
		snprintf(number, sizeof(number), "0x1%011" PRIx64,
			 hash_address(hidden, address) >> 20);
		memcpy(text + to, number, strlen(number));
		to += strlen(number);
		from += 2 + DIGITS;
	}
	return to;
}
