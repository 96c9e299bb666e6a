// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view/perfetto/timeline.h"

/* After this many records, sends that are complete are drawn. */
#define SETTLE_RECORDS 4096

/* Stalls, or storms. Each is reported while it lasts, and again when it is over. */
struct spans {
	struct lanes lanes;
	struct lasting ongoing;
};

enum rate { RATE_CSDS, RATE_HANDLERS, RATE_HOST, RATE_WAITED, RATE_DELAY, RATE_LOST, NR_RATES };

/* The tracks that belong to no CPU. All zero bytes except packets and parent. */
struct span_tracks {
	struct packets *packets;
	uint64_t parent;
	uint64_t rates[NR_RATES]; /* the track of each rate; 0: none yet */
	struct spans stalls;
	struct spans storms;
	uint64_t crowded; /* slices for which there was no lane */
};

/* Places among the tracks. The CPUs' tracks follow (cpu_tracks.c). */
enum rank { RANK_RATES = 1, RANK_STORMS = 20, RANK_STALLS = 21 };

/* The most bytes of a stack as one annotation; the frames beyond these are left out. */
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
 * Draw a window. Returns, like the next functions, 0, -EINVAL if the record lacks what a timeline
 * needs, or -ENOMEM.
 */
static int draw_window(struct span_tracks *t, const struct snapshot *snap)
{
	uint64_t start = snap->window.mono_start, ns = snap->window.mono_end - start;
	uint64_t handler = 0, wait = 0, delay = 0, host = 0, p99;
	bool host_known = false;
	double percent;

	if (!start || !ns || !snap->nr_cpus)
		return -EINVAL;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		handler += cpu->handler.sum;
		wait += cpu_stats__spun(cpu);
		p99 = hist__percentile(&cpu->delay, 99);
		if (p99 > delay)
			delay = p99;
		host_known |= cpu->stolen.known;
		host += cpu->stolen.delay + cpu->stolen.handler;
	}
	percent = (double)ns * snap->nr_cpus / 100;
	draw_rate(t, RATE_CSDS, start, snap->ledger.queued / (ns / 1e9));
	draw_rate(t, RATE_HANDLERS, start, handler / percent);
	if (host_known)
		draw_rate(t, RATE_HOST, start, host);
	draw_rate(t, RATE_WAITED, start, wait / percent);
	draw_rate(t, RATE_DELAY, start, delay);
	draw_rate(t, RATE_LOST, start, ledger__lost(&snap->ledger));
	return 0;
}

/* Begin the slice of a stall or a storm. Returns its track; 0: there was no lane. */
static uint64_t begin_slice(struct span_tracks *t, struct spans *spans,
			    const struct parsed_report *report, const char *name, uint64_t start)
{
	uint64_t track;

	spans->lanes.parent = t->parent;
	track = lanes__take(&spans->lanes, t->packets, start, start + report->duration);
	if (!track) {
		t->crowded++;
		return 0;
	}
	packets__event(t->packets, EVENT_BEGIN, start, track, name);
	if (report->ongoing)
		packets__text(t->packets, "end", "not seen: it still lasted");
	return track;
}

/* Annotate the open event, unless @text is unknown: NULL. */
static void annotate(struct span_tracks *t, const char *key, const char *text)
{
	if (text)
		packets__text(t->packets, key, text);
}

/*
 * Write a frame as the line of a stall has it; an offset of 0 is unknown. Returns the length, which
 * may be beyond @size.
 */
static size_t write_frame(const struct symbol *frame, char *text, size_t size)
{
	const char *module = frame->module;
	char offset[24] = "";

	if (frame->offset)
		snprintf(offset, sizeof(offset), "+0x%" PRIx64, frame->offset);
	if (!frame->name)
		return snprintf(text, size, "0x%" PRIx64, frame->addr);
	return snprintf(text, size, "%s%s%s%s%s", frame->name, offset, module ? " [" : "",
			module ? module : "", module ? "]" : "");
}

/* Join the frames to one text, the innermost first, as many as there is room for. */
static void join_stack(const struct incident *in, char *text, size_t size)
{
	size_t len = 0, more;

	text[0] = '\0';
	for (uint32_t i = 0; i < in->nr; i++) {
		char frame[640];

		more = write_frame(&in->stack[i], frame, sizeof(frame));
		if (more >= sizeof(frame) || len + more + 4 > size)
			break;
		len += snprintf(text + len, size - len, "%s%s", i ? " < " : "", frame);
	}
}

/* Write the name of a stall's slice. False: the function is unknown. */
static bool name_stall(const struct incident *in, char *name, size_t size)
{
	char address[ADDRESS_TEXT];
	const char *what = symbol__text(&in->func, address);

	if (in->phase == PHASE_INTERRUPT)
		what = in->irq_known ? kind_names[in->irq] : "of an unknown kind";
	else if (!in->func.name && !in->func.addr)
		return false;
	snprintf(name, size, "%.16s %.200s", phase_names[in->phase], what);
	return true;
}

static int draw_stall(struct span_tracks *t, const struct stall_line *stall,
		      const struct parsed_report *report)
{
	const struct incident *in = &stall->in;
	char name[256], stack[STACK_TEXT], address[ADDRESS_TEXT];
	uint64_t track;

	if (!in->start || in->start + report->duration > INT64_MAX ||
	    !name_stall(in, name, sizeof(name)))
		return -EINVAL;
	track = begin_slice(t, &t->stalls, report, name, in->start);
	if (!track)
		return 0;
	if (stall->src_known)
		packets__uint(t->packets, "sender's CPU", in->src);
	if (in->dst_known)
		packets__uint(t->packets, "target CPU", in->dst);
	annotate(t, "sender", in->sender.known && *in->sender.comm ? in->sender.comm : NULL);
	annotate(t, "interrupted", in->victim.known && *in->victim.comm ? in->victim.comm : NULL);
	annotate(t, "late because", lateness_names[in->late]);
	if (stall->cause)
		packets__uint(t->packets, "caused by stall", stall->cause);
	if (in->doing.name || in->doing.addr)
		packets__text(t->packets, "ran before", symbol__text(&in->doing, address));
	join_stack(in, stack, sizeof(stack));
	annotate(t, "stack", *stack ? stack : NULL);
	packets__uint(t->packets, "senders waiting", in->nr_waiters);
	packets__done(t->packets);
	packets__end(t->packets, in->start + report->duration, track);
	return 0;
}

static int draw_storm(struct span_tracks *t, const struct storm_line *line,
		      const struct parsed_report *report)
{
	uint64_t onset = line->storm.onset, end = onset + report->duration, track;
	const char *func = line->storm.funcs[0].name;

	if (!onset || end > INT64_MAX || !line->name)
		return -EINVAL;
	track = begin_slice(t, &t->storms, report, line->name, onset);
	if (!track)
		return 0;
	annotate(t, "function", *func ? func : NULL);
	packets__uint(t->packets, "csds/s",
		      line->rate > 0 && line->rate < 1e18 ? (uint64_t)line->rate : 0);
	annotate(t, "explanation", *line->explanation ? line->explanation : NULL);
	annotate(t, "advice", *line->advice ? line->advice : NULL);
	packets__done(t->packets);
	packets__end(t->packets, end, track);
	return 0;
}

static int draw_report(struct span_tracks *t, const struct capture_record *record)
{
	return record->type == LINE_STALL ? draw_stall(t, &record->stall, &record->report) :
					    draw_storm(t, &record->storm, &record->report);
}

/* Draw a stall or a storm that did not end. */
static int draw_kept(void *ctx, struct capture_record *record)
{
	draw_report(ctx, record);
	return 0;
}

/* Draw the stalls, or the storms, that did not end, and free all. 0 or -ENOMEM. */
static int finish_spans(struct span_tracks *t, struct spans *spans, enum line_type type)
{
	struct capture_sink sink = { .types = 1U << type, .take = draw_kept, .ctx = t };
	int err = capture_sink__open(&sink);

	for (size_t i = 0; i < spans->ongoing.nr && !err; i++) {
		const struct kept_report *kept = &spans->ongoing.reports[i];
		const struct capture_line line = { kept->text, kept->len, type, 0 };

		err = capture_sink__line(&sink, &line) ? -ENOMEM : 0;
	}
	capture_sink__close(&sink);
	lanes__free(&spans->lanes);
	lasting__free(&spans->ongoing);
	return err;
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
	t->spans.stalls.lanes = (struct lanes){ .rank = RANK_STALLS, .name = "stalls" };
	t->spans.storms.lanes = (struct lanes){ .rank = RANK_STORMS, .name = "storms" };
	return t;
}

/*
 * Write the first packets, once. CLOCK_MONOTONIC was @mono ns, 0 if not known, at the time @wall.
 * @wall and @host may be NULL.
 */
static void begin_packets(struct timeline *t, uint64_t mono, const struct timespec *wall,
			  const struct host *host)
{
	bool named = host && *host->name.nodename;

	if (t->begun || !mono)
		return;
	packets__clocks(&t->packets, mono, wall ? wall->tv_sec * 1000000000ULL + wall->tv_nsec : 0);
	t->spans.parent = t->cpus.parent =
		packets__track(&t->packets, 0, 0, named ? host->name.nodename : "ipitrace");
	t->begun = true;
}

/* Draw a record. Returns 0, -EINVAL or -ENOMEM. */
static int draw_record(struct timeline *t, const struct parsed_record *csd)
{
	if (!csd__is_drawable(csd))
		return -EINVAL;
	begin_packets(t, csd->record.time, NULL, NULL);
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

/* Draw a stall or a storm that is over; keep the report if it lasts. @time: of the line. */
static int add_report(struct timeline *t, struct spans *spans, const struct capture_record *record,
		      uint64_t time)
{
	int result = lasting__report(&spans->ongoing, &record->report, record->line);

	begin_packets(t, time, NULL, NULL);
	return result > 0 ? draw_report(&t->spans, record) : result;
}

int timeline__add(struct timeline *t, const struct capture_record *record)
{
	const struct window *window = &record->snap.window;

	switch (record->type) {
	case LINE_CAPTURE:
		begin_packets(t, record->start.mono, &record->start.started, &record->start.host);
		return t->packets.err;
	case LINE_SNAPSHOT:
		begin_packets(t, window->mono_start, &window->start, record->snap.host);
		return count_unusable(t, draw_window(&t->spans, &record->snap));
	case LINE_STALL:
		return count_unusable(t, add_report(t, &t->spans.stalls, record,
						    record->stall.in.time));
	case LINE_STORM:
		return count_unusable(t, add_report(t, &t->spans.storms, record,
						    record->time ?: record->storm.storm.onset));
	case LINE_IPI:
		return count_unusable(t, draw_record(t, &record->ipi));
	default:
		return 0;
	}
}

int timeline__close(struct timeline *t, struct timeline_totals *totals)
{
	int err = cpus_tracks__settle(&t->cpus, UINT64_MAX), closed;

	err = finish_spans(&t->spans, &t->spans.stalls, LINE_STALL) ?: err;
	err = finish_spans(&t->spans, &t->spans.storms, LINE_STORM) ?: err;
	t->totals.flows = t->cpus.flows;
	t->totals.crowded = t->cpus.crowded + t->spans.crowded;
	*totals = t->totals;
	cpus_tracks__free(&t->cpus);
	closed = packets__close(&t->packets);
	free(t);
	return err ? err : closed;
}
