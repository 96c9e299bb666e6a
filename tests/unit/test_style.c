// SPDX-License-Identifier: GPL-2.0
/*
 * Bars and shades, in a UTF-8 locale and in the C locale. style.c reads
 * the locale once in a process, so each locale is tested in a process of its own.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "unit.h"
#include "view/words/words.h"

#define WIDTH_MAX ((BAR_BYTES - 1) / 3) /* a block takes 3 bytes */
#define STEPS	  100 /* bars of 0 to STEPS of STEPS */
#define SCALE	  123456789ULL

enum locale { UTF8, ASCII, NR_LOCALES };

static const char *const locales[NR_LOCALES] = { "C.UTF-8", "C" };

/* The output of a process in one locale. */
struct shown {
	int done;
	char bars[WIDTH_MAX + 1][STEPS + 1][BAR_BYTES];
	char eighths[9][BAR_BYTES];
	char rounded[25][BAR_BYTES]; /* n of 24: three values for each eighth */
	char tiny[BAR_BYTES]; /* 1 of 2^63 */
	char none[BAR_BYTES]; /* 0 of 0 */
	char shades[STEPS + 1][8]; /* n ^ 2 of STEPS ^ 2 */
	char legend[32];
	char escapes[64];
};

static struct shown *shown[NR_LOCALES];
static bool terminal; /* stdout is one */

int __wrap_isatty(int fd)
{
	return terminal;
}

/* The buffer is filled beforehand, so that a missing 0 at the end shows. */
static void bar(char buf[BAR_BYTES], uint64_t n, uint64_t max, int width)
{
	memset(buf, '~', BAR_BYTES);
	style__bar(buf, n, max, width);
}

static void show(struct shown *s)
{
	for (int width = 1; width <= WIDTH_MAX; width++)
		for (int n = 0; n <= STEPS; n++)
			bar(s->bars[width][n], n * SCALE, STEPS * SCALE, width);
	for (int n = 0; n <= 8; n++)
		bar(s->eighths[n], n, 8, 1);
	for (int n = 0; n <= 24; n++)
		bar(s->rounded[n], n, 24, 1);
	bar(s->tiny, 1, 1ULL << 63, 10);
	bar(s->none, 0, 0, 10);
	for (int n = 0; n <= STEPS; n++)
		strcpy(s->shades[n], style__shade(n * n, STEPS * STEPS));
	strcpy(s->legend, style__shades());
	for (int style = STYLE_PLAIN; style <= STYLE_ALERT; style++) {
		strcat(s->escapes, style__on(style));
		strcat(s->escapes, style__off());
	}
	s->done = 1;
}

static int show_in_each_locale(void **state)
{
	for (int locale = 0; locale < NR_LOCALES; locale++) {
		pid_t pid;

		shown[locale] = mmap(NULL, sizeof(struct shown), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (shown[locale] == MAP_FAILED)
			return -1;
		pid = fork();
		if (!pid) {
			setenv("LC_ALL", locales[locale], 1);
			dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
			show(shown[locale]);
			_exit(0);
		}
		if (waitpid(pid, NULL, 0) != pid || !shown[locale]->done)
			return -1;
	}
	return 0;
}

static int columns(const char *text)
{
	int nr = 0;

	for (; *text; text++)
		nr += (*text & 0xc0) != 0x80;
	return nr;
}

TEST(bars_fit_their_width)
{
	for (int locale = 0; locale < NR_LOCALES; locale++) {
		for (int width = 1; width <= WIDTH_MAX; width++) {
			int last = 0;

			for (int n = 0; n <= STEPS; n++) {
				int nr = columns(shown[locale]->bars[width][n]);

				/* A bar grows with n, and is visible from 1 on. */
				assert_in_range(nr, n ? 1 : 0, width);
				assert_true(nr >= last);
				last = nr;
			}
			assert_int_equal(columns(shown[locale]->bars[width][0]), 0);
			assert_int_equal(last, width);
		}
	}
}

TEST(bars_are_in_proportion)
{
	for (int locale = 0; locale < NR_LOCALES; locale++) {
		for (int width = 1; width <= WIDTH_MAX; width++) {
			for (int n = 1; n <= STEPS; n++) {
				int nr = columns(shown[locale]->bars[width][n]);

				/* ASCII rounds up to a column; UTF-8 rounds to an eighth. */
				assert_true(nr * STEPS * 16 >= (n * 16 * width - STEPS));
				assert_true((nr - 1) * STEPS * 16 <= (n * 16 * width + STEPS));
			}
		}
	}
}

TEST(blocks_grow_by_eighths)
{
	static const char *const blocks[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };

	for (int n = 0; n <= 8; n++) {
		assert_string_equal(shown[UTF8]->eighths[n], blocks[n]);
		assert_string_equal(shown[ASCII]->eighths[n], n ? "#" : "");
	}
	for (int n = 2; n <= 24; n++)
		assert_string_equal(shown[UTF8]->rounded[n], blocks[(n + 1) / 3]);
	assert_string_equal(shown[UTF8]->bars[2][75], "█▌");
	assert_string_equal(shown[ASCII]->bars[2][75], "##");
}

TEST(the_least_shows_and_nothing_does_not)
{
	assert_string_equal(shown[UTF8]->tiny, "▏");
	assert_string_equal(shown[ASCII]->tiny, "#");
	assert_string_equal(shown[UTF8]->none, "");
	assert_string_equal(shown[ASCII]->none, "");
}

TEST(shades_are_a_tenth_each)
{
	static const char *const shades[NR_LOCALES][4] = { { "░", "▒", "▓", "█" },
							   { ".", "+", "x", "#" } };

	for (int locale = 0; locale < NR_LOCALES; locale++) {
		const struct shown *s = shown[locale];

		assert_string_equal(s->shades[0], " ");
		assert_string_equal(s->shades[STEPS], shades[locale][3]);
		assert_string_equal(s->shades[32], shades[locale][3]); /* 1024 of 10000 */
		assert_string_equal(s->shades[31], shades[locale][2]); /* 961 */
		assert_string_equal(s->shades[11], shades[locale][2]); /* 121 */
		assert_string_equal(s->shades[9], shades[locale][1]); /* 81 */
		assert_string_equal(s->shades[4], shades[locale][1]); /* 16 */
		assert_string_equal(s->shades[3], shades[locale][0]); /* 9 */
		assert_string_equal(s->shades[1], shades[locale][0]);
	}
	assert_string_equal(shown[UTF8]->legend, "░▒▓█");
	assert_string_equal(shown[ASCII]->legend, ".+x#");
}

TEST(no_escapes_where_there_is_no_terminal)
{
	for (int locale = 0; locale < NR_LOCALES; locale++)
		assert_string_equal(shown[locale]->escapes, "");
}

/* In a process of its own: whether there is a terminal is asked once. */
TEST(a_plain_page_has_no_escapes_on_a_terminal)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		terminal = true;
		setenv("TERM", "xterm", 1);
		unsetenv("NO_COLOR");
		if (!*style__on(STYLE_ALERT))
			_exit(1);
		style__plain();
		_exit(*style__on(STYLE_ALERT) ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST_MAIN(show_in_each_locale, NULL)
