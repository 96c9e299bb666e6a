// SPDX-License-Identifier: GPL-2.0
/* What a report gets beside the stall: the stack of the CPU, the time that the host stole, a lost interrupt. */
#include "fake_moments.h"
#include "host/machine.h"

/* The clocks of stolen time. */
static struct {
	uint64_t stolen; /* the answer */
	uint32_t cpu;
	uint64_t start, sampled;
	int asked;
} steal;

static int fake_steal_open(struct steal_time **s, const char *path, uint32_t nr_cpus)
{
	*s = (void *)&steal;
	return 0;
}

static void fake_steal_close(struct steal_time *s)
{
}

static void fake_steal_sample(struct steal_time *s, uint64_t now)
{
	steal.sampled = now;
}

static uint64_t fake_steal_since(struct steal_time *s, uint32_t cpu, uint64_t start)
{
	steal.asked++;
	steal.cpu = cpu;
	steal.start = start;
	return steal.stolen;
}

/* Compile these files again, over the fakes. */
#define steal_time__open   fake_steal_open
#define steal_time__close  fake_steal_close
#define steal_time__sample fake_steal_sample
#define steal_time__since  fake_steal_since
#include "stall/backtraces.c"
#include "stall/reporter.c"

#define BACKTRACE (5 * MS)

/* What the kernel prints of CPUs 2 and 3. */
static const char stacks[] = "NMI backtrace for cpu 2\n"
			     "CPU: 2 UID: 0 PID: 7 Comm: stuck Not tainted 6.12.1 #1\n"
			     "RIP: 0010:spin+0x41/0xa0\n"
			     "RSP: 0018:ffffb2f1c0a17e98 EFLAGS: 00000046\n"
			     "Call Trace:\n"
			     " <TASK>\n"
			     " spin_thread+0x5c/0xc0 [ipigen]\n"
			     " </TASK>\n"
			     "NMI backtrace for cpu 3\n"
			     "CPU: 3 UID: 0 PID: 8 Comm: other Not tainted 6.12.1 #1\n"
			     "RIP: 0010:turn+0x41/0xa0\n"
			     "RSP: 0018:ffffb2f1c0a17e98 EFLAGS: 00000246\n"
			     "Call Trace:\n"
			     " <TASK>\n"
			     " turn_thread+0x5c/0xc0\n"
			     " </TASK>\n";
static int taken;

static const char *take(void *ctx)
{
	taken++;
	return stacks;
}

/* The reports. */
static struct report {
	enum stall_phase phase;
	bool ongoing, stolen_known;
	uint32_t dst, nr; /* nr: of frames */
	const struct backtrace *backtrace;
	enum stack_of stack_of;
	enum delay_cause why;
	uint64_t stolen;
} reports[16];
static size_t nr_reports;

static int take_report(void *ctx, const struct incident *in, uint64_t id, const char *report,
		       size_t len)
{
	assert_true(nr_reports < ARRAY_SIZE(reports));
	reports[nr_reports++] = (struct report){
		.phase = in->phase,
		.ongoing = in->ongoing,
		.dst = in->dst,
		.nr = in->nr,
		.backtrace = in->backtrace,
		.stack_of = in->stack_of,
		.why = in->why,
		.stolen = in->stolen,
		.stolen_known = in->stolen_known,
	};
	return 0;
}

static struct name_cache *names;
static struct reporter *reporter;

static void open_reporter(uint32_t phases)
{
	const struct reporter_config config = {
		.names = names,
		.threshold = THRESHOLD,
		.phases = phases,
		.nr_cpus = 8,
		.backtrace = BACKTRACE,
		.take = take,
		.json = true,
		.take_report = take_report,
	};

	memset(&world, 0, sizeof(world));
	memset(&steal, 0, sizeof(steal));
	nr_ready = nr_reports = taken = held_up = 0;
	test_now = T0;
	assert_int_equal(reporter__open(&reporter, &config), 0);
}

static int setup(void **state)
{
	open_reporter(0);
	return 0;
}

static int teardown(void **state)
{
	reporter__close(reporter);
	return 0;
}

static void scan_at(uint64_t now)
{
	test_now = now;
	reporter__scan(reporter, 0);
}

/* The stall gets a second report, with the stack, when the stack is there. */
TEST_F(a_stall_that_lasts_gets_its_stack)
{
	struct stall_totals sum;

	runs(&world, 1, 2, SPIN, 0, T0);
	scan_at(T0 + THRESHOLD);
	assert_int_equal(nr_reports, 1);
	assert_null(reports[0].backtrace);
	scan_at(T0 + BACKTRACE - 1);
	assert_int_equal(taken, 0);
	scan_at(T0 + BACKTRACE);
	assert_int_equal(taken, 1);
	assert_int_equal(nr_reports, 1);
	scan_at(T0 + BACKTRACE + MS);
	assert_int_equal(nr_reports, 2);
	assert_members(reports[1], phase, PHASE_HANDLER, ongoing, true, dst, 2, nr, 2, stack_of,
		       STACK_NMI);
	assert_non_null(reports[1].backtrace);
	/* No watcher reports the stack once more. */
	scan_at(T0 + BACKTRACE + 2 * MS);
	reporter__scan(reporter, 1);
	reporter__scan(reporter, 1);
	assert_members(*reporter, found[PHASE_HANDLER], 1, dropped, 0);
	assert_int_equal(nr_reports, 2);
	assert_int_equal(taken, 1);
	/* The end has the same stack. */
	world.nr_running = 0;
	ready[0] = event_of(PHASE_HANDLER, 1, 2, SPIN, 0, T0, test_now);
	nr_ready = 1;
	assert_int_equal(reporter__finish(reporter, &sum), 0);
	assert_int_equal(nr_reports, 3);
	assert_members(reports[2], phase, PHASE_HANDLER, ongoing, false, stack_of, STACK_NONE);
	assert_ptr_equal(reports[2].backtrace, reports[1].backtrace);
}

/* Stacks are taken once a second: a report waits for that. */
TEST_F(a_report_waits_for_its_stack)
{
	runs(&world, 1, 2, SPIN, 0, T0);
	scan_at(T0 + BACKTRACE);
	assert_int_equal(taken, 1);
	runs(&world, 1, 3, SPIN, 0, T0 + BACKTRACE);
	scan_at(T0 + 2 * BACKTRACE);
	assert_int_equal(nr_reports, 3);
	scan_at(T0 + BACKTRACE + 1000 * MS - 1);
	assert_int_equal(taken, 1);
	assert_int_equal(nr_reports, 3);
	scan_at(T0 + BACKTRACE + 1000 * MS);
	assert_int_equal(taken, 2);
	scan_at(T0 + BACKTRACE + 1001 * MS);
	assert_int_equal(nr_reports, 4);
	assert_members(reports[3], dst, 3, ongoing, true);
	assert_non_null(reports[3].backtrace);
}

/* A sender spins on purpose, and a CPU where a function sleeps is free. */
TEST_F(no_stack_is_taken_of_a_wait_or_of_a_sleep)
{
	struct stall_totals sum;

	waits(&world, 1, SPIN, T0, WAIT_SINGLE);
	runs(&world, 1, 2, SPIN, 0, T0)->slept = true;
	for (int i = 0; i < 3; i++)
		scan_at(T0 + 20 * MS + i);
	assert_int_equal(taken, 0);
	assert_int_equal(nr_reports, 2);
	/* CPU 3 has a stack; a wait for it has none. */
	runs(&world, 1, 3, SPIN, 0, T0);
	for (int i = 0; i < 3; i++)
		scan_at(T0 + 21 * MS + i);
	assert_int_equal(taken, 1);
	memset(&world, 0, sizeof(world));
	ready[0] = event_of(PHASE_WAIT, 1, 3, SPIN, T0, T0, test_now);
	ready[1] = event_of(PHASE_HANDLER, 1, 3, SPIN, 0, T0, test_now);
	nr_ready = 2;
	nr_reports = 0;
	assert_int_equal(reporter__finish(reporter, &sum), 0);
	for (size_t i = 0; i < nr_reports; i++)
		if (reports[i].phase == PHASE_WAIT)
			assert_null(reports[i].backtrace);
		else if (reports[i].dst == 3)
			assert_non_null(reports[i].backtrace);
	assert_true(nr_reports >= 2);
}

TEST(no_stack_is_taken_of_a_phase_that_nobody_asked_for, NULL, teardown)
{
	open_reporter(1 << PHASE_DELIVERY);
	runs(&world, 1, 2, SPIN, 0, T0);
	for (int i = 0; i < 3; i++)
		scan_at(T0 + 20 * MS + i);
	assert_int_equal(taken, 0);
	assert_int_equal(nr_reports, 0);
}

/* A csd whose IPI is due; both CPUs count interrupts of their timers. */
static struct pending *is_late(void)
{
	struct pending *p = is_queued(&world, 1, 2, SPIN, 0, T0);

	p->src_look = p->dst_look = (struct cpu_look){ .counts_known = true };
	return p;
}

/* Both took timer interrupts, and no IPI came: after the third there is a second report. */
TEST(a_lost_interrupt_is_reported_again, NULL, teardown)
{
	struct pending *p;

	open_reporter(1 << PHASE_DELIVERY);
	p = is_late();
	scan_at(T0 + THRESHOLD);
	assert_int_equal(nr_reports, 1);
	assert_members(reports[0], phase, PHASE_DELIVERY, why, WHY_UNKNOWN);
	p->src_look.timers = p->dst_look.timers = 2;
	scan_at(T0 + 2 * MS);
	assert_int_equal(nr_reports, 1);
	p->src_look.timers = p->dst_look.timers = 3;
	scan_at(T0 + 3 * MS);
	assert_int_equal(nr_reports, 2);
	assert_members(reports[1], ongoing, true, why, WHY_NEVER_ARRIVED);
	scan_at(T0 + 4 * MS);
	assert_int_equal(nr_reports, 2);
}

/* The host did not run the CPU at any look, which covers most of the time. */
TEST(a_cpu_that_the_host_stopped_is_reported_again, NULL, teardown)
{
	open_reporter(1 << PHASE_DELIVERY);
	is_late()->dst_look.preempted = true;
	scan_at(T0 + THRESHOLD);
	assert_members(reports[0], phase, PHASE_DELIVERY, why, WHY_UNKNOWN);
	scan_at(T0 + 2 * THRESHOLD - 1);
	assert_int_equal(nr_reports, 1);
	scan_at(T0 + 2 * THRESHOLD);
	assert_int_equal(nr_reports, 2);
	assert_members(reports[1], ongoing, true, why, WHY_STOLEN);
	scan_at(T0 + 3 * THRESHOLD);
	assert_int_equal(nr_reports, 2);
}

/* Report the end of a stall of @phase that lasted for @duration. */
static const struct report *report_of_end(enum stall_phase phase, uint64_t duration)
{
	struct stall_totals sum;

	test_now += 1000 * MS;
	ready[nr_ready++] =
		event_of(phase, 1, 2, SPIN, test_now - duration, test_now - duration, test_now);
	nr_reports = 0;
	steal.asked = 0;
	assert_int_equal(reporter__finish(reporter, &sum), 0);
	assert_int_equal(nr_reports, 1);
	return &reports[0];
}

/* A stall of two ticks or more has what the host stole of the target since the stall began. */
TEST_F(a_long_stall_has_its_stolen_time)
{
	steal.stolen = 7 * MS;
	assert_members(*report_of_end(PHASE_HANDLER, 20 * MS - 1), stolen_known, false);
	assert_int_equal(steal.asked, 0);
	assert_members(*report_of_end(PHASE_HANDLER, 20 * MS), stolen_known, true, stolen, 7 * MS);
	assert_members(steal, asked, 1, cpu, 2, start, test_now - 20 * MS);
	assert_members(*report_of_end(PHASE_WAIT, 20 * MS), stolen_known, false);
	assert_int_equal(steal.asked, 0);
	steal.stolen = 31 * MS;
	assert_members(*report_of_end(PHASE_DELIVERY, 30 * MS), stolen_known, true, stolen, 30 * MS,
		       why, WHY_STOLEN);
	steal.stolen = 0;
	assert_members(*report_of_end(PHASE_HANDLER, 30 * MS), stolen_known, false, stolen, 0);
	/* From the first event with a time of its own on, the kernel's ticks are not asked. */
	steal.stolen = 7 * MS;
	ready[0] = event_of(PHASE_HANDLER, 1, 3, SPIN, 0, test_now, test_now + MS);
	ready[0].stolen_known = 1;
	ready[0].stolen = 5;
	nr_ready = 1;
	scan_at(test_now + MS);
	nr_ready = 0;
	scan_at(test_now + 2000 * MS);
	assert_members(*report_of_end(PHASE_HANDLER, 30 * MS), stolen_known, false);
	assert_int_equal(steal.asked, 0);
}

/* The main thread samples the clocks of stolen time, and forgets what ended ten seconds ago. */
TEST_F(what_has_ended_is_forgotten)
{
	struct report_once *claims = reporter->claims;
	uint64_t key, ended;

	report_of_end(PHASE_HANDLER, 2 * MS);
	ended = test_now;
	key = incident__key(PHASE_HANDLER, 2, 0x1102, ended - 2 * MS);
	assert_true(report_once__is_known(claims, key));
	test_now = ended + 10000 * MS;
	assert_int_equal(reporter__maintain(reporter), 0);
	assert_int_equal(steal.sampled, test_now);
	assert_true(report_once__is_known(claims, key));
	test_now++;
	assert_int_equal(reporter__maintain(reporter), 0);
	assert_false(report_once__is_known(claims, key));
}

static int open_names(void **state)
{
	return name_cache__open(&names);
}

static int close_names(void **state)
{
	name_cache__close(names);
	return 0;
}

TEST_MAIN(open_names, close_names)
