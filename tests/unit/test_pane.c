// SPDX-License-Identifier: GPL-2.0
/* The canvas of top, and a pane on it: which column is where, which lines are in view, which ink a cell has. */
#include "canvas_line.h"
#include "unit.h"
#include "view/top/screen.h"

static struct canvas canvas;
static struct pane pane;
static struct page page;

static int setup(void **state)
{
	/* The shades of a number depend on the locale of the terminal. */
	setenv("LC_ALL", "C.UTF-8", 1);
	return canvas__resize(&canvas, 30, 10);
}

static int teardown(void **state)
{
	for (int i = 0; i < PAGE_TABLES; i++)
		table__free(&page.tables[i]);
	pane__free(&pane);
	canvas__free(&canvas);
	page = (struct page){};
	return 0;
}

/* Line @y as text. */
static const char *line(int y)
{
	static char text[1024];

	canvas__line(&canvas, y, text, sizeof(text));
	return text;
}

/* Fails unless the pane's lines are @want, a line each. */
static void check_pane(int y, int height, const char *want)
{
	char lines[2048] = "";

	canvas__clear(&canvas);
	pane__draw(&pane, &canvas, y, height);
	for (int i = 0; i < canvas.height; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s\n", line(i));
	assert_string_equal(lines, want);
}

static uint8_t ink_at(int y, int x)
{
	return canvas.glyphs[y * canvas.width + x].ink;
}

TEST_F(a_text_is_cut_at_its_width_and_at_the_edge)
{
	static const struct {
		int y, x, width;
		const char *text, *shown;
		int written;
	} rows[] = {
		{ 0, 0, 3, "abcdef", "abc", 3 },
		{ 0, 27, 9, "abc", "                           abc", 3 },
		{ 0, 27, 9, "abcd", "                           ab~", 3 },
		{ 0, 27, 3, "abcd", "                           ab~", 3 },
		{ 0, 27, 2, "abcd", "                           ab", 2 },
		{ 0, 30, 9, "abcd", "", 0 },
		{ 0, -2, 9, "abcd", "cd", 4 },
		{ 9, 0, 9, "last", "last", 4 },
		{ 10, 0, 9, "none", "", 0 },
		{ -1, 0, 9, "none", "", 0 },
		{ 0, 0, 9, "a\303\244b", "a?b", 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		canvas__clear(&canvas);
		assert_int_equal(canvas__put(&canvas, rows[i].y, rows[i].x, rows[i].width, INK_HEAD,
					     rows[i].text),
				 rows[i].written);
		assert_string_equal(line(rows[i].y == 9 ? 9 : 0), rows[i].shown);
	}
	canvas__put(&canvas, 3, 4, 2, INK_ALERT, "xyz");
	assert_int_equal(ink_at(3, 3), INK_PLAIN);
	assert_int_equal(ink_at(3, 5), INK_ALERT);
	assert_int_equal(ink_at(3, 6), INK_PLAIN);
	canvas__clear(&canvas);
	assert_int_equal(ink_at(3, 5), INK_PLAIN);
	canvas__resize(&canvas, 0, -1);
	assert_members(canvas, width, 1, height, 1);
	canvas__free(&canvas);
	assert_members(canvas, width, 0, height, 0);
}

/* A table with a text, two numbers below one heading, a text below another, and @nr rows. */
static struct table *add_table(const char *title, size_t nr)
{
	struct table *table = &page.tables[page.nr++];

	table->title = title;
	table__column(table, NULL, "who", 4, true);
	table__column(table, "delay", "mean", 5, false);
	table__column(table, "delay", "max", 6, false);
	table__column(table, "run", "via", 3, true);
	for (size_t i = 0; i < nr; i++) {
		table__row(table, i, (struct place){ .page = PAGE_NONE });
		table__text(table, "w%zu", i);
		table__number(table, CELL_COUNT, i);
		table__number(table, i % 2 ? CELL_NONE : CELL_NS, 7000);
		table__text(table, "abcdefghijkl");
	}
	table__arrange(table, NO_SORT, false, "");
	return table;
}

TEST_F(headings_stay_and_rows_scroll)
{
	add_table("the title", 9);
	pane.sort = 1;
	assert_int_equal(pane__layout(&pane, &page), 0);
	assert_members(pane, nr_fixed, 3, nr_rows, 9, nr_lines, 12);
	check_pane(1, 6,
		   "\nthe title\n     -- delay ---          run\nwho   mean    max via\n"
		   "w0       0 7.00us abcdefghijkl\nw1       1      - abcdefghijkl\n"
		   "w2       2 7.00us abcdefghijkl\n\n\n\n");
	/* The column by which rows are sorted, the selected row, and what is not known. */
	assert_int_equal(ink_at(3, 6), INK_SELECTED);
	assert_int_equal(ink_at(3, 0), INK_HEAD);
	assert_int_equal(ink_at(3, 14), INK_HEAD);
	assert_int_equal(ink_at(4, 0), INK_SELECTED);
	assert_int_equal(ink_at(4, 29), INK_SELECTED);
	assert_int_equal(ink_at(5, 0), INK_PLAIN);
	assert_int_equal(ink_at(5, 16), INK_DIM);
	assert_int_equal(ink_at(2, 8), INK_HEAD);
	/* Down, no farther than needed; up; and the first row, with all above it. */
	pane.selected = 3;
	check_pane(0, 6,
		   "the title\n     -- delay ---          run\nwho   mean    max via\n"
		   "w1       1      - abcdefghijkl\nw2       2 7.00us abcdefghijkl\n"
		   "w3       3      - abcdefghijkl\n\n\n\n\n");
	assert_int_equal(pane.top, 1);
	pane.selected = 1;
	check_pane(0, 6,
		   "the title\n     -- delay ---          run\nwho   mean    max via\n"
		   "w1       1      - abcdefghijkl\nw2       2 7.00us abcdefghijkl\n"
		   "w3       3      - abcdefghijkl\n\n\n\n\n");
	pane.selected = 8;
	pane__draw(&pane, &canvas, 0, 6);
	assert_int_equal(pane.top, 6);
	/* Nothing is below the last row, also if more lines are in view. */
	pane__draw(&pane, &canvas, 0, 7);
	assert_int_equal(pane.top, 5);
	pane.selected = 0;
	pane__draw(&pane, &canvas, 0, 3);
	assert_int_equal(pane.top, 0);
	pane.selected = 1;
	pane__draw(&pane, &canvas, 0, 2);
	assert_int_equal(pane.top, 1);
}

TEST_F(lines_and_rows_are_found)
{
	add_table(NULL, 3);
	snprintf(page.tables[0].note, sizeof(page.tables[0].note), "a note");
	assert_int_equal(pane__layout(&pane, &page), 0);
	assert_members(pane, nr_fixed, 2, nr_rows, 3, nr_lines, 6);
	pane.top = 1;
	assert_null(pane__line_at(&pane, -1, 4));
	assert_ptr_equal(pane__line_at(&pane, 1, 4), &pane.lines[1]);
	assert_ptr_equal(pane__line_at(&pane, 2, 4), &pane.lines[3]);
	assert_ptr_equal(pane__line_at(&pane, 3, 4), &pane.lines[4]);
	assert_null(pane__line_at(&pane, 4, 4));
	assert_int_equal(pane__line_at(&pane, 4, 5)->kind, LINE_NOTE);
	assert_null(pane__line_at(&pane, 5, 6));
	assert_int_equal(pane__row(&pane, 2)->row, 2);
	assert_null(pane__row(&pane, 3));
	assert_int_equal(pane__row_of(&pane, pane__row(&pane, 1))->key, 1);
	/* The selection stays on the page when rows are gone. */
	pane.selected = 3;
	pane__layout(&pane, &page);
	assert_int_equal(pane.selected, 2);
	table__arrange(&page.tables[0], NO_SORT, false, "nothing has this");
	pane__layout(&pane, &page);
	assert_members(pane, selected, 0, nr_rows, 0);
	pane.top = 0;
	check_pane(0, 9,
		   "     -- delay ---          run\nwho   mean    max via\na note\n\n\n\n\n\n\n\n");
}

TEST_F(tables_below_each_other_scroll_with_their_headings)
{
	add_table("one", 1);
	add_table("two", 2);
	page.tables[1].headless = true;
	snprintf(page.tables[1].note, sizeof(page.tables[1].note), "of two");
	assert_int_equal(pane__layout(&pane, &page), 0);
	assert_members(pane, nr_fixed, 0, nr_rows, 3, nr_lines, 9);
	pane.sort = 0;
	check_pane(0, 10,
		   "one\n     -- delay ---          run\nwho   mean    max via\n"
		   "w0       0 7.00us abcdefghijkl\n\ntwo\nw0       0 7.00us abcdefghijkl\n"
		   "w1       1      - abcdefghijkl\nof two\n\n");
	assert_int_equal(ink_at(2, 0), INK_SELECTED);
	assert_int_equal(ink_at(8, 0), INK_DIM);
	assert_int_equal(ink_at(5, 0), INK_HEAD);
	/* The whole pane is drawn again where the selection moves up to the first row. */
	pane.selected = 2;
	pane__draw(&pane, &canvas, 0, 3);
	assert_int_equal(pane.top, 5);
	pane.selected = 0;
	pane__draw(&pane, &canvas, 0, 3);
	assert_int_equal(pane.top, 0);
}

/* Columns are shown as far as there is room; what is left over is for texts. */
TEST_F(columns_share_the_width)
{
	static const struct {
		int width;
		const char *heads;
		int at[4]; /* the column at these places: 4, 5, 16 and the last one */
	} rows[] = {
		{ 30, "who       mean    max via", { 0, 0, 2, 3 } },
		{ 22, "who    mean    max via", { 0, -1, 2, 3 } },
		{ 21, "who   mean    max via", { -1, 1, 2, 3 } },
		{ 20, "who      mean    max", { 0, 0, 2, 2 } },
		{ 17, "who   mean    max", { -1, 1, 2, 2 } },
		{ 16, "who       mean", { 0, 0, -1, -1 } },
		{ 10, "who   mean", { -1, 1, -1, 1 } },
		{ 9, "who", { 0, 0, -1, -1 } },
		{ 4, "who", { -1, -1, -1, 0 } },
	};
	struct table *table = add_table(NULL, 1);

	/* The first column's longest text. */
	free((char *)table->cells[0].text);
	table->cells[0].text = strdup("eight888");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int width = rows[i].width;

		canvas__resize(&canvas, width, 3);
		pane__layout(&pane, &page);
		pane__draw(&pane, &canvas, 0, 3);
		assert_string_equal(line(1), rows[i].heads);
		for (int n = 0; n < 4; n++)
			assert_int_equal(pane__column_at(table, width,
							 (int[]){ 4, 5, 16, width - 1 }[n]),
					 rows[i].at[n]);
		assert_int_equal(pane__column_at(table, width, width), -1);
		assert_int_equal(pane__column_at(table, width, -1), -1);
	}
}

/* The hottest cell has the hottest ink, a third of it the next one, and so on; a narrow cell has a shade. */
TEST_F(a_number_has_the_ink_of_its_share)
{
	static const uint64_t numbers[] = { 100000, 32000, 31000, 10100, 9900, 330, 310, 1, 0 };
	static const int hot[] = { 5, 5, 4, 4, 3, 1, 0, 0 };
	struct table *table = &page.tables[page.nr++];

	table__column(table, NULL, "narrow", 4, false);
	table__column(table, NULL, "wide", 5, false);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		table__row(table, i, (struct place){ .page = PAGE_NONE });
		table__number(table, CELL_HEAT, numbers[i]);
		table__number(table, CELL_HEAT, numbers[i]);
	}
	table__arrange(table, NO_SORT, false, "");
	assert_int_equal(table->hottest, 100000);
	pane__layout(&pane, &page);
	pane.selected = 8;
	pane__draw(&pane, &canvas, 0, 10);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(ink_at(1 + i, 3), INK_HEAT + hot[i]);
		assert_int_equal(ink_at(1 + i, 9), INK_HEAT + hot[i]);
	}
	/* No terminal without UTF-8 has the shades. */
	assert_string_equal(line(1), "????  100k");
	assert_string_equal(line(9), "   .     .");
}

TEST_MAIN(NULL, NULL)
