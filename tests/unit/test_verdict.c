// SPDX-License-Identifier: GPL-2.0
/* The gate: whether a CPU is quiet, and which interruptions come first. */
#include "abi/interruption.h"
#include "isolated/isolated.h"
#include "model/isolation.h"
#include "view/json/json.h"
#include "view/text/views.h"
#include "printed.h"
#include "unit.h"

static struct culprit culprits[4];
static struct isolated_cpu cpu;
static struct isolation isolation;

static int setup(void **state)
{
	memset(culprits, 0, sizeof(culprits));
	for (size_t i = 0; i < ARRAY_SIZE(culprits); i++)
		culprits[i].timed = true;
	cpu = (struct isolated_cpu){ .cpu = 2, .culprits = culprits };
	isolation = (struct isolation){ .cpus = &cpu, .nr_cpus = 1 };
	return 0;
}

static struct culprit *add(const char *cause, const char *func, uint64_t count,
			   uint64_t interrupted)
{
	struct culprit *culprit = &culprits[cpu.nr_culprits++];

	culprit->cause = cause;
	culprit->because = culprit->advice = "";
	snprintf(culprit->func, sizeof(culprit->func), "%s", func);
	culprit->count = count;
	culprit->interrupted = culprit->longest = interrupted;
	if (interrupted > cpu.longest)
		cpu.longest = interrupted;
	return culprit;
}

static struct gate gate_of(const char *glob, uint64_t count)
{
	struct gate gate = { .nr_allowances = 1 };

	snprintf(gate.allowances[0].glob, ALLOWANCE_GLOB, "%s", glob);
	gate.allowances[0].count = count;
	return gate;
}

static bool quiet(const struct gate *gate)
{
	static const struct gate none;

	verdict__judge(&isolation, gate ? gate : &none);
	return isolation.verdict == VERDICT_QUIET;
}

TEST(nothing_is_quiet, setup)
{
	assert_true(quiet(NULL));
	assert_int_equal(cpu.verdict, VERDICT_QUIET);
}

TEST(one_interruption_is_not, setup)
{
	add("tick", "", 1, 10);
	assert_false(quiet(NULL));
	assert_false(culprits[0].allowed);
}

TEST(the_dearest_comes_first, setup)
{
	add("few", "", 100, 10);
	add("nmi", "", 1000, 0)->timed = false;
	add("dear", "", 1, 500);
	add("many", "", 200, 10);
	quiet(NULL);
	assert_string_equal(culprits[0].cause, "dear");
	assert_string_equal(culprits[1].cause, "many");
	assert_string_equal(culprits[2].cause, "few");
	assert_string_equal(culprits[3].cause, "nmi");
}

TEST(a_glob_allows_so_many_of_cause_or_function, setup)
{
	struct gate by_func = gate_of("flush_tlb*", 10), by_cause = gate_of("tlb_*", 9);

	add("tlb_flush", "flush_tlb_func", 4, 10);
	add("tlb_flush", "flush_tlb_func", 6, 10);
	assert_true(quiet(&by_func));
	assert_true(culprits[0].allowed && culprits[1].allowed);
	assert_false(quiet(&by_cause));
	by_cause.allowances[0].count = 10;
	assert_true(quiet(&by_cause));
	add("tick", "", 1, 10);
	assert_false(quiet(&by_func));
}

TEST(the_total_is_of_the_rest, setup)
{
	struct gate gate = gate_of("tick*", 1000);

	gate.total_given = true;
	gate.total = 3;
	add("tick", "", 900, 10);
	add("perf", "", 2, 10);
	add("msr", "", 1, 10);
	assert_true(quiet(&gate));
	gate.total = 2;
	assert_false(quiet(&gate));
}

TEST(too_long_is_not_quiet, setup)
{
	struct gate gate = { .max_interruption = 20000 };

	add("tick", "", 900, 20000);
	gate.total = 900;
	assert_true(quiet(&gate));
	cpu.longest = 20001;
	assert_false(quiet(&gate));
	assert_true(cpu.too_long);
	cpu.longest = 20000;
	assert_true(quiet(&gate));
	culprits[0].longest = 20001;
	assert_false(quiet(&gate));
	assert_false(culprits[0].allowed);
}

/* --max-interruption does not change the limit of the number: no interruption is allowed. */
TEST(another_limit_is_never_looser, setup)
{
	struct gate gate = { .max_interruption = 1000000000 };

	add("membarrier", "ipi_mb", 954, 20000)->group = GROUP_IPIS;
	assert_false(quiet(&gate));
	assert_false(culprits[0].allowed);
	assert_members(cpu, nr_breaches, 1, breaches[0].limit, LIMIT_NUMBER);
	gate.only = 1U << GROUP_IPIS;
	assert_false(quiet(&gate));
	assert_false(culprits[0].allowed);
	gate.total = 954;
	assert_true(quiet(&gate));
}

/* Timers of two functions that do not belong to the running task; and one that does. */
TEST(timers_of_a_function_are_one_culprit, setup)
{
	for (int i = 0; i < 4; i++) {
		struct culprit *culprit = add("sleep", "hrtimer_wakeup", 10, 100 + i);

		culprit->kind = INTERRUPTION_TIMER;
		culprit->addr = i == 1 ? 0x20 : 0x10;
		culprit->sender.known = i == 2;
	}
	quiet(NULL);
	assert_int_equal(cpu.nr_culprits, 3);
	assert_members(culprits[0], count, 20, interrupted, 203, longest, 103);
	assert_int_equal(culprits[1].interrupted + culprits[2].interrupted, 203);
}

static struct culprit *add_csd(const char *cause, const char *caller, uint64_t count)
{
	struct culprit *culprit = add(cause, "flush_tlb_func", count, 10 * count);

	culprit->kind = INTERRUPTION_CSD;
	culprit->because = cause;
	culprit->sender = (struct task_id){ .known = true, .tgid = 7 };
	snprintf(culprit->caller, sizeof(culprit->caller), "%s", caller);
	return culprit;
}

/* Ten csds for mprotect are one culprit, and the one for munmap is another. */
TEST(what_a_task_sends_for_one_cause_is_one_culprit, setup)
{
	add_csd("tlb_mprotect", "mprotect", 4);
	add_csd("tlb_munmap", "munmap", 1);
	add_csd("tlb_mprotect", "pkey_mprotect", 6);
	add_csd("tlb_mprotect", "mprotect", 1)->sender.tgid = 8;
	quiet(NULL);
	assert_int_equal(cpu.nr_culprits, 3);
	assert_members(culprits[0], count, 10, interrupted, 100, longest, 60);
	assert_string_equal(culprits[0].cause, "tlb_mprotect");
	assert_string_equal(culprits[0].caller, "pkey_mprotect");
	assert_int_equal(culprits[1].count, 1);
	assert_int_equal(culprits[2].count, 1);
}

/* The strings of the culprit that is dropped are given back: else the leak sanitizer complains. */
TEST(a_merged_culprit_keeps_the_strings_of_one, setup)
{
	static const char *const advices[] = { "of the fewer", "of the more" };
	struct culprit *added[] = { add_csd("tlb_mprotect", "mprotect", 4),
				    add_csd("tlb_mprotect", "pkey_mprotect", 6) };

	for (size_t i = 0; i < ARRAY_SIZE(added); i++) {
		added[i]->chain = strdup(advices[i]);
		added[i]->said = strdup(advices[i]);
		added[i]->filled = strdup(advices[i]);
	}
	quiet(NULL);
	assert_int_equal(cpu.nr_culprits, 1);
	assert_members(culprits[0], chain, "of the more", said, "of the more", filled,
		       "of the more");
	free(culprits[0].chain);
	free(culprits[0].said);
	free(culprits[0].filled);
}

/* Judge the culprits that were added so far, with @lost events, by @gate. */
static enum verdict with_loss(const struct gate *gate, uint64_t lost)
{
	isolation.lost = lost;
	quiet(gate);
	assert_int_equal(isolation.verdict, cpu.verdict);
	return isolation.verdict;
}

TEST(loss_is_not_certain, setup)
{
	struct gate gate = {};

	assert_int_equal(with_loss(&gate, 1), VERDICT_NOT_CERTAIN);
	/* One culprit that is not allowed is enough for a verdict. */
	add("tick", "", 3, 10);
	assert_int_equal(with_loss(&gate, 1), VERDICT_NOT_QUIET);
	gate.total = 5;
	assert_int_equal(with_loss(&gate, 2), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 3), VERDICT_NOT_CERTAIN);
	gate = gate_of("lost", 3);
	gate.total = 3;
	assert_int_equal(with_loss(&gate, 3), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 4), VERDICT_NOT_CERTAIN);
	gate.total = 2;
	assert_int_equal(with_loss(&gate, 3), VERDICT_NOT_QUIET);
}

/* The lost events may all have the same cause, so each allowance must have room for all of them. */
TEST(loss_may_be_of_any_cause, setup)
{
	struct gate gate = gate_of("tick*", 10);

	add("tick", "", 8, 10);
	gate.total = 100;
	assert_int_equal(with_loss(&gate, 2), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 3), VERDICT_NOT_CERTAIN);
	gate.allowances[0].count = 1000;
	assert_int_equal(with_loss(&gate, 100), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 101), VERDICT_NOT_CERTAIN);
	/* The allowed total has no room left. */
	gate = gate_of("*", 10);
	assert_int_equal(with_loss(&gate, 2), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 3), VERDICT_NOT_CERTAIN);
}

/* What no allowance matches counts against the total. */
TEST(loss_may_be_of_a_cause_without_an_allowance, setup)
{
	struct gate gate = gate_of("tick*", 80);

	add("tick", "", 8, 10);
	add("hrtimer", "", 40, 10);
	gate.total = 100;
	assert_int_equal(with_loss(&gate, 60), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 61), VERDICT_NOT_CERTAIN);
}

TEST(the_length_of_loss_is_not_known, setup)
{
	struct gate gate = gate_of("lost", 1);

	gate.max_interruption = 20000;
	assert_int_equal(with_loss(&gate, 1), VERDICT_QUIET);
	assert_int_equal(with_loss(&gate, 2), VERDICT_NOT_CERTAIN);
	gate = gate_of("*", 100);
	gate.max_interruption = 20000;
	assert_int_equal(with_loss(&gate, 1), VERDICT_NOT_CERTAIN);
}

/* A run that was cut short is not certain, however much is allowed. */
TEST(a_run_cut_short_is_not_certain, setup)
{
	struct gate gate = gate_of("*", 100);

	isolation.cut.by = CUT_PROGRAM;
	assert_int_equal(with_loss(&gate, 0), VERDICT_NOT_CERTAIN);
	add("tick", "", 101, 10);
	assert_int_equal(with_loss(&gate, 0), VERDICT_NOT_QUIET);
}

/* A CPU that was offline is not certain, however much is allowed. */
TEST(a_cpu_that_was_offline_is_not_certain, setup)
{
	struct gate gate = gate_of("*", 100);
	struct sight sight;

	assert_int_equal(with_loss(&gate, 0), VERDICT_QUIET);
	cpu.offline = 5000000000ULL;
	assert_int_equal(with_loss(&gate, 0), VERDICT_NOT_CERTAIN);
	sight = verdict__sight(&isolation, &cpu, &gate);
	assert_members(sight, nr_missed, 1, missed[0].what, "CPU 2 was offline for 5.00 s");
	add("tick", "", 101, 10);
	assert_int_equal(with_loss(&gate, 0), VERDICT_NOT_QUIET);
}

TEST(not_quiet_outweighs_not_certain, setup)
{
	struct culprit other = { .cause = "tick", .count = 1, .timed = true };
	struct isolated_cpu cpus[3] = { { .cpu = 2 }, { .culprits = &other, .nr_culprits = 1 } };

	isolation = (struct isolation){ .cpus = cpus, .nr_cpus = 3, .lost = 1 };
	assert_false(quiet(NULL));
	assert_int_equal(cpus[0].verdict, VERDICT_NOT_CERTAIN);
	assert_int_equal(cpus[1].verdict, VERDICT_NOT_QUIET);
	assert_int_equal(isolation.verdict, VERDICT_NOT_QUIET);
}

static void print_json(const void *of)
{
	assert_int_equal(json__isolated(&isolation), 0);
}

TEST(a_broken_limit_is_named, setup)
{
	struct gate gate = gate_of("tick*", 10);
	char *text;

	add("tick", "", 11, 50);
	add("perf", "", 3, 900);
	add("msr", "", 4, 100)->longest = 2000;
	gate.total_given = true;
	gate.total = 6;
	gate.max_interruption = 1000;
	assert_false(quiet(&gate));
	assert_members(cpu, nr_breaches, 3, breaches[0].limit, LIMIT_LENGTH, breaches[0].most, 1000,
		       breaches[0].found, 2000);
	assert_string_equal(culprits[cpu.breaches[0].worst].cause, "msr");
	assert_members(cpu.breaches[1], limit, LIMIT_NUMBER, glob, "tick*", found, 11);
	assert_string_equal(culprits[cpu.breaches[1].worst].cause, "tick");
	assert_null(cpu.breaches[2].glob);
	assert_members(cpu.breaches[2], found, 7, most, 6);
	assert_string_equal(culprits[cpu.breaches[2].worst].cause, "perf");
	assert_string_equal(culprits[cpu.breaches[2].frequent].cause, "msr");
	assert_members(cpu, breaches[0].nr, 1, breaches[1].nr, 1, breaches[2].nr, 2);
	text = printed(print_json, NULL);
	assert_has(text, "{\"limit\":\"max_interruption\",\"glob\":null,\"most\":1000,"
			 "\"found\":2000,\"cause\":\"msr\"}");
	assert_has(text, "{\"limit\":\"allow\",\"glob\":\"tick*\",\"most\":10,\"found\":11,"
			 "\"cause\":\"tick\"}");
	assert_has(text, "{\"limit\":\"allow\",\"glob\":null,\"most\":6,\"found\":7,"
			 "\"cause\":\"perf\"}");
	gate = (struct gate){ .total = 18, .total_given = true };
	assert_true(quiet(&gate));
	assert_int_equal(cpu.nr_breaches, 0);
}

/*
 * With --only, interruptions of other groups are shown, but neither their number nor their length
 * counts.
 */
TEST(a_group_is_judged_alone, setup)
{
	struct gate gate = { .only = 1U << GROUP_IPIS };

	add("task", "", 100, 5000)->group = GROUP_TASKS;
	add("tick", "", 100, 900)->group = GROUP_INTERRUPTS;
	assert_true(quiet(&gate));
	assert_true(culprits[0].allowed && !culprits[0].judged);
	gate.max_interruption = 1000;
	assert_true(quiet(&gate));
	assert_false(cpu.too_long);
	add("tlb_flush", "flush_tlb_func", 2, 20)->group = GROUP_IPIS;
	assert_false(quiet(&gate));
	assert_members(cpu, nr_breaches, 1, breaches[0].found, 2);
	assert_string_equal(culprits[cpu.breaches[0].worst].cause, "tlb_flush");
	gate.total = 2;
	assert_true(quiet(&gate));
	assert_int_equal(isolation.only, 1U << GROUP_IPIS);
	gate.only = 1U << GROUP_IPIS | 1U << GROUP_INTERRUPTS;
	gate.total = 101;
	assert_false(quiet(&gate));
	gate.total = 102;
	assert_true(quiet(&gate));
	gate.only |= 1U << GROUP_TASKS;
	assert_false(quiet(&gate));
	assert_int_equal(isolation.only, 0);
}

/* Interruptions without a row of their own are judged with their group. */
TEST(a_sum_without_a_row_has_a_group, setup)
{
	struct gate gate = { .only = 1U << GROUP_IPIS };

	for (size_t i = 0; i < NR_GROUPS; i++) {
		add("", "", 1, 1)->other = true;
		culprits[i].group = i;
		causes__name(&culprits[i], 0);
		assert_members(culprits[i], cause, "other", group, i);
	}
	assert_false(quiet(&gate));
	assert_int_equal(cpu.breaches[0].found, 1);
	gate.total = 1;
	assert_true(quiet(&gate));
	for (size_t i = 0; i < NR_GROUPS; i++)
		assert_int_equal(culprits[i].judged, culprits[i].group == GROUP_IPIS);
}

/* A task that comes there must be woken, and two tasks need the tick. The order is that of the time. */
TEST(what_follows_is_marked, setup)
{
	add("tick_sched", "tick_nohz_handler", 50, 900);
	add("wakeups", "", 50, 800);
	add("tlb_flush", "flush_tlb_func", 1, 5);
	quiet(NULL);
	assert_members(culprits[0], cause, "tick_sched", follows, false);
	add("vmstat", "refresh_vm_stats", 50, 100)->kind = INTERRUPTION_WORK;
	quiet(NULL);
	assert_members(culprits[0], cause, "tick_sched", follows, true);
	assert_members(culprits[1], cause, "wakeups", follows, true);
	assert_members(culprits[2], cause, "vmstat", follows, false);
	assert_members(culprits[3], cause, "tlb_flush", follows, false);
}

/* Culprits that are not allowed come first, however long the allowed ones took. */
TEST(what_is_not_allowed_comes_first, setup)
{
	struct gate gate = gate_of("task", 100);

	add("task", "", 50, 90000);
	add("wakeups", "", 50, 80);
	add("tick", "tick_nohz_handler", 50, 900);
	assert_false(quiet(&gate));
	assert_members(culprits[0], cause, "tick", allowed, false);
	assert_members(culprits[1], cause, "wakeups", allowed, false);
	assert_members(culprits[2], cause, "task", allowed, true);
	/* A breach refers to culprits by their index. */
	assert_members(cpu, nr_breaches, 1, breaches[0].worst, 0);
}

/* Where no second task came, the tick is the server's. */
TEST(the_tick_is_for_what_came, setup)
{
	add("tick_sched", "tick_nohz_handler", 50, 900);
	add("fair_server", "", 1, 5);
	quiet(NULL);
	assert_string_equal(culprits[1].cause, "fair_server");
	assert_members(culprits[0], cause, "tick_sched", follows, true);
	assert_has(culprits[0].because, "server for fair tasks");
	setup(state);
	add("tick_sched", "tick_nohz_handler", 50, 900);
	add("task", "", 1, 5)->kind = INTERRUPTION_SWITCH;
	quiet(NULL);
	assert_has(culprits[0].because, "more than one task");
	assert_has(culprits[0].advice, "taskset");
}

/* Each drain is followed by a barrier's work, which is no second cause. */
TEST(a_barrier_follows_its_work, setup)
{
	struct gate gate = gate_of("work_barrier", 50);

	add("work_barrier", "wq_barrier_func", 50, 900)->kind = INTERRUPTION_WORK;
	quiet(NULL);
	assert_false(culprits[0].follows);
	add("page_drain", "lru_add_drain_per_cpu", 50, 100)->kind = INTERRUPTION_WORK;
	quiet(NULL);
	assert_members(culprits[0], cause, "page_drain", follows, true, func, "wq_barrier_func");
	assert_members(culprits[1], cause, "page_drain", follows, false);
	gate.total = 50;
	assert_true(quiet(&gate));
	/* A barrier without a drain has no known cause. */
	setup(state);
	add("work_barrier", "wq_barrier_func", 50, 900)->kind = INTERRUPTION_WORK;
	add("page_drain", "lru_add_drain_per_cpu", 50, 100)->kind = INTERRUPTION_WORK;
	add("vmstat", "vmstat_update", 50, 90)->kind = INTERRUPTION_WORK;
	quiet(NULL);
	assert_members(culprits[0], cause, "work_barrier", follows, true);
}

static void print_isolation(const void *of)
{
	view__isolated(of);
}

/* A row that several processes share has no pid, but their mover has, and an interrupt is no process. */
TEST(several_are_the_processes_of_the_row, setup)
{
	struct culprit *task = add("migration", "", 3, 3000);
	const char *text;

	task->kind = INTERRUPTION_SWITCH;
	task->group = GROUP_TASKS;
	task->id = 71;
	task->several = true;
	memcpy(task->what, "python3", 8);
	task->sender = (struct task_id){ .known = true, .tgid = 42, .comm = "taskset" };
	text = printed(print_isolation, &isolation);
	assert_has(text, "python3 (several)", "from taskset[42]");
	task->kind = INTERRUPTION_CSD;
	task->group = GROUP_IPIS;
	text = printed(print_isolation, &isolation);
	assert_has(text, "from taskset (several)");
	task->sender.interrupt = true;
	text = printed(print_isolation, &isolation);
	assert_has(text, "from an interrupt");
	assert_lacks(text, "(several)");
}

/* Who queued a kworker's work is the sender that the page names; JSON names both. */
TEST(a_kworker_sends_for_who_queued_its_work, setup)
{
	struct culprit *csd = add("text_patching", "do_sync_core", 3, 3000);

	csd->kind = INTERRUPTION_CSD;
	csd->sender = (struct task_id){ true, false, 50, 50, "kworker/0:1" };
	csd->kworker = true;
	quiet(NULL);
	assert_has(printed(print_isolation, &isolation), "from kworker (for an unknown task)\n");
	assert_has(printed(print_json, NULL), "\"queued_by\":null");
	csd->queued_by = (struct task_id){ true, false, 43, 42, "chronyd" };
	assert_has(printed(print_isolation, &isolation), "from kworker for chronyd[42]\n");
	assert_has(printed(print_json, NULL), "\"tgid\":50,\"comm\":\"kworker/0:1\"",
		   "\"queued_by\":{\"pid\":42,\"tgid\":42,\"tid\":43,\"comm\":\"chronyd\"}");
	csd->several = true;
	assert_has(printed(print_isolation, &isolation), "from kworker for chronyd (several)\n");
	strcpy(csd->sender.comm, "rcu_exp_gp_kthr");
	assert_has(printed(print_isolation, &isolation),
		   "from rcu_exp_gp_kthr for chronyd (several)\n");
	csd->several = false;
	assert_has(printed(print_isolation, &isolation), "from rcu_exp_gp_kthr for chronyd[42]\n");
	csd->kworker = false;
	assert_lacks(printed(print_json, NULL), "queued_by");
}

static void print_setup(const void *of)
{
	const struct setup_check *check = of;
	struct cpuset cpus = {};

	view__isolated_setup(&(struct host){}, &cpus, &(struct timespec){ .tv_sec = 1 }, check, 1,
			     false);
}

/* What was found is as wide as its column, and what to do follows. */
TEST(a_long_finding_has_its_own_column)
{
	struct setup_check check = { .name = "irqs", .known = true, .advice = "move them away" };
	size_t len = 0;
	char *line;

	while (len < 150)
		len += snprintf(check.found + len, sizeof(check.found) - len, "irq %zu ", len);
	line = strstr(printed(print_setup, &check), "!!");
	assert_non_null(line);
	assert_has(line, "move them away");
	for (int nr = 0; *line; nr++, line += strcspn(line, "\n") + 1) {
		assert_in_range(strcspn(line, "\n"), 19, 80);
		assert_int_equal(strspn(line, " "), nr ? 18 : 0);
	}
}

TEST_MAIN(NULL, NULL)
