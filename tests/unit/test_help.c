// SPDX-License-Identifier: GPL-2.0
/* The texts of --help: they fit a screen, and have each option and each command. */
#include "cli/options.h"
#include "printed.h"
#include "unit.h"

static const char *text; /* the latest that help_read() has read */

/* @of: enum command_id; NR_COMMANDS: the overview. */
static void print_help(const void *of)
{
	enum command_id command = *(const enum command_id *)of;

	if (command == NR_COMMANDS)
		help__commands();
	else
		help__command(command);
}

static void print_version(const void *of)
{
	help__version();
}

static void help_read(enum command_id command)
{
	text = printed(print_help, &command);
}

static void check_screen(size_t most)
{
	size_t lines = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		if (strcspn(line, "\n") > 72)
			fail_msg("wide: %.80s", line);
		lines++;
	}
	assert_in_range(lines, 10, most);
}

/* Whether @text has the row of an option, with its letter and its value's name. */
static bool has_row(const struct option_row *row)
{
	char want[64], letter[8] = "    ";

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(want, sizeof(want), row->preset ? "\n  %s--%s[=%s%s] " : "\n  %s--%s%s%s ", letter,
		 row->name, row->arg && !row->preset ? " " : "", row->arg ? row->arg : "");
	return strstr(text, want);
}

TEST(each_command_has_its_options_and_no_other)
{
	char want[64];

	for (int c = 0; c < NR_COMMANDS; c++) {
		help_read(c);
		check_screen(60);
		for (int i = 0; i < NR_OPTIONS; i++)
			if (has_row(&option_rows[i]) != !!(option_rows[i].commands & 1U << c))
				fail_msg("%s: --%s", command_texts[c].name, option_rows[i].name);
		snprintf(want, sizeof(want), "usage: ipitrace %s ", command_texts[c].name);
		assert_ptr_equal(strstr(text, want), text);
		snprintf(want, sizeof(want), "man ipitrace-%s\n", command_texts[c].name);
		assert_has(text, want);
		assert_int_equal(!strstr(text, "PROGRAM"), command_texts[c].no_program);
	}
}

/* Whether the default at the end of @help, "(default 5 s)", is a number without a unit. */
static bool lacks_unit(const char *help)
{
	const char *open = help ? strrchr(help, '(') : NULL;

	if (!open)
		return false;
	open += strcspn(open, "0123456789)");
	return *open != ')' && open[strspn(open, "0123456789.")] == ')';
}

/* A default of a time or a share has its unit. */
TEST(defaults_have_units)
{
	for (int i = 0; i < NR_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!row->arg || (strcmp(row->arg, "SEC") && strcmp(row->arg, "PERCENT") &&
				  strcmp(row->arg, "TIME")))
			continue;
		if (lacks_unit(row->help))
			fail_msg("--%s: %s", row->name, row->help);
		for (int own = 0; own < OWN_TEXTS; own++)
			if (lacks_unit(row->own[own].help))
				fail_msg("--%s: %s", row->name, row->own[own].help);
	}
}

/* An option may mean something of its own to a command, whose --help says that alone. */
TEST(an_option_has_the_meaning_of_its_command)
{
	for (int c = 0; c < NR_COMMANDS; c++) {
		help_read(c);
		for (int i = 0; i < NR_OPTIONS; i++) {
			const struct option_row *row = &option_rows[i];
			const char *help = option__help(row, c);

			for (int o = 0; o < OWN_TEXTS && row->own[o].help; o++) {
				bool own = row->own[o].commands >> c & 1;

				assert_int_equal(!!strstr(text, row->own[o].help), own);
				assert_true(!own || row->commands >> c & 1);
			}
			if (help != row->help)
				assert_lacks(text, row->help);
		}
	}
}

TEST(the_overview_has_each_command)
{
	char want[64];

	help_read(NR_COMMANDS);
	check_screen(28);
	for (int c = 0; c < NR_COMMANDS; c++) {
		snprintf(want, sizeof(want), "\n  %s ", command_texts[c].name);
		assert_has(text, want, command_texts[c].summary);
	}
	for (int i = 0; i < NR_OPTIONS; i++)
		assert_int_equal(has_row(&option_rows[i]), option_rows[i].common);
}

/* A report of a bug needs all of it. */
TEST(the_version_says_what_was_built_and_by_what)
{
	char *built, *linked;

	text = printed(print_version, NULL);
	built = strstr(text, "\nbuilt for ");
	assert_non_null(built);
	assert_int_equal(strncmp(text, "ipitrace ", 9), 0);
	assert_non_null(strstr(built, " by gcc " __VERSION__ "; BPF programs by "));
	linked = strchr(built + 1, '\n');
	assert_non_null(linked);
	assert_non_null(strstr(linked, " libraries: "));
	assert_non_null(strstr(linked, "jansson "));
}

TEST(the_rows_fit_together)
{
	for (int i = 0; i < NR_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		assert_int_equal(!row->arg, row->type == OPTION_FLAG);
		assert_in_range(row->commands, 1, (1U << NR_COMMANDS) - 1);
		/* An option that not all commands have in common is no common one. */
		assert_true(!row->common || __builtin_popcount(row->commands) >= NR_COMMANDS - 3);
		for (int other = 0; other < i; other++) {
			assert_string_not_equal(row->name, option_rows[other].name);
			assert_true(!row->letter || row->letter != option_rows[other].letter);
			assert_int_not_equal(row->offset, option_rows[other].offset);
		}
	}
}

TEST_MAIN(NULL, NULL)
