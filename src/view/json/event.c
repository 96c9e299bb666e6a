// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/json/event.h"

/* Room for the keys and for the longest number. */
#define NUMBERS 64

/* Append @len bytes of @text at *@at. */
static void append(char **at, const char *text, size_t len)
{
	memcpy(*at, text, len);
	*at += len;
}

static void append_number(char **at, uint64_t n)
{
	char digits[20];
	size_t len = 0;

	do
		digits[sizeof(digits) - ++len] = '0' + n % 10;
	while (n /= 10);
	append(at, digits + sizeof(digits) - len, len);
}

size_t json__event(char *to, size_t size, const char *line, size_t len, const char *nodename,
		   uint64_t unix_ms)
{
	static const char first[] = "{\"nodename\":", second[] = ",\"unix_ms\":";
	char *at = to;

	if (len + JSON_EVENT_BYTES > size || strlen(nodename) + NUMBERS > JSON_EVENT_BYTES ||
	    *line != '{')
		return 0;
	append(&at, first, strlen(first));
	append(&at, nodename, strlen(nodename));
	append(&at, second, strlen(second));
	append_number(&at, unix_ms);
	append(&at, ",", 1);
	append(&at, line + 1, len - 1);
	return at - to;
}
