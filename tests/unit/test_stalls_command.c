// SPDX-License-Identifier: GPL-2.0
/* command/stalls: what it says while a CPU is stuck before it attaches, its end, its exit status. */
#include "collect/read_bank.h"
#include "collect/read_moment.h"
#include "command_run.h"

static struct collector collector;
static struct moment moment;
static const struct collect_config config;

/* What the made functions say. */
static int look; /* queue_report__look() */
static uint32_t stuck; /* CPUs that do not answer, a bit for each */
static bool waits;
static struct unseen unseen;
static unsigned int unknown; /* phases that the collector does not know, a bit for each */
static const char *detached;
static bool asked_waits; /* collector__unseen() was asked for waits only */
static int shown, closed; /* so often */

int __wrap_queue_report__look(struct queue_report *r, const struct collect_config *c, uint64_t span)
{
	/* A threshold of seconds is no reason to look for seconds. */
	assert_in_range(span, 1, 50000000);
	assert_true(span <= r->threshold);
	r->moment = &moment;
	r->waits = waits;
	memset(&r->stuck, 0, sizeof(r->stuck));
	for (int cpu = 0; cpu < 32; cpu++)
		if (stuck >> cpu & 1)
			cpuset__add(&r->stuck, cpu);
	return look;
}

int __wrap_queue_report__show(struct queue_report *r)
{
	shown++;
	return 0;
}

void __wrap_queue_report__head(struct queue_report *r)
{
	printf("head\n");
}

struct sight __wrap_queue_report__sight(const struct queue_report *r, uint64_t since)
{
	return (struct sight){ .found = since };
}

void __wrap_queue_report__close(struct queue_report *r)
{
	closed++;
}

uint64_t __wrap_read_delivered(const struct maps *maps, uint32_t epoch)
{
	return 1000;
}

uint64_t __wrap_read_run_unseen(const struct maps *maps, uint32_t epoch)
{
	return 11;
}

struct unseen __wrap_collector__unseen(struct collector *c, bool only_waits)
{
	asked_waits = only_waits;
	return unseen;
}

bool __wrap_moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase)
{
	return !(unknown >> phase & 1);
}

const char *__wrap_programs__detached(const struct programs *programs)
{
	return detached;
}

static struct stalls_unreported unreported;
static int taken; /* how often they were */

struct stalls_unreported __wrap_reporter__take_unreported(struct reporter *reporter)
{
	taken++;
	return unreported;
}

static int setup(void **state)
{
	taken = 0;
	memset(&opts, 0, sizeof(opts));
	memset(&moment, 0, sizeof(moment));
	opts.command = COMMAND_STALLS;
	opts.threshold = 1000000000;
	collector.source = &csd_source;
	look = 1;
	stuck = unknown = 0;
	waits = asked_waits = false;
	unseen = (struct unseen){};
	detached = NULL;
	shown = closed = 0;
	return 0;
}

static void (*what)(void);

static void play(void)
{
	assert_ptr_equal(given.opts, &opts);
	assert_true(given.ops->any_source && given.ops->windowless);
	given.feeds->stalls.collector = &collector;
	what();
}

/* Returns what the run says on stderr while it does @of. */
static const char *said(void (*of)(void))
{
	what = of;
	return run_command(command_stalls, play);
}

static void gate(bool hold)
{
	struct gating gating = {};

	assert_int_equal(given.ops->gate(given.ctx, &config, &gating), EXIT_DONE);
	assert_int_equal(gating.hold, hold);
	assert_false(gating.over);
	assert_non_null(gating.slow);
}

static void play_nothing_stuck(void)
{
	gate(false);
	assert_int_equal(shown, 0);
	/* What lasts without holding anybody up is reported, and programs are attached. */
	moment.nr_waiting = 1;
	gate(false);
	assert_int_equal(shown, 1);
}

TEST(cpus_that_answer_hold_nothing, setup, printed_restore)
{
	assert_string_equal(said(play_nothing_stuck), "");
	assert_int_equal(closed, 1);
}

static void play_unreadable(void)
{
	struct gating gating = {};

	look = 0;
	stuck = 1;
	assert_int_equal(given.ops->gate(given.ctx, &config, &gating), EXIT_DONE);
	assert_false(gating.hold);
	look = -ENOMEM;
	assert_int_equal(given.ops->gate(given.ctx, &config, &gating), -ENOMEM);
	assert_int_equal(shown, 0);
}

TEST(queues_that_cannot_be_read_hold_nothing, setup, printed_restore)
{
	assert_string_equal(said(play_unreadable), "");
}

static void play_stuck(void)
{
	stuck = 1 << 3;
	waits = true;
	moment.nr_waiting = 1;
	gate(true);
	assert_int_equal(shown, 1);
	/* Once a second. */
	gate(true);
	assert_int_equal(shown, 1);
	stuck |= 1 << 4;
	gate(true);
	stuck = 0;
	waits = false;
	gate(false);
	assert_int_equal(shown, 1);
}

TEST(a_stuck_cpu_holds_the_run, setup, printed_restore)
{
	const char *text;

	opts.backtrace = 1;
	text = said(play_stuck);
	assert_has(
		text,
		"ipitrace: attaching waits for CPU 3, which does not answer\n"
		"ipitrace: --backtrace: no stacks until then, because no BPF program is attached\n"
		"ipitrace: attaching waits for CPUs 3-4, which do not answer\n"
		"ipitrace: all CPUs answer again, after ");
	/* Once. */
	assert_null(strstr(strstr(text, "--backtrace") + 1, "--backtrace"));
}

static void play_never_attached(void)
{
	given.result = given.ops->end_unattached(given.ctx, &opts);
}

static void play_stuck_to_the_end(void)
{
	stuck = 1;
	gate(true);
	play_never_attached();
}

static void play_waited(void)
{
	moment.nr_waiting = 1;
	gate(false);
	play_never_attached();
}

TEST(a_run_that_never_attached_has_a_verdict, setup, printed_restore)
{
	opts.exit_code = true;
	said(play_never_attached);
	assert_int_equal(status, EXIT_DONE);
	said(play_stuck_to_the_end);
	assert_int_equal(status, EXIT_FOUND);
	stuck = 0;
	/* A look of 50 ms: nobody knows whether the sender has waited for 1 s. */
	assert_has(said(play_waited),
		   "stalls: not certain: somebody waited before the BPF programs were attached");
	assert_int_equal(status, EXIT_FAILED);
	opts.threshold = 50000000;
	said(play_waited);
	assert_int_equal(status, EXIT_FOUND);
	opts.threshold = 1000000000;
	opts.exit_code = false;
	said(play_stuck_to_the_end);
	assert_int_equal(status, EXIT_DONE);
}

static void play_open(void)
{
	given.result = given.ops->open(given.ctx, &opts, &collector);
}

TEST(a_phase_that_the_kernel_hides_is_refused, setup, printed_restore)
{
	unknown = 1 << PHASE_WAIT;
	opts.quiet = true;
	assert_string_equal(said(play_open), "");
	assert_int_equal(status, EXIT_DONE);
	/* The queues are closed once attached; and at the end. */
	assert_int_equal(closed, 2);
	opts.phases = 1 << PHASE_WAIT;
	assert_string_equal(said(play_open),
			    "ipitrace: --phase wait: known only before Linux 6.5, without "
			    "csd tracepoints\n");
	assert_int_equal(status, EXIT_CANNOT);
	collector.source = &call_source;
	assert_string_equal(said(play_open),
			    "ipitrace: --phase wait: this kernel has no csd tracepoints\n");
	assert_int_equal(status, EXIT_CANNOT);
}

static struct cut_short cut;

static void play_end(void)
{
	assert_int_equal(given.ops->begun(given.ctx), EXIT_DONE);
	given.feeds->sum.threshold = opts.threshold;
	given.feeds->sum.ended = mono_ns() + 5000000000ULL;
	given.result = given.ops->end(given.ctx, &opts, &cut);
}

static void play_found(void)
{
	given.feeds->sum.found[PHASE_HANDLER] = 2;
	play_end();
}

static void play_lost(void)
{
	given.feeds->sum.lost = 3;
	play_end();
}

static void play_dropped_and_found(void)
{
	given.feeds->sum.dropped = 1;
	play_found();
}

TEST(the_gate_of_a_run, setup, printed_restore)
{
	opts.exit_code = opts.json = true;
	said(play_end);
	assert_int_equal(status, EXIT_DONE);
	said(play_found);
	assert_int_equal(status, EXIT_FOUND);
	assert_has(said(play_lost),
		   "stalls: not certain: 3 events found no room, each longer than 1 s");
	assert_int_equal(status, EXIT_FAILED);
	said(play_dropped_and_found);
	assert_int_equal(status, EXIT_FOUND);
	unseen.late = 4;
	assert_has(said(play_end),
		   "4 csds that may have been longer than 1 s could not be followed");
	assert_false(asked_waits);
	opts.phases = 1 << PHASE_WAIT;
	said(play_end);
	assert_true(asked_waits);
	unseen.late = 0;
	unseen.queued = 5;
	assert_has(said(play_end), "the kernel hid the queueing of 5 csds");
	unseen.queued = 0;
	detached = "csd_queue";
	assert_has(said(play_end), "csd_queue");
	assert_int_equal(status, EXIT_FAILED);
	/* Only a gate asks for that. */
	opts.exit_code = false;
	assert_string_equal(said(play_end), "");
	assert_int_equal(status, EXIT_DONE);
}

/* The run has a stall of one phase: only the test of that phase fails. */
TEST(each_phase_has_a_test_of_its_own, setup, printed_restore)
{
	opts.tap = true;
	said(play_found);
	assert_has(out, "ok 1 - no delivery over 1 s\nnot ok 2 - no handler over 1 s\n",
		   "ok 3 - no wait over 1 s\n");
}

/* Waits that found no record: from Linux 7.3 on, and before 6.5. */
TEST(a_wait_without_a_record_may_be_a_stall, setup, printed_restore)
{
	opts.exit_code = opts.json = true;
	unseen.waits = 6;
	assert_has(said(play_end), "stalls: not certain: 6 waits could not be followed to the end");
	assert_int_equal(status, EXIT_FAILED);
	said(play_found);
	assert_int_equal(status, EXIT_FOUND);
	opts.phases = 1 << PHASE_HANDLER;
	said(play_end);
	assert_int_equal(status, EXIT_DONE);
	opts.phases = 0;
	/* No wait is longer than the run. */
	opts.threshold = 60000000000ULL;
	said(play_end);
	assert_int_equal(status, EXIT_DONE);
	opts.threshold = 1000000000;
	unseen.waits = 0;
	collector.source = &call_source;
	said(play_end);
	assert_int_equal(status, EXIT_DONE);
	unseen.waits = 7;
	assert_has(said(play_end), "stalls: not certain: 7 calls could not be followed to the end");
	assert_int_equal(status, EXIT_FAILED);
}

static void play_ticks(void)
{
	bool over = false;

	/* The run began long ago, and its next second now. */
	assert_int_equal(given.ops->tick(given.ctx, &over), 0);
	assert_int_equal(given.ops->tick(given.ctx, &over), 0);
	assert_false(over);
}

TEST(stalls_without_a_report_are_counted_once_a_second, setup, printed_restore)
{
	unreported =
		(struct stalls_unreported){ .stalls = { [PHASE_DELIVERY] = 3, [PHASE_WAIT] = 1 },
					    .longest = 7000000 };
	said(play_ticks);
	assert_has(out, "4 more stalls in ", ": delivery 3, handler 0, wait 1; longest 7.00ms\n");
	assert_int_equal(taken, 1);
	unreported = (struct stalls_unreported){};
	assert_string_equal(said(play_ticks), "");
	assert_string_equal(out, "");
	/* The test of each phase has the number. */
	opts.tap = true;
	said(play_ticks);
	assert_int_equal(taken, 2);
}

static void play_notes(void)
{
	const struct reporter_config *reports = &given.feeds->reports;
	static const char report[] = "stall 1  handler of f\n  on CPU 1\n";

	play_open();
	assert_int_equal(reports->write(reports->ctx, 3, report, strlen(report)), 0);
}

static void play_no_notes(void)
{
	assert_null(given.feeds->reports.write);
	assert_int_equal(given.feeds->reports.fd, STDOUT_FILENO);
}

TEST(reports_are_notes_of_the_tests, setup, printed_restore)
{
	opts.tap = true;
	assert_string_equal(said(play_notes), "");
	assert_has(out, "# stall 1  handler of f\n", "#   on CPU 1\n");
	opts.tap = false;
	said(play_no_notes);
}

/* A kernel that shows calls only: the text says what is not known, and is not asked in JSON. */
TEST(what_calls_do_not_show_is_said, setup, printed_restore)
{
	collector.source = &call_source;
	said(play_open);
	assert_has(out, "NOT KNOWN (-): when functions begin");
	opts.quiet = true;
	said(play_open);
	assert_lacks(out, "NOT KNOWN");
	opts.quiet = false;
	opts.json = true;
	said(play_open);
	assert_lacks(out, "NOT KNOWN");
}

TEST(the_text_ends_with_the_sums, setup, printed_restore)
{
	said(play_found);
	assert_has(out, "handler 2");
}

/* Without csd tracepoints nobody knows how many csds there were. */
TEST(csds_are_counted_where_they_are_known, setup, printed_restore)
{
	opts.json = true;
	said(play_end);
	assert_has(out, "\"csds\":1000", "\"run_unseen\":11");
	collector.source = &call_source;
	said(play_end);
	assert_has(out, "\"csds\":null");
}

TEST_MAIN(NULL, NULL)
