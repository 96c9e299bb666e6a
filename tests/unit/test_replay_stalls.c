// SPDX-License-Identifier: GPL-2.0
/* What a replay knows of a stall, of the file's clock and of its CPUs, member by member. */
#include "import/parts.h"
#include "unit.h"

#define US    1000ULL
#define MS    1000000ULL
#define BEGIN (5000 * MS)
#define CSD   0x80

static struct names *names;
static struct replay *replay;
static const struct replay_facts *facts;
static uint64_t func, callsite;

static struct incident stalls[8];
static struct pair pairs[8];
static struct window windows[80];
static uint64_t sent[NR_KINDS], received[NR_KINDS]; /* of all windows */
static size_t nr_stalls, nr_pairs, nr_windows;
static int refuse_csd, refuse_stall; /* what the receivers return */

static int take_window(void *ctx, struct snapshot *snap)
{
	assert_true(nr_windows < ARRAY_SIZE(windows));
	windows[nr_windows++] = snap->window;
	for (int kind = 0; kind < NR_KINDS; kind++) {
		sent[kind] += snap->all_kinds[kind].sent;
		received[kind] += snap->all_kinds[kind].received;
	}
	return 0;
}

static int take_csd(void *ctx, const struct pair *pair)
{
	assert_true(nr_pairs < ARRAY_SIZE(pairs));
	pairs[nr_pairs++] = *pair;
	return refuse_csd;
}

static int take_stall(void *ctx, const struct incident *incident)
{
	assert_true(nr_stalls < ARRAY_SIZE(stalls));
	stalls[nr_stalls++] = *incident;
	return refuse_stall;
}

/* Windows of 1 ms, stalls from 100 us on. */
static int begin(void **state)
{
	static const struct replay_ops ops = { take_window, take_csd, take_stall };

	names = names__new();
	replay = names ? replay__new(names, &ops, NULL, MS, 100 * US) : NULL;
	if (!replay)
		return -1;
	facts = replay__facts(replay);
	func = names__id(names, "flush", 5);
	callsite = names__id(names, "caller", 6);
	nr_stalls = nr_pairs = nr_windows = 0;
	memset(sent, 0, sizeof(sent));
	memset(received, 0, sizeof(received));
	refuse_csd = refuse_stall = 0;
	return 0;
}

static int finish(void **state)
{
	replay__free(replay);
	names__free(names);
	return 0;
}

/* An event @ns after BEGIN. Process 10 + CPU has the thread 20 + CPU. */
static int event(enum event_type type, int64_t ns, uint32_t cpu, uint32_t dst, enum ipi_kind kind)
{
	struct import_event e = {
		.type = type,
		.kind = kind,
		.mark = { .time = BEGIN + ns,
			  .csd = CSD + dst,
			  .func = func,
			  .callsite = callsite,
			  .cpu = cpu,
			  .dst = dst,
			  .type = MARK_SYNC,
			  .task = { .pid = 20 + cpu, .tgid = 10 + cpu } },
	};

	snprintf(e.mark.task.comm, sizeof(e.mark.task.comm), "task%u", cpu);
	if (type == EVENT_ENTRY || type == EVENT_EXIT)
		e.mark.csd = CSD + cpu;
	return replay__event(replay, &e);
}

static void queue(int64_t ns, uint32_t cpu, uint32_t dst)
{
	assert_int_equal(event(EVENT_QUEUE, ns, cpu, dst, 0), 0);
}

static void enter(int64_t ns, uint32_t cpu)
{
	assert_int_equal(event(EVENT_ENTRY, ns, cpu, 0, 0), 0);
}

static void leave(int64_t ns, uint32_t cpu)
{
	assert_int_equal(event(EVENT_EXIT, ns, cpu, 0, 0), 0);
}

TEST(both_parts_of_a_slow_csd_are_stalls, begin, finish)
{
	queue(0, 2, 3);
	event(EVENT_SEND, 5 * US, 2, 3, KIND_CALL_FUNCTION);
	event(EVENT_ARRIVED, 60 * US, 3, 0, KIND_CALL_FUNCTION);
	enter(100 * US, 3);
	leave(350 * US, 3);
	assert_int_equal(nr_stalls, 2);
	assert_members(stalls[0], phase, PHASE_DELIVERY, start, BEGIN, time, BEGIN + 100 * US, src,
		       2, dst, 3, dst_known, true, csd, CSD + 3, queued, BEGIN, sent,
		       BEGIN + 5 * US, arrived, BEGIN + 60 * US);
	assert_members(stalls[1], phase, PHASE_HANDLER, start, BEGIN + 100 * US, time,
		       BEGIN + 350 * US, src, 2, dst, 3, dst_known, true, csd, CSD + 3, queued, 0,
		       sent, 0, arrived, 0);
	for (int i = 0; i < 2; i++) {
		assert_members(stalls[i], func.addr, func, callsite.addr, callsite, ongoing, false);
		assert_members(stalls[i].sender, known, true, interrupt, false, pid, 22, tgid, 12,
			       comm, "task2");
	}
	assert_members(stalls[0].victim, known, true, pid, 23, tgid, 13, comm, "task3");
	assert_members(stalls[1].victim, known, false, interrupt, false, pid, 0, comm, "");
	assert_int_equal(nr_pairs, 1);
	assert_members(pairs[0], csd, CSD + 3, func, func, callsite, callsite, queued, BEGIN, sent,
		       BEGIN + 5 * US, entered, BEGIN + 100 * US, ended, BEGIN + 350 * US, src, 2,
		       dst, 3, type, MARK_SYNC);
}

TEST(a_stall_begins_at_the_threshold, begin, finish)
{
	queue(0, 2, 3);
	enter(100 * US - 1, 3);
	leave(200 * US - 2, 3);
	assert_int_equal(nr_stalls, 0);
	queue(300 * US, 2, 3);
	enter(400 * US, 3);
	leave(500 * US, 3);
	assert_int_equal(nr_stalls, 2);
}

/* A file may lack the process of a thread; an interrupt is no task's. */
TEST(a_sender_may_be_unknown, begin, finish)
{
	static const struct {
		struct mark_task task;
		struct task_id sender;
	} rows[] = {
		{ { .pid = 4, .tgid = TGID_NOT_KNOWN, .comm = "a" }, { .pid = 4, .comm = "a" } },
		{ { .pid = 4, .tgid = 3, .interrupt = true, .comm = "b" },
		  { .interrupt = true, .pid = 4, .tgid = 3, .comm = "b" } },
		{ { .pid = 0, .tgid = 0, .comm = "idle" }, { .known = true, .comm = "idle" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct import_event e = {
			.type = EVENT_QUEUE,
			.mark = { .time = BEGIN + i * MS,
				  .csd = CSD + 1,
				  .func = func,
				  .dst = 1,
				  .type = MARK_SYNC,
				  .task = rows[i].task },
		};

		assert_int_equal(replay__event(replay, &e), 0);
		enter(i * MS + 100 * US, 1);
		leave(i * MS + 101 * US, 1);
		assert_int_equal(nr_stalls, i + 1);
		assert_members(stalls[i].sender, known, rows[i].sender.known, interrupt,
			       rows[i].sender.interrupt, pid, rows[i].sender.pid, tgid,
			       rows[i].sender.tgid, comm, rows[i].sender.comm);
	}
}

/* Another interrupt than that of the csd: of another time, CPU or kind. */
TEST(an_arrival_is_of_the_csd_or_of_none, begin, finish)
{
	static const struct {
		int64_t ns;
		uint32_t cpu;
		enum ipi_kind kind;
		bool known;
	} rows[] = {
		{ 100 * US, 1, KIND_CALL_FUNCTION, true },
		{ 100 * US - 1, 1, KIND_CALL_FUNCTION, false },
		{ 300 * US, 1, KIND_CALL_FUNCTION, true },
		{ 300 * US + 1, 1, KIND_CALL_FUNCTION, false },
		{ 200 * US, 2, KIND_CALL_FUNCTION, false },
		{ 200 * US, 1, KIND_RESCHEDULE, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t base = 2 * MS * i;

		event(EVENT_ARRIVED, base + rows[i].ns, rows[i].cpu, 0, rows[i].kind);
		queue(base + 100 * US, 0, 1);
		enter(base + 300 * US, 1);
		leave(base + 301 * US, 1);
		assert_int_equal(nr_stalls, i + 1);
		assert_int_equal(stalls[i].arrived, rows[i].known ? BEGIN + base + rows[i].ns : 0);
	}
}

/* The victim is the task of the entry that the file has, not of an event that comes later. */
TEST(a_wake_up_found_later_has_no_victim, begin, finish)
{
	struct import_event e = { .type = EVENT_QUEUE,
				  .mark = { .cpu = 0, .dst = 1, .type = MARK_TTWU } };

	for (int i = 0; i < 2; i++) {
		e.mark.csd = 8 + 8 * i;
		e.mark.time = BEGIN + i * 10 * US;
		assert_int_equal(replay__event(replay, &e), 0);
	}
	e = (struct import_event){
		.type = EVENT_ENTRY,
		.mark = { .time = BEGIN + 200 * US, .csd = 8, .cpu = 1, .type = MARK_TTWU },
	};
	assert_int_equal(replay__event(replay, &e), 0);
	assert_int_equal(nr_stalls, 1);
	assert_true(stalls[0].victim.known);
	assert_int_equal(replay__end(replay), 0);
	assert_int_equal(nr_stalls, 2);
	assert_members(stalls[1], csd, 16, time, BEGIN + 200 * US, victim.known, false);
	/* A wake-up that is not the first of its batch has no end of its own. */
	assert_int_equal(nr_pairs, 2);
	assert_int_equal(pairs[1].ended, PAIR_UNKNOWN);
}

TEST(an_ipi_is_of_the_csd_that_its_cpu_queued, begin, finish)
{
	struct import_event mask = { .type = EVENT_SEND_MASK,
				     .kind = KIND_CALL_FUNCTION,
				     .dsts_known = true,
				     .mark = { .time = BEGIN + 30 * US, .cpu = 0 } };

	queue(0, 0, 1);
	queue(10 * US, 0, MAX_CPUS - 1);
	event(EVENT_SEND, 20 * US, 0, 1, KIND_RESCHEDULE);
	event(EVENT_SEND, 20 * US, 2, 1, KIND_CALL_FUNCTION);
	cpuset__add(&mask.dsts, 1);
	cpuset__add(&mask.dsts, MAX_CPUS - 1);
	assert_int_equal(replay__event(replay, &mask), 0);
	/* The csd has its IPI already. */
	event(EVENT_SEND, 40 * US, 0, 1, KIND_CALL_FUNCTION);
	enter(50 * US, 1);
	leave(60 * US, 1);
	enter(70 * US, MAX_CPUS - 1);
	leave(80 * US, MAX_CPUS - 1);
	assert_int_equal(nr_pairs, 2);
	assert_int_equal(pairs[0].sent, BEGIN + 30 * US);
	assert_int_equal(pairs[1].sent, BEGIN + 30 * US);
	event(EVENT_ARRIVED, 90 * US, 1, 0, KIND_IRQ_WORK);
	event(EVENT_SEND, 90 * US, 1, 0, KIND_IRQ_WORK);
	assert_int_equal(replay__end(replay), 0);
	assert_int_equal(sent[KIND_CALL_FUNCTION], 4);
	assert_int_equal(sent[KIND_RESCHEDULE], 1);
	assert_int_equal(sent[KIND_IRQ_WORK], 1);
	assert_int_equal(received[KIND_IRQ_WORK], 1);
	assert_int_equal(received[KIND_CALL_FUNCTION], 0);
}

/* Events of several CPUs may be out of order; a clock that was set back goes on where it was. */
TEST(a_clock_may_be_set_back_twice, begin, finish)
{
	queue(200 * MS, 0, 1);
	queue(100 * MS, 2, 3);
	assert_members(*facts, set_back, 0, began, BEGIN + 200 * MS, now, BEGIN + 200 * MS);
	/* What came before is of another clock. */
	event(EVENT_ARRIVED, 200 * MS, 1, 0, KIND_CALL_FUNCTION);
	queue(100 * MS - 1, 4, 1);
	assert_members(*facts, set_back, 1, began, BEGIN + 200 * MS, now, BEGIN + 200 * MS);
	enter(100 * MS - 1 + 150 * US, 1);
	assert_int_equal(facts->now, BEGIN + 200 * MS + 150 * US);
	assert_int_equal(nr_stalls, 1);
	assert_members(stalls[0], start, BEGIN + 200 * MS, time, BEGIN + 200 * MS + 150 * US, src,
		       4, dst, 1, arrived, 0);
	leave(100 * MS - 1 + 200 * US, 1);
	event(EVENT_ARRIVED, -100 * (int64_t)MS, 5, 0, KIND_RESCHEDULE);
	assert_members(*facts, set_back, 2, now, BEGIN + 200 * MS + 200 * US);
	event(EVENT_ARRIVED, -100 * (int64_t)MS + 7, 5, 0, KIND_RESCHEDULE);
	assert_members(*facts, set_back, 2, now, BEGIN + 200 * MS + 200 * US + 7, paused, 0);
}

TEST(the_cpus_of_a_file_are_those_of_its_csds_and_events, begin, finish)
{
	queue(0, 2, 3);
	event(EVENT_SEND, 1, 5, 6, KIND_CALL_FUNCTION);
	event(EVENT_ARRIVED, 2, 7, 8, KIND_RESCHEDULE);
	event(EVENT_LOST, 3, 9, 0, 0);
	for (uint32_t cpu = 0; cpu < 12; cpu++)
		assert_int_equal(cpuset__has(&facts->cpus, cpu),
				 cpu == 2 || cpu == 3 || cpu == 5 || cpu == 7);
	assert_members(*facts, began, BEGIN, now, BEGIN + 2);
}

/* 60 windows without an event are 60; one more, and they are one. */
TEST(a_long_pause_is_one_window, begin, finish)
{
	queue(0, 0, 1);
	queue(61 * MS - 1, 2, 3);
	assert_int_equal(nr_windows, 60);
	assert_members(windows[59], mono_start, BEGIN + 59 * MS, mono_end, BEGIN + 60 * MS, last,
		       false);
	queue((60 + 61) * MS, 4, 5);
	assert_int_equal(nr_windows, 61);
	assert_members(windows[60], mono_start, BEGIN + 60 * MS, mono_end, BEGIN + 121 * MS, last,
		       false);
	assert_int_equal(replay__end(replay), 0);
	assert_int_equal(nr_windows, 62);
	/* No window is empty. */
	assert_members(windows[61], mono_start, BEGIN + 121 * MS, mono_end, BEGIN + 121 * MS + 1,
		       last, true);
}

TEST(a_window_ends_with_its_interval, begin, finish)
{
	queue(0, 0, 1);
	queue(MS - 1, 2, 3);
	assert_int_equal(nr_windows, 0);
	queue(MS, 4, 5);
	assert_int_equal(nr_windows, 1);
	assert_members(windows[0], mono_start, BEGIN, mono_end, BEGIN + MS);
}

TEST(a_pause_counts_from_ten_seconds_on, begin, finish)
{
	queue(0, 0, 1);
	queue(PAUSE_NS - 1, 2, 3);
	assert_int_equal(facts->paused, 0);
	queue(2 * PAUSE_NS - 1, 4, 5);
	assert_int_equal(facts->paused, PAUSE_NS);
	queue(5 * PAUSE_NS, 6, 7);
	assert_int_equal(facts->paused, PAUSE_NS + 3 * PAUSE_NS + 1);
}

TEST(a_file_without_events_has_no_window, begin, finish)
{
	assert_int_equal(replay__end(replay), 0);
	assert_members(*facts, began, 0, now, 0);
	assert_int_equal(nr_windows, 0);
}

/* The first thing that a receiver returns is what the replay returns. */
TEST(what_the_receiver_of_a_csd_or_stall_refuses_ends_the_replay, begin, finish)
{
	queue(0, 0, 1);
	enter(1, 1);
	refuse_csd = -EPIPE;
	assert_int_equal(event(EVENT_EXIT, 2, 1, 0, 0), -EPIPE);
	refuse_csd = refuse_stall = -EIO;
	assert_int_equal(event(EVENT_LOST, 3, 0, 0, 0), -EPIPE);
	assert_int_equal(replay__end(replay), -EPIPE);
	assert_int_equal(nr_windows, 0);
	finish(state);
	assert_int_equal(begin(state), 0);
	queue(0, 0, 1);
	refuse_stall = -EIO;
	assert_int_equal(event(EVENT_ENTRY, 100 * US, 1, 0, 0), -EIO);
}

TEST_MAIN(NULL, NULL)
