// SPDX-License-Identifier: GPL-2.0
/*
 * Each gate and each kind of loss: where the loss could have hidden what the gate looks for, the gate is not
 * certain; where it could not, the pass stands; what was found is found in any case.
 */
#include "command/parts.h"
#include "model/sight.h"
#include "printed.h"

#define SECOND 1000000000ULL

enum {
	NONE, /* nothing was lost */
	HARMLESS, /* lost, but it could not have been what the gate looks for */
	HIDES, /* it could */
	FOUND, /* the same, and the gate has found something besides */
	NR_CASES,
};

static enum sight_verdict stalls(int how, uint64_t unseen, uint64_t hidden, uint32_t phases,
				 uint64_t lost, uint64_t dropped, uint64_t ran)
{
	struct stall_totals sum = {
		.threshold = SECOND,
		.scope.asked = phases,
		.lost = lost,
		.dropped = dropped,
		.found[PHASE_HANDLER] = how == FOUND,
	};
	struct sight sight = stalls_sight(&sum, unseen, hidden, ran);

	return sight__judge(&sight);
}

#define ALL_PHASES ((1U << NR_PHASES) - 1)

/* The run was shorter than the threshold: nothing in it was longer. */
static uint64_t run_of(int how)
{
	return how == HARMLESS ? SECOND / 2 : 5 * SECOND;
}

static enum sight_verdict stalls_unseen(int how)
{
	return stalls(how, how != NONE, 0, ALL_PHASES, 0, 0, run_of(how));
}

static enum sight_verdict stalls_hidden(int how)
{
	return stalls(how, 0, how != NONE, ALL_PHASES, 0, 0, run_of(how));
}

/* On kernels that run programs preemptibly another task of the CPU may have queued it, and wait. */
static enum sight_verdict waits_phase_hidden(int how)
{
	return stalls(how, 0, how != NONE, 1U << PHASE_WAIT, 0, 0, run_of(how));
}

/* Events of phases that nobody asked for are not counted as lost: tests/bpf/test_stalls.c. */
static enum sight_verdict stalls_ring(int how)
{
	return stalls(how, 0, 0, ALL_PHASES, how >= HIDES, 0, 5 * SECOND);
}

static enum sight_verdict stalls_rows(int how)
{
	return stalls(how, 0, 0, ALL_PHASES, 0, how >= HIDES, 5 * SECOND);
}

/* Without names no sleep is confirmed, and no sleep is reported. */
static enum sight_verdict stalls_doubted(int how)
{
	const struct stall_totals sum = {
		.threshold = SECOND,
		.doubted = how >= HIDES,
		.found[PHASE_HANDLER] = how == FOUND,
	};
	struct sight sight = stalls_sight(&sum, 0, 0, 5 * SECOND);

	return sight__judge(&sight);
}

static enum sight_verdict waits_unseen(int how)
{
	struct sight sight = waits_sight(how == FOUND, SECOND, how != NONE, 0, run_of(how));

	return sight__judge(&sight);
}

static enum sight_verdict waits_hidden(int how)
{
	struct sight sight = waits_sight(how == FOUND, SECOND, 0, how != NONE, run_of(how));

	return sight__judge(&sight);
}

static enum sight_verdict storm(int how, uint64_t lost, bool whole, double nearest,
				uint64_t longest)
{
	const struct storm_seen seen = {
		.found = how == FOUND,
		.lost = lost,
		.whole = whole,
		.nearest = nearest,
		.window = SECOND,
		.longest = longest,
	};
	struct sight sight = storm_sight(&seen);

	return sight__judge(&sight);
}

static const uint64_t storm_losses[NR_CASES] = { 0, STORM_CSDS_MIN - 1, STORM_CSDS_MIN,
						 STORM_CSDS_MIN };

static enum sight_verdict storm_unseen(int how)
{
	const struct snapshot snap = { .ledger.lost_by[LOST_MAILBOX_FULL] = storm_losses[how] };

	return storm(how, storm_lost(&snap), true, 0.1, SECOND);
}

/* With a filter: nobody knows whether it would have let them through. */
static enum sight_verdict storm_filtered(int how)
{
	const struct snapshot snap = { .ledger.filter_unseen = storm_losses[how] };

	return storm(how, storm_lost(&snap), true, 0.1, SECOND);
}

static enum sight_verdict storm_calls_filtered(int how)
{
	const struct snapshot snap = {
		.how.source = SOURCE_CALLS,
		.call_ledger.filter_unseen = storm_losses[how],
	};

	return storm(how, storm_lost(&snap), true, 0.1, SECOND);
}

/* Reschedules or irq_works, which have no csd. */
static enum sight_verdict storm_sends(int how)
{
	const struct snapshot snap = { .sends_unseen = storm_losses[how] };

	return storm(how, storm_lost(&snap), true, 0.1, SECOND);
}

/* The table of functions was full: what found no row is one sum. */
static enum sight_verdict storm_rowless(int how)
{
	struct fn_stats fns[] = { { .count = 5 * STORM_CSDS_MIN },
				  { .other = true, .count = storm_losses[how] } };
	const struct snapshot snap = { .fns = fns, .nr_fns = ARRAY_SIZE(fns) };

	return storm(how, storm_lost(&snap), true, 0.1, SECOND);
}

static enum sight_verdict storm_not_whole(int how)
{
	return storm(how, 0, how < HIDES, 0, SECOND);
}

/* ipitrace was stopped for 3 s: a storm of 1 s is a fourth of itself in that window. */
static enum sight_verdict storm_stopped(int how)
{
	return storm(how, 0, true, how == HARMLESS ? 0.2 : 0.3, how == NONE ? SECOND : 4 * SECOND);
}

/* The kernel hides names: tests/unit/test_storm_notes.c has what that hides. */
static enum sight_verdict storm_nameless(int how)
{
	const struct storm_seen seen = {
		.found = how == FOUND, .whole = true, .hides = how >= HIDES, .window = SECOND
	};
	struct sight sight = storm_sight(&seen);

	return sight__judge(&sight);
}

static enum sight_verdict isolated(int how, const struct isolation *isolation, uint64_t offline,
				   const struct gate *gate)
{
	const struct isolated_cpu cpu = {
		.cpu = 1,
		.offline = offline,
		.nr_breaches = how == FOUND,
	};
	struct sight sight = verdict__sight(isolation, &cpu, gate);

	return sight__judge(&sight);
}

static enum sight_verdict isolated_lost(int how)
{
	const struct isolation isolation = { .lost = how != NONE };
	struct gate gate = { .nr_allowances = how == HARMLESS };

	snprintf(gate.allowances[0].glob, ALLOWANCE_GLOB, "lost");
	gate.allowances[0].count = 1;
	return isolated(how, &isolation, 0, &gate);
}

/* --only tasks: an unseen interrupt is not judged. */
static enum sight_verdict isolated_unseen(int how)
{
	const struct isolation isolation = {};
	const struct isolated_cpu cpu = {
		.unseen = { [GROUP_IPIS] = how != NONE },
		.nr_breaches = how == FOUND,
	};
	const struct gate gate = { .only = how == HARMLESS ? 1U << GROUP_TASKS : 0 };
	struct sight sight = verdict__sight(&isolation, &cpu, &gate);

	return sight__judge(&sight);
}

/* Lost events and unseen interrupts need the sum of both as their allowance. */
TEST(lost_and_unseen_share_an_allowance)
{
	const struct isolation isolation = { .lost = 2 };
	const struct isolated_cpu cpu = { .unseen = { [GROUP_INTERRUPTS] = 3 } };
	struct gate gate = { .nr_allowances = 1, .allowances[0] = { "lost", 4 } };
	struct sight sight = verdict__sight(&isolation, &cpu, &gate);

	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
	gate.allowances[0].count = 5;
	sight = verdict__sight(&isolation, &cpu, &gate);
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
}

/* The csd is seen as it runs: only its sender is lost. */
static enum sight_verdict isolated_senders(int how)
{
	const struct isolation isolation = { .senders_lost = 1, .lost = how >= HIDES };

	return isolated(how, &isolation, 0, &(struct gate){});
}

/* Another CPU's time offline is not this one's. */
static enum sight_verdict isolated_offline(int how)
{
	const struct isolation isolation = {};

	return isolated(how, &isolation, how >= HIDES ? SECOND : 0, &(struct gate){});
}

static enum sight_verdict isolated_detached(int how)
{
	const struct isolation isolation = { .detached = how >= HIDES ? "interruption" : NULL };

	return isolated(how, &isolation, 0, &(struct gate){});
}

static enum sight_verdict judge_diff(const struct diff_seen *seen)
{
	struct sight sight = diff_sight(seen);

	return sight__judge(&sight);
}

static enum sight_verdict diff_lost(int how)
{
	static const uint64_t lost[] = { 0, 10, 11, 11 };
	const struct diff_seen seen = { .rose = how == FOUND, .queued = 1000, .lost = lost[how] };

	return judge_diff(&seen);
}

/* Together with what was lost. */
static enum sight_verdict diff_unnamed(int how)
{
	static const uint64_t unnamed[] = { 0, 5, 6, 6 };
	const struct diff_seen seen = {
		.rose = how == FOUND, .queued = 1000, .lost = 5, .unnamed = unnamed[how]
	};

	return judge_diff(&seen);
}

/* The table of functions was full: no row compares them. */
static enum sight_verdict diff_rowless(int how)
{
	static const uint64_t rowless[] = { 0, 10, 11, 11 };
	const struct diff_seen seen = { .rose = how == FOUND,
					.queued = 1000,
					.rowless = rowless[how] };

	return judge_diff(&seen);
}

/* With a filter: nobody knows whether it would have let them through. */
static enum sight_verdict diff_hidden(int how)
{
	static const uint64_t hidden[] = { 0, 10, 11, 11 };
	const struct diff_seen seen = { .rose = how == FOUND,
					.queued = 1000,
					.hidden = hidden[how] };

	return judge_diff(&seen);
}

/* They may be a storm. */
static enum sight_verdict diff_sends(int how)
{
	static const uint64_t unseen[] = { 0, 10, 11, 11 };
	const struct diff_seen seen = { .rose = how == FOUND,
					.queued = 1000,
					.sends_unseen = unseen[how] };

	return judge_diff(&seen);
}

static enum sight_verdict diff_waits(int how)
{
	static const uint64_t unseen[] = { 0, 10, 11, 11 };
	const struct diff_seen seen = { .rose = how == FOUND,
					.queued = 1000,
					.waits_unseen = unseen[how] };

	return judge_diff(&seen);
}

static enum sight_verdict diff_gaps(int how)
{
	static const uint64_t gaps[] = { 0, SECOND / 10, SECOND / 10 + 1, SECOND };
	const struct diff_seen seen = {
		.rose = how == FOUND, .queued = 1000, .ns = 10 * SECOND, .gaps = gaps[how]
	};

	return judge_diff(&seen);
}

/* A hundredth of the time, but long enough for a storm. */
static enum sight_verdict diff_long_gap(int how)
{
	static const uint64_t gaps[] = { 0, 2 * STORM_INTERVAL_NS - 1, 2 * STORM_INTERVAL_NS,
					 SECOND };
	const struct diff_seen seen = {
		.rose = how == FOUND, .queued = 1000, .ns = 1000 * SECOND, .gaps = gaps[how]
	};

	return judge_diff(&seen);
}

static enum sight_verdict diff_lines(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND,
					.lines = 40,
					.lines_missing = how >= HIDES };

	return judge_diff(&seen);
}

/* Of another tracer's file. As many csds as events are lost: the events are those of the csds. */
static enum sight_verdict diff_events(int how)
{
	static const uint64_t lost[] = { 0, 8, 11, 11 };
	const struct diff_seen seen = {
		.rose = how == FOUND, .queued = 1000, .lost = 8, .events_lost = lost[how]
	};

	return judge_diff(&seen);
}

static enum sight_verdict diff_unread(int how)
{
	static const uint64_t unread[] = { 0, 10, 11, 11 };
	const struct diff_seen seen = { .rose = how == FOUND,
					.queued = 1000,
					.events_unread = unread[how] };

	return judge_diff(&seen);
}

static enum sight_verdict diff_places(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND, .events_gaps = how >= HIDES };

	return judge_diff(&seen);
}

static enum sight_verdict diff_cut(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND, .cut = how >= HIDES };

	return judge_diff(&seen);
}

static enum sight_verdict diff_detached(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND, .detached = how >= HIDES };

	return judge_diff(&seen);
}

/* `record` was stopped; a window that is long enough, and far from a storm, is not `stretched`. */
static enum sight_verdict diff_stretched(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND,
					.stretched = how >= HIDES ? 4 * SECOND : 0 };

	return judge_diff(&seen);
}

static enum sight_verdict diff_left_out(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND, .left_out = how >= HIDES };

	return judge_diff(&seen);
}

static enum sight_verdict diff_sources(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND, .other_source = how >= HIDES };

	return judge_diff(&seen);
}

/* What a filter left out. */
static enum sight_verdict diff_filter(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND,
					.filter = how >= HIDES ? "--func" : NULL };

	return judge_diff(&seen);
}

static enum sight_verdict diff_limits(int how)
{
	const struct diff_seen seen = { .rose = how == FOUND, .storm_limits = how >= HIDES };

	return judge_diff(&seen);
}

static enum sight_verdict vmcore(int how, size_t torn, size_t unread, size_t dropped,
				 size_t unplaced)
{
	static struct moment of;

	of = (struct moment){ .torn = torn,
			      .unread = unread,
			      .dropped = dropped,
			      .unplaced = unplaced,
			      .nr_waiting = how == FOUND };
	switch (vmcore_gate(&of, EXIT_DONE)) {
	case EXIT_DONE:
		return SIGHT_CLEAR;
	case EXIT_FOUND:
		return SIGHT_FOUND;
	default:
		return SIGHT_NOT_CERTAIN;
	}
}

static enum sight_verdict vmcore_torn(int how)
{
	return vmcore(how, how >= HIDES, 0, 0, 0);
}

static enum sight_verdict vmcore_unread(int how)
{
	return vmcore(how, 0, how >= HIDES, 0, 0);
}

static enum sight_verdict vmcore_dropped(int how)
{
	return vmcore(how, 0, 0, how >= HIDES, 0);
}

static enum sight_verdict vmcore_unplaced(int how)
{
	return vmcore(how, 0, 0, 0, how >= HIDES);
}

/* In `stalls` and `waits` before anything is attached: CPU 1 takes no interrupts; another one is asked for. */
static enum sight_verdict queues_stuck(int how)
{
	static struct moment moment;
	struct options opts = {};
	struct queue_report report = { .opts = &opts, .threshold = SECOND, .moment = &moment };
	struct sight sight;

	cpuset__add(&report.stuck, 1);
	moment.nr_cpus = 1;
	moment.cpus[0] =
		(struct cpu_state){ .cpu = 1, .overdue = how == FOUND ? 3 * SECOND : SECOND / 2 };
	sight = queue_report__sight(&report, mono_ns() - SECOND / 2);
	return sight__judge(&sight);
}

struct loss {
	const char *gate, *loss;
	enum sight_verdict (*judge)(int how);
	bool always; /* no case of it is harmless */
};

/*
 * A clock that is stepped is no loss: tests/e2e/gates.t. A program that is detached is the same
 * line in each gate: tests/bpf/test_attached.c.
 */
static const struct loss losses[] = {
	{ "stalls", "mailbox, frames, hidden runs", stalls_unseen, false },
	{ "stalls", "hidden queueing", stalls_hidden, false },
	{ "stalls --phase wait", "hidden queueing", waits_phase_hidden, false },
	{ "stalls", "ring", stalls_ring, false },
	{ "stalls", "rows", stalls_rows, false },
	{ "stalls", "sleeps without a stack", stalls_doubted, false },
	{ "stalls, waits", "CPU off its interrupts, nothing attached", queues_stuck, true },
	{ "waits", "mailbox, frames, hidden runs", waits_unseen, false },
	{ "waits", "hidden queueing", waits_hidden, false },
	{ "storm", "mailbox, rows, hidden runs", storm_unseen, false },
	{ "storm with a filter", "hidden queueing", storm_filtered, false },
	{ "storm with a filter", "calls that no program saw begin", storm_calls_filtered, false },
	{ "storm", "rows of functions", storm_rowless, false },
	{ "storm", "hidden sends", storm_sends, false },
	{ "storm", "no whole interval", storm_not_whole, false },
	{ "storm", "SIGSTOP", storm_stopped, false },
	{ "storm", "names", storm_nameless, false },
	{ "isolated", "ring, hidden runs", isolated_lost, false },
	{ "isolated", "mailbox", isolated_senders, false },
	{ "isolated", "interrupts without an event", isolated_unseen, false },
	{ "isolated", "CPU offline", isolated_offline, false },
	{ "isolated", "program detached", isolated_detached, false },
	{ "report --diff", "lost csds", diff_lost, false },
	{ "report --diff", "functions without a name", diff_unnamed, false },
	{ "report --diff", "rows", diff_rowless, false },
	{ "report --diff with a filter", "hidden queueing", diff_hidden, false },
	{ "report --diff", "hidden sends", diff_sends, false },
	{ "report --diff", "records of waits", diff_waits, false },
	{ "report --diff", "no windows for a while", diff_gaps, false },
	{ "report --diff", "no windows for as long as a storm", diff_long_gap, false },
	{ "report --diff", "lines", diff_lines, false },
	{ "report --diff", "events that the tracer lost", diff_events, false },
	{ "report --diff", "events that could not be read", diff_unread, false },
	{ "report --diff", "unknown numbers of events", diff_places, false },
	{ "report --diff", "a tracer's file that ends early", diff_cut, false },
	{ "report --diff", "program detached", diff_detached, false },
	{ "report --diff", "SIGSTOP", diff_stretched, false },
	{ "report --diff", "a part of a run", diff_left_out, false },
	{ "report --diff", "csds, and calls", diff_sources, false },
	{ "report --diff", "a filter of the second file", diff_filter, false },
	{ "report --diff", "limits of storms", diff_limits, false },
	{ "waits --vmcore", "torn queues", vmcore_torn, false },
	{ "waits --vmcore", "pages that the dump lacks", vmcore_unread, false },
	{ "waits --vmcore", "room", vmcore_dropped, false },
	{ "waits --vmcore", "senders that are unknown", vmcore_unplaced, false },
};

/* The first case that ends otherwise than it should; "": none. */
static char wrong[160];

static void check_all(const void *of)
{
	static const enum sight_verdict want[NR_CASES] = {
		[NONE] = SIGHT_CLEAR,
		[HARMLESS] = SIGHT_CLEAR,
		[HIDES] = SIGHT_NOT_CERTAIN,
		[FOUND] = SIGHT_FOUND,
	};

	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		const struct loss *loss = &losses[i];

		for (int how = loss->always ? HIDES : NONE; how < NR_CASES; how++) {
			enum sight_verdict verdict = loss->judge(how);

			if (verdict != want[how] && !*wrong)
				snprintf(wrong, sizeof(wrong), "%s: %s: case %d: verdict %d",
					 loss->gate, loss->loss, how, verdict);
		}
	}
}

TEST(a_loss_that_may_hide_it_is_no_pass)
{
	/* Gates say on stderr what they are not certain of. */
	printed_to(stderr, check_all, NULL);
	assert_string_equal(wrong, "");
}

TEST_MAIN(NULL, NULL)
