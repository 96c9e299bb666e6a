// SPDX-License-Identifier: GPL-2.0
/* A table as text: its headings and rows, which columns a page of some width has, and each unit. */
#include "model/snapshot.h"
#include "unit.h"
#include "view/table/table.h"

/* A row: a name, a number, and what makes the number known. */
struct item {
	const char *name;
	uint64_t n;
	uint64_t nr;
};

#define AT(member) .at = PLACE(item, member)

static struct cell get_name(const struct cell_context *ctx)
{
	const struct item *item = ctx->row;

	return cell__text(ctx, "<%s>", item->name ?: "none");
}

static struct cell get_even(const struct cell_context *ctx)
{
	const struct item *item = ctx->row;

	return cell__value(item->n, item->n % 2 == 0);
}

enum { NAME, COUNT, NS, NUMBER, RATE, SHARE, MEAN, WORD, EVEN, UNHEADED, MADE, MARKED };

static const struct column columns[] = {
	[NAME] = { NULL, "NAME", CELL_TEXT, AT(name), .width = 8 },
	[COUNT] = { "numbers", "count", CELL_COUNT, AT(n), .width = 7 },
	[NS] = { "numbers", "ns", CELL_NS, AT(n), .width = 7 },
	[NUMBER] = { NULL, "cpu", CELL_NUMBER, AT(n), .width = 5 },
	[RATE] = { "one", "rate", CELL_RATE, AT(n), .width = 6 },
	[SHARE] = { NULL, "share", CELL_SHARE, AT(n), .width = 6 },
	[MEAN] = { NULL, "mean", CELL_MEAN, AT(n), KNOWN(item, nr), .width = 6 },
	[WORD] = { NULL, "", CELL_TEXT, .word = "word", .width = 5 },
	[EVEN] = { NULL, "even", CELL_COUNT, .get = get_even, .width = 5 },
	[UNHEADED] = { NULL, NULL, CELL_COUNT, AT(nr), .width = 4 },
	[MADE] = { NULL, "MADE OF IT", CELL_TEXT, .get = get_name, .width = 6 },
	[MARKED] = { NULL, "marked", CELL_COUNT, AT(n), .width = 6, .worst = WORST_RUN },
};

static const struct item items[] = {
	{ "first", 12345, 2 },
	{ NULL, 2, 0 },
	{ "a_name_that_is_long", 0, 3 },
};

static const struct snapshot snap = { .window = { .mono_start = 1, .mono_end = 2000000001 } };

/* Fails unless the headings and the rows, of a page of @columns, are @want. */
static void check(const struct layout *layout, int columns_of_page, const char *first,
		  unsigned int worst, const char *want)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");
	const struct plain plain = { out, layout, columns_of_page };

	assert_non_null(out);
	plain__heads(&plain, first);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		plain__row(&plain, &(struct cell_context){ .snap = &snap,
							   .row = &items[i],
							   .cpu_ns = 24690,
							   .worst = worst });
	fclose(out);
	assert_text(text, want);
}

TEST(each_unit_has_its_form)
{
	static const struct layout all = LAYOUT(columns, SHOW(NAME), SHOW(COUNT), SHOW(NS),
						SHOW(NUMBER), SHOW(RATE), SHOW(SHARE), SHOW(MEAN),
						SHOW(WORD), SHOW(EVEN));

	check(&all, 0, NULL, 0,
	      "\n"
	      "         --- numbers ---          one\n"
	      "NAME       count      ns   cpu   rate  share   mean        even\n"
	      "first      12.3k  12.3us 12345  6.17k    50% 6172.5 word      -\n"
	      "-              2     2ns     2    1.0  0.01%      - word      2\n"
	      "a_name_that_is_long\n"
	      "               0     0ns     0      0     0%    0.0 word      0\n");
	check(&all, 120, "FIRST", 0,
	      "\n"
	      "         --- numbers ---          one\n"
	      "FIRST      count      ns   cpu   rate  share   mean        even\n"
	      "first      12.3k  12.3us 12345  6.17k    50% 6172.5 word      -\n"
	      "-              2     2ns     2    1.0  0.01%      - word      2\n"
	      "a_name_t       0     0ns     0      0     0%    0.0 word      0\n");
}

/* A group of one column is right-aligned; one with dashes is printed as it is. */
TEST(groups_are_above_their_columns)
{
	static const struct layout grouped = LAYOUT(
		columns, SHOW(NUMBER), SHOW(COUNT, .gap = 3), SHOW(NS, .gap = 2), SHOW(RATE),
		SHOW(SHARE, .group = "-as it is-"), SHOW(COUNT, .group = "", .width = 4),
		SHOW(NS, .group = "narrow", .width = 3), SHOW(NS, .group = "narrow", .width = 3));
	static const struct layout plain = LAYOUT(columns, SHOW(COUNT, .group = ""), SHOW(SHARE));

	check(&grouped, 0, NULL, 0,
	      "\n"
	      "        --- numbers ----    one -as it is-       narrow\n"
	      "  cpu     count       ns   rate  share count  ns  ns\n"
	      "12345     12.3k   12.3us  6.17k    50% 12.3k 12.3us 12.3us\n"
	      "    2         2      2ns    1.0  0.01%    2 2ns 2ns\n"
	      "    0         0      0ns      0     0%    0 0ns 0ns\n");
	check(&plain, 0, NULL, 0,
	      "\n"
	      "  count  share\n"
	      "  12.3k    50%\n"
	      "      2  0.01%\n"
	      "      0     0%\n");
}

/* From a width on, or below a width, a page has a column. */
TEST(a_page_has_the_columns_of_its_width)
{
	static const struct layout sized = LAYOUT(columns, SHOW(NUMBER),
						  SHOW(COUNT, .from = 100, .group = ""),
						  SHOW(SHARE, .below = 100));

	check(&sized, 99, NULL, 0,
	      "\n"
	      "  cpu  share\n"
	      "12345    50%\n"
	      "    2  0.01%\n"
	      "    0     0%\n");
	check(&sized, 100, NULL, 0,
	      "\n"
	      "  cpu   count\n"
	      "12345   12.3k\n"
	      "    2       2\n"
	      "    0       0\n");
}

/* A heading is shared with the columns that have none; the last text's heading has no blanks behind. */
TEST(columns_share_a_heading)
{
	static const struct layout shared = LAYOUT(columns, SHOW(EVEN), SHOW(UNHEADED, .gap = 2),
						   SHOW(UNHEADED), SHOW(MADE),
						   SHOW(MADE, .gap = 2));

	check(&shared, 80, NULL, 0,
	      "\n"
	      "            even MADE O  MADE OF IT\n"
	      "    -     2    2 <first  <first\n"
	      "    2     0    0 <none>  <none>\n"
	      "    0     3    3 <a_nam  <a_nam\n");
	check(&shared, 0, NULL, 0,
	      "\n"
	      "            even MADE OF IT\n"
	      "        MADE OF IT\n"
	      "    -     2    2 <first>\n"
	      "        <first>\n"
	      "      \n"
	      "    2     0    0 <none>  <none>\n"
	      "    0     3    3 <a_name_that_is_long>\n"
	      "        <a_name_that_is_long>\n"
	      "      \n");
}

/* A mark takes a blank of the gap behind its number. */
TEST(the_worst_has_a_mark)
{
	static const struct layout marked = LAYOUT(columns, SHOW(MARKED), SHOW(MARKED, .gap = 2),
						   SHOW(COUNT, .group = ""), SHOW(MARKED));

	check(&marked, 80, NULL, WORST_RUN,
	      "\n"
	      "marked  marked   count marked\n"
	      " 12.3k!  12.3k!  12.3k  12.3k!\n"
	      "     2!      2!      2      2!\n"
	      "     0!      0!      0      0!\n");
	check(&marked, 80, NULL, WORST_DELAY,
	      "\n"
	      "marked  marked   count marked\n"
	      " 12.3k   12.3k   12.3k  12.3k\n"
	      "     2       2       2      2\n"
	      "     0       0       0      0\n");
}

TEST(a_function_has_a_name_an_address_or_neither)
{
	char room[CELL_TEXT_BYTES];
	const struct cell_context ctx = { .text = room };
	const struct symbol named = { .addr = 1, .name = "f" };
	const struct symbol in_module = { .name = "f", .module = "m" };

	assert_string_equal(cell__function(&ctx, &named, false).text, "f");
	assert_string_equal(cell__function(&ctx, &in_module, false).text, "f [m]");
	assert_string_equal(cell__function(&ctx, &named, true).text, "(other functions)");
	assert_string_equal(cell__function(&ctx, &(struct symbol){ .addr = 0xab }, false).text,
			    "0xab");
	assert_string_equal(cell__function(&ctx, &(struct symbol){}, false).text, "a function");
}

/* The names' columns of the first screen, by its width: who, what, and why if it is wide. */
TEST(names_share_what_the_numbers_leave)
{
	static const struct {
		int columns;
		struct name_widths want;
	} rows[] = {
		{ 60, { 14, 14, 0 } },	 { 79, { 23, 24, 0 } },	  { 80, { 17, 21, 0 } },
		{ 109, { 30, 37, 0 } },	 { 110, { 24, 24, 19 } }, { 116, { 24, 24, 25 } },
		{ 117, { 24, 25, 25 } }, { 200, { 24, 40, 93 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct name_widths got = brief__name_widths(rows[i].columns);

		assert_members(got, who, rows[i].want.who, func, rows[i].want.func, via,
			       rows[i].want.via);
	}
}

/* The numbers of a sender stay whole, and the name is cut. */
TEST(a_sender_fits_its_column)
{
	static const struct {
		struct stack_sample call;
		int others, width;
		const char *want;
	} rows[] = {
		{ { .tgid = 12, .comm = "make" }, 0, 10, "make[12]  " },
		{ { .tgid = 12, .comm = "make" }, 3, 11, "make[12] +3" },
		{ { .tgid = 12, .comm = "make" }, 3, 10, "ma~[12] +3" },
		{ { .tgid = 12, .comm = "make" }, 0, 5, "m~[12" },
		{ { .tgid = 12, .comm = "make" }, 0, 6, "m~[12]" },
		{ { .comm = "swapper" }, 1, 12, "(idle) +1   " },
		{ { .kworker = true, .tgid = 9, .comm = "kworker/0:1" },
		  0,
		  22,
		  "kworker for (unknown) " },
		{ { .kworker = true, .tgid = 9, .comm = "kworker/0:1" },
		  0,
		  20,
		  "kworker             " },
		{ { .kworker = true,
		    .tgid = 9,
		    .comm = "kworker/0:1",
		    .queued_by = { true, false, 8, 7, "cat" } },
		  0,
		  18,
		  "kworker for cat[7]" },
		{ { .kworker = true,
		    .tgid = 9,
		    .comm = "kworker/0:1",
		    .queued_by = { true, false, 8, 7, "cat" } },
		  0,
		  17,
		  "for cat[7]       " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(brief__sender(&rows[i].call, rows[i].others, rows[i].width).s,
				    rows[i].want);
}

TEST_MAIN(NULL, NULL)
