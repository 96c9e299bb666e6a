// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view/perfetto/timeline.h"

/* After this many records, sends that are complete are drawn. */
#define SETTLE_RECORDS 4096

struct span_tracks;

/* Stalls, or storms. Each is reported while it lasts, and again when it is over. */
struct spans {
	struct lanes lanes;
	struct lasting ongoing;
	int (*draw)(struct span_tracks *t, const json_t *object);
};

enum rate { RATE_CSDS, RATE_HANDLERS, RATE_HOST, RATE_WAITED, RATE_DELAY, RATE_LOST, NR_RATES };

/* The tracks that belong to no CPU. All zero bytes except packets and parent. */
struct span_tracks {
	struct packets *packets;
	uint64_t parent;
	uint64_t rates[NR_RATES]; /* tracks, 0: none yet */
	struct spans stalls;
	struct spans storms;
	uint64_t crowded; /* slices for which there was no lane */
};

/* Places among the tracks. The CPUs follow. */
enum rank { RANK_RATES = 1, RANK_STORMS = 20, RANK_STALLS = 21 };

/* A stack as one annotation; longer ones are cut off. */
#define STACK_TEXT 1024

static const struct {
	const char *name;
	enum packet_unit unit;
} rates[NR_RATES] = {
	[RATE_CSDS] = { "csds/s", UNIT_NONE },
	[RATE_HANDLERS] = { "CPU time in functions, %", UNIT_NONE },
	[RATE_HOST] = { "delays and functions, stolen by the host, ns", UNIT_NS },
	[RATE_WAITED] = { "CPU time of waiting senders, %", UNIT_NONE },
	[RATE_DELAY] = { "delay p99, of the CPU with the longest", UNIT_NS },
	[RATE_LOST] = { "csds lost", UNIT_COUNT },
};

static void draw_rate(struct span_tracks *t, enum rate which, uint64_t time, double value)
{
	if (!t->rates[which])
		t->rates[which] = packets__counter(t->packets, t->parent, RANK_RATES + which,
						   rates[which].name, rates[which].unit);
	packets__event(t->packets, EVENT_COUNTER, time, t->rates[which], NULL);
	packets__value(t->packets, value);
	packets__done(t->packets);
}

/*
 * Draw a window. Returns, like the next functions, 0, -EINVAL if the object lacks what a timeline
 * needs, or -ENOMEM.
 */
static int draw_window(struct span_tracks *t, const json_t *snapshot)
{
	const json_t *window = json_object_get(snapshot, "window");
	const json_t *ledger = json_object_get(snapshot, "ledger");
	const json_t *cpus = json_object_get(snapshot, "cpus"), *cpu;
	double handler = 0, wait = 0, delay = 0, host = 0, percent;
	bool host_known = false;
	uint64_t start, end, spun;
	size_t i;

	if (!parse__is_number(window, "mono_start", &start) ||
	    !parse__is_number(window, "mono_end", &end) || end <= start || !json_array_size(cpus))
		return -EINVAL;
	json_array_foreach(cpus, i, cpu) {
		const json_t *stolen = json_object_get(cpu, "stolen");
		double p99 = parse__real(json_object_get(cpu, "delay"), "p99");

		handler += parse__real(json_object_get(cpu, "handler"), "sum");
		wait += parse__is_number(cpu, "wait_spun", &spun) ?
				spun :
				parse__real(json_object_get(cpu, "wait"), "sum");
		if (p99 > delay)
			delay = p99;
		host_known |= json_is_object(stolen);
		host += parse__real(stolen, "delay") + parse__real(stolen, "handler");
	}
	percent = (double)(end - start) * json_array_size(cpus) / 100;
	draw_rate(t, RATE_CSDS, start, parse__real(ledger, "queued") / ((end - start) / 1e9));
	draw_rate(t, RATE_HANDLERS, start, handler / percent);
	if (host_known)
		draw_rate(t, RATE_HOST, start, host);
	draw_rate(t, RATE_WAITED, start, wait / percent);
	draw_rate(t, RATE_DELAY, start, delay);
	draw_rate(t, RATE_LOST, start, parse__real(ledger, "lost"));
	return 0;
}

/* Begin the slice of a stall or a storm. Returns its track; 0: there was no lane. */
static uint64_t begin_slice(struct span_tracks *t, struct spans *spans, const json_t *object,
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
	else if (parse__is_number(object, key, &number))
		packets__uint(t->packets, shown, number);
}

/* Join the frames to one text, the innermost first. */
static void join_stack(const json_t *stack, char *text, size_t size)
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

	if (!parse__is_number(stall, "start", &start) ||
	    !parse__is_number(stall, "duration", &duration) || start + duration > INT64_MAX ||
	    !phase || !func)
		return -EINVAL;
	snprintf(name, sizeof(name), "%.16s %.200s", phase, func);
	track = begin_slice(t, &t->stalls, stall, name, start, duration);
	if (!track)
		return 0;
	annotate(t, stall, "src", "sender's CPU");
	annotate(t, stall, "dst", "target CPU");
	annotate(t, json_object_get(stall, "sender"), "comm", "sender");
	annotate(t, json_object_get(stall, "victim"), "comm", "interrupted");
	annotate(t, stall, "late", "late because");
	annotate(t, stall, "cause", "caused by stall");
	annotate(t, json_object_get(stall, "doing"), "func", "ran before");
	join_stack(json_object_get(stall, "stack"), stack, sizeof(stack));
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

	if (!parse__is_number(storm, "onset", &onset) ||
	    !parse__is_number(storm, "duration", &duration) || onset + duration > INT64_MAX ||
	    !name)
		return -EINVAL;
	track = begin_slice(t, &t->storms, storm, name, onset, duration);
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

static int add_span(struct span_tracks *t, struct spans *spans, json_t *object)
{
	int over = lasting__report(&spans->ongoing, object);

	spans->lanes.parent = t->parent;
	return over > 0 ? spans->draw(t, object) : over;
}

/* Draw the spans that did not end, and free all. */
static void finish_spans(struct span_tracks *t, struct spans *spans)
{
	const char *id;
	json_t *object;

	json_object_foreach(spans->ongoing.reports, id, object)
		spans->draw(t, object);
	lanes__free(&spans->lanes);
	lasting__free(&spans->ongoing);
}

struct timeline {
	uint64_t limit;
	bool begun; /* the first packets are written */
	struct packets packets;
	struct cpus_tracks cpus;
	struct span_tracks spans;
	struct timeline_totals totals;
};

struct timeline *timeline__open(int fd, uint64_t limit)
{
	struct timeline *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->limit = limit;
	t->packets.fd = fd;
	t->cpus.packets = &t->packets;
	t->spans.packets = &t->packets;
	t->spans.stalls =
		(struct spans){ { .rank = RANK_STALLS, .name = "stalls" }, .draw = draw_stall };
	t->spans.storms =
		(struct spans){ { .rank = RANK_STORMS, .name = "storms" }, .draw = draw_storm };
	return t;
}

/* Parse "2026-11-21T03:20:02.423025Z". Returns ns since 1970; 0 for any other text. */
static uint64_t wall_ns(const char *text)
{
	struct tm tm = { 0 };
	const char *fraction = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	time_t seconds = fraction ? timegm(&tm) : -1;
	double part = fraction && *fraction == '.' ? strtod(fraction, NULL) : 0;

	if (seconds < 0)
		return 0;
	/* ".9e99" is a number, too. */
	return seconds * 1000000000ULL + (part < 1 ? (uint64_t)(part * 1e9) : 0);
}

/* Write the first packets. @mono and @wall are the same moment, in ns; @name may be NULL. */
static void begin_packets(struct timeline *t, uint64_t mono, uint64_t wall, const char *name)
{
	packets__clocks(&t->packets, mono, wall);
	t->spans.parent = t->cpus.parent =
		packets__track(&t->packets, 0, 0, name ? name : "ipitrace");
	t->begun = true;
}

/* Draw a record. Returns 0, -EINVAL or -ENOMEM. */
static int draw_record(struct timeline *t, const struct parsed_record *csd)
{
	if (!csd__is_drawable(csd))
		return -EINVAL;
	if (!t->begun)
		begin_packets(t, csd->record.time, 0, NULL);
	if (t->totals.csds == t->limit) {
		t->totals.cut++;
		return 0;
	}
	if (++t->totals.csds % SETTLE_RECORDS == 0 &&
	    cpus_tracks__settle(&t->cpus, csd->record.time))
		return -ENOMEM;
	return cpus_tracks__add(&t->cpus, csd);
}

/* Count a line that cannot be used (-EINVAL). Returns any other @err, or the file's error. */
static int count_unusable(struct timeline *t, int err)
{
	if (err == -EINVAL) {
		t->totals.unusable++;
		err = 0;
	}
	return err ? err : t->packets.err;
}

int timeline__add(struct timeline *t, json_t *object)
{
	const json_t *window = json_object_get(object, "window");
	const char *name = parse__text(json_object_get(object, "host"), "nodename");
	const char *start = parse__text(window ? window : object, window ? "start" : "started");
	const char *type = parse__text(object, "type");
	uint64_t mono;
	int err = 0;

	/* The first object that has a time begins the packets. */
	if (!t->begun &&
	    (parse__is_number(window, "mono_start", &mono) ||
	     parse__is_number(object, "mono", &mono) || parse__is_number(object, "time", &mono)))
		begin_packets(t, mono, wall_ns(start), name);
	if (!t->begun || !type)
		return t->packets.err;
	if (!strcmp(type, "snapshot"))
		err = draw_window(&t->spans, object);
	else if (!strcmp(type, "stall"))
		err = add_span(&t->spans, &t->spans.stalls, object);
	else if (!strcmp(type, "storm"))
		err = add_span(&t->spans, &t->spans.storms, object);
	return count_unusable(t, err);
}

int timeline__add_record(struct timeline *t, const struct parsed_record *parsed)
{
	return count_unusable(t, draw_record(t, parsed));
}

int timeline__close(struct timeline *t, struct timeline_totals *totals)
{
	int err = cpus_tracks__settle(&t->cpus, UINT64_MAX), closed;

	finish_spans(&t->spans, &t->spans.stalls);
	finish_spans(&t->spans, &t->spans.storms);
	t->totals.flows = t->cpus.flows;
	t->totals.crowded = t->cpus.crowded + t->spans.crowded;
	*totals = t->totals;
	cpus_tracks__free(&t->cpus);
	closed = packets__close(&t->packets);
	free(t);
	return err ? err : closed;
}
