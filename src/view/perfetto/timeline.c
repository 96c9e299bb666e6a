// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "view/capture/parse.h"
#include "view/perfetto/cpu_tracks.h"
#include "view/perfetto/packets.h"
#include "view/perfetto/sends.h"
#include "view/perfetto/span_tracks.h"
#include "view/perfetto/timeline.h"

/* How many records between two looks for sends that are complete. */
#define SETTLE_RECORDS 4096

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
	return t;
}

/* "2026-11-21T03:20:02.423025Z" in ns since 1970; 0 where it is something else. */
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

/* The first packets: @mono and @wall are the same moment, in ns; @name may be NULL. */
static void begin(struct timeline *t, uint64_t mono, uint64_t wall, const char *name)
{
	packets__clocks(&t->packets, mono, wall);
	t->spans.parent = t->cpus.parent =
		packets__track(&t->packets, 0, 0, name ? name : "ipitrace");
	t->begun = true;
}

/* From the first object that has a time. */
static void begin_by_object(struct timeline *t, const json_t *object)
{
	const json_t *window = json_object_get(object, "window");
	const char *name = parse__text(json_object_get(object, "host"), "nodename");
	const char *start = parse__text(window ? window : object, window ? "start" : "started");
	uint64_t mono;

	if (parse__is_ns(window, "mono_start", &mono) || parse__is_ns(object, "mono", &mono) ||
	    parse__is_ns(object, "time", &mono))
		begin(t, mono, wall_ns(start), name);
}

/* 0, -EINVAL or -ENOMEM. */
static int record_draw(struct timeline *t, const struct record_line *line)
{
	struct sent_csd csd;

	if (!sent_csd__read(&csd, line))
		return -EINVAL;
	if (!t->begun)
		begin(t, csd.time, 0, NULL);
	if (t->totals.csds == t->limit) {
		t->totals.cut++;
		return 0;
	}
	if (++t->totals.csds % SETTLE_RECORDS == 0 && cpus_tracks__settle(&t->cpus, csd.time))
		return -ENOMEM;
	return cpus_tracks__add(&t->cpus, &csd, line);
}

static int add_object(struct timeline *t, json_t *object, const char *type)
{
	if (!strcmp(type, "snapshot"))
		return span_tracks__window(&t->spans, object);
	if (!strcmp(type, "stall"))
		return span_tracks__stall(&t->spans, object);
	if (!strcmp(type, "storm"))
		return span_tracks__storm(&t->spans, object);
	return 0;
}

/* Count a line that is of no use (-EINVAL). Returns another @err, or that of the file. */
static int settle(struct timeline *t, int err)
{
	if (err == -EINVAL) {
		t->totals.unusable++;
		err = 0;
	}
	return err ? err : t->packets.err;
}

int timeline__add(struct timeline *t, json_t *object)
{
	const char *type = parse__text(object, "type");

	if (!t->begun)
		begin_by_object(t, object);
	return settle(t, t->begun && type ? add_object(t, object, type) : 0);
}

int timeline__add_record(struct timeline *t, const struct record_line *line)
{
	return settle(t, record_draw(t, line));
}

int timeline__close(struct timeline *t, struct timeline_totals *totals)
{
	int err = cpus_tracks__settle(&t->cpus, UINT64_MAX), closed;

	span_tracks__finish(&t->spans);
	t->totals.flows = t->cpus.flows;
	t->totals.crowded = t->cpus.crowded + t->spans.crowded;
	*totals = t->totals;
	cpus_tracks__free(&t->cpus);
	span_tracks__free(&t->spans);
	closed = packets__close(&t->packets);
	free(t);
	return err ? err : closed;
}
