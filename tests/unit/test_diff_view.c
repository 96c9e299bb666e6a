// SPDX-License-Identifier: GPL-2.0
/* What JSON, the page and the text of report --diff say of rows that are judged. */
#include <math.h>
#include "model/diff.h"
#include "printed.h"
#include "unit.h"
#include "view/html/page.h"
#include "view/json/json.h"
#include "view/text/views.h"

static void print_json(const void *diff)
{
	assert_int_equal(json__diff(diff, 0.1), 0);
}

/* A lower limit of 0 is a limit; an upper limit may be unknown, as both may. */
TEST(limits_in_json)
{
	static const struct {
		double limits[2];
		const char *json;
	} cases[] = {
		{ { 0.5, 2 }, "\"limits\":[0.5,2.0]" },
		{ { 0, 2 }, "\"limits\":[0.0,2.0]" },
		{ { 0, INFINITY }, "\"limits\":[0.0,null]" },
		{ { 0, 0 }, "\"limits\":[null,null]" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct diff_row r = { .name = "f",
				      .limits = { cases[i].limits[0], cases[i].limits[1] } };
		const struct diff one = { .rows = &r, .nr = 1 };

		assert_has(printed(print_json, &one), cases[i].json);
	}
}

/* A figure may fall, too; 0 says that the factor is not known. */
TEST(factors_in_json)
{
	struct diff_row r = { .name = "f", .factor = 0.5 };
	const struct diff one = { .rows = &r, .nr = 1 };

	assert_has(printed(print_json, &one), "\"factor\":0.5,");
	r.factor = 0;
	assert_has(printed(print_json, &one), "\"factor\":null,");
}

/* Names of functions and files may have any characters. */
TEST(a_page_escapes_names)
{
	struct diff_row rows[] = {
		{ .group = DIFF_FUNCTIONS,
		  .name = "<b>&\"\x1b[1m",
		  .series = { { .nr = 1 }, { .nr = 1 } },
		  .factor = 2,
		  .limits = { 0.9, 1.1 },
		  .change = DIFF_ROSE,
		  .value = { 10, 20 },
		  .noise = -1 },
	};
	const struct diff one = {
		.side = { { .host.name = { .nodename = "host-a", .release = "6.1" },
			    .windows = 3,
			    .seconds = 1.5 },
			  { .host.name = { .nodename = "<host>", .release = "6.12" },
			    .windows = 4 } },
		.rows = rows,
		.nr = 1,
		.rose = 1,
	};
	const char *const names[] = { "</script>", "b.zst" };
	char text[8192] = "";
	FILE *file = fmemopen(text, sizeof(text), "w");

	assert_non_null(file);
	assert_int_equal(diff_page__write(file, &one, names, 10), 0);
	fclose(file);
	assert_has(text, "<caption>FUNCTIONS, csds</caption>",
		   "<td>&lt;b&gt;&amp;&quot;?[1m</td><td>10.0/s</td><td>20.0/s</td>"
		   "<td>2.00</td><td>&gt; 1.10</td><td>-</td>"
		   "<td class=\"rose\">rose</td></tr>",
		   "<td>A</td><td>&lt;/script&gt;</td><td>host-a</td><td>6.1</td><td>",
		   "<td>3</td><td>1.50</td></tr>",
		   "<td>B</td><td>b.zst</td><td>&lt;host&gt;</td><td>6.12</td><td>");
	assert_lacks(text, "<b>");
	/* The disk is full. */
	file = fopen("/dev/full", "w");
	assert_non_null(file);
	assert_int_equal(diff_page__write(file, &one, names, 10), -ENOSPC);
	fclose(file);
}

/* A row as diff__judge() leaves it: @a csds a second in the first run, @b in the second. */
static struct diff_row row_of(const char *name, double a, double b, enum diff_change change)
{
	struct diff_row row = {
		.group = DIFF_FUNCTIONS,
		.unit = DIFF_PER_S,
		.series = { { .nr = 3 }, { .nr = 3 } },
		.value = { a, b },
		.factor = a > 0 ? b / a : 0,
		.limits = { 0.9, 1.1 },
		.noise = 0.01,
		.change = change,
	};

	snprintf(row.name, sizeof(row.name), "%s", name);
	return row;
}

/* A group's table begins with its first row, wherever that is; a group without a row has no table. */
TEST(a_page_has_a_table_for_each_group)
{
	struct diff_row rows[] = { row_of("twice", 10, 20, DIFF_ROSE),
				   row_of("wait", 10, 5, DIFF_FELL),
				   row_of("steady", 10, 10, DIFF_SAME) };
	const struct diff two = { .rows = rows, .nr = 3, .rose = 1, .fell = 1 };
	const char *const names[] = { "a.zst", "b.zst" };
	char text[8192] = "";
	FILE *file = fmemopen(text, sizeof(text), "w");

	assert_non_null(file);
	rows[1].group = DIFF_FUNCTIONS + 1;
	assert_int_equal(diff_page__write(file, &two, names, 12.5), 0);
	fclose(file);
	assert_memory_equal(text, "<!doctype html>\n", 16);
	assert_has(text, "; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">");
	assert_text(
		strstr(text, "<h1>"),
		"<h1>ipitrace report --diff</h1>\n"
		"<table>\n"
		"<tr><th></th><th>file</th><th>host</th><th>kernel</th><th>begun</th><th>windows</th><th>seconds</th></tr>\n"
		"<tr><td>A</td><td>a.zst</td><td></td><td></td><td>?</td><td>0</td><td>0.00</td></tr>\n"
		"<tr><td>B</td><td>b.zst</td><td></td><td></td><td>?</td><td>0</td><td>0.00</td></tr>\n"
		"</table>\n"
		"<p><strong>1 of 3 figures rose beyond its limit: twice csds 2x; 1 fell</strong>. Changes below 12.5 % are ignored.</p>\n"
		"<table>\n"
		"<caption>FUNCTIONS, csds</caption>\n"
		"<tr><th></th><th>A</th><th>B</th><th>factor</th><th>limit</th><th>noise</th><th></th></tr>\n"
		"<tr><td>twice</td><td>10.0/s</td><td>20.0/s</td><td>2.00</td><td>&gt; 1.10</td><td>1.0 %</td><td class=\"rose\">rose</td></tr>\n"
		"<tr><td>steady</td><td>10.0/s</td><td>10.0/s</td><td>1.00</td><td>&lt;= 1.10</td><td>1.0 %</td><td class=\"same\">same</td></tr>\n"
		"</table>\n"
		"<table>\n"
		"<caption>FUNCTIONS, delay p99</caption>\n"
		"<tr><th></th><th>A</th><th>B</th><th>factor</th><th>limit</th><th>noise</th><th></th></tr>\n"
		"<tr><td>wait</td><td>10.0/s</td><td>5.0/s</td><td>0.50</td><td>&lt; 0.90</td><td>1.0 %</td><td class=\"fell\">fell</td></tr>\n"
		"</table>\n"
		"</body>\n"
		"</html>\n");
}

TEST(a_factor_has_room)
{
	static const struct {
		double factor;
		const char *text;
	} cases[] = {
		{ 0, "-" },	     { 0.004, "0.00" },	     { 2, "2.00" },
		{ 9999, "9999.00" }, { 10000, "10000" },     { 9999999, "9999999" },
		{ 1e7, ">=10^7" },   { INFINITY, ">=10^7" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct diff_row row = row_of("f", 1, 2, DIFF_SAME);

		row.factor = cases[i].factor;
		assert_string_equal(view__diff_words(&row).factor.s, cases[i].text);
	}
}

/* "1.12 > 4.00" would be wrong: only what rose or fell is beyond its limit. */
TEST(a_limit_has_its_sign)
{
	static const struct {
		double b; /* a: 10 */
		enum diff_change change;
		const char *text;
	} cases[] = {
		{ 10.5, DIFF_SAME, "<= 1.10" },	 { 10.5, DIFF_UNSURE, "<= 1.10" },
		{ 20, DIFF_ROSE, "> 1.10" },	 { 9.5, DIFF_SAME, ">= 0.90" },
		{ 9.5, DIFF_UNSURE, ">= 0.90" }, { 5, DIFF_FELL, "< 0.90" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct diff_row row = row_of("f", 10, cases[i].b, cases[i].change);

		assert_string_equal(view__diff_words(&row).limit.s, cases[i].text);
	}
}

TEST(the_values_make_a_function_new_or_gone)
{
	static const struct {
		double a, b;
		enum diff_verdict verdict;
	} known[] = {
		{ 0, 0, DIFF_VERDICT_SAME },
		{ 0, 5, DIFF_VERDICT_NEW },
		{ 5, 0, DIFF_VERDICT_GONE },
		{ 0.5, 0.5, DIFF_VERDICT_SAME },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct diff_row r = row_of("f", known[i].a, known[i].b, DIFF_SAME);

		assert_int_equal(diff_row__verdict(&r), known[i].verdict);
	}
}

static const char *verdict_of(struct diff_row *rows, size_t nr)
{
	static char text[1024];
	struct block b;
	struct diff made = { .rows = rows, .nr = nr };

	for (size_t i = 0; i < nr; i++) {
		made.rose += rows[i].change == DIFF_ROSE;
		made.fell += rows[i].change == DIFF_FELL;
		made.unsure += rows[i].change == DIFF_UNSURE;
	}
	block__begin(&b, text, sizeof(text));
	view__diff_verdict(&b, &made);
	return text;
}

TEST(the_last_line_names_the_largest_changes)
{
	struct diff_row rows[] = {
		row_of("twice", 10, 20, DIFF_ROSE),  row_of("hundredfold", 0.5, 50, DIFF_ROSE),
		row_of("fresh", 0, 70, DIFF_ROSE),   row_of("tenfold", 5, 50, DIFF_ROSE),
		row_of("less", 30, 0, DIFF_FELL),    row_of("perhaps", 10, 12, DIFF_UNSURE),
		row_of("steady", 10, 10, DIFF_SAME),
	};

	assert_string_equal(verdict_of(rows, 5),
			    "4 of 5 figures rose beyond their limits: fresh csds new (70.0/s), "
			    "hundredfold csds 100x, tenfold csds 10x and 1 more; 1 fell");
	assert_string_equal(verdict_of(rows + 4, 1),
			    "0 of 1 figure rose; 1 fell: less csds gone (30.0/s)");
	assert_string_equal(verdict_of(rows + 5, 2),
			    "0 of 2 figures rose; not certain: 1: perhaps csds 1.2x");
	assert_string_equal(verdict_of(rows + 6, 1), "no change in 1 figure");
	/* A function that is new, but rare, is no rise; the reader gets its name all the same. */
	rows[5] = row_of("rare", 0, 7, DIFF_SAME);
	assert_string_equal(verdict_of(rows + 5, 2),
			    "0 of 2 figures rose; below its limit: 1: rare csds new (7.0/s)");
	/* A mean of few csds, and a figure that a run lacks, are not compared. */
	rows[4] = rows[5] = rows[6];
	rows[4].few = true;
	rows[5].series[0].nr = 0;
	assert_string_equal(verdict_of(rows + 4, 3), "no change in 1 figure; 2 not compared");
}

TEST(a_large_change_has_no_exponent)
{
	struct diff_row rows[] = { row_of("much", 23, 41124, DIFF_ROSE) };
	struct diff_row less = row_of("less", 1e6, 1, DIFF_FELL);

	assert_string_equal(verdict_of(rows, 1),
			    "1 of 1 figure rose beyond its limit: much csds 1788x");
	assert_string_equal(verdict_of(&less, 1), "0 of 1 figure rose; 1 fell: less csds <0.001x");
}

static bool quiet;

static void print_diff(const void *made)
{
	static const char *const runs[] = { "a", "b" };

	view__diff(made, runs, quiet);
}

/* With -q there are only rows: a row says by itself which figure it is. */
TEST(quiet_rows_need_no_headings)
{
	struct diff_row rows[] = { row_of("steady", 10, 10, DIFF_SAME),
				   row_of("a function with a very long name", 0, 5, DIFF_ROSE) };
	const struct diff made = { .rows = rows, .nr = ARRAY_SIZE(rows), .rose = 1 };
	const char *text;

	quiet = true;
	text = printed(print_diff, &made);
	quiet = false;
	assert_int_equal(strncmp(text, "steady csds  ", 13), 0);
	assert_has(text, "\na function with a very long name csds\n",
		   "\ndiff: 1 of 2 figures rose");
	assert_lacks(text, "factor", "\n\n");
}

/* Two files of one machine are the rule; of two machines the reader must know. */
TEST(runs_of_two_machines)
{
	const struct host host = {
		.name = { .nodename = "web1", .release = "6.12", .machine = "x86_64" },
		.online.words[0] = 3,
	};
	struct diff made = { .side = { { .host = host }, { .host = host } } };
	struct host *other = &made.side[1].host;

	assert_lacks(printed(print_diff, &made), "web1");
	strcpy(other->name.release, "7.0");
	assert_has(printed(print_diff, &made), "; web1, 2 CPUs, 6.12 x86_64\n",
		   "; web1, 2 CPUs, 7.0 x86_64\n");
	*other = host;
	strcpy(other->name.nodename, "web2\033");
	assert_has(printed(print_diff, &made), "; web1, 2 CPUs, 6.12 x86_64\n",
		   "; web2?, 2 CPUs, 6.12 x86_64\n");
	*other = host;
	strcpy(other->name.machine, "aarch64");
	assert_has(printed(print_diff, &made), "6.12 x86_64\n", "6.12 aarch64\n");
	*other = host;
	other->online.words[0] = 15;
	assert_has(printed(print_diff, &made), "; web1, 2 CPUs, 6.12 x86_64\n",
		   "; web1, 4 CPUs, 6.12 x86_64\n");
	/* The file of another tracer does not say which CPUs there were. */
	other->online.words[0] = 0;
	assert_has(printed(print_diff, &made), "; web1, CPUs not known, 6.12 x86_64\n");
}

/* Rows without a change fill the first 20 places; a change is never left out. */
TEST(a_long_table_leaves_out_what_did_not_change)
{
	struct diff_row rows[24];
	const struct diff made = { .rows = rows, .nr = ARRAY_SIZE(rows), .rose = 2 };
	size_t nr = 0;
	char *text;

	for (size_t i = 0; i < 22; i++)
		rows[i] = row_of("steady", 10, 10, DIFF_SAME);
	rows[22] = row_of("twice", 10, 20, DIFF_ROSE);
	rows[23] = row_of("fresh", 0, 5, DIFF_ROSE);
	text = printed(print_diff, &made);
	for (const char *at = text; (at = strstr(at, "\nsteady ")); at++)
		nr++;
	assert_int_equal(nr, 20);
	assert_has(text, "\ntwice ", "\nfresh ", "\nand 2 more without a change\n",
		   "\ndiff: 2 of 24 figures rose");
}

TEST_MAIN(NULL, NULL)
