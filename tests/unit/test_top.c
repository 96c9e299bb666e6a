// SPDX-License-Identifier: GPL-2.0
/* The live screen without a terminal: tables, history, keys, and what the canvas shows. */
#include "unit.h"
#include "abi/hist_slots.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "top_screen.h"
#include "view/top/screen.h"
#include "view/table/table.h"

#define SECOND 1000000000ULL

static void hist_fill(struct hist *hist, uint64_t n, uint64_t ns)
{
	hist->count = hist->slots[hist_slot(ns)] = n;
	hist->sum = n * ns;
	hist->max = ns;
}

/* Window number @n, a second long, of a machine with @nr CPUs that all send to all. */
struct fixture {
	struct host host;
	struct snapshot snap;
	char names[3][64];
};

static void function_fill(struct fixture *f, size_t i, uint64_t count, uint64_t handler)
{
	struct fn_stats *fn = &f->snap.fns[i];

	fn->func = (struct symbol){ .addr = 0x1000 + i, .name = f->names[i] };
	fn->callsite.addr = 0x99;
	fn->count = count;
	hist_fill(&fn->delay, count, 10000);
	hist_fill(&fn->handler, count, handler);
	fn->wait = (struct wait_sum){ count, count * 5000, 5000, 0 };
}

static void sample_fill(struct fixture *f, size_t i)
{
	struct stack_sample *sample = &f->snap.samples[i];

	*sample = (struct stack_sample){ .fn = i, .tgid = 77, .comm = "sender", .nr = 3 };
	sample->cgroup_path = "/a/unit.service";
	sample->stack[0] = (struct symbol){ .addr = 1, .name = "smp_call_function_many_cond" };
	sample->stack[1] = (struct symbol){ .addr = 2, .name = "membarrier_private_expedited" };
	sample->stack[2] = (struct symbol){ .addr = 3, .name = "__x64_sys_membarrier" };
	sample->user[0] = (struct symbol){ .addr = 5, .name = "barrier", .module = "server" };
	sample->nr_user = 1;
	sample->user_end = USER_END_LOST;
}

static struct fixture *fixture_new(uint32_t nr, uint64_t n)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct snapshot *snap;

	assert_non_null(f);
	snap = &f->snap;
	strcpy(f->host.name.nodename, "box");
	strcpy(f->host.name.release, "6.12");
	strcpy(f->names[0], "ipi_mb");
	strcpy(f->names[1], "flush_tlb_func");
	strcpy(f->names[2], "\033[31mred\n");
	snap->host = &f->host;
	snap->window = (struct window){ .start = { 1000 + n, 0 },
					.mono_start = n * SECOND,
					.mono_end = (n + 1) * SECOND };
	snap->how.by_key = BY_SENDER;
	snap->known.kinds = true;
	snap->cpus = calloc(nr, sizeof(*snap->cpus));
	snap->edges = calloc((size_t)nr * nr, sizeof(*snap->edges));
	snap->fns = calloc(3, sizeof(*snap->fns));
	snap->samples = calloc(2, sizeof(*snap->samples));
	snap->by = calloc(2, sizeof(*snap->by));
	assert_true(snap->cpus && snap->edges && snap->fns && snap->samples && snap->by);
	for (snap->nr_cpus = 0; snap->nr_cpus < nr; snap->nr_cpus++) {
		uint32_t cpu = snap->nr_cpus;

		cpuset__add(&f->host.online, cpu);
		snap->cpus[cpu] = (struct cpu_stats){ .cpu = cpu, .sent = 7, .received = 7 + cpu };
		hist_fill(&snap->cpus[cpu].handler, 10, 1000000);
		for (uint32_t dst = 0; dst < nr; dst++)
			if (dst != cpu)
				snap->edges[snap->nr_edges++] = (struct edge){ cpu, dst, 1 + cpu };
	}
	snap->nr_fns = 3;
	function_fill(f, 0, 300, 100);
	function_fill(f, 1, 20, 90000);
	function_fill(f, 2, 1, 1);
	snap->fn_cpus = calloc(3, sizeof(*snap->fn_cpus));
	assert_non_null(snap->fn_cpus);
	snap->nr_fn_cpus = 3;
	snap->fn_cpus[0] = (struct fn_cpu){ .fn = 0, .cpu = 0, .received = 200, .handler = 20000 };
	snap->fn_cpus[1] = (struct fn_cpu){ .fn = 1, .cpu = nr - 1, .received = 20 };
	snap->fn_cpus[2] = (struct fn_cpu){ .fn = 0, .cpu = 0, .received = 50, .handler = 5000 };
	snap->nr_samples = 2;
	sample_fill(f, 0);
	sample_fill(f, 1);
	snap->nr_by = 2;
	snap->by[0] = (struct by_stats){ .tgid = 77, .cgroup = 5, .comm = "sender", .count = 300 };
	snap->by[0].cgroup_path = "/a/unit.service";
	snap->by[1] = (struct by_stats){ .tgid = 78, .cgroup = 5, .comm = "other", .count = 21 };
	snap->by[1].cgroup_path = "/a/unit.service";
	snap->ledger.queued = snap->ledger.function = 321;
	return f;
}

static void fixture_free(struct fixture *f)
{
	snapshot__free(&f->snap);
	/* Overwrite the strings: a view that kept a pointer to one would show this text. */
	memset(f, 0xff, sizeof(*f));
	free(f);
}

static void window_add(uint32_t nr_cpus, uint64_t n)
{
	struct fixture *f = fixture_new(nr_cpus, n);

	assert_int_equal(screen__window(&screen, &f->snap, SECOND / 100), 0);
	fixture_free(f);
}

static int setup(void **state)
{
	memset(&canvas, 0, sizeof(canvas));
	screen__open(&screen);
	return canvas__resize(&canvas, 80, 24);
}

/* The first line with @words; -1: none. */
static int line_with(const char *words)
{
	for (int y = 0; y < canvas.height; y++)
		if (strstr(line(y), words))
			return y;
	return -1;
}

#define SHOWS(words)                                                                       \
	do {                                                                               \
		if (line_with(words) < 0)                                                  \
			fail_msg("the screen does not show '%s'; its 8th line: %s", words, \
				 line(7));                                                 \
	} while (0)

/* Tables */

/* Column @column of the first CPU's row. */
static enum cell_kind kind_of_cell(struct fixture *f, int column)
{
	struct page page = {};
	enum cell_kind kind;

	tables__cpus(&(struct source){ .snap = &f->snap }, &page);
	kind = table__cell(&page.tables[0], 0, column)->kind;
	table__free(&page.tables[0]);
	return kind;
}

TEST_F(a_cell_is_unknown_where_json_has_null)
{
	struct fixture *f = fixture_new(2, 0);

	assert_int_equal(kind_of_cell(f, 3), CELL_COUNT);
	f->snap.how.source = SOURCE_CALLS;
	assert_int_equal(kind_of_cell(f, 3), CELL_NONE);
	f->snap.cpus[0].wait = (struct hist){ .count = 2, .sum = 30 };
	f->snap.how.wait_source = WAITS_UNKNOWN;
	assert_int_equal(kind_of_cell(f, 2), CELL_NONE);
	f->snap.how.wait_source = WAITS_CSD;
	assert_int_equal(kind_of_cell(f, 2), CELL_NS);
	fixture_free(f);
}

TEST_F(a_table_sorts_and_unknown_is_last)
{
	const struct place to = { .page = PAGE_NONE };
	struct table t = { 0 };

	table__column(&t, NULL, "name", 5, true);
	table__column(&t, NULL, "n", 5, false);
	for (int i = 0; i < 5; i++) {
		table__row(&t, i, to);
		table__text(&t, "%c", "cabed"[i]);
		if (i == 2)
			table__number(&t, CELL_NONE, 0);
		else
			table__number(&t, CELL_COUNT, 10 * i);
	}
	table__arrange(&t, NO_SORT, false, "");
	assert_int_equal(t.order[0], 0);
	table__arrange(&t, NO_SORT, true, "");
	assert_members(t, order[0], 4, order[4], 0);
	table__arrange(&t, 1, false, "");
	assert_members(t, order[0], 4, order[3], 0, order[4], 2);
	table__arrange(&t, 1, true, "");
	assert_members(t, order[0], 0, order[4], 2);
	table__arrange(&t, 0, false, "");
	assert_members(t, order[0], 1, order[4], 3, failed, false);
	table__free(&t);
}

/* No cell belongs to the next row, nor to a row that found no memory. */
TEST_F(a_row_has_a_cell_for_each_column)
{
	const struct place to = { .page = PAGE_NONE };
	struct table t = { 0 };

	table__column(&t, NULL, "name", 5, true);
	table__column(&t, NULL, "n", 5, false);
	table__row(&t, 1, to);
	for (int i = 0; i < 4; i++)
		table__number(&t, CELL_COUNT, i);
	assert_members(t, nr_cells, 2, failed, false);
	table__row(&t, 2, to);
	t.failed = true;
	table__text(&t, "text");
	table__row(&t, 3, to);
	table__row_cpus(&t, 5, 6);
	assert_members(t, nr_cells, 2, nr_rows, 2, rows[1].cpus[0], NO_CPU);
	table__free(&t);
}

TEST_F(a_filter_is_a_text_or_cpus)
{
	const struct place to = { .page = PAGE_NONE };
	struct table t = { 0 };

	table__column(&t, NULL, "name", 5, true);
	for (uint32_t cpu = 0; cpu < 12; cpu++) {
		table__row(&t, cpu, to);
		table__row_cpus(&t, cpu, NO_CPU);
		table__text(&t, "CPU %u", cpu);
	}
	table__row(&t, 99, to);
	table__text(&t, "comm1");
	table__arrange(&t, NO_SORT, false, "1");
	assert_members(t, nr_shown, 2, order[0], 1, order[1], 12);
	table__arrange(&t, NO_SORT, false, "3-5,11");
	assert_int_equal(t.nr_shown, 4);
	table__arrange(&t, NO_SORT, false, "OMM");
	assert_int_equal(t.nr_shown, 1);
	table__free(&t);
}

/* History */

TEST_F(the_history_keeps_five_minutes)
{
	for (uint64_t n = 0; n < 400; n++)
		window_add(2, n);
	assert_members(screen.history, nr, 300, windows[0]->snap.window.mono_start, 100 * SECOND);
	assert_true(screen.history.bytes < HISTORY_BYTES);
}

TEST_F(the_history_is_bounded_in_bytes)
{
	for (uint64_t n = 0; n < 100; n++)
		window_add(256, n);
	assert_true(screen.history.bytes <= HISTORY_BYTES);
	assert_in_range(screen.history.nr, 2, 99);
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 99 * SECOND);
}

TEST_F(the_latest_window_stays_however_large)
{
	window_add(2, 0);
	screen.history.windows[0]->bytes += HISTORY_BYTES;
	screen.history.bytes += HISTORY_BYTES;
	window_add(2, 1);
	assert_members(screen.history, nr, 1, windows[0]->snap.window.mono_start, SECOND);
	assert_int_equal(screen.history.bytes, screen.history.windows[0]->bytes);
}

/* The screen */

TEST_F(before_the_first_window)
{
	SHOWS("the first window");
	press(SCREEN_ENTER);
	press(SCREEN_DOWN);
	type("[wp>r");
	SHOWS("1functions");
}

TEST_F(the_header_has_shares_and_loss)
{
	struct fixture *f = fixture_new(2, 0);

	f->snap.ledger.queued += 4;
	f->snap.ledger.lost_by[LOST_MAILBOX_FULL] = 4;
	assert_int_equal(screen__window(&screen, &f->snap, SECOND / 50), 0);
	fixture_free(f);
	SHOWS("box, 6.12; 1.00 s");
	/* 2 CPUs with 10 handlers of 1 ms each, in a second. */
	SHOWS("handlers 1.00%");
	SHOWS("csds/s 325");
	SHOWS("own CPU 2.0%");
	SHOWS("lost 4");
}

/*
 * With -p, rows of interrupts need a line that explains them, on kernels where programs do not see
 * interrupts.
 */
TEST_F(a_filter_that_sees_no_interrupts_says_so)
{
	static const char words[] = "(interrupt): -p has them, too: this kernel does not tell";
	static const struct {
		bool by_pid, sees, says;
	} cases[] = { { true, true, false }, { false, false, false }, { true, false, true } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture *f = fixture_new(2, i);

		f->snap.how.by_task = true;
		f->snap.how.by_pid = cases[i].by_pid;
		f->snap.how.sees_interrupts = cases[i].sees;
		assert_int_equal(screen__window(&screen, &f->snap, SECOND / 50), 0);
		fixture_free(f);
		assert_int_equal(line_with(words), cases[i].says ? HEADER_LINES - 1 : -1);
	}
	/* After the other words of the line. */
	type("r");
	assert_has(line(HEADER_LINES - 1), "reversed  (interrupt): -p has them");
}

TEST_F(functions_are_sorted_by_cost)
{
	window_add(2, 0);
	assert_true(line_with("flush_tlb_func") < line_with("ipi_mb"));
	assert_int_equal(line_with("flush_tlb_func"), HEADER_LINES + 2);
	assert_string_equal(
		line(HEADER_LINES + 2),
		"flush_tlb_func               20  10.0us  10.0us  90.0us  90.0us  1.80ms   100us");
	/* The column of csds. */
	type("<<<<<");
	assert_true(line_with("flush_tlb_func") > line_with("ipi_mb"));
	type("r");
	assert_true(line_with("flush_tlb_func") < line_with("ipi_mb"));
	/* Escape sequences in a name are shown as text. */
	SHOWS("?[31mred?");
}

TEST_F(wide_screens_show_more_columns)
{
	window_add(2, 0);
	assert_int_equal(line_with("via"), -1);
	canvas__resize(&canvas, 200, 50);
	SHOWS("membarrier_private_expedited < barrier (server), sender[77]  1/1");
	SHOWS("locally");
	canvas__resize(&canvas, 1, 1);
	screen__draw(&screen, &canvas);
	canvas__resize(&canvas, 20, 6);
	screen__draw(&screen, &canvas);
}

/* "own CPU 3.7%" is not shown as 3. */
TEST_F(a_cut_line_has_a_mark)
{
	window_add(2, 0);
	canvas__resize(&canvas, 58, 24);
	assert_int_equal(line_with("handlers"), 1);
	assert_int_equal(canvas.glyphs[2 * 58 - 1].ch, L'~');
	assert_int_equal(canvas.glyphs[24 * 58 - 1].ch, L'~');
	canvas__resize(&canvas, 80, 24);
	assert_int_equal(line_with("handlers"), 1);
	assert_int_not_equal(canvas.glyphs[2 * 80 - 1].ch, L'~');
}

TEST_F(down_to_a_stack_and_up)
{
	window_add(2, 0);
	press(SCREEN_DOWN);
	press(SCREEN_ENTER);
	SHOWS("ipi_mb: 300 csds");
	SHOWS("membarrier_private_expedited");
	SHOWS("WHO IS HIT");
	press(SCREEN_ENTER);
	SHOWS("ipi_mb, sent by sender");
	SHOWS("smp_call_function_many_cond+0x0");
	press(SCREEN_BACK);
	/* The first row after those of the callers is a CPU. */
	press(SCREEN_DOWN);
	press(SCREEN_ENTER);
	SHOWS("CPU 0: 7 received");
	SHOWS("WHO INTERRUPTS IT");
	press(SCREEN_BACK);
	press(SCREEN_BACK);
	press(SCREEN_BACK);
	SHOWS("FUNCTION [MODULE]");
	assert_int_equal(screen.views[0].pane.selected, 1);
}

/* A function's page has for each CPU the csds of the function and those of all functions. */
TEST_F(who_is_hit_by_a_function)
{
	window_add(2, 0);
	press(SCREEN_DOWN);
	press(SCREEN_ENTER);
	assert_string_equal(line(line_with("CPU 0 ")),
			    "CPU 0        250   100ns  25.0us        7  10.0ms");
	assert_int_equal(line_with("CPU 1 "), -1);
	SHOWS("50 have no CPU: under way, or not counted by function (try top -f)");
	press(SCREEN_BACK);
	press(SCREEN_UP);
	press(SCREEN_ENTER);
	SHOWS("flush_tlb_func: 20 csds");
	assert_has(line(line_with("CPU 1 ")), "  20  ");
	assert_int_equal(line_with("CPU 0 "), -1);
	assert_int_equal(line_with("more under way"), -1);
}

TEST_F(histograms_have_the_counts)
{
	window_add(2, 0);
	canvas__resize(&canvas, 80, 60);
	press(SCREEN_DOWN);
	press(SCREEN_ENTER);
	/* 300 handlers of 100 ns, 300 delays of 10 us. */
	assert_has(line(line_with("64ns")), "300");
	assert_has(line(line_with("16.4us")), "300");
}

TEST_F(each_table_has_its_rows)
{
	window_add(2, 0);
	type("2");
	SHOWS("CPU 1");
	type("3");
	SHOWS("sender[77]");
	press(SCREEN_ENTER);
	SHOWS("sender[77] in /a/unit.service");
	SHOWS("WHAT IT SENT");
	type("5");
	/* The sum of both senders' csds. */
	assert_has(line(line_with("/a/unit.service")), "321");
	press(SCREEN_ENTER);
	SHOWS("other[78]");
	type("4");
	SHOWS("ipitrace top --by victim");
	type("6");
	assert_string_equal(line(line_with("CPU 1 ")), "CPU 1          2      .");
	type("7");
	SHOWS("KIND");
	type("8");
	SHOWS("no storm so far");
	type("9");
	SHOWS("no stall so far");
	type("1");
	SHOWS("FUNCTION [MODULE]");
	type("?");
	SHOWS("Backspace       up again");
}

TEST_F(the_selection_stays_with_its_row)
{
	struct fixture *f = fixture_new(2, 1);

	window_add(2, 0);
	press(SCREEN_DOWN);
	assert_int_equal(screen.views[0].key, 0x1000);
	/* In this window ipi_mb costs most, and is the first row. */
	hist_fill(&f->snap.fns[0].handler, 300, 1000000);
	assert_int_equal(screen__window(&screen, &f->snap, 0), 0);
	fixture_free(f);
	screen__draw(&screen, &canvas);
	assert_int_equal(screen.views[0].pane.selected, 0);
}

TEST_F(pause_and_step_back)
{
	for (uint64_t n = 0; n < 5; n++)
		window_add(2, n);
	type("p");
	SHOWS("PAUSED");
	window_add(2, 5);
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 4 * SECOND);
	type("[[");
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 2 * SECOND);
	SHOWS("3 WINDOWS BACK of 5");
	type("]");
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 3 * SECOND);
	type("[[[[[[[[");
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 0);
	type("p");
	assert_int_equal(screen__shown(&screen)->snap.window.mono_start, 5 * SECOND);
}

TEST_F(a_filter_is_typed)
{
	window_add(2, 0);
	assert_int_equal(type("/TLBq"), WISH_NONE);
	SHOWS("filter: TLBq_");
	press(SCREEN_BACK);
	assert_int_equal(line_with("ipi_mb"), -1);
	SHOWS("flush_tlb_func");
	press(SCREEN_ENTER);
	assert_int_equal(type("q"), WISH_QUIT);
	press(SCREEN_ESCAPE);
	SHOWS("ipi_mb");
	assert_int_equal(type("w"), WISH_WRITE);
}

TEST_F(the_mouse_selects_sorts_and_goes_down)
{
	const struct input row = { .key = SCREEN_CLICK, .x = 3, .y = HEADER_LINES + 3 };
	const struct input head = { .key = SCREEN_CLICK, .x = 30, .y = HEADER_LINES + 1 };
	const struct input name = { .key = SCREEN_CLICK, .x = 12, .y = 3 };

	window_add(2, 0);
	screen__draw(&screen, &canvas);
	screen__input(&screen, &row);
	assert_int_equal(screen.views[0].pane.selected, 1);
	screen__input(&screen, &row);
	SHOWS("ipi_mb: 300 csds");
	press(SCREEN_BACK);
	screen__draw(&screen, &canvas);
	screen__input(&screen, &head);
	assert_int_equal(screen.views[0].sort, 1);
	screen__input(&screen, &name);
	assert_int_equal(screen.views[0].place.page, PAGE_CPUS);
}

TEST_F(many_cpus_are_a_map_of_groups)
{
	static struct numa llcs, nodes;

	llcs.nr_nodes = 100;
	nodes.nr_nodes = 2;
	for (int cpu = 0; cpu < 200; cpu++) {
		llcs.ids[cpu / 2] = cpu & ~1;
		llcs.nodes[cpu] = cpu / 2;
		nodes.ids[cpu / 100] = cpu / 100;
		nodes.nodes[cpu] = cpu / 100;
	}
	screen.groupings[0] = (struct grouping){ "LLC", &llcs };
	screen.groupings[1] = (struct grouping){ "node", &nodes };
	window_add(200, 0);
	type("6");
	SHOWS("node 1");
	/* 100 CPUs of node 1, the first of which sends 101 to each of node 0's. */
	assert_string_equal(line(line_with("node 1")), "node 1     1.50M  1.49M");
	canvas__resize(&canvas, 120, 24);
	SHOWS("LLC 2");
	/* The names of the rows have 10 columns, and a blank comes after each. */
	canvas__resize(&canvas, 10 + 1 + 100, 24);
	SHOWS("LLC 2");
	canvas__resize(&canvas, 10 + 100, 24);
	SHOWS("node 1");
	canvas__resize(&canvas, 240, 24);
	SHOWS("CPU 2");
}

static const struct signature munmap_signature = { .name = "tlb_munmap" };
static const struct signature patching_signature = { .name = "text_patching" };

static int stall_add(const struct incident *incident, uint64_t id)
{
	return findings__stall(&screen.findings, incident, id, &(struct wall_clock){}, "{}\n", 3);
}

static int storm_add(const struct storm *storm)
{
	static const struct storm_evidence evidence;

	return findings__storm(&screen.findings, storm, &evidence, 0, "{}\n", 3);
}

TEST_F(findings_are_listed_and_replaced)
{
	struct incident stall = { .phase = PHASE_HANDLER,
				  .ongoing = true,
				  .dst_known = true,
				  .start = 5,
				  .time = 2500005,
				  .src = 1,
				  .func = { .addr = 1, .name = "slow" },
				  .stack_of = STACK_INTERRUPTED,
				  .nr = 1,
				  .stack = { { .addr = 2, .offset = 1, .name = "f" } } };
	const struct storm storm = { .id = 3,
				     .sig = &munmap_signature,
				     .funcs = { { .name = "flush_tlb_func" } },
				     .nr_funcs = 1,
				     .last = { .ns = SECOND, .count = 5000, .runs_unseen = true } };

	window_add(2, 0);
	assert_int_equal(stall_add(&stall, 3), 0);
	assert_int_equal(storm_add(&storm), 0);
	stall.ongoing = false;
	stall.time = 4500005;
	assert_int_equal(stall_add(&stall, 3), 0);
	assert_int_equal(screen.findings.nr, 2);
	SHOWS("8storms(1) 9stalls(1)");
	type("9");
	assert_has(line(line_with("slow")), "4.50ms ended");
	press(SCREEN_ENTER);
	SHOWS("stall 3  handler of slow, ended");
	SHOWS("f+0x1");
	SHOWS("CPU 0 was in slow for 4.5 ms.");
	type("8");
	assert_has(line(line_with("tlb_munmap")), "5.00k       -");
	press(SCREEN_ENTER);
	SHOWS("STORM tlb_munmap: ongoing");
	SHOWS("5000 a second of flush_tlb_func");
	SHOWS("advice");
}

/* A note is shown, but does not count as a storm. */
TEST_F(notes_are_no_storms)
{
	window_add(2, 0);
	storm_add(&(struct storm){ .id = 1, .sig = &patching_signature, .note = true });
	storm_add(&(struct storm){ .id = 2, .sig = &munmap_signature });
	stall_add(&(struct incident){ .func.name = "slow" }, 3);
	stall_add(&(struct incident){ .func.name = "kept", .covered = true }, 4);
	SHOWS("8storms(1) 9stalls(2)");
	type("8");
	SHOWS("note: text_patching");
	assert_has(line(line_with("tlb_munmap")), "tlb_munmap");
	type("9");
	assert_has(line(line_with("kept")), " result");
	assert_lacks(line(line_with("slow")), " result");
}

TEST_F(findings_are_bounded)
{
	for (int i = 0; i < 2 * FINDINGS_MOST; i++)
		assert_int_equal(stall_add(&(struct incident){}, i), 0);
	assert_members(screen.findings, nr, FINDINGS_MOST, stalls, 2 * FINDINGS_MOST, items[0].id,
		       FINDINGS_MOST);
}

TEST_F(a_sparkline_has_a_bar_for_each_number)
{
	const double values[] = { 0, 1, 500, 1000 };
	char text[SPARKLINE_BYTES(4)];

	sparkline__write(values, 4, false, text);
	assert_string_equal(text, " _-#");
	sparkline__write(values, 4, true, text);
	assert_string_equal(text, " ▁▄█");
	sparkline__write(values, 1, true, text);
	assert_string_equal(text, " ");
	sparkline__write(values, 0, true, text);
	assert_string_equal(text, "");
}

TEST_F(any_keys_are_survived)
{
	uint64_t seed = 17, n = 0;

	for (int i = 0; i < 20000; i++) {
		struct input input = {
			.key = random_next(&seed) % (SCREEN_CLICK + 1),
			.ch = ' ' + random_next(&seed) % 95,
			.x = random_next(&seed) % 90,
			.y = random_next(&seed) % 30,
		};

		if (i % 50 == 0 && n < 40)
			window_add(3, n++);
		screen__input(&screen, &input);
		if (i % 20 == 0)
			screen__draw(&screen, &canvas);
		assert_in_range(screen.depth, 0, DEPTH_MOST - 1);
	}
}

TEST_MAIN(NULL, NULL)
