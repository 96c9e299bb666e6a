// SPDX-License-Identifier: GPL-2.0
/* JSON on a terminal: the same values, in printable ASCII alone. */
#include <jansson.h>
#include "unit.h"
#include "view/json/json.h"

/* DEL, C1 as UTF-8, the override of direction, a character beyond 16 bits. */
#define HOSTILE "a\x7f\xc2\x9b\xe2\x80\xae\xf0\x9f\x98\x80z"
#define ESCAPED "a\\u007F\\u009B\\u202E\\uD83D\\uDE00z"

static void check(const char *text, const char *want)
{
	char to[256];
	size_t len = json_ascii__write(to, text, strlen(text));

	to[len] = '\0';
	assert_string_equal(to, want);
	assert_true(json_ascii__is(to, len));
	assert_true(len <= JSON_ASCII_GROWTH * strlen(text));
}

TEST(what_a_terminal_obeys_is_escaped)
{
	check("{\"comm\":\"" HOSTILE "\"}", "{\"comm\":\"" ESCAPED "\"}");
	check("{\"a\" :\t1}\r", "{\"a\" : 1} ");
	check("{\"a\":\"\\u001b~ \"}", "{\"a\":\"\\u001b~ \"}");
	assert_false(json_ascii__is("a\x7f", 2));
	assert_false(json_ascii__is("a\tb", 3));
	assert_false(json_ascii__is("\xc2\x9b", 2));
}

/* The lines of live commands: on the heap, and in a buffer of the caller. */
TEST(live_lines_have_no_del)
{
	static const char want[] = "{\"comm\":\"" ESCAPED "\"}\n";
	char *line = json__owned_line(json_pack("{s:o}", "comm", parts__text(HOSTILE)));
	char buf[sizeof(want) + 8];

	assert_string_equal(line, want);
	free(line);
	for (size_t size = 1; size < sizeof(buf); size++) {
		size_t len =
			json__line(buf, size, json_pack("{s:o}", "comm", parts__text(HOSTILE)));

		assert_int_equal(len, size >= strlen(want) ? strlen(want) : 0);
		if (len)
			assert_memory_equal(buf, want, len);
	}
}

TEST(del_grows_in_place)
{
	static const char want[] = "\"\\u007F\\u007F-\\u007F\"";
	char *text = json__quoted("\x7f\x7f-\x7f");

	assert_string_equal(text, want);
	free(text);
}

TEST_MAIN(NULL, NULL)
