// SPDX-License-Identifier: GPL-2.0
/* view/text/isolated: how a culprit, its sender and a CPU's verdict are named. */
#include "model/isolation.h"
#include "printed.h"
#include "terminal.h"
#include "unit.h"
#include "view/text/views.h"

static struct isolated_cpu cpu;
static struct isolation isolation;
static struct culprit culprits[4];

static void print_isolation(const void *of)
{
	view__isolated(&isolation);
}

/* The CPU has the first @nr culprits. */
static void fill(size_t nr)
{
	cpu.culprits = culprits;
	cpu.nr_culprits = nr;
	isolation.cpus = &cpu;
	isolation.nr_cpus = 1;
	isolation.window = (struct window){ .mono_start = 1000000000, .mono_end = 3000000000 };
}

/* Returns the page of the CPU. */
static const char *shown(size_t nr)
{
	fill(nr);
	return printed(print_isolation, NULL);
}

static int setup(void **state)
{
	isolation = (struct isolation){};
	cpu = (struct isolated_cpu){ .cpu = 3, .verdict = VERDICT_NOT_QUIET };
	for (size_t i = 0; i < ARRAY_SIZE(culprits); i++)
		culprits[i] = (struct culprit){ .group = GROUP_IPIS,
						.judged = true,
						.timed = true,
						.count = 2,
						.interrupted = 3000,
						.longest = 2000,
						.cause = "function",
						.because = "why",
						.advice = "advice" };
	return 0;
}

static int teardown(void **state)
{
	return printed_restore(state);
}

/*
 * On a narrow terminal the name is below the figures, before the sender. This test is the first
 * one, because a process asks for the width once.
 */
TEST_F(a_narrow_page_has_the_name_below)
{
	char *text;

	setenv("NO_COLOR", "1", 1);
	culprits[0].cause = "a_cause_of_more_than_20_bytes";
	strcpy(culprits[0].func, "flush");
	culprits[1].sender = (struct task_id){ .known = true, .tgid = 7, .comm = "task" };
	strcpy(culprits[1].func, "spin");
	fill(2);
	text = terminal_print(60, print_isolation, NULL);
	assert_has(text, "     time    count  longest  CAUSE (most time first)\n",
		   "   3.00us        2   2.00us  a_cause_of_more_than\n           flush\n",
		   "   3.00us        2   2.00us  function\n           spin from task[7]\n");
	free(text);
	text = terminal_print(80, print_isolation, NULL);
	assert_has(text, "CAUSE                CULPRIT (most time first)\n",
		   "function             spin\n           from task[7]\n");
	free(text);
}

/* One culprit with these members has these words. */
#define assert_words(words, ...)                         \
	do {                                             \
		struct culprit given = { __VA_ARGS__ };  \
                                                         \
		setup(NULL);                             \
		given.group = culprits[0].group;         \
		given.judged = given.timed = true;       \
		given.count = 2;                         \
		given.cause = given.cause ?: "function"; \
		given.because = "why";                   \
		given.advice = "advice";                 \
		culprits[0] = given;                     \
		assert_has(shown(1), words);             \
	} while (0)

TEST_F(a_culprit_is_named_by_what_is_known)
{
	assert_words("flush_tlb_func", .func = "flush_tlb_func");
	assert_words("spin [ipigen]", .func = "spin", .module = "ipigen");
	assert_words("irq 24 nvme0q1", .kind = INTERRUPTION_IRQ, .id = 24, .what = "nvme0q1");
	assert_words("NET_RX", .kind = INTERRUPTION_SOFTIRQ, .id = 3);
	assert_words("RCU", .kind = INTERRUPTION_SOFTIRQ, .id = 9);
	assert_words(" -\n", .kind = INTERRUPTION_SOFTIRQ, .id = 10);
	assert_words("server[77]", .kind = INTERRUPTION_SWITCH, .id = 77, .what = "server");
	assert_words("server (several)", .kind = INTERRUPTION_SWITCH, .id = 77, .several = true,
		     .what = "server");
	assert_words("swapper\n", .kind = INTERRUPTION_SWITCH, .what = "swapper");
	assert_words("timer\n", .what = "timer");
	assert_words("0xabc\n", .addr = 0xabc);
	assert_words(" -\n", .addr = 0);
}

#define SENDER(name, id) .sender = { .known = true, .tgid = id, .pid = id, .comm = name }

TEST_F(a_sender_is_named_by_what_is_known)
{
	assert_words("from sender[77]\n", SENDER("sender", 77));
	assert_words("from sender (several)\n", SENDER("sender", 77), .several = true);
	assert_words("on behalf of sender[77]\n", SENDER("sender", 77), .serves = true);
	assert_words("from sender[77] (PROGRAM itself)", SENDER("sender", 77),
		     .owner = OWNER_PROGRAM);
	assert_words("from sender[77] (ipitrace itself)", SENDER("sender", 77),
		     .owner = OWNER_IPITRACE);
	assert_words("from sender[77] on CPU 5\n", SENDER("sender", 77), .src_known = true,
		     .src = 5);
	assert_words("from sender[77] in /a/unit.service, by do_it\n", SENDER("sender", 77),
		     .cgroup = "/a/unit.service", .caller = "do_it");
	assert_words("from a stopper thread (for an unknown task)", .stopper = true);
	assert_words("PROGRAM itself\n", .owner = OWNER_PROGRAM);
	assert_words("from an interrupt\n", .sender = { .known = true, .interrupt = true });
	assert_words("(for an unknown task)", SENDER("kworker/3:1", 77), .kworker = true);
	assert_words("server", SENDER("kworker/3:1", 77), .kworker = true,
		     .queued_by = { .known = true, .tgid = 5, .comm = "server" });
	assert_words(" for server (several)", SENDER("kworker/3:1", 77), .kworker = true,
		     .several = true, .queued_by = { .known = true, .tgid = 5, .comm = "server" });
	/* Several tasks that ran on the CPU have one sender. */
	assert_words("from sender[77]\n", .kind = INTERRUPTION_SWITCH, SENDER("sender", 77),
		     .several = true);
	/* The root cgroup is no news, and who is served did not send from another CPU. */
	assert_words("from sender[77]\n", SENDER("sender", 77), .cgroup = "/");
	assert_words("on behalf of sender[77]\n", SENDER("sender", 77), .serves = true,
		     .src_known = true, .src = 5);
}

TEST_F(advice_is_given_once_for_a_cause)
{
	const char *text;

	culprits[1].count = 9;
	text = strstr(shown(2), "do:");
	assert_non_null(text);
	assert_null(strstr(text + 1, "do:"));
	/* An allowed culprit gets neither a reason nor advice, and does not advise for others. */
	culprits[0].allowed = true;
	text = shown(2);
	assert_has(text, "(allowed)");
	assert_has(text, "do:");
	culprits[1].allowed = true;
	culprits[1].judged = false;
	text = shown(2);
	assert_has(text, "(not judged)");
	assert_lacks(text, "do:");
	assert_lacks(text, "why");
	/* Another cause has advice of its own, and so has one that follows from a task on the CPU. */
	setup(NULL);
	culprits[1].cause = "membarrier";
	text = strstr(shown(2), "do:");
	assert_non_null(strstr(text + 1, "do:"));
	setup(NULL);
	culprits[1].follows = true;
	assert_has(shown(2), "ends when the other tasks leave this CPU");
	culprits[1].kind = INTERRUPTION_WORK;
	assert_lacks(shown(2), "ends when the other tasks leave this CPU");
}

/* The heading of a group has the sums of all its culprits, also of those that get no line. */
TEST_F(a_group_has_the_sums_of_its_culprits)
{
	for (size_t i = 0; i < ARRAY_SIZE(culprits); i++)
		culprits[i].cause = (const char *[]){ "a", "b", "c", "d" }[i];
	assert_has(shown(4), "IPIs: 8 times, 12.0us\n");
	assert_has(shown(4), "and 1 more culprit: see -j\n");
	assert_has(shown(3), "IPIs: 6 times, 9.00us\n");
	assert_lacks(shown(3), "see -j");
	culprits[1].group = GROUP_TASKS;
	assert_has(shown(3), "tasks and kernel threads: 2 times, 3.00us\n");
	assert_has(shown(3), "IPIs: 4 times, 6.00us\n");
}

static struct gate gate;

static void print_verdict(const void *of)
{
	view__isolated_verdict(&isolation, &gate);
}

/* What was not seen is that of the CPU that has most, because --allow lost=N holds for each. */
TEST_F(a_doubt_has_its_reason)
{
	struct isolated_cpu both[2] = { { .cpu = 1 }, { .cpu = 2 } };

	gate = (struct gate){};
	isolation.verdict = VERDICT_NOT_CERTAIN;
	isolation.cpus = both;
	isolation.nr_cpus = 2;
	assert_has(printed(print_verdict, NULL), "CPUs were offline for a time");
	both[0].unseen[GROUP_IPIS] = 3;
	both[1].unseen[GROUP_IPIS] = 5;
	assert_has(printed(print_verdict, NULL), "5 interrupts had no event");
	assert_has(printed(print_verdict, NULL), "--allow lost=5");
	isolation.lost = 2;
	assert_has(printed(print_verdict, NULL), "2 events were lost");
	assert_has(printed(print_verdict, NULL), "--allow lost=7");
	isolation.lost = 1;
	assert_has(printed(print_verdict, NULL), "1 event was lost");
	isolation.cut = (struct cut_short){ .by = CUT_NOT + 1, .why = "a signal ended the run" };
	assert_has(printed(print_verdict, NULL),
		   "a signal ended the run; until then the CPUs were quiet");
}

static struct setup_check checks[3];
static bool endless;

static void print_setup(const void *of)
{
	static struct host host = { .name = { .nodename = "box", .release = "6.12" } };
	const struct timespec began = { 1000000000, 0 };
	struct cpuset set = {};

	cpuset__add(&set, 3);
	view__isolated_setup(&host, &set, &began, checks, ARRAY_SIZE(checks), endless);
}

TEST_F(a_setup_has_what_is_wrong_and_what_is_not_known)
{
	char last[128];

	checks[0] = (struct setup_check){ .name = "nohz_full", .known = true, .ok = true };
	checks[1] = (struct setup_check){ .name = "rcu_nocbs",
					  .known = true,
					  .found = "not set",
					  .advice = "boot with rcu_nocbs=3" };
	checks[2] = (struct setup_check){ .name = "tick", .found = "hidden", .advice = "none" };
	assert_has(printed(print_setup, NULL), "ipitrace isolated: box, 6.12; CPU 3 from ");
	assert_has(printed(print_setup, NULL),
		   "!! rcu_nocbs      not set; do: boot with rcu_nocbs=3\n");
	assert_has(printed(print_setup, NULL), "?  tick           hidden\n");
	assert_has(printed(print_setup, NULL), "ok nohz_full\n");
	assert_lacks(printed(print_setup, NULL), "collecting");
	/* What is found is cut at 200 columns. */
	memset(checks[2].found, 'x', 255);
	snprintf(last, sizeof(last), "                  %.49s\nok", checks[2].found);
	endless = true;
	assert_has(printed(print_setup, NULL),
		   "\ncollecting; Ctrl-C ends, and gives the verdict\n");
	checks[2].found[150] = checks[2].found[100] = checks[2].found[50] = ' ';
	assert_has(printed(print_setup, NULL), last);
}

TEST_F(a_cpu_has_its_verdict_and_its_times)
{
	const char *text;

	cpu.count = 9;
	cpu.interrupted = 6000;
	cpu.longest = 2000;
	cpu.silence = 1500000000;
	text = shown(1);
	assert_has(text, "CPU 3: not quiet; longest silence 1.50s\n");
	assert_has(text, "9 interruptions (2 judged): 6.00us of 2.00s, longest 2.00us\n");
	assert_lacks(text, "host");
	assert_lacks(text, "offline");
	assert_has(text, "(most time first)");
	cpu.count = 2;
	cpu.host = 7000000;
	cpu.offline = 8000000;
	cpu.verdict = VERDICT_QUIET;
	isolation.only = 1U << GROUP_IPIS;
	text = shown(1);
	assert_has(text, "CPU 3: quiet, IPIs only; ");
	assert_has(text, "2 interruptions: ");
	assert_has(text, "the host did not run this CPU for 7.00ms: not counted\n");
	assert_has(text, "this CPU was offline for 8.00ms: not watched\n");
	cpu.verdict = VERDICT_NOT_CERTAIN;
	assert_has(shown(0), "CPU 3: not certain");
	assert_lacks(shown(0), "most time");
	culprits[0].allowed = true;
	assert_has(shown(2), "(not allowed, then most time)");
	assert_has(shown(1), "(most time first)");
}

/* A verdict of these CPUs: of the first two culprits the first is an IPI of CPU 3, the other a task of 4. */
static struct isolated_cpu pair[2];

static void judge_pair(uint32_t only)
{
	culprits[0].count = 12;
	culprits[1].group = GROUP_TASKS;
	culprits[1].judged = false;
	culprits[1].count = 3;
	culprits[1].interrupted = 5000;
	pair[0] = (struct isolated_cpu){ .cpu = 3, .culprits = culprits, .nr_culprits = 1 };
	pair[1] = (struct isolated_cpu){ .cpu = 4, .culprits = culprits + 1, .nr_culprits = 1 };
	isolation.cpus = pair;
	isolation.nr_cpus = 2;
	isolation.verdict = VERDICT_QUIET;
	isolation.only = only;
	isolation.window = (struct window){ .mono_start = 1000000000, .mono_end = 3000000000 };
	gate = (struct gate){ .only = only, .total = 100000, .total_given = true };
}

TEST_F(a_quiet_run_says_what_was_judged)
{
	judge_pair(0);
	assert_string_equal(printed(print_verdict, NULL), "quiet for 2.00 s\n");
	judge_pair(1U << GROUP_IPIS);
	assert_string_equal(printed(print_verdict, NULL),
			    "quiet for 2.00 s, IPIs only: 12 on CPU 3, 100000 allowed; not judged: "
			    "tasks\n5.00us\n");
	/* The second CPU has more. */
	culprits[1].judged = true;
	culprits[1].count = 13;
	isolation.only |= 1U << GROUP_TASKS;
	assert_string_equal(printed(print_verdict, NULL),
			    "quiet for 2.00 s, IPIs and tasks only: 13 on CPU 4, 100000 allowed\n");
	/* As many on both: the first one. With globs there is not one number that is allowed. */
	culprits[1].count = 12;
	gate.nr_allowances = 1;
	assert_string_equal(printed(print_verdict, NULL),
			    "quiet for 2.00 s, IPIs and tasks only: 12 on CPU 3\n");
	isolation.nr_cpus = 1;
	assert_string_equal(printed(print_verdict, NULL),
			    "quiet for 2.00 s, IPIs and tasks only: 12\n");
	culprits[0].judged = false;
	assert_string_equal(printed(print_verdict, NULL),
			    "quiet for 2.00 s, IPIs and tasks only: 0\n");
	gate.total = 0;
	assert_string_equal(printed(print_verdict, NULL),
			    "quiet for 2.00 s, IPIs and tasks only: none\n");
}

TEST_F(a_verdict_says_what_was_lost)
{
	judge_pair(0);
	isolation.lost = 1;
	isolation.senders_lost = 1;
	assert_string_equal(printed(print_verdict, NULL), "lost: 1 event, which --allow covers\n"
							  "lost: the sender of 1 csd\n"
							  "quiet for 2.00 s\n");
	isolation.lost = 3;
	isolation.senders_lost = 2;
	isolation.verdict = VERDICT_NOT_QUIET;
	assert_string_equal(printed(print_verdict, NULL), "lost: 3 events\n"
							  "lost: the senders of 2 csds\n");
	/* A doubt says the number itself. */
	isolation.senders_lost = 0;
	isolation.verdict = VERDICT_NOT_CERTAIN;
	assert_lacks(printed(print_verdict, NULL), "lost: ");
}

static struct breach breach;

static void print_breach(const void *of)
{
	struct block text = BLOCK(256), who = BLOCK(1024);

	view__breach(&cpu, &breach, &gate, &isolation.window, &text, &who);
	printf("%s|%s", text.buf, who.buf);
}

/* The worst culprit, the one that came most often, and how many more there are. */
TEST_F(a_breach_has_two_culprits_and_a_number)
{
	cpu.culprits = culprits;
	cpu.nr_culprits = 4;
	gate = (struct gate){ .nr_allowances = 1 };
	breach = (struct breach){ LIMIT_NUMBER, NULL, 0, 8, 1, 0, 0 };
	assert_string_equal(printed(print_breach, NULL), "8 interruptions that no --allow matches|"
							 "function, 2 times, 3.00us");
	breach.nr = 2;
	assert_string_equal(printed(print_breach, NULL),
			    "8 interruptions that no --allow matches|"
			    "function, 2 times, 3.00us; and 6 times by 1 more");
	culprits[2].count = 5;
	culprits[2].cause = "irq_work";
	breach.frequent = 2;
	assert_has(printed(print_breach, NULL), "|function, 2 times, 3.00us; irq_work, 5 times");
	assert_lacks(printed(print_breach, NULL), "more");
	breach.nr = 4;
	assert_has(printed(print_breach, NULL),
		   "|function, 2 times, 3.00us; irq_work, 5 times; and 1 time by 2 more");
	culprits[0].timed = false;
	assert_has(printed(print_breach, NULL), "|function, 2 times, time not known; irq_work");
	culprits[0].sender = (struct task_id){ .known = true, .tgid = 7, .comm = "task" };
	assert_has(printed(print_breach, NULL),
		   "|function, 2 times, time not known, from task[7]; irq_work");
	/* There is no culprit of that number. */
	breach.worst = 4;
	assert_string_equal(printed(print_breach, NULL),
			    "8 interruptions that no --allow matches|");
}

TEST_F(a_breach_by_length_has_the_longest)
{
	cpu.culprits = culprits;
	cpu.nr_culprits = 4;
	culprits[1].longest = 50000;
	gate = (struct gate){ .max_interruption = 10000 };
	breach = (struct breach){ LIMIT_LENGTH, NULL, 10000, 50000, 1, 1, 1 };
	assert_string_equal(printed(print_breach, NULL),
			    "an interruption of 50.0us (--max-interruption 10us)|"
			    "function, 2 times, longest 50.0us");
	breach.nr = 2;
	assert_has(printed(print_breach, NULL), "longest 50.0us; and 1 other was too long");
	breach.nr = 3;
	assert_has(printed(print_breach, NULL), "longest 50.0us; and 2 others were too long");
}

/* The cause of an IPI of a known sender suffices, unless it is a function or an irq_work. */
TEST_F(a_breach_names_what_the_cause_does_not)
{
	static const struct {
		const char *cause;
		bool sender, ipi;
		const char *words;
	} rows[] = {
		{ "membarrier", true, true, "membarrier, 2 times" },
		{ "membarrier", false, true, "membarrier f, 2 times" },
		{ "function", true, true, "function f, 2 times" },
		{ "irq_work", true, true, "irq_work f, 2 times" },
		{ "membarrier", true, false, "membarrier f, 2 times" },
	};

	cpu.culprits = culprits;
	cpu.nr_culprits = 1;
	gate = (struct gate){};
	breach = (struct breach){ LIMIT_LENGTH, NULL, 10000, 50000, 1, 0, 0 };
	strcpy(culprits[0].func, "f");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		culprits[0].cause = rows[i].cause;
		culprits[0].sender.known = rows[i].sender;
		culprits[0].group = rows[i].ipi ? GROUP_IPIS : GROUP_TASKS;
		assert_has(strchr(printed(print_breach, NULL), '|') + 1, rows[i].words);
	}
}

TEST_MAIN(NULL, NULL)
