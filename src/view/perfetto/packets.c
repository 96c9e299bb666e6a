// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/sanitize.h"
#include "base/write_all.h"
#include "view/perfetto/timeline.h"

enum { TRACE_PACKET = 1 };
enum { PACKET_CLOCK_SNAPSHOT = 6, PACKET_TIMESTAMP = 8, PACKET_SEQUENCE_ID = 10 };
enum { PACKET_TRACK_EVENT = 11, PACKET_INTERNED_DATA = 12, PACKET_SEQUENCE_FLAGS = 13 };
enum { PACKET_DEFAULTS = 59, PACKET_TRACK_DESCRIPTOR = 60 };
enum { SEQUENCE_STATE_CLEARED = 1, SEQUENCE_NEEDS_STATE = 2 }; /* bits of the flags */
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PARENT_UUID = 5, TRACK_COUNTER = 8 };
enum { TRACK_CHILD_ORDERING = 11, TRACK_RANK = 12 };
enum { ORDERING_EXPLICIT = 3 };
enum { COUNTER_UNIT = 3 };
enum { EVENT_ANNOTATIONS = 4, EVENT_TYPE = 9, EVENT_NAME_IID = 10, EVENT_TRACK_UUID = 11 };
enum { EVENT_DOUBLE_VALUE = 44, EVENT_FLOW_IDS = 47, EVENT_TERMINATING_FLOW_IDS = 48 };
enum { ANNOTATION_NAME_IID = 1, ANNOTATION_UINT = 3, ANNOTATION_STRING_IID = 17 };
enum { NAME_IID = 1, NAME_TEXT = 2 }; /* of EventName, DebugAnnotationName and InternedString */
enum { SNAPSHOT_CLOCKS = 1, SNAPSHOT_PRIMARY = 2 };
enum { CLOCK_ID = 1, CLOCK_TIMESTAMP = 2 };
enum clock { REALTIME = 1, MONOTONIC = 3 };

/* InternedData's fields, by enum interned. */
static const uint32_t interned_fields[NR_INTERNED] = { 2, 3, 29 };

/* The same field in TracePacketDefaults as in TracePacket. */
#define TIMESTAMP_CLOCK_ID 58

/* There is one writer, and therefore one sequence. */
#define SEQUENCE 1

/* Names are forgotten when there are this many: a capture may have a million tasks. */
#define INTERNED_MAX 8192

/* The most bytes that are written at once. */
#define WRITE_BYTES (64 << 10)

static void flush_packets(struct packets *p)
{
	if (!p->err)
		p->err = p->proto.err;
	if (!p->err)
		p->err = write_all(p->fd, (const char *)p->proto.bytes, p->proto.len, NULL);
	p->proto.len = 0;
}

static void begin_packet(struct packets *p)
{
	proto__begin(&p->proto, TRACE_PACKET);
	proto__uint(&p->proto, PACKET_SEQUENCE_ID, SEQUENCE);
}

static void end_packet(struct packets *p)
{
	proto__end(&p->proto);
	if (p->proto.len >= WRITE_BYTES || p->proto.err)
		flush_packets(p);
}

/* Make the viewer forget all names: before the first event, and when there are too many. */
static void begin_state(struct packets *p)
{
	for (int i = 0; i < NR_INTERNED; i++) {
		json_decref(p->numbers[i]);
		p->numbers[i] = json_object();
	}
	begin_packet(p);
	proto__uint(&p->proto, PACKET_SEQUENCE_FLAGS, SEQUENCE_STATE_CLEARED);
	proto__begin(&p->proto, PACKET_DEFAULTS);
	proto__uint(&p->proto, TIMESTAMP_CLOCK_ID, MONOTONIC);
	proto__end(&p->proto);
	end_packet(p);
}

static void put_clock(struct packets *p, enum clock clock, uint64_t time)
{
	proto__begin(&p->proto, SNAPSHOT_CLOCKS);
	proto__uint(&p->proto, CLOCK_ID, clock);
	proto__uint(&p->proto, CLOCK_TIMESTAMP, time);
	proto__end(&p->proto);
}

void packets__clocks(struct packets *p, uint64_t mono, uint64_t wall)
{
	begin_packet(p);
	proto__begin(&p->proto, PACKET_CLOCK_SNAPSHOT);
	put_clock(p, MONOTONIC, mono);
	if (wall)
		put_clock(p, REALTIME, wall);
	proto__uint(&p->proto, SNAPSHOT_PRIMARY, MONOTONIC);
	proto__end(&p->proto);
	end_packet(p);
}

/* Any user may choose a name, and tools print names on terminals: make @name safe, and cut it. */
static void put_name(struct packets *p, uint32_t field, const char *name)
{
	char safe[2048];

	sanitize(safe, sizeof(safe), name);
	proto__string(&p->proto, field, safe);
}

static uint64_t begin_track(struct packets *p, uint64_t parent, uint32_t rank, const char *name)
{
	uint64_t uuid = ++p->last_track;

	begin_packet(p);
	proto__begin(&p->proto, PACKET_TRACK_DESCRIPTOR);
	proto__uint(&p->proto, TRACK_UUID, uuid);
	put_name(p, TRACK_NAME, name);
	if (parent)
		proto__uint(&p->proto, TRACK_PARENT_UUID, parent);
	proto__uint(&p->proto, TRACK_RANK, rank);
	return uuid;
}

uint64_t packets__track(struct packets *p, uint64_t parent, uint32_t rank, const char *name)
{
	uint64_t uuid = begin_track(p, parent, rank, name);

	proto__uint(&p->proto, TRACK_CHILD_ORDERING, ORDERING_EXPLICIT);
	proto__end(&p->proto);
	end_packet(p);
	return uuid;
}

uint64_t packets__counter(struct packets *p, uint64_t parent, uint32_t rank, const char *name,
			  enum packet_unit unit)
{
	uint64_t uuid = begin_track(p, parent, rank, name);

	proto__begin(&p->proto, TRACK_COUNTER);
	if (unit != UNIT_NONE)
		proto__uint(&p->proto, COUNTER_UNIT, unit);
	proto__end(&p->proto);
	proto__end(&p->proto);
	end_packet(p);
	return uuid;
}

/* Returns the number of a name. A new name is kept for the open packet, which then defines it. */
static uint64_t number_of(struct packets *p, enum interned kind, const char *text)
{
	json_t *known = json_object_get(p->numbers[kind], text);

	if (known)
		return json_integer_value(known);
	if (p->nr_names == PACKET_NAMES_MAX) {
		p->err = -EOVERFLOW;
		return 0;
	}
	p->last_number++;
	/* Without a check of UTF-8: a name that was cut off may end within a character. */
	if (json_object_set_new_nocheck(p->numbers[kind], text, json_integer(p->last_number)))
		p->err = -ENOMEM;
	p->names[p->nr_names++] = (struct packet_name){ kind, p->last_number, text };
	return p->last_number;
}

void packets__event(struct packets *p, enum packet_event type, uint64_t time, uint64_t track,
		    const char *name)
{
	if (!p->numbers[0] || json_object_size(p->numbers[INTERNED_EVENT]) > INTERNED_MAX ||
	    json_object_size(p->numbers[INTERNED_VALUE]) > INTERNED_MAX)
		begin_state(p);
	begin_packet(p);
	proto__uint(&p->proto, PACKET_TIMESTAMP, time);
	proto__uint(&p->proto, PACKET_SEQUENCE_FLAGS, SEQUENCE_NEEDS_STATE);
	proto__begin(&p->proto, PACKET_TRACK_EVENT);
	proto__uint(&p->proto, EVENT_TYPE, type);
	proto__uint(&p->proto, EVENT_TRACK_UUID, track);
	if (name)
		proto__uint(&p->proto, EVENT_NAME_IID, number_of(p, INTERNED_EVENT, name));
}

void packets__flow_from(struct packets *p, uint64_t flow)
{
	proto__fixed64(&p->proto, EVENT_FLOW_IDS, flow);
}

void packets__flow_to(struct packets *p, uint64_t flow)
{
	proto__fixed64(&p->proto, EVENT_TERMINATING_FLOW_IDS, flow);
}

static void begin_annotation(struct packets *p, const char *key)
{
	proto__begin(&p->proto, EVENT_ANNOTATIONS);
	proto__uint(&p->proto, ANNOTATION_NAME_IID, number_of(p, INTERNED_KEY, key));
}

void packets__uint(struct packets *p, const char *key, uint64_t value)
{
	begin_annotation(p, key);
	proto__uint(&p->proto, ANNOTATION_UINT, value);
	proto__end(&p->proto);
}

void packets__text(struct packets *p, const char *key, const char *value)
{
	begin_annotation(p, key);
	proto__uint(&p->proto, ANNOTATION_STRING_IID, number_of(p, INTERNED_VALUE, value));
	proto__end(&p->proto);
}

void packets__value(struct packets *p, double value)
{
	proto__double(&p->proto, EVENT_DOUBLE_VALUE, value);
}

static void put_names(struct packets *p)
{
	proto__begin(&p->proto, PACKET_INTERNED_DATA);
	for (size_t i = 0; i < p->nr_names; i++) {
		proto__begin(&p->proto, interned_fields[p->names[i].kind]);
		proto__uint(&p->proto, NAME_IID, p->names[i].number);
		put_name(p, NAME_TEXT, p->names[i].text);
		proto__end(&p->proto);
	}
	proto__end(&p->proto);
	p->nr_names = 0;
}

void packets__done(struct packets *p)
{
	proto__end(&p->proto);
	if (p->nr_names)
		put_names(p);
	end_packet(p);
}

void packets__end(struct packets *p, uint64_t time, uint64_t track)
{
	packets__event(p, EVENT_END, time, track, NULL);
	packets__done(p);
}

int packets__close(struct packets *p)
{
	flush_packets(p);
	for (int i = 0; i < NR_INTERNED; i++)
		json_decref(p->numbers[i]);
	free(p->proto.bytes);
	return p->err;
}

/* If more slices than this overlap, the rest is not drawn: a search for a lane must be short. */
#define LANES_MAX 1024

/* This many lanes are added at a time. */
#define LANES_STEP 8

static struct lane *add_lane(struct lanes *l, struct packets *p)
{
	struct lane *more;

	if (l->nr == LANES_MAX)
		return NULL;
	if (l->nr % LANES_STEP == 0) {
		more = realloc(l->lanes, (l->nr + LANES_STEP) * sizeof(*more));
		if (!more) {
			p->err = -ENOMEM;
			return NULL;
		}
		l->lanes = more;
	}
	l->lanes[l->nr] = (struct lane){ .track = packets__track(p, l->parent, l->rank, l->name) };
	return &l->lanes[l->nr++];
}

uint64_t lanes__take(struct lanes *l, struct packets *p, uint64_t start, uint64_t end)
{
	struct lane *lane;
	size_t i = 0;

	while (i < l->nr && l->lanes[i].until > start)
		i++;
	lane = i < l->nr ? &l->lanes[i] : add_lane(l, p);
	if (!lane)
		return 0;
	lane->until = end;
	return lane->track;
}

void lanes__free(struct lanes *l)
{
	free(l->lanes);
	*l = (struct lanes){ 0 };
}
