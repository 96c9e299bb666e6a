// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "view/lasting.h"
#include "view/capture/parse.h"
#include "view/perfetto/span_tracks.h"

/* Places among the tracks; the CPUs come behind these. */
enum rank {
	RANK_RATES = 1,
	RANK_STORMS = 20,
	RANK_STALLS = 21,
};

/* A stack as one annotation; longer ones are cut off. */
#define STACK_TEXT 1024

static const struct {
	const char *name;
	enum packet_unit unit;
} rates[NR_RATES] = {
	[RATE_CSDS] = { "csds/s", UNIT_NONE },
	[RATE_STOLEN] = { "CPU time in functions, %", UNIT_NONE },
	[RATE_WAITED] = { "CPU time of waiting senders, %", UNIT_NONE },
	[RATE_DELAY] = { "delay p99, of the CPU with the longest", UNIT_NS },
	[RATE_LOST] = { "csds lost", UNIT_COUNT },
};

static void rate(struct span_tracks *t, enum rate which, uint64_t time, double value)
{
	if (!t->rates[which])
		t->rates[which] = packets__counter(t->packets, t->parent, RANK_RATES + which,
						   rates[which].name, rates[which].unit);
	packets__event(t->packets, EVENT_COUNTER, time, t->rates[which], NULL);
	packets__value(t->packets, value);
	packets__done(t->packets);
}

int span_tracks__window(struct span_tracks *t, const json_t *snapshot)
{
	const json_t *window = json_object_get(snapshot, "window");
	const json_t *ledger = json_object_get(snapshot, "ledger");
	const json_t *cpus = json_object_get(snapshot, "cpus"), *cpu;
	double handler = 0, wait = 0, delay = 0, spent;
	uint64_t start, end;
	uint64_t spun;
	size_t i;

	if (!parse__is_ns(window, "mono_start", &start) ||
	    !parse__is_ns(window, "mono_end", &end) || end <= start || !json_array_size(cpus))
		return -EINVAL;
	json_array_foreach(cpus, i, cpu) {
		double p99 = parse__real(json_object_get(cpu, "delay"), "p99");

		handler += parse__real(json_object_get(cpu, "handler"), "sum");
		wait += parse__is_ns(cpu, "wait_spun", &spun) ?
				spun :
				parse__real(json_object_get(cpu, "wait"), "sum");
		if (p99 > delay)
			delay = p99;
	}
	spent = (double)(end - start) * json_array_size(cpus) / 100;
	rate(t, RATE_CSDS, start, parse__real(ledger, "queued") / ((end - start) / 1e9));
	rate(t, RATE_STOLEN, start, handler / spent);
	rate(t, RATE_WAITED, start, wait / spent);
	rate(t, RATE_DELAY, start, delay);
	rate(t, RATE_LOST, start, parse__real(ledger, "lost"));
	return 0;
}

/* Begin the slice of a stall or a storm; 0: it found no lane. */
static uint64_t slice_begin(struct span_tracks *t, struct spans *spans, const json_t *object,
			    const char *name, uint64_t start, uint64_t duration)
{
	uint64_t track = lanes__take(&spans->lanes, t->packets, start, start + duration);

	if (!track) {
		t->crowded++;
		return 0;
	}
	packets__event(t->packets, EVENT_BEGIN, start, track, name);
	if (json_is_true(json_object_get(object, "ongoing")))
		packets__text(t->packets, "end", "not seen: it still lasted");
	return track;
}

static void annotate(struct span_tracks *t, const json_t *object, const char *key,
		     const char *shown)
{
	const char *text = parse__text(object, key);
	uint64_t number;

	if (text)
		packets__text(t->packets, shown, text);
	else if (parse__is_u64(object, key, INT64_MAX, &number))
		packets__uint(t->packets, shown, number);
}

/* The frames as one text, from the inside. */
static void stack_text(const json_t *stack, char *text, size_t size)
{
	size_t len = 0, i;
	json_t *frame;

	text[0] = '\0';
	json_array_foreach(stack, i, frame) {
		const char *name = json_string_value(frame);

		if (!name || len + strlen(name) + 4 > size)
			break;
		len += snprintf(text + len, size - len, "%s%s", i ? " < " : "", name);
	}
}

static int draw_stall(struct span_tracks *t, const json_t *stall)
{
	const char *phase = parse__text(stall, "phase"), *func = parse__text(stall, "func");
	char name[256], stack[STACK_TEXT];
	uint64_t start, duration, track;

	if (!parse__is_ns(stall, "start", &start) || !parse__is_ns(stall, "duration", &duration) ||
	    start + duration > INT64_MAX || !phase || !func)
		return -EINVAL;
	snprintf(name, sizeof(name), "%.16s %.200s", phase, func);
	track = slice_begin(t, &t->stalls, stall, name, start, duration);
	if (!track)
		return 0;
	annotate(t, stall, "src", "sender's CPU");
	annotate(t, stall, "dst", "target CPU");
	annotate(t, json_object_get(stall, "sender"), "comm", "sender");
	annotate(t, json_object_get(stall, "victim"), "comm", "interrupted");
	annotate(t, stall, "late", "late because");
	annotate(t, stall, "cause", "caused by stall");
	annotate(t, json_object_get(stall, "doing"), "func", "behind function");
	stack_text(json_object_get(stall, "stack"), stack, sizeof(stack));
	if (*stack)
		packets__text(t->packets, "stack", stack);
	packets__uint(t->packets, "senders waiting",
		      json_array_size(json_object_get(stall, "waiters")));
	packets__done(t->packets);
	packets__end(t->packets, start + duration, track);
	return 0;
}

static int draw_storm(struct span_tracks *t, const json_t *storm)
{
	const char *name = parse__text(storm, "name");
	double rate = parse__real(storm, "rate_per_s");
	uint64_t onset, duration, track;

	if (!parse__is_ns(storm, "onset", &onset) || !parse__is_ns(storm, "duration", &duration) ||
	    onset + duration > INT64_MAX || !name)
		return -EINVAL;
	track = slice_begin(t, &t->storms, storm, name, onset, duration);
	if (!track)
		return 0;
	annotate(t, storm, "func", "function");
	packets__uint(t->packets, "csds/s", rate > 0 && rate < 1e18 ? (uint64_t)rate : 0);
	annotate(t, storm, "explanation", "explanation");
	annotate(t, storm, "advice", "advice");
	packets__done(t->packets);
	packets__end(t->packets, onset + duration, track);
	return 0;
}

typedef int draw_fn(struct span_tracks *t, const json_t *object);

static int add(struct span_tracks *t, struct spans *spans, json_t *object, draw_fn *draw)
{
	int over = lasting__report(&spans->ongoing, object);

	return over > 0 ? draw(t, object) : over;
}

int span_tracks__stall(struct span_tracks *t, json_t *stall)
{
	t->stalls.lanes.parent = t->parent;
	t->stalls.lanes.rank = RANK_STALLS;
	t->stalls.lanes.name = "stalls";
	return add(t, &t->stalls, stall, draw_stall);
}

int span_tracks__storm(struct span_tracks *t, json_t *storm)
{
	t->storms.lanes.parent = t->parent;
	t->storms.lanes.rank = RANK_STORMS;
	t->storms.lanes.name = "storms";
	return add(t, &t->storms, storm, draw_storm);
}

void span_tracks__finish(struct span_tracks *t)
{
	const char *id;
	json_t *object;

	json_object_foreach(t->stalls.ongoing.reports, id, object)
		draw_stall(t, object);
	json_object_foreach(t->storms.ongoing.reports, id, object)
		draw_storm(t, object);
}

void span_tracks__free(struct span_tracks *t)
{
	lanes__free(&t->stalls.lanes);
	lanes__free(&t->storms.lanes);
	lasting__free(&t->stalls.ongoing);
	lasting__free(&t->storms.ongoing);
}
