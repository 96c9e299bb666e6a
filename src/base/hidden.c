// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/hidden.h"

#define DIGITS 16 /* of an address in the upper half, which is the kernel's */

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

/* SipHash-2-4 of the eight bytes of @address: who knows some addresses cannot tell the key. */
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

/* The address that begins at @text, which has @len bytes; 0: none does. */
static uint64_t address_at(const char *text, size_t len)
{
	char digits[DIGITS + 1] = "";

	if (len < 2 + DIGITS || text[0] != '0' || (text[1] | ' ') != 'x')
		return 0;
	memcpy(digits, text + 2, DIGITS);
	for (int i = 0; i < DIGITS; i++)
		if (!isxdigit((unsigned char)digits[i]))
			return 0;
	/* A user's address, or a number, has fewer digits. */
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
