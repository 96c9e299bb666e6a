// SPDX-License-Identifier: GPL-2.0
/* cli/options: which known word is similar to a misspelt one, and lists of globs. */
#include "cli/options.h"
#include "unit.h"

static const char *const *known;

static const char *known_word(size_t i)
{
	return known[i];
}

/* Fails unless of the @nr @words the one similar to @word is @want; NULL: none. */
static void check_similar(const char *const *words, size_t nr, const char *word, const char *want)
{
	char longer[64];
	const char *got;

	/* What follows the word does not belong to it, as in --stak=5. */
	snprintf(longer, sizeof(longer), "%s=5", word);
	known = words;
	got = nearest__word(longer, strlen(word), known_word, nr);
	if (got != want && (!got || !want || strcmp(got, want)))
		fail_msg("%s: %s, not %s", word, got ?: "none", want ?: "none");
}

TEST(a_word_is_similar_up_to_a_distance)
{
	static const char *const words[] = { "stacks", "storm", "stalls", "quiet", "no-user" };
	static const struct {
		const char *word, *similar;
	} rows[] = {
		{ "storm", "storm" },
		/* The beginning of a word, from two letters on. */
		{ "", NULL },
		{ "s", NULL },
		{ "st", "stacks" },
		{ "sto", "storm" },
		{ "no-", "no-user" },
		/* One letter that is wrong, missing, too many, or swapped with the next one. */
		{ "storn", "storm" },
		{ "xtorm", "storm" },
		{ "strm", "storm" },
		{ "torm", "storm" },
		{ "stoorm", "storm" },
		{ "storms", "storm" },
		{ "xstorm", "storm" },
		{ "strom", "storm" },
		{ "tsorm", "storm" },
		{ "stomr", "storm" },
		/* Two of them in a word of five letters and more. */
		{ "tsrom", "storm" },
		{ "qiut", NULL },
		{ "quitx", "quiet" },
		{ "queitt", "quiet" },
		{ "quxxx", NULL },
		{ "nouzer", "no-user" },
		{ "nouzr", NULL },
		{ "rotsm", NULL },
		/* One in a beginning, of four letters and more. */
		{ "stak", "stacks" },
		{ "satc", "stacks" },
		{ "quxe", "quiet" },
		{ "quxt", NULL },
		{ "qxi", NULL },
		{ "no_us", "no-user" },
		{ "nous", "no-user" },
		{ "noo-u", "no-user" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_similar(words, ARRAY_SIZE(words), rows[i].word, rows[i].similar);
	check_similar(words, 0, "storm", NULL);
}

/* The word with the least distance is taken, and the first of those that are as near. */
TEST(the_nearest_word_is_taken)
{
	static const char *const words[] = { "abcdyy", "abcdef", "abcdeg", "abcdef-all", "abcd" };

	check_similar(words, 5, "abcdxf", "abcdef");
	check_similar(words, 5, "abcdxg", "abcdeg");
	check_similar(words, 5, "abcdxx", "abcdyy");
	check_similar(words, 5, "abcdef", "abcdef");
	check_similar(words, 5, "abcdef-", "abcdef");
	check_similar(words + 2, 3, "abcdef", "abcdeg");
	check_similar(words, 5, "abcd", "abcd");
	check_similar(words, 4, "abcd", "abcdyy");
	check_similar(words, 5, "abc", "abcdyy");
}

#define A30 "aaaaaaaaaabbbbbbbbbbcccccccccc"

/* A word has up to 32 letters. */
TEST(a_long_word_is_similar_to_none)
{
	static const char *const longest[] = { A30 "xy" }, *const longer[] = { A30 "xyz" };

	check_similar(longest, 1, A30 "xy", longest[0]);
	check_similar(longest, 1, A30 "yx", longest[0]);
	check_similar(longest, 1, A30 "xyz", NULL);
	check_similar(longest, 1, A30 "x", longest[0]);
	/* The beginning of a longer one may be near, if it has no more letters than that. */
	check_similar(longer, 1, A30 "x", longer[0]);
	check_similar(longer, 1, A30 "zx", longer[0]);
	check_similar(longer, 1, A30 "zz", NULL);
	check_similar(longer, 1, "aaaaaaaaabbbbbbbbbbccccccccccxyz", NULL);
}

TEST(globs_are_taken_one_by_one)
{
	static const struct {
		const char *list, *globs;
	} rows[] = {
		{ "", "" },	 { "a*", "[a*]" },  { "a*,b?", "[a*][b?]" }, { "a,,b", "[a][][b]" },
		{ "a,", "[a]" }, { ",a", "[][a]" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *rest = rows[i].list;
		char glob[GLOBS_BYTES], globs[64] = "";

		while (globs__next(&rest, glob))
			text_append(globs, sizeof(globs), "[%s]", glob);
		assert_string_equal(globs, rows[i].globs);
		assert_string_equal(rest, "");
	}
	assert_true(globs__match("a*,b?", "abc"));
	assert_true(globs__match("a*,b?", "bc"));
	assert_false(globs__match("a*,b?", "bcd"));
	assert_false(globs__match("", "a"));
}

TEST_MAIN(NULL, NULL)
