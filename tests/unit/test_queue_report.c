// SPDX-License-Identifier: GPL-2.0
/* command/queue_report: queues that cannot be read end no run; those that can say who waits. */
#include "collect/kcore/queues/queues.h"
#include <time.h>
#include "command/parts.h"
#include "memory_fails.h"
#include "printed.h"

#define SPAN 1000000

/* What the made queues say. */
static int open_result, look_result;
static size_t waiting;
static int opened, closed; /* how often */

int __wrap_live_queues__open(struct live_queues **q, char *why, size_t size)
{
	opened++;
	snprintf(why, size, "made up");
	*q = open_result ? NULL : (void *)&waiting;
	return open_result;
}

void __wrap_live_queues__close(struct live_queues *q)
{
	closed += q == (void *)&waiting;
}

static uint64_t lasted; /* by the waits */

int __wrap_live_queues__look(struct live_queues *q, uint64_t span, bool (*over)(const void *ctx),
			     const void *ctx, struct moment *m)
{
	m->waiting[0].at_least = lasted;
	assert_ptr_equal(q, &waiting);
	assert_int_equal(span, SPAN);
	m->nr_waiting = waiting;
	return look_result;
}

/* The table of symbols belongs to the queues. */
static char symbols;

struct symbols *__wrap_live_queues__symbols(const struct live_queues *q)
{
	assert_ptr_equal(q, &waiting);
	return (void *)&symbols;
}

bool __wrap_symbols__name(const struct symbols *s, struct symbol *symbol, bool function)
{
	assert_ptr_equal(s, &symbols);
	symbol->name = function ? "flush_tlb_func" : NULL;
	return function;
}

static uint64_t clock_now; /* ns; 0: the clocks of this machine */

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!clock_now)
		return __real_clock_gettime(clock, time);
	*time = (struct timespec){ clock_now / 1000000000, clock_now % 1000000000 };
	return 0;
}

static const struct collect_config config;
static struct options opts;
static struct queue_report report;

static int setup(void **state)
{
	open_result = look_result = opened = closed = waiting = 0;
	clock_now = 0;
	memset(&opts, 0, sizeof(opts));
	report = (struct queue_report){
		.threshold = SPAN, .opts = &opts, .command = "waits", .what = "who waits"
	};
	return 0;
}

static int teardown(void **state)
{
	queue_report__close(&report);
	return 0;
}

static int look(void)
{
	return queue_report__look(&report, &config, SPAN);
}

TEST_F(queues_that_cannot_be_read_are_no_error)
{
	open_result = -EACCES;
	assert_int_equal(look(), false);
	assert_has(report.slow, "who waits for it cannot be read (made up)");
	assert_null(report.queues);
	queue_report__close(&report);
	assert_int_equal(closed, 0);
}

TEST_F(without_memory_nothing_goes_on)
{
	open_result = -ENOMEM;
	assert_int_equal(look(), -ENOMEM);
}

/* The queues are closed where there is no memory for what they say. */
TEST_F(a_moment_without_memory_closes_the_queues)
{
	nr_granted = 0;
	assert_int_equal(look(), -ENOMEM);
	assert_int_equal(nr_granted, -1);
	assert_int_equal(closed, 1);
	assert_null(report.queues);
}

/* The run was over before the look was. */
TEST_F(a_look_may_be_cut_short)
{
	waiting = 1;
	lasted = SPAN - 1;
	assert_int_equal(look(), true);
	assert_true(report.cut);
	lasted = SPAN;
	assert_int_equal(look(), true);
	assert_false(report.cut);
	waiting = 0;
	lasted = 0;
	assert_int_equal(look(), true);
	assert_false(report.cut);
}

TEST_F(queues_are_opened_once_and_each_look_is_new)
{
	waiting = 3;
	assert_int_equal(look(), true);
	assert_has(report.slow, "a CPU stopped answering");
	assert_int_equal(report.waits, true);
	waiting = 0;
	assert_int_equal(look(), true);
	assert_int_equal(report.waits, false);
	look_result = -EIO;
	assert_int_equal(look(), false);
	assert_int_equal(opened, 1);
	queue_report__close(&report);
	queue_report__close(&report);
	assert_int_equal(closed, 1);
	assert_null(report.moment);
}

static void show(const void *of)
{
	assert_int_equal(queue_report__show(&report), 0);
	/* printed() wants a byte. */
	puts("end");
	fflush(stdout);
}

static void show_waiter(void)
{
	waiting = 1;
	assert_int_equal(look(), true);
	moment__begin(report.moment, 5 * SPAN);
	report.moment->from_queues = true;
	report.moment->waiting[0] = (struct waiting){ .func = 9, .src = 3, .at_least = 2 * SPAN };
	report.moment->nr_waiting = 1;
}

/* The head comes once, and only before text that people read. */
TEST(a_waiter_is_shown_with_the_name_of_its_function, setup, teardown)
{
	const char *text;

	show_waiter();
	text = printed(show, NULL);
	assert_memory_equal(text, "ipitrace waits: ", strlen("ipitrace waits: "));
	assert_has(text, "who waits longer than 1 ms, ", "flush_tlb_func", "CPU 3");
	assert_true(report.headed);
	text = printed(show, NULL);
	assert_lacks(text, "ipitrace waits: ");
	assert_has(text, "flush_tlb_func");
}

TEST(other_forms_have_no_head, setup, teardown)
{
	const char *text;

	show_waiter();
	opts.quiet = true;
	text = printed(show, NULL);
	assert_lacks(text, "ipitrace waits: ");
	assert_has(text, "flush_tlb_func");
	opts.quiet = false;
	opts.tap = true;
	text = printed(show, NULL);
	assert_lacks(text, "ipitrace waits: ");
	assert_has(text, "# ", "flush_tlb_func");
	opts.tap = false;
	opts.json = true;
	text = printed(show, NULL);
	assert_memory_equal(text, "{\"schema\":", strlen("{\"schema\":"));
	assert_has(text, "\"func\":\"flush_tlb_func\"");
	assert_false(report.headed);
}

/* Returns what the gate sees while CPU 3 takes no interrupts, since the time @since. */
static struct sight sight_of(uint64_t since, uint64_t overdue)
{
	static struct moment moment;

	moment.cpus[0] = (struct cpu_state){ .cpu = 3, .overdue = overdue };
	moment.nr_cpus = 1;
	cpuset__add(&report.stuck, 3);
	if (report.moment != &moment)
		free(report.moment);
	report.moment = &moment;
	return queue_report__sight(&report, since);
}

static void forget_moment(void)
{
	report.moment = NULL;
}

TEST(a_stuck_cpu_is_a_finding_after_the_threshold, setup, teardown)
{
	struct sight sight;

	clock_now = 9 * SPAN;
	sight = sight_of(8 * SPAN, 0);
	assert_members(sight, found, 0, shortest, SPAN, nr_missed, 1);
	assert_has(sight.missed[0].what,
		   "CPU 3 took no interrupts for 1 ms, and no BPF program was attached");
	assert_true(sight_of(8 * SPAN - 1, 0).found);
	/* A late timer shows a longer time; without another time the timer shows it alone. */
	assert_false(sight_of(8 * SPAN, SPAN).found);
	assert_true(sight_of(8 * SPAN, SPAN + 1).found);
	sight = sight_of(0, 3 * SPAN);
	assert_members(sight, found, 1);
	assert_has(sight.missed[0].what, "CPU 3 took no interrupts for 3 ms, ");
	assert_false(sight_of(0, 0).found);
	sight = sight_of(1 * SPAN, 3 * SPAN);
	assert_has(sight.missed[0].what, "CPU 3 took no interrupts for 8 ms, ");
	/* Another stuck CPU, of which no state was read, changes nothing of the finding. */
	cpuset__add(&report.stuck, 5);
	sight = sight_of(0, 3 * SPAN);
	assert_members(sight, found, 1, nr_missed, 2);
	forget_moment();
	assert_true(queue_report__sight(&report, SPAN).found);
}

TEST(each_look_finds_the_stuck_cpus_anew, setup, teardown)
{
	cpuset__add(&report.stuck, 3);
	assert_int_equal(look(), true);
	assert_int_equal(cpuset__count(&report.stuck), 0);
}

TEST(a_run_without_programs_missed_all, setup, teardown)
{
	const struct sight sight = queue_report__sight(&report, 0);

	assert_members(sight, found, 0, shortest, SPAN, nr_missed, 1);
	assert_string_equal(sight.missed[0].what, "no BPF program was attached");
}

/* A filter by function or task, or by other CPUs, leaves out the stuck CPU as a target. */
TEST(filters_decide_if_a_stuck_cpu_is_a_finding, setup, teardown)
{
	struct cpuset own = {}, other = {};

	cpuset__add(&own, 3);
	cpuset__add(&other, 4);
	assert_true(sight_of(0, 2 * SPAN).found);
	opts.func = "flush*";
	assert_false(sight_of(0, 2 * SPAN).found);
	opts.func = NULL;
	opts.pid = 5;
	assert_false(sight_of(0, 2 * SPAN).found);
	opts.pid = 0;
	opts.src = (struct cpu_list){ .given = "3", .set = own };
	assert_false(sight_of(0, 2 * SPAN).found);
	opts.src = (struct cpu_list){};
	opts.cpus = (struct cpu_list){ .given = "3", .set = own };
	assert_true(sight_of(0, 2 * SPAN).found);
	opts.cpus.set = other;
	assert_false(sight_of(0, 2 * SPAN).found);
	opts.cpus = (struct cpu_list){};
	opts.dst = (struct cpu_list){ .given = "3", .set = own };
	assert_true(sight_of(0, 2 * SPAN).found);
	opts.dst.set = other;
	assert_false(sight_of(0, 2 * SPAN).found);
	opts.dst = (struct cpu_list){};
	opts.phases = 1U << PHASE_WAIT;
	assert_false(sight_of(0, 2 * SPAN).found);
	opts.phases |= 1U << PHASE_DELIVERY;
	assert_true(sight_of(0, 2 * SPAN).found);
	forget_moment();
}

TEST_MAIN(NULL, NULL)
