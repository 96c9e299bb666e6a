// SPDX-License-Identifier: GPL-2.0
/* Top's screen: what its keys and clicks change, one by one, and the lines above and below the page. */
#include "base/cpuset.h"
#include "model/host.h"
#include "top_screen.h"

#define SECOND 1000000000ULL
#define FUNCS  40
/* The rows of the pane, and how far a key for a page goes: all but a heading and a row. */
#define HEIGHT (24 - HEADER_LINES - 1)
#define PAGE   (HEIGHT - 2)

static struct host host;
static struct cpu_stats cpus[2];
static struct fn_stats fns[FUNCS];
static char names[FUNCS][16];
static struct edge edges[2] = { { 0, 1, 5 }, { 1, 0, 5 } };
static struct snapshot snap;

/* Add a window of a second from @second on, with @csds. */
static void add_window(uint64_t second, uint64_t csds)
{
	snap.window.start.tv_sec = 1795176075 + second;
	snap.window.mono_start = second * SECOND;
	snap.window.mono_end = (second + 1) * SECOND;
	snap.ledger.queued = snap.ledger.function = csds;
	assert_int_equal(screen__window(&screen, &snap, SECOND / 100), 0);
}

static int setup(void **state)
{
	memset(&canvas, 0, sizeof(canvas));
	screen__open(&screen);
	host = (struct host){ .online.words = { 3 } };
	strcpy(host.name.nodename, "box");
	strcpy(host.name.release, "6.12");
	for (uint32_t cpu = 0; cpu < 2; cpu++)
		cpus[cpu] = (struct cpu_stats){ .cpu = cpu, .sent = 5, .received = 5 };
	for (size_t i = 0; i < FUNCS; i++) {
		snprintf(names[i], sizeof(names[i]), "func_%02zu", i);
		fns[i] = (struct fn_stats){ .func = { .addr = 0x1000 + i, .name = names[i] },
					    .count = 100 - i };
		fns[i].handler = (struct hist){ .count = 1, .sum = 1000 - i, .max = 1000 - i };
	}
	snap = (struct snapshot){ .host = &host,
				  .cpus = cpus,
				  .nr_cpus = 2,
				  .fns = fns,
				  .nr_fns = FUNCS,
				  .edges = edges,
				  .nr_edges = 2 };
	return canvas__resize(&canvas, 80, 24);
}

static void click(int x, int y)
{
	screen__draw(&screen, &canvas);
	screen__input(&screen, &(struct input){ .key = SCREEN_CLICK, .x = x, .y = y });
}

static enum page_kind page_shown(void)
{
	return screen.views[screen.depth].place.page;
}

static size_t selected(void)
{
	return screen.views[screen.depth].pane.selected;
}

TEST_F(keys_move_the_selection)
{
	static const struct {
		enum screen_key key;
		size_t selected;
	} rows[] = {
		{ SCREEN_UP, 0 },	   { SCREEN_DOWN, 1 },
		{ SCREEN_PAGE_UP, 0 },	   { SCREEN_PAGE_DOWN, PAGE },
		{ SCREEN_UP, PAGE - 1 },   { SCREEN_PAGE_DOWN, 2 * PAGE - 1 },
		{ SCREEN_PAGE_DOWN, 39 },  { SCREEN_DOWN, 39 },
		{ SCREEN_PAGE_UP, 23 },	   { SCREEN_PAGE_UP, 23 - PAGE },
		{ SCREEN_PAGE_UP, 0 },	   { SCREEN_END, 39 },
		{ SCREEN_HOME, 0 },	   { SCREEN_PAGE_DOWN, PAGE },
		{ SCREEN_DOWN, PAGE + 1 }, { SCREEN_PAGE_UP, 1 },
	};

	add_window(0, 5);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		line(0);
		press(rows[i].key);
		assert_int_equal(selected(), rows[i].selected);
		/* The row is on the screen. */
		screen__draw(&screen, &canvas);
		assert_int_equal(selected(), rows[i].selected);
	}
	/* On a small screen a page is a row. */
	canvas__resize(&canvas, 80, HEADER_LINES + 1 + 3);
	line(0);
	press(SCREEN_HOME);
	press(SCREEN_PAGE_DOWN);
	assert_int_equal(selected(), 1);
	canvas__resize(&canvas, 80, HEADER_LINES + 1 + 4);
	line(0);
	press(SCREEN_PAGE_DOWN);
	assert_int_equal(selected(), 3);
}

TEST_F(the_first_row_is_not_followed)
{
	add_window(0, 5);
	line(0);
	press(SCREEN_DOWN);
	assert_true(screen.views[0].keyed);
	assert_int_equal(screen.views[0].key, 0x1001);
	press(SCREEN_UP);
	assert_false(screen.views[0].keyed);
	/* A page that is opened from a row is for that row: the way back leads to the row. */
	press(SCREEN_ENTER);
	assert_int_equal(page_shown(), PAGE_FUNCTION);
	fns[0].handler.sum = fns[0].handler.max = 1;
	add_window(1, 5);
	press(SCREEN_BACK);
	line(0);
	assert_int_equal(selected(), FUNCS - 1);
	press(SCREEN_BACK);
	assert_int_equal(page_shown(), PAGE_FUNCTIONS);
}

TEST_F(a_filter_is_shown_beside_the_title)
{
	add_window(0, 5);
	type("/func_1");
	assert_string_equal(line(23), "filter: func_1_  (Enter: done, Escape: all)");
	assert_string_equal(line(HEADER_LINES - 1), "");
	/* Keys that the filter does not use move the selection. */
	press(SCREEN_DOWN);
	assert_int_equal(selected(), 1);
	press(SCREEN_ENTER);
	assert_string_equal(line(HEADER_LINES - 1), "/func_1");
	type("r");
	assert_string_equal(line(HEADER_LINES - 1), "/func_1  reversed");
	type("r");
	/* Another page begins without a filter. */
	press(SCREEN_ENTER);
	assert_string_equal(screen.filter, "");
	assert_string_equal(line(HEADER_LINES - 1), "func_11: 89 csds, 0 locally");
	type("/x");
	press(SCREEN_ENTER);
	assert_string_equal(line(HEADER_LINES - 1), "func_11: 89 csds, 0 locally  /x");
	press(SCREEN_ESCAPE);
	assert_string_equal(line(HEADER_LINES - 1), "func_11: 89 csds, 0 locally");
	type("/y");
	press(SCREEN_ESCAPE);
	assert_false(screen.typing);
	assert_string_equal(screen.filter, "");
	type("/z");
	press(SCREEN_ENTER);
	type("2");
	assert_string_equal(screen.filter, "");
}

TEST_F(a_filter_has_bounds)
{
	static const int others[] = { 0x1f, 0x7f, 0x100, -1 };

	add_window(0, 5);
	type("/");
	press(SCREEN_BACK);
	assert_string_equal(screen.filter, "");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		screen__input(&screen, &(struct input){ .key = SCREEN_CHAR, .ch = others[i] });
	assert_string_equal(screen.filter, "");
	type(" ~");
	assert_string_equal(screen.filter, " ~");
	press(SCREEN_BACK);
	assert_string_equal(screen.filter, " ");
	for (int i = 0; i < FILTER_ROOM; i++)
		type("a");
	assert_int_equal(strlen(screen.filter), FILTER_ROOM - 1);
}

TEST_F(a_message_is_shown_until_a_key)
{
	add_window(0, 5);
	assert_has(line(23), "Enter open  Bksp back");
	strcpy(screen.message, "written to a file");
	assert_string_equal(line(23), "written to a file");
	type("/");
	assert_has(line(23), "filter: _");
	press(SCREEN_ENTER);
	assert_has(line(23), "Enter open  Bksp back");
}

TEST_F(help_opens_and_closes)
{
	add_window(0, 5);
	type("?");
	assert_int_equal(page_shown(), PAGE_HELP);
	assert_int_equal(screen.depth, 1);
	type("?");
	assert_int_equal(page_shown(), PAGE_FUNCTIONS);
	assert_int_equal(screen.depth, 0);
	/* From a page of a row, too, and back to that page. */
	line(0);
	press(SCREEN_ENTER);
	type("?");
	assert_int_equal(screen.depth, 2);
	type("?");
	assert_int_equal(page_shown(), PAGE_FUNCTION);
}

/* From a CPU to the CPU that interrupts it, and so on: a page opens only while there is room. */
TEST_F(pages_are_as_deep_as_there_is_room)
{
	add_window(0, 5);
	type("2");
	for (int i = 0; i < DEPTH_MOST + 3; i++) {
		line(0);
		press(SCREEN_ENTER);
		assert_int_equal(screen.depth, i + 1 < DEPTH_MOST ? i + 1 : DEPTH_MOST - 1);
		assert_int_equal(page_shown(), PAGE_CPU);
	}
	type("?");
	assert_int_equal(page_shown(), PAGE_CPU);
	press(SCREEN_BACK);
	assert_int_equal(screen.depth, DEPTH_MOST - 2);
	type("?");
	assert_int_equal(page_shown(), PAGE_HELP);
}

TEST_F(tables_have_keys)
{
	add_window(0, 5);
	for (int i = 0; i < NR_TABLES; i++) {
		type((const char[]){ '1' + i, '\0' });
		assert_int_equal(page_shown(), i);
	}
	type("0:");
	assert_int_equal(page_shown(), NR_TABLES - 1);
	press(SCREEN_NEXT);
	assert_int_equal(page_shown(), 0);
	press(SCREEN_NEXT);
	assert_int_equal(page_shown(), 1);
	press(SCREEN_PREVIOUS);
	press(SCREEN_PREVIOUS);
	assert_int_equal(page_shown(), NR_TABLES - 1);
	/* The next table is that after the table, from a page of a row, too. */
	type("1");
	line(0);
	press(SCREEN_ENTER);
	press(SCREEN_NEXT);
	assert_int_equal(screen.depth, 0);
	assert_int_equal(page_shown(), 1);
}

/* A name of a table is clicked from its first to its last column; blanks between them do nothing. */
TEST_F(tables_have_names_to_click)
{
	char want[128] = "";
	int x = 0;

	screen.findings.storms = 2;
	screen.findings.stalls = 12;
	add_window(0, 5);
	for (int i = 0; i < NR_TABLES; i++) {
		int begin = x, end;

		text_append(want, sizeof(want), "%s%d%s%s", i ? " " : "", i + 1, table_names[i],
			    i == PAGE_STORMS ? "(2)" :
			    i == PAGE_STALLS ? "(12)" :
					       "");
		end = strlen(want);
		type(i ? "1" : "2");
		click(begin, HEADER_LINES - 2);
		assert_int_equal(page_shown(), i);
		type(i ? "1" : "2");
		click(end - 1, HEADER_LINES - 2);
		assert_int_equal(page_shown(), i);
		type("3");
		click(end, HEADER_LINES - 2);
		assert_int_equal(page_shown(), 2);
		x = end + 1;
	}
	assert_string_equal(line(HEADER_LINES - 2), want);
	click(-1, HEADER_LINES - 2);
	assert_int_equal(page_shown(), 2);
}

TEST_F(headings_sort_when_they_are_clicked)
{
	struct view *view = &screen.views[0];

	add_window(0, 5);
	click(2, HEADER_LINES + 1);
	assert_members(*view, sorted, true, sort, 0, reverse, false);
	click(2, HEADER_LINES + 1);
	assert_members(*view, sort, 0, reverse, true);
	click(2, HEADER_LINES + 1);
	assert_members(*view, sort, 0, reverse, false);
	click(2, HEADER_LINES + 1);
	click(30, HEADER_LINES + 1);
	assert_members(*view, sort, 1, reverse, false);
	/* Neither a column nor a row is there. */
	click(79, HEADER_LINES - 1);
	assert_members(*view, sort, 1, reverse, false);
}

TEST_F(a_second_click_opens_a_row)
{
	add_window(0, 5);
	click(2, HEADER_LINES + 2 + 3);
	assert_int_equal(selected(), 3);
	assert_int_equal(screen.depth, 0);
	click(2, HEADER_LINES + 2 + 3);
	assert_int_equal(page_shown(), PAGE_FUNCTION);
	assert_int_equal(screen.views[1].place.a, 0x1003);
}

TEST_F(keys_sort_by_the_next_column)
{
	struct view *view = &screen.views[0];
	int nr, first;

	add_window(0, 5);
	line(0);
	nr = screen.page.tables[0].nr_columns;
	first = view->pane.sort;
	assert_in_range(first, 1, nr - 1);
	type(">");
	assert_members(*view, sorted, true, sort, (first + 1) % nr);
	type("<<");
	assert_int_equal(view->sort, first - 1);
	for (int i = 0; i < nr; i++)
		type(">");
	assert_int_equal(view->sort, first - 1);
	for (int i = 0; i < nr; i++)
		type("<");
	assert_int_equal(view->sort, first - 1);
	/* Where rows are not sorted, the first key sorts by the first column or by the last. */
	type("2");
	line(0);
	nr = screen.page.tables[0].nr_columns;
	assert_int_equal(view->pane.sort, NO_SORT);
	type(">");
	assert_int_equal(view->sort, 0);
	type("2");
	line(0);
	type("<");
	assert_int_equal(view->sort, nr - 1);
}

/* A window that is shown while the screen is paused stays as long as it is kept. */
TEST_F(a_pause_ends_with_the_history)
{
	add_window(0, 5);
	type("p");
	for (int i = 1; i <= 3; i++)
		add_window(i, 5);
	assert_int_equal(screen.back, 3);
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 0);
	add_window(HISTORY_NS / SECOND + 1, 5);
	assert_int_equal(screen.history.nr, 3);
	assert_int_equal(screen.back, 2);
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 2 * SECOND);
	type("p");
	assert_int_equal(screen.back, 0);
	/* The only window is not an old one. */
	type("[");
	assert_true(screen.paused);
	assert_int_equal(screen.back, 1);
	type("]]]");
	assert_int_equal(screen.back, 0);
	assert_true(screen.paused);
	type(" ");
	assert_false(screen.paused);
}

/* Before the first window there are the tables to choose from. */
TEST_F(the_head_waits_for_a_window)
{
	assert_string_equal(line(0), "ipitrace top");
	assert_string_equal(line(1), "the first window goes on");
	assert_string_equal(line(2), "");
	assert_string_equal(line(3), "1functions 2CPUs 3senders 4victims 5cgroups 6pairs 7kinds "
				     "8storms 9stalls");
	for (int y = 4; y < 23; y++)
		assert_string_equal(line(y), "");
	assert_int_equal(canvas.glyphs[0].ink, INK_HEAD);
}

TEST_F(the_head_has_the_host_and_the_state)
{
	add_window(0, 5);
	assert_has(line(0), "ipitrace top  box, 6.12; 1.00 s to 2026-");
	assert_lacks(line(0), "PAUSED", "BACK");
	add_window(1, 5);
	type("[");
	assert_has(line(0), "  1 WINDOW BACK of 1");
	add_window(2, 5);
	assert_has(line(0), "  2 WINDOWS BACK of 2");
	/* The date leaves when there is no room. */
	canvas__resize(&canvas, 70, 24);
	assert_has(line(0), "  2 WINDOWS BACK of 2");
	assert_lacks(line(0), "2026-");
	canvas__resize(&canvas, 100, 24);
	assert_has(line(0), "2026-", "  2 WINDOWS BACK of 2");
	type("p");
	type("p");
	assert_has(line(0), "  PAUSED");
}

TEST_F(the_head_has_what_is_not_known)
{
	snap.host = NULL;
	add_window(0, 5);
	assert_has(line(0), "ipitrace top  ?, ?; 1.00 s to ");
	assert_string_equal(line(1), "csds/s 5  lost 0  handlers -  waited -  own CPU 1.0%");
	snap.host = &host;
	snap.ledger.lost_by[0] = 3;
	cpus[0].handler.sum = cpus[1].handler.sum = SECOND / 10;
	cpus[1].wait.sum = SECOND / 2;
	cpus[1].wait_away = SECOND / 4;
	add_window(1, 8);
	assert_string_equal(line(1), "csds/s 8  lost 3  THE LEDGER DOES NOT CLOSE  handlers "
				     "10.00%  waited 12.50%  ow~");
}

/* A bar is a window of the minute up to the one that is shown. */
TEST_F(a_minute_is_bars)
{
	add_window(0, 800);
	add_window(1, 100);
	add_window(2, 50);
	add_window(3, 0);
	assert_string_equal(line(2), "the last minute                                         "
				     "#__  up to 800/s");
	add_window(60, 25);
	/* The first window began more than a minute before the end of the last one. */
	assert_string_equal(line(2), "the last minute                                         "
				     "#- . up to 100/s");
}

TEST_MAIN(NULL, NULL)
