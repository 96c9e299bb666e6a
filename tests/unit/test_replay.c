// SPDX-License-Identifier: GPL-2.0
/* From a file's events to a run: windows, csds and stalls, each told in a line. */
#include "import/parts.h"
#include "unit.h"

#define US    1000ULL
#define MS    1000000ULL
#define BEGIN (5000 * MS)

static struct names *names;
static struct replay *replay;
static uint64_t now;
static uint64_t func, callsite;
static char told[8192];
static int refuse; /* what window() returns */

#define tell(...) text_append(told, sizeof(told), __VA_ARGS__)

/* The number of a kind, or "-" where it is not known. */
static void tell_kind(const char *what, bool known, uint64_t nr)
{
	if (known)
		tell(", %s %zu", what, (size_t)nr);
	else
		tell(", %s -", what);
}

static int take_window(void *ctx, struct snapshot *snap)
{
	const struct kind_stats *calls = &snap->all_kinds[KIND_CALL_FUNCTION];

	tell("%s %zu to %zu us: queued %zu, lost %zu", snap->window.last ? "last" : "window",
	     (size_t)((snap->window.mono_start - BEGIN) / US),
	     (size_t)((snap->window.mono_end - BEGIN) / US), (size_t)snap->ledger.queued,
	     (size_t)ledger__lost(&snap->ledger));
	tell_kind("sent", calls->sent_known, calls->sent);
	tell_kind("arrived", calls->received_known, calls->received);
	for (size_t i = 0; i < snap->nr_cpus; i++)
		tell("; CPU %u: %zu out, %zu in, %zu us at most", snap->cpus[i].cpu,
		     (size_t)snap->cpus[i].sent, (size_t)snap->cpus[i].received,
		     (size_t)(snap->cpus[i].delay.max / US));
	for (size_t i = 0; i < snap->nr_edges; i++)
		tell("; %u to %u: %zu", snap->edges[i].src, snap->edges[i].dst,
		     (size_t)snap->edges[i].count);
	for (size_t i = 0; i < snap->nr_fns; i++)
		tell("; %s %zu", snap->fns[i].func.name, (size_t)snap->fns[i].count);
	tell("\n");
	return refuse;
}

static int take_csd(void *ctx, const struct pair *pair)
{
	tell("csd %zu from %u to %u\n", (size_t)pair->csd, pair->src, pair->dst);
	return 0;
}

static int take_stall(void *ctx, const struct incident *in)
{
	tell("%s of %zu us, by %s, on top of %s, arrived %zu us\n", phase_names[in->phase],
	     (size_t)(incident__duration(in) / US), in->sender.known ? in->sender.comm : "?",
	     in->victim.known ? in->victim.comm : "?",
	     (size_t)(in->arrived ? (in->arrived - BEGIN) / US : 0));
	return 0;
}

static int begin(void **state)
{
	static const struct replay_ops ops = { take_window, take_csd, take_stall };

	names = names__new();
	replay = names ? replay__new(names, &ops, NULL, MS, 100 * US) : NULL;
	if (!replay)
		return -1;
	func = names__id(names, "flush", 5);
	callsite = names__id(names, "caller", 6);
	now = BEGIN;
	*told = '\0';
	refuse = 0;
	return 0;
}

static int finish(void **state)
{
	replay__free(replay);
	names__free(names);
	return 0;
}

/* An event of @cpu, @us after the one before. */
static int event(enum event_type type, uint64_t us, uint32_t cpu, uint32_t dst, uint64_t csd)
{
	struct import_event e = {
		.type = type,
		.kind = KIND_CALL_FUNCTION,
		.mark = { .time = now += us * US,
			  .csd = csd,
			  .func = func,
			  .callsite = callsite,
			  .cpu = cpu,
			  .dst = dst,
			  .type = MARK_SYNC,
			  .task = { .pid = cpu, .tgid = cpu ? TGID_NOT_KNOWN : 7 } },
	};

	snprintf(e.mark.task.comm, sizeof(e.mark.task.comm), "task%u", cpu);
	if (type == EVENT_SEND_MASK && dst) {
		e.dsts_known = true;
		cpuset__add(&e.dsts, dst);
	}
	return replay__event(replay, &e);
}

/* A csd from CPU 0 to CPU 1 that waits for @delay us and runs for @us. */
static void csd(uint64_t number, uint64_t delay, uint64_t us)
{
	event(EVENT_QUEUE, 10, 0, 1, number);
	event(EVENT_ENTRY, delay, 1, 0, number);
	event(EVENT_EXIT, us, 1, 0, number);
}

static void end(const char *want)
{
	assert_int_equal(replay__end(replay), 0);
	assert_string_equal(told, want);
}

/* A window has what came in it, and the next one begins with nothing. */
TEST(windows_follow_each_other, begin, finish)
{
	csd(8, 30, 5);
	csd(16, 20, 5);
	now = BEGIN + 2500 * US;
	csd(8, 7, 5);
	end("csd 8 from 0 to 1\n"
	    "csd 16 from 0 to 1\n"
	    "window 10 to 1010 us: queued 2, lost 0, sent -, arrived -; "
	    "CPU 0: 2 out, 0 in, 0 us at most; CPU 1: 0 out, 2 in, 30 us at most; 0 to 1: 2; flush 2\n"
	    "window 1010 to 2010 us: queued 0, lost 0, sent -, arrived -\n"
	    "csd 8 from 0 to 1\n"
	    "last 2010 to 2522 us: queued 1, lost 0, sent -, arrived -; "
	    "CPU 0: 1 out, 0 in, 0 us at most; CPU 1: 0 out, 1 in, 7 us at most; 0 to 1: 1; flush 1\n");
}

/* Kinds are known from the first event of theirs on. */
TEST(interrupts_are_counted_where_the_file_has_them, begin, finish)
{
	event(EVENT_SEND_MASK, 10, 0, 1, 0);
	event(EVENT_SEND, 10, 0, 1, 0);
	event(EVENT_ARRIVED, 10, 1, 0, 0);
	now += 2 * MS;
	event(EVENT_SEND_MASK, 10, 0, 0, 0);
	end("window 10 to 1010 us: queued 0, lost 0, sent 2, arrived 1; CPU 1: 0 out, 0 in, 0 us at most\n"
	    "window 1010 to 2010 us: queued 0, lost 0, sent 0, arrived 0\n"
	    "last 2010 to 2040 us: queued 0, lost 0, sent -, arrived 0\n");
}

/* Both ends over the threshold: who sent the csd, who was interrupted, when the IPI arrived. */
TEST(stalls_are_reported, begin, finish)
{
	event(EVENT_QUEUE, 10, 0, 1, 8);
	event(EVENT_ARRIVED, 90, 1, 0, 0);
	event(EVENT_ENTRY, 10, 1, 0, 8);
	event(EVENT_EXIT, 99, 1, 0, 8);
	event(EVENT_QUEUE, 10, 1, 0, 16);
	event(EVENT_ENTRY, 100, 0, 0, 16);
	event(EVENT_EXIT, 100, 0, 0, 16);
	end("delivery of 100 us, by task0, on top of ?, arrived 100 us\n"
	    "csd 8 from 0 to 1\n"
	    "delivery of 100 us, by ?, on top of task0, arrived 0 us\n"
	    "handler of 100 us, by ?, on top of ?, arrived 0 us\n"
	    "csd 16 from 1 to 0\n"
	    "last 10 to 419 us: queued 2, lost 0, sent -, arrived 1; "
	    "CPU 0: 1 out, 1 in, 100 us at most; CPU 1: 1 out, 1 in, 100 us at most; "
	    "0 to 1: 1; 1 to 0: 1; flush 2\n");
}

/* What is missing, or came before the clock was set back, may have been the csd's end. */
TEST(what_may_have_run_is_lost, begin, finish)
{
	static const enum event_type missing[] = { EVENT_LOST, EVENT_LOST_ALL };

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		event(EVENT_QUEUE, 10, 0, 1, 8 + 8 * i);
		event(missing[i], 0, 1, 0, 0);
		event(EVENT_ENTRY, 10, 1, 0, 8 + 8 * i);
		event(EVENT_EXIT, 10, 1, 0, 8 + 8 * i);
	}
	event(EVENT_QUEUE, 10, 0, 1, 8);
	now -= 200 * MS;
	event(EVENT_QUEUE, 0, 0, 1, 16);
	event(EVENT_ENTRY, 10, 1, 0, 8);
	assert_int_equal(replay__facts(replay)->set_back, 1);
	end("last 10 to 80 us: queued 4, lost 3, sent -, arrived -; "
	    "CPU 0: 4 out, 0 in, 0 us at most; CPU 1: 0 out, 0 in, 0 us at most; 0 to 1: 4; flush 4\n");
}

/* The clock was set forward, or nothing happened. */
TEST(a_time_without_events_is_noted, begin, finish)
{
	const struct replay_facts *facts = replay__facts(replay);

	csd(8, 5, 5);
	now += PAUSE_NS - 2 * MS;
	csd(8, 5, 5);
	assert_int_equal(facts->paused, 0);
	now += PAUSE_NS;
	csd(8, 5, 5);
	now += 2 * PAUSE_NS;
	csd(8, 5, 5);
	assert_in_range(facts->paused, 3 * PAUSE_NS, 3 * PAUSE_NS + MS);
}

/* A pause of more than 60 windows is one window. */
TEST(a_pause_is_one_window, begin, finish)
{
	csd(8, 5, 5);
	now += 70 * MS;
	csd(8, 5, 5);
	end("csd 8 from 0 to 1\n"
	    "window 10 to 70010 us: queued 1, lost 0, sent -, arrived -; "
	    "CPU 0: 1 out, 0 in, 0 us at most; CPU 1: 0 out, 1 in, 5 us at most; 0 to 1: 1; flush 1\n"
	    "csd 8 from 0 to 1\n"
	    "last 70010 to 70040 us: queued 1, lost 0, sent -, arrived -; "
	    "CPU 0: 1 out, 0 in, 0 us at most; CPU 1: 0 out, 1 in, 5 us at most; 0 to 1: 1; flush 1\n");
}

TEST(what_a_receiver_refuses_ends_the_replay, begin, finish)
{
	assert_int_equal(event(EVENT_QUEUE, 10, 0, 1, 8), 0);
	refuse = -EPIPE;
	assert_int_equal(event(EVENT_QUEUE, 1000, 0, 1, 16), -EPIPE);
	refuse = 0;
	assert_int_equal(event(EVENT_QUEUE, 10, 0, 1, 24), -EPIPE);
	assert_int_equal(replay__end(replay), -EPIPE);
}

TEST(an_impossible_time_ends_the_replay, begin, finish)
{
	now = INT64_MAX / 2;
	assert_int_equal(event(EVENT_QUEUE, 0, 0, 1, 8), -ERANGE);
}

/* The figures of one window */

#define FNS_KEPT (IMPORT_ROWS / 256)

static struct sums *sums;
static struct snapshot snap;

static int sums_begin(void **state)
{
	names = names__new();
	sums = names ? sums__new(names) : NULL;
	return !sums;
}

static int sums_finish(void **state)
{
	snapshot__free(&snap);
	sums__free(sums);
	names__free(names);
	return 0;
}

/* End the window: `snap` has its figures. */
static void cut(void)
{
	snapshot__free(&snap);
	assert_int_equal(sums__cut(sums, &snap), 0);
}

/* A csd with the function of number @fn. */
static struct mark mark_of(int fn, uint32_t cpu, uint32_t dst)
{
	char name[16];
	int len = snprintf(name, sizeof(name), "fn%d", fn);

	return (struct mark){ .func = names__id(names, name, len), .cpu = cpu, .dst = dst };
}

static void queue(int fn, uint32_t cpu, uint32_t dst)
{
	const struct mark mark = mark_of(fn, cpu, dst);

	sums__queued(sums, &mark);
}

/* Returns the row of the functions without one; NULL: each function has its own row. */
static const struct fn_stats *find_other(void)
{
	const struct fn_stats *other = NULL;

	for (size_t i = 0; i < snap.nr_fns; i++) {
		if (!snap.fns[i].other)
			continue;
		assert_null(other);
		other = &snap.fns[i];
	}
	return other;
}

/* Functions for which a full table has no row are one row, in each window anew. */
TEST(more_functions_than_rows_are_one, sums_begin, sums_finish)
{
	const struct fn_stats *other;
	uint64_t sent = 0, sent_other = 0;

	for (int fn = 0; fn < FNS_KEPT; fn++)
		queue(fn, 0, 1);
	cut();
	assert_int_equal(snap.nr_fns, FNS_KEPT);
	assert_null(find_other());
	for (int window = 0; window < 2; window++) {
		for (int fn = 0; fn < FNS_KEPT + 3; fn++)
			queue(fn, 0, 1);
		cut();
		other = find_other();
		assert_int_equal(snap.nr_fns, FNS_KEPT + 1);
		assert_non_null(other);
		assert_int_equal(other->count, 3);
		assert_null(other->func.name);
		assert_int_equal(snap.nr_fn_cpus, FNS_KEPT + 1);
		for (size_t i = 0; i < snap.nr_fn_cpus; i++) {
			assert_in_range(snap.fn_cpus[i].fn, 0, FNS_KEPT);
			sent += snap.fn_cpus[i].sent;
			if (&snap.fns[snap.fn_cpus[i].fn] == other)
				sent_other += snap.fn_cpus[i].sent;
		}
	}
	assert_int_equal(sent, 2 * (FNS_KEPT + 3));
	assert_int_equal(sent_other, 2 * 3);
	queue(FNS_KEPT + 1, 0, 1);
	cut();
	assert_int_equal(snap.nr_fns, 1);
	assert_null(find_other());
	assert_int_equal(snap.fns[0].count, 1);
}

/* Each CPU has a row; pairs of CPUs beyond the room are counted together, in each window anew. */
TEST(more_pairs_of_cpus_than_rows_are_one, sums_begin, sums_finish)
{
	const uint32_t srcs = IMPORT_ROWS / MAX_CPUS + 1;
	uint64_t sent = 0, edges = 0;

	for (uint32_t src = 0; src < srcs; src++)
		for (uint32_t dst = 0; dst < MAX_CPUS; dst++)
			queue(0, src, dst);
	/* An edge that has a row. */
	queue(0, srcs - 2, 7);
	cut();
	assert_members(snap, nr_edges, IMPORT_ROWS, edges_other, MAX_CPUS, nr_cpus, srcs);
	for (size_t i = 0; i < snap.nr_edges; i++)
		edges += snap.edges[i].count;
	for (size_t i = 0; i < snap.nr_cpus; i++)
		sent += snap.cpus[i].sent;
	assert_int_equal(edges, IMPORT_ROWS + 1);
	assert_int_equal(sent, IMPORT_ROWS + MAX_CPUS + 1);
	queue(0, srcs, 0);
	cut();
	assert_members(snap, nr_edges, 1, edges_other, 0, nr_cpus, 1, nr_fn_cpus, 1);
}

/* Without room for its part of a function's figures, a CPU's csds still count for the function. */
TEST(more_parts_of_cpus_than_rows_are_not_kept, sums_begin, sums_finish)
{
	const int fns = IMPORT_ROWS / MAX_CPUS + 1;
	uint64_t sent = 0, count = 0;

	for (int fn = 0; fn < fns; fn++)
		for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++)
			queue(fn, cpu, 0);
	queue(0, 0, 0);
	cut();
	assert_members(snap, nr_fns, fns, nr_fn_cpus, IMPORT_ROWS, nr_cpus, MAX_CPUS);
	for (size_t i = 0; i < snap.nr_fn_cpus; i++)
		sent += snap.fn_cpus[i].sent;
	for (size_t i = 0; i < snap.nr_fns; i++)
		count += snap.fns[i].count;
	assert_int_equal(sent, IMPORT_ROWS + 1);
	assert_int_equal(count, IMPORT_ROWS + MAX_CPUS + 1);
	for (size_t i = 0; i < snap.nr_cpus; i++)
		assert_members(snap.cpus[i], cpu, i, sent, fns + !i);
}

TEST(cpus_and_pairs_are_in_order, sums_begin, sums_finish)
{
	static const uint32_t cpus[] = { 9, 3, 4000, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		queue(0, cpus[i], 5);
	cut();
	assert_members(snap, nr_cpus, 4, nr_edges, 4);
	for (size_t i = 1; i < 4; i++) {
		assert_true(snap.cpus[i - 1].cpu < snap.cpus[i].cpu);
		assert_true(snap.edges[i - 1].src < snap.edges[i].src);
	}
}

/* The file's events have no waits, and interrupts only from the first such event on. */
TEST(a_window_says_what_the_file_has, sums_begin, sums_finish)
{
	const struct kind_stats *row;

	queue(0, 0, 1);
	cut();
	assert_members(snap, how.wait_source, WAITS_UNKNOWN, known.kinds, true, nr_all_kinds,
		       NR_KINDS);
	assert_members(snap.cpus[0], reschedules_known, false, reschedules, 0);
	for (int kind = 0; kind < NR_KINDS; kind++) {
		row = &snap.all_kinds[kind];
		assert_members(*row, kind, kind_names[kind], sent_known, false, received_known,
			       false);
		assert_non_null(row->why);
	}
	sums__sent(sums, KIND_RESCHEDULE, 3);
	sums__sent(sums, KIND_RESCHEDULE, 2);
	sums__arrived(sums, KIND_RESCHEDULE, 1);
	sums__arrived(sums, KIND_RESCHEDULE, 1);
	sums__arrived(sums, KIND_IRQ_WORK, 1);
	cut();
	assert_members(snap.cpus[0], cpu, 1, reschedules_known, true, reschedules, 2);
	row = &snap.all_kinds[KIND_RESCHEDULE];
	assert_members(*row, sent_known, true, sent, 5, received_known, true, received, 2);
	assert_null(row->why);
	assert_members(snap, kinds[KIND_RESCHEDULE], 5, all_kinds[KIND_IRQ_WORK].sent, 0,
		       all_kinds[KIND_IRQ_WORK].received, 1);
	sums__sent_unknown(sums);
	cut();
	row = &snap.all_kinds[KIND_CALL_FUNCTION];
	assert_members(*row, sent_known, false, received_known, true);
	assert_non_null(row->why);
	assert_members(snap.all_kinds[KIND_RESCHEDULE], sent_known, true, sent, 0, received, 0);
}

/* A call from code that another tracer made has no call site. */
TEST(call_sites_of_tracers_are_hidden, sums_begin, sums_finish)
{
	struct mark mark = mark_of(0, 0, 1);

	mark.callsite = names__id(names, "caller+0x1c", 11);
	sums__queued(sums, &mark);
	mark.callsite = names__id(names, "bpf_prog_1+0x1c [bpf]", 21);
	sums__queued(sums, &mark);
	cut();
	assert_int_equal(snap.nr_fns, 2);
	for (size_t i = 0; i < 2; i++)
		assert_true(!snap.fns[i].callsite.name ||
			    !strcmp(snap.fns[i].callsite.name, "caller"));
}

/* A csd from CPU 0 to CPU 1, with these times in us; 0: unknown. */
static void hear(enum pair_news news, uint64_t queued, uint64_t entered, uint64_t ended)
{
	const struct mark mark = mark_of(0, 0, 1);
	const struct pair pair = {
		.func = mark.func,
		.queued = queued * US,
		.entered = entered ? entered * US : PAIR_UNKNOWN,
		.ended = ended ? ended * US : PAIR_UNKNOWN,
		.dst = 1,
	};

	sums__pair(sums, &pair, news);
}

/* The clocks of two CPUs may differ a little: no time is negative. */
TEST(delays_and_runs_are_summed_by_cpu_and_function, sums_begin, sums_finish)
{
	const struct hist *hist;

	hear(PAIR_ENTERED, 100, 130, 0);
	hear(PAIR_ENTERED, 100, 110, 0);
	hear(PAIR_ENTERED, 100, 99, 0);
	hear(PAIR_ENTERED, 100, 0, 0);
	hear(PAIR_ENDED, 100, 130, 137);
	hear(PAIR_ENDED, 100, 130, 132);
	hear(PAIR_ENDED, 100, 130, 129);
	hear(PAIR_ENDED, 100, 130, 0);
	hear(PAIR_ENDED, 100, 0, 130);
	hear(PAIR_LOCAL, 100, 0, 0);
	/* These have no figures. */
	hear(PAIR_LOST, 100, 130, 137);
	hear(PAIR_ORPHAN, 100, 130, 137);
	cut();
	assert_members(snap, nr_fns, 1, nr_cpus, 1, nr_fn_cpus, 1, nr_edges, 0);
	assert_members(snap.cpus[0], cpu, 1, received, 4, local, 1, sent, 0);
	assert_members(snap.fns[0], local, 1, count, 0);
	assert_members(snap.fn_cpus[0], cpu, 1, received, 4, handler, 9 * US);
	hist = &snap.cpus[0].delay;
	assert_members(*hist, count, 3, sum, 40 * US, max, 30 * US);
	assert_members(*hist, slots[hist_slot(30 * US)], 1, slots[hist_slot(10 * US)], 1, slots[0],
		       1);
	assert_memory_equal(hist, &snap.fns[0].delay, sizeof(*hist));
	hist = &snap.cpus[0].handler;
	assert_members(*hist, count, 3, sum, 9 * US, max, 7 * US);
	assert_memory_equal(hist, &snap.fns[0].handler, sizeof(*hist));
}

TEST_MAIN(NULL, NULL)
