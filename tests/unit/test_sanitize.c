// SPDX-License-Identifier: GPL-2.0
/* Names that are made safe for a terminal. */
#include "base/sanitize.h"
#include "unit.h"

static void check(const char *from, const char *want)
{
	char text[64], same[64];

	assert_int_equal(sanitize(text, sizeof(text), from), strlen(want));
	assert_string_equal(text, want);
	/* In place, too. */
	strcpy(same, from);
	assert_int_equal(sanitize(same, sizeof(same), same), strlen(want));
	assert_string_equal(same, want);
}

TEST(ordinary_text_is_kept)
{
	static const char *const kept[] = {
		"", "kworker/3:1H", "a b~", "größe", "名前", "\u00a0", "😀", "\xf4\x8f\xbf\xbf",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		check(kept[i], kept[i]);
}

TEST(control_characters_are_replaced)
{
	for (char c = 1; c < ' '; c++)
		check((char[]){ 'a', c, 'b', '\0' }, "a?b");
	check("\x7f", "?");
	check("\x1b[31mred\n", "?[31mred?");
	/* U+0080 to U+009F: one for each character. */
	for (int c = 0x80; c < 0xa0; c++)
		check((char[]){ 'a', (char)0xc2, (char)c, 'b', '\0' }, "a?b");
}

TEST(characters_that_reorder_or_break_a_line_are_replaced)
{
	static const char *const bad[] = {
		"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
		"\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
	};
	/* Their neighbours, and letters that are written from right to left. */
	static const char *const kept[] = {
		"\u061b", "\u061d", "\u200d", "\u2010",	      "\u2027",
		"\u202f", "\u2065", "\u206a", "\u05e9\u05dc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(bad[i], "?");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		check(kept[i], kept[i]);
	check("a\u202edb_cilbup", "a?db_cilbup");
}

TEST(bytes_that_are_not_utf8_are_replaced)
{
	static const struct {
		const char *from, *want;
	} bad[] = {
		{ "a\x9b"
		  "31m",
		  "a?31m" }, /* CSI as one byte */
		{ "\xff\xfe", "??" },
		{ "\xc3", "?" }, /* ends too early */
		{ "\xe5\x90", "??" },
		{ "\xf0\x9f\x98", "???" },
		{ "\xc3(", "?(" },
		{ "\xe5\x90(", "?"
			       "?(" },
		{ "\xc0\xaf", "??" }, /* overlong */
		{ "\xc1\xbf", "??" },
		{ "\xe0\x80\xaf", "???" },
		{ "\xe0\x82\x9b", "???" },
		{ "\xf0\x80\x80\xaf", "????" },
		{ "\xed\xa0\x80", "???" }, /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* beyond U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", "?????" },
		{ "\xff\xc3\xb6\xff", "?ö?" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(bad[i].from, bad[i].want);
}

TEST(cuts_are_between_characters)
{
	static const char *const want[] = { "", "", "a", "a", "aö", "aö", "aö", "aö名", "aö名b" };
	char text[16];

	for (size_t size = 1; size < ARRAY_SIZE(want); size++) {
		memset(text, '#', sizeof(text));
		assert_int_equal(sanitize(text, size, "aö名b"), strlen(want[size]));
		assert_string_equal(text, want[size]);
		assert_int_equal(text[size], '#');
	}
	memset(text, '#', sizeof(text));
	assert_int_equal(sanitize(text, 0, "a"), 0);
	assert_int_equal(*text, '#');
}

/* Any two bytes give a safe text, and safe text stays as it is. */
TEST(safe_text_stays_the_same)
{
	for (int a = 1; a < 256; a++)
		for (int b = 1; b < 256; b++) {
			char from[] = { (char)a, (char)b, '\0' }, once[4], twice[4];

			sanitize(once, sizeof(once), from);
			sanitize(twice, sizeof(twice), once);
			assert_string_equal(once, twice);
			for (const char *p = once; *p; p++)
				assert_false((unsigned char)*p < ' ' || *p == 0x7f);
		}
}

TEST_MAIN(NULL, NULL)
