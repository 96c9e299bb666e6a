// SPDX-License-Identifier: GPL-2.0
/* --allow: which words are refused. The text of the verdict: which limit was exceeded. */
#include "cli/diag.h"
#include "command/parts.h"
#include "host/symbols.h"
#include "isolated/isolated.h"
#include "model/isolation.h"
#include "printed.h"
#include "unit.h"
#include "view/text/views.h"

static struct symbols *symbols;

static int setup(void **state)
{
	assert_int_equal(symbols__new(&symbols), 0);
	assert_int_equal(symbols__add(symbols, 0x1000, "my_own_handler", NULL), 0);
	symbols__sort(symbols);
	return 0;
}

static int teardown(void **state)
{
	symbols__close(symbols);
	return 0;
}

static struct gate gate_of(const char *first, const char *second)
{
	struct gate gate = { .nr_allowances = second ? 2 : 1 };

	snprintf(gate.allowances[0].glob, ALLOWANCE_GLOB, "%s", first);
	gate.allowances[0].count = 10;
	snprintf(gate.allowances[1].glob, ALLOWANCE_GLOB, "%s", second ? second : "");
	gate.allowances[1].count = 20;
	return gate;
}

static int status;

static void check(const void *gate)
{
	status = allowances__check(gate, symbols);
	fputc('\n', stderr);
}

static void refused(const char *first, const char *second, const char *said)
{
	const struct gate gate = gate_of(first, second);
	char *text = printed_to(stderr, check, &gate);

	assert_int_equal(status, EXIT_USAGE);
	assert_has(text, said);
}

static void taken(const char *first, const char *second)
{
	const struct gate gate = gate_of(first, second);
	char *text = printed_to(stderr, check, &gate);

	assert_string_equal(text, "\n");
	assert_int_equal(status, EXIT_DONE);
}

TEST(causes_and_functions_are_taken)
{
	taken("tlb_flush", "tick*");
	taken("my_own_*", "lost");
	taken("tick", "*");
	taken("*", "lost");
}

TEST(what_never_matches_is_refused)
{
	refused("tlb_flsuh", NULL, "--allow tlb_flsuh=10: needs a cause, or a function");
	refused("tlb_flsuh", NULL, "did you mean: tlb_flush\n");
	refused("tick", "totl",
		"--allow totl=20: needs a cause, or a function of this kernel; did you mean: total\n");
	refused("tlb", NULL, "did you mean: tlb*\n");
	refused("softirq_", NULL, "did you mean: softirq_*\n");
	refused("my_own_handle", NULL, "man ipitrace-isolated has the causes\n");
}

TEST(the_first_glob_counts)
{
	refused("*", "tick", "--allow tick=20: --allow *=10 comes first");
	refused("tick", "tick", "--allow tick=20: --allow tick=10 comes first");
}

static struct culprit culprits[2] = {
	{ .cause = "tlb_flush",
	  .func = "flush_tlb_func",
	  .count = 12,
	  .timed = true,
	  .interrupted = 9000,
	  .longest = 35100,
	  .because = "so",
	  .advice = "do",
	  .judged = true },
	{ .cause = "tick",
	  .count = 1,
	  .timed = true,
	  .interrupted = 70,
	  .longest = 70,
	  .because = "so",
	  .advice = "do",
	  .judged = true },
};
static struct isolated_cpu cpu = { .cpu = 3, .culprits = culprits, .nr_culprits = 2 };
static struct isolation isolation = { .cpus = &cpu, .nr_cpus = 1 };

static void unseen(const void *gate)
{
	allowances__unseen(gate, &isolation);
	fputc('\n', stderr);
}

/* A glob of a function that nothing matched is reported; one of a known cause is not. */
TEST(a_function_that_was_not_seen_is_said)
{
	const struct gate gate = gate_of("my_own_handler", "msr"),
			  seen = gate_of("flush_tlb_fun?", NULL);
	char *text = printed_to(stderr, unseen, &gate), *none = printed_to(stderr, unseen, &seen);

	assert_string_equal(text,
			    "ipitrace: --allow my_own_handler=10: no interruption matched\n\n");
	assert_string_equal(none, "\n");
}

static void verdict(const void *gate)
{
	isolation.verdict = cpu.verdict = VERDICT_NOT_QUIET;
	isolation.window = (struct window){ .mono_start = 7000000001, .mono_end = 9000000001 };
	cpu.interrupted = 9070;
	cpu.silence = 1500000;
	view__isolated_verdict(&isolation, gate);
	putchar('\n');
}

/* The verdict on one @breach of @gate. */
static void said(const struct gate *gate, const struct breach *breach, const char *want)
{
	char *text;

	cpu.breaches[0] = *breach;
	cpu.nr_breaches = 1;
	text = printed(verdict, gate);
	assert_string_equal(text, want);
}

static void page(const void *ctx)
{
	view__isolated(&isolation);
}

/* With --only the first line has the number of all interruptions, and of those that are judged. */
TEST(the_head_counts_the_judged)
{
	cpu.count = 13;
	cpu.nr_breaches = 0;
	culprits[1].judged = false;
	assert_has(printed(page, NULL), "\n       13 interruptions (12 judged): ");
	culprits[1].judged = true;
	assert_has(printed(page, NULL), "\n       13 interruptions: ");
}

static void verdict_quiet(const void *gate)
{
	verdict__judge(&isolation, gate);
	assert_int_equal(isolation.verdict, VERDICT_QUIET);
	view__isolated_verdict(&isolation, gate);
}

/*
 * With --only a quiet CPU is quiet for the judged groups: the line says what else interrupted it.
 */
TEST(a_quiet_verdict_says_what_it_is_on)
{
	static const struct {
		struct gate gate;
		const char *want;
	} known[] = {
		{ { .total = 100000 }, "quiet for 1.00 s\n" },
		{ { .total = 100000, .only = 1U << GROUP_IPIS },
		  "quiet for 1.00 s, IPIs only: 12, 100000 allowed; not judged: tasks 977ms\n" },
		{ { .only = 1U << GROUP_INTERRUPTS },
		  "quiet for 1.00 s, interrupts only: none; not judged: tasks 977ms, IPIs 9.00us\n" },
		{ { .total = 20, .only = 1U << GROUP_IPIS | 1U << GROUP_TASKS },
		  "quiet for 1.00 s, IPIs and tasks only: 13, 20 allowed\n" },
		{ { .total = 20, .only = (1U << NR_GROUPS) - 1 }, "quiet for 1.00 s\n" },
	};
	const struct culprit kept[] = { culprits[0], culprits[1] };
	char *text;

	isolation.window = (struct window){ .mono_start = 7000000001, .mono_end = 8000000001 };
	culprits[0].group = GROUP_IPIS;
	culprits[1].group = GROUP_TASKS;
	culprits[1].interrupted = culprits[1].longest = 977000000;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		text = printed(verdict_quiet, &known[i].gate);
		assert_string_equal(text, known[i].want);
	}
	memcpy(culprits, kept, sizeof(kept));
}

/* With --only the time is of the interruptions that count; the others may take all of the run. */
TEST(a_verdict_has_the_time_of_the_judged)
{
	const struct gate ipis = { .only = 1U << GROUP_IPIS };

	culprits[1].judged = false;
	said(&ipis, &(struct breach){ LIMIT_NUMBER, NULL, 0, 12, 1, 0, 0 },
	     "CPU 3 is not quiet: 12 interruptions: 9.00us of 2.00s\n"
	     "           tlb_flush flush_tlb_func, 12 times, 9.00us\n\n");
	culprits[1].judged = true;
}

TEST(the_verdict_names_the_limit)
{
	const struct gate none = {}, globs = gate_of("tlb_*", NULL);
	const struct gate total = { .total_given = true, .total = 10, .max_interruption = 20000 };

	said(&none, &(struct breach){ LIMIT_NUMBER, NULL, 0, 13, 2, 0, 0 },
	     "CPU 3 is not quiet: 13 interruptions: 9.07us of 2.00s, longest silence 1.50ms\n"
	     "           tlb_flush flush_tlb_func, 12 times, 9.00us; and 1 time by 1 more\n\n");
	said(&total, &(struct breach){ LIMIT_NUMBER, NULL, 10, 12, 1, 0, 0 },
	     "CPU 3 is not quiet: 12 interruptions (--allow total=10)\n"
	     "           tlb_flush flush_tlb_func, 12 times, 9.00us\n\n");
	said(&total, &(struct breach){ LIMIT_LENGTH, NULL, 20000, 35100, 1, 0, 0 },
	     "CPU 3 is not quiet: an interruption of 35.1us (--max-interruption 20us)\n"
	     "           tlb_flush flush_tlb_func, 12 times, longest 35.1us\n\n");
	said(&globs, &(struct breach){ LIMIT_NUMBER, "tlb_*", 10, 12, 1, 0, 0 },
	     "CPU 3 is not quiet: 12 interruptions (--allow tlb_*=10)\n"
	     "           tlb_flush flush_tlb_func, 12 times, 9.00us\n\n");
	said(&globs, &(struct breach){ LIMIT_NUMBER, NULL, 0, 1, 1, 1, 1 },
	     "CPU 3 is not quiet: 1 interruption that no --allow matches\n"
	     "           tick, 1 time, 70ns\n\n");
}

/*
 * Names the worst cause, the most frequent one, and how many more there are; a task or device by
 * name.
 */
TEST(the_verdict_names_culprits)
{
	const struct gate none = {}, total = { .total_given = true, .total = 10 };
	const struct culprit tlb_flush = culprits[0];

	culprits[0].sender =
		(struct task_id){ .known = true, .pid = 812, .tgid = 812, .comm = "java" };
	said(&total, &(struct breach){ LIMIT_NUMBER, NULL, 10, 42, 4, 1, 0 },
	     "CPU 3 is not quiet: 42 interruptions (--allow total=10)\n"
	     "           tick, 1 time, 70ns; tlb_flush, 12 times; and 29 times by 2 more\n\n");
	said(&none, &(struct breach){ LIMIT_NUMBER, NULL, 0, 12, 1, 0, 0 },
	     "CPU 3 is not quiet: 12 interruptions: 9.07us of 2.00s, longest silence 1.50ms\n"
	     "           tlb_flush, 12 times, 9.00us, from java[812]\n\n");
	said(&total, &(struct breach){ LIMIT_LENGTH, NULL, 20000, 36000, 3, 0, 0 },
	     "CPU 3 is not quiet: an interruption of 36.0us (--max-interruption 20us)\n"
	     "           tlb_flush, 12 times, longest 35.1us, from java[812]; and 2 others\n"
	     "           were too long\n\n");
	culprits[0] = (struct culprit){ .kind = INTERRUPTION_SWITCH,
					.id = 11219,
					.cause = "task",
					.group = GROUP_TASKS,
					.what = "ipiload",
					.count = 138,
					.timed = true,
					.interrupted = 1640000000 };
	said(&none, &(struct breach){ LIMIT_NUMBER, NULL, 0, 139, 2, 0, 0 },
	     "CPU 3 is not quiet: 139 interruptions: 9.07us of 2.00s, longest silence 1.50ms\n"
	     "           task ipiload[11219], 138 times, 1.64s; and 1 time by 1 more\n\n");
	culprits[0] = tlb_flush;
}

static void print_page(const void *made)
{
	view__isolated(made);
}

/* In each group: once for each cause, and apart for what follows from other tasks. */
TEST(each_cause_is_advised_once)
{
	static const char ends[] = "ends when the other tasks leave this CPU";
	static struct culprit rows[] = {
		{ .cause = "wakeups",
		  .kind = INTERRUPTION_WAKE_SENT,
		  .group = GROUP_IPIS,
		  .follows = true },
		{ .cause = "wakeups",
		  .kind = INTERRUPTION_WAKE_SENT,
		  .group = GROUP_IPIS,
		  .follows = true },
		{ .cause = "reschedule",
		  .kind = INTERRUPTION_WAKE_SENT,
		  .group = GROUP_IPIS,
		  .follows = true },
		{ .cause = "tick", .kind = INTERRUPTION_TIMER, .group = GROUP_INTERRUPTS },
		{ .cause = "page_drain",
		  .kind = INTERRUPTION_WORK,
		  .group = GROUP_TASKS,
		  .follows = true },
	};
	struct isolated_cpu busy = { .culprits = rows, .nr_culprits = ARRAY_SIZE(rows) };
	const struct isolation made = { .cpus = &busy, .nr_cpus = 1 };
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rows[i].count = 1;
		rows[i].judged = true;
		rows[i].because = "so";
		rows[i].advice = rows[i].follows ? "do this" : "do that";
	}
	text = printed(print_page, &made);
	assert_int_equal(count_words(text, ends), 2);
	assert_int_equal(count_words(text, "do that"), 1);
	/* A work's advice is its own. */
	assert_int_equal(count_words(text, "do this"), 1);
}

/* The page of @row alone has @text. */
static void check_row(struct culprit *row, bool judged, bool allowed, const char *text)
{
	struct isolated_cpu busy = { .culprits = row, .nr_culprits = 1 };
	const struct isolation made = { .cpus = &busy, .nr_cpus = 1 };

	row->count = 1;
	row->because = "so";
	row->advice = "do";
	row->judged = judged;
	row->allowed = allowed;
	assert_has(printed(print_page, &made), text);
}

/* A number is said where it means something: of tasks, interrupts and softirqs. */
TEST(what_has_no_function_has_a_name)
{
	static const struct {
		struct culprit row;
		const char *name;
	} cases[] = {
		{ { .kind = INTERRUPTION_SWITCH, .id = 77, .what = "task" }, " task[77]\n" },
		{ { .kind = INTERRUPTION_SWITCH, .what = "task" }, " task\n" },
		{ { .kind = INTERRUPTION_IRQ, .id = 9, .what = "acpi" }, " irq 9 acpi\n" },
		{ { .kind = INTERRUPTION_SOFTIRQ, .id = 1 }, " TIMER\n" },
		{ { .kind = INTERRUPTION_SOFTIRQ, .id = 9 }, " RCU\n" },
		{ { .kind = INTERRUPTION_SOFTIRQ, .id = 10, .what = "softirq" }, " softirq\n" },
		{ { .kind = INTERRUPTION_TIMER, .id = 5, .what = "timer" }, " timer\n" },
		{ { .kind = INTERRUPTION_TIMER, .addr = 0xabc }, " 0xabc\n" },
		{ { .kind = INTERRUPTION_TIMER }, " -\n" },
		{ { .kind = INTERRUPTION_TIMER, .func = "f" }, " f\n" },
		{ { .kind = INTERRUPTION_TIMER, .func = "f", .module = "m" }, " f [m]\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct culprit row = cases[i].row;

		row.cause = "function";
		row.group = GROUP_INTERRUPTS;
		check_row(&row, true, false, cases[i].name);
	}
}

/* The function's name has the room beside the note. */
TEST(a_name_has_room_for_the_note)
{
	struct culprit row = { .cause = "function",
			       .func = "abcdefghijklmnopqrstuvwxyzabcdefghijkl",
			       .group = GROUP_IPIS };

	check_row(&row, true, false, " abcdefghijklmnopqrstuvwxyzabcd\n");
	check_row(&row, true, true, " abcdefghijklmnopqrst (allowed)\n");
	check_row(&row, false, true, " abcdefghijklmnopq (not judged)\n");
}

/* A number is never cut: a part of the number is another task. */
TEST(a_task_keeps_its_number)
{
	struct culprit row = { .cause = "task",
			       .kind = INTERRUPTION_SWITCH,
			       .id = 4194303,
			       .what = "qemu-system-x86",
			       .group = GROUP_TASKS };

	check_row(&row, true, false, " qemu-system-x86[4194303]\n");
	check_row(&row, true, true, " qemu-syste~[4194303] (allowed)\n");
	check_row(&row, false, true, " qemu-sy~[4194303] (not judged)\n");
	row.several = true;
	check_row(&row, false, true, " qemu-s~ (several) (not judged)\n");
}

static void print_verdict(const void *made)
{
	static const struct gate gate = { .nr_allowances = 1 };

	view__isolated_verdict(made, &gate);
}

/* Each CPU is named with its limit, and no line is wider than the page. */
TEST(each_cpu_has_its_verdict)
{
	struct isolated_cpu cpus[] = {
		{ .cpu = 3, .nr_breaches = 1 },
		{ .cpu = 5, .nr_breaches = 1 },
	};
	const struct isolation made = { .cpus = cpus, .nr_cpus = 2, .verdict = VERDICT_NOT_QUIET };
	char *text;

	for (size_t i = 0; i < 2; i++)
		cpus[i].breaches[0] = (struct breach){ .limit = LIMIT_NUMBER,
						       .glob = "a_function_of_a_very_long_name*",
						       .most = 10,
						       .found = 12 };
	text = printed(print_verdict, &made);
	assert_has(text, "CPU 3 is not quiet: 12 interruptions (--allow\n",
		   "a_very_long_name*=10)\n", "CPU 5 is not quiet: 12 interruptions (--allow\n");
}

TEST_MAIN(setup, teardown)
