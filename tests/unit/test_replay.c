// SPDX-License-Identifier: GPL-2.0
/* From a file's events to a run: windows, csds and stalls, each told in a line. */
#include "import/import.h"
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

TEST_MAIN(NULL, NULL)
