// SPDX-License-Identifier: GPL-2.0
/* Words of names, tasks, frames and times, and lines that are cut or wrapped. */
#include <time.h>
#include "printed.h"
#include "unit.h"
#include "view/view.h"
#include "view/words/words.h"

/* Characters of two, three and four bytes. */
#define TWO   "\xc3\xa4"
#define THREE "\xe2\x82\xac"
#define FOUR  "\xf0\x9f\x98\x80"

TEST(a_tail_is_the_end_of_a_name)
{
	assert_string_equal(safe__tail("abcdef", 6).s, "abcdef");
	assert_string_equal(safe__tail("abcdefg", 6).s, "...efg");
	assert_string_equal(safe__tail("abcdefg", 3).s, "...");
	assert_string_equal(safe__tail("abcdefg", 2).s, "ab");
	assert_string_equal(safe__tail(NULL, 6).s, "?");
	/* The tail begins with a whole character. */
	assert_string_equal(safe__tail("abc" TWO "x", 5).s, "...x");
	assert_string_equal(safe__tail("abc" TWO "x", 6).s, "abc" TWO "x");
	assert_string_equal(safe__tail("abcd" TWO "x", 6).s, "..." TWO "x");
	assert_string_equal(safe__tail("abcdef\n", 6).s, "...ef?");
}

TEST(a_column_has_a_width)
{
	assert_string_equal(safe__column("abc", 5).s, "abc  ");
	assert_string_equal(safe__column("abcdef", 5).s, "abcde");
	assert_string_equal(safe__column(TWO THREE "c", 5).s, TWO THREE "c  ");
	assert_string_equal(safe__column(TWO THREE "c", 2).s, TWO THREE);
	/* A name that is too long has a line. */
	assert_string_equal(safe__name("abc", 3).s, "abc");
	assert_string_equal(safe__name("abcd", 3).s, "abcd\n   ");
	assert_int_equal(safe__width(TWO THREE FOUR "x"), 4);
	assert_int_equal(safe__fit(TWO THREE FOUR "x", 2), 5);
	assert_int_equal(safe__fit("ab", 3), 2);
	assert_int_equal(safe__fit("ab", 0), 0);
}

/* A block that is full ends with a whole character, and stays full. */
TEST(a_full_block_ends_with_a_whole_character)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "abcdefg", "abcdefg" },	  { "abcdefgh", "abcdefg" },
		{ "abcdef" TWO, "abcdef" },	  { "abcde" TWO "x", "abcde" TWO },
		{ "abcde" THREE, "abcde" },	  { "abcd" THREE "x", "abcd" THREE },
		{ "abcd" FOUR, "abcd" },	  { "abc" FOUR "x", "abc" FOUR },
		{ TWO TWO TWO TWO, TWO TWO TWO }, { "abcdef" THREE, "abcdef" },
	};
	char buf[8];
	struct block b;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		block__begin(&b, buf, sizeof(buf));
		block__add(&b, "%s", rows[i].text);
		assert_string_equal(buf, rows[i].want);
		assert_int_equal(b.len, strlen(rows[i].want));
	}
	block__begin(&b, buf, sizeof(buf));
	block__add(&b, "abc");
	block__add(&b, "%d", 4567);
	assert_string_equal(buf, "abc4567");
	block__add(&b, "8");
	assert_string_equal(buf, "abc4567");
}

/* Returns the text as wrapped behind @indent columns. */
static const char *wrapped(const char *text, int indent)
{
	static char buf[1024];
	struct block b;

	block__begin(&b, buf, sizeof(buf));
	block__wrap(&b, text, indent);
	return buf;
}

#define TEN   "1234567890"
#define FIFTY TEN TEN TEN TEN TEN

TEST(a_line_ends_between_words)
{
	assert_string_equal(wrapped("", 5), "\n");
	assert_string_equal(wrapped("a b", 5), "a b\n");
	/* 80 columns: 75 beside the indent. */
	assert_string_equal(wrapped(FIFTY TEN TEN " abcd", 5), FIFTY TEN TEN " abcd\n");
	assert_string_equal(wrapped(FIFTY TEN TEN " abcde", 5), FIFTY TEN TEN "\n     abcde\n");
	assert_string_equal(wrapped(FIFTY TEN TEN "  abcde", 5), FIFTY TEN TEN "\n     abcde\n");
	assert_string_equal(wrapped("x" FIFTY TEN TEN " ab" TWO, 5),
			    "x" FIFTY TEN TEN " ab" TWO "\n");
	/* A word that is longer than a line is broken. */
	assert_string_equal(wrapped(FIFTY FIFTY " x", 0), FIFTY TEN TEN TEN "\n" TEN TEN " x\n");
}

/* A number stays with its unit. */
TEST(a_number_stays_with_its_unit_at_the_end_of_a_line)
{
	static const struct {
		const char *end;
		bool together;
	} rows[] = {
		{ "12 ms", true },	{ "12 %", true },      { "12 ns.", true },
		{ "12 samples", true }, { "12 sample", true }, { "12 (s)", false },
		{ "12 msx", false },	{ "a ms", false },     { "12 s, x", true },
	};
	char text[128], want[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t number = strcspn(rows[i].end, " ");

		/* The number would fit, and its unit would not. */
		snprintf(text, sizeof(text), "%.*s %s", (int)(79 - number), FIFTY FIFTY,
			 rows[i].end);
		if (rows[i].together)
			snprintf(want, sizeof(want), "%.*s\n%s\n", (int)(79 - number), FIFTY FIFTY,
				 rows[i].end);
		else
			snprintf(want, sizeof(want), "%.*s %.*s\n%s\n", (int)(79 - number),
				 FIFTY FIFTY, (int)number, rows[i].end, rows[i].end + number + 1);
		assert_string_equal(wrapped(text, 0), want);
	}
}

TEST(a_task_is_named_by_what_is_known)
{
	static const struct {
		struct task_id task;
		const char *words;
	} rows[] = {
		{ {}, "a task" },
		{ { .interrupt = true }, "an interrupt" },
		{ { .known = true, .pid = 7, .tgid = 7, .comm = "a" }, "a[7]" },
		{ { .known = true, .pid = 8, .tgid = 7, .comm = "a" }, "a[7] thread 8" },
		{ { .known = true, .pid = 8, .tgid = 7 }, "unknown[7] thread 8" },
		{ { .known = true }, "idle" },
		{ { .known = true, .pid = 8, .comm = "a\n" }, "a? thread 8" },
	};
	const struct task_id queuer = { .known = true, .tgid = 5, .comm = "q" }, nobody = {};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(words__task(&rows[i].task).s, rows[i].words);
	assert_string_equal(words__worker("kworker/1:2", &queuer).s, "kworker for q[5]");
	assert_string_equal(words__worker("rcu_gp", &queuer).s, "rcu_gp for q[5]");
	assert_string_equal(words__worker("", &nobody).s,
			    "kworker; who queued its work is not known");
}

TEST(a_symbol_is_named_by_what_is_known)
{
	static const struct {
		struct symbol symbol;
		const char *symbols, *frame, *user;
	} rows[] = {
		{ {}, "a function", "0x0", " < 0x0 (no file)" },
		{ { .addr = 0xabc, .offset = 0x12 }, "0xabc", "0xabc", " < 0x12 (no file)" },
		{ { .addr = 1, .name = "f" }, "f", "f", " < f (no file)" },
		{ { .addr = 1, .name = "f", .module = "m", .offset = 0x1f },
		  "f [m]",
		  "f+0x1f [m]",
		  " < f (m)" },
		{ { .addr = 1, .module = "m", .offset = 0x1f }, "0x1", "0x1", " < 0x1f (m)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(words__symbol(&rows[i].symbol).s, rows[i].symbols);
		assert_string_equal(words__frame(&rows[i].symbol).s, rows[i].frame);
		assert_string_equal(words__user(&rows[i].symbol).s, rows[i].user);
	}
	assert_string_equal(words__user(NULL).s, "");
}

TEST(a_time_has_its_zone)
{
	static const struct {
		const char *zone, *date, *time;
	} rows[] = {
		{ "UTC", "2023-11-14T22:13:20.123Z", "22:13:20" },
		{ "IST-5:30", "2023-11-15T03:43:20.123+05:30", "03:43:20" },
		{ "PST8", "2023-11-14T14:13:20.123-08:00", "14:13:20" },
	};
	const struct timespec time = { 1700000000, 123456789 }, none = {};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		setenv("TZ", rows[i].zone, 1);
		tzset();
		assert_string_equal(clock__date(&time, 3).s, rows[i].date);
		assert_string_equal(clock__at(1700000000 * 1000000000LL + 999999999).s,
				    rows[i].time);
	}
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(clock__date(&time, 0).s, "2023-11-14T22:13:20Z");
	assert_string_equal(clock__date(&time, 9).s, "2023-11-14T22:13:20.123456789Z");
	assert_string_equal(clock__date_at(1700000000 * 1000000000LL).s, "2023-11-14T22:13:20Z");
	assert_string_equal(clock__date(&none, 3).s, "?");
}

TEST(an_option_has_a_whole_number_of_a_unit)
{
	assert_string_equal(view__time_option(0).s, "0ns");
	assert_string_equal(view__time_option(999).s, "999ns");
	assert_string_equal(view__time_option(1000).s, "1us");
	assert_string_equal(view__time_option(1001).s, "1001ns");
	assert_string_equal(view__time_option(2000000).s, "2ms");
	assert_string_equal(view__time_option(5000000000000).s, "5000s");
}

static struct caller callers[2];
static struct stack_sample calls[2];

static void show_via(const void *of)
{
	view__via(callers, 2, *(const size_t *)of);
}

/* The samples of the callers, and how many more there are. */
TEST(callers_have_their_parts_of_the_samples)
{
	size_t all = 5, more = 6;

	for (size_t i = 0; i < 2; i++) {
		calls[i] = (struct stack_sample){ .tgid = 7 + i, .comm = "task" };
		callers[i] = (struct caller){ .call = &calls[i], .samples = 2 + i };
	}
	strcpy(callers[0].reason.name, "do_it");
	assert_string_equal(printed(show_via, &all), "  via do_it, task[7]  2/5 samples\n"
						     "  via ?, task[8]  3/5 samples\n");
	assert_string_equal(printed(show_via, &more), "  via do_it, task[7]  2/6 samples\n"
						      "  via ?, task[8]  3/6 samples\n"
						      "  via others  1/6 samples\n");
}

TEST_MAIN(NULL, NULL)
