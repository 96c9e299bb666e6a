/* SPDX-License-Identifier: GPL-2.0 */
/* What a timeline's packets say, as a text of a line each. */
#ifndef IPITRACE_TESTS_PACKET_TEXT_H
#define IPITRACE_TESTS_PACKET_TEXT_H

#include "packet_fields.h"
#include "unit.h"
#include "view/perfetto/timeline.h"

/* Perfetto's numbers, as in trace_packet.proto and track_event.proto. */
enum { CLOCKS = 6, TIMESTAMP = 8, EVENT = 11, INTERNED = 12, DESCRIPTOR = 60 };
enum { OF_EVENT = 2, OF_KEY = 3, OF_VALUE = 29 };

static struct timeline *timeline;
static FILE *file;
static char names[64][1200]; /* by their numbers */
static char text[1 << 14]; /* what the packets say, a line each */

#define say(...) text_append(text, sizeof(text), __VA_ARGS__)

/* Calls @fn for each field of a message. */
static inline void each_field(const uint8_t *at, size_t len,
			      void (*fn)(uint64_t field, uint64_t value, const uint8_t *bytes))
{
	const uint8_t *end = at + len, *bytes;
	uint64_t value, field;

	while (at < end) {
		field = field_read(&at, &value, &bytes);
		fn(field, value, bytes);
	}
}

static uint64_t number;

static inline void read_name(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == 1)
		number = value;
	else
		snprintf(names[number % 64], sizeof(names[0]), "%.*s", (int)value, bytes);
}

static inline void read_interned(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == INTERNED)
		each_field(bytes, value, read_interned);
	else if (bytes && (field == OF_EVENT || field == OF_KEY || field == OF_VALUE))
		each_field(bytes, value, read_name);
}

static inline void say_clock(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (bytes)
		each_field(bytes, value, say_clock);
	else if (field == 1)
		say(" clock %d", (int)value);
	else
		say(" %llu", (unsigned long long)value);
}

static inline void say_track(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	static const char *const keys[] = {
		[1] = "track", [5] = "in", [8] = "counter", [11] = "order", [12] = "rank"
	};

	if (field == 2)
		say(" '%.*s'", (int)value, bytes);
	else if (field == 3)
		say(" unit %d", (int)value);
	else if (field == 8)
		each_field(bytes, value, say_track);
	else
		say(" %s %d", keys[field], (int)value);
}

static inline void say_annotation(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == 1)
		say(" %s=", names[value % 64]);
	else if (field == 3)
		say("%d", (int)value);
	else
		say("'%s'", names[value % 64]);
}

static inline void say_event(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	static const char *const types[] = { "?", "begin", "end", "instant", "counter" };
	double real;

	if (field == 9)
		say(" %s", types[value % 5]);
	else if (field == 10)
		say(" '%s'", names[value % 64]);
	else if (field == 11)
		say(" on %d", (int)value);
	else if (field == 4)
		each_field(bytes, value, say_annotation);
	else if (field == 47 || field == 48)
		say(" %s%llu", field == 47 ? "from " : "to ", (unsigned long long)value);
	memcpy(&real, &value, sizeof(real));
	if (field == 44)
		say(" %g", real);
}

static inline void say_packet(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == TIMESTAMP)
		say("%llu", (unsigned long long)value);
	if (field == CLOCKS || field == DESCRIPTOR || field == EVENT)
		each_field(bytes, value,
			   field == CLOCKS ? say_clock :
			   field == EVENT  ? say_event :
					     say_track);
}

static inline void say_trace(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	size_t len = strlen(text);

	/* A packet has its names after the event that uses them. */
	each_field(bytes, value, read_interned);
	each_field(bytes, value, say_packet);
	if (strlen(text) > len)
		say("\n");
}

static inline int setup(void **state)
{
	file = tmpfile();
	timeline = file ? timeline__open(fileno(file), 100) : NULL;
	memset(names, 0, sizeof(names));
	return timeline ? 0 : -1;
}

/* Ends the file, and fails unless it says @want after the lines of @skipped packets. */
static inline void check_packets(int skipped, const char *want)
{
	static uint8_t bytes[1 << 16];
	struct timeline_totals totals;
	const char *from = text;
	ssize_t len;

	assert_int_equal(timeline__close(timeline, &totals), 0);
	len = pread(fileno(file), bytes, sizeof(bytes), 0);
	fclose(file);
	*text = '\0';
	each_field(bytes, len, say_trace);
	while (skipped--)
		from = strchr(from, '\n') + 1;
	assert_string_equal(from, want);
}

static inline void add(struct capture_record *record)
{
	assert_int_equal(timeline__add(timeline, record), 0);
}

static inline void begin_capture(void)
{
	static struct capture_record record;

	record = (struct capture_record){ .type = LINE_CAPTURE };
	record.start.mono = 900;
	record.start.started = (struct timespec){ 7, 5 };
	strcpy(record.start.host.name.nodename, "box");
	add(&record);
}

/* The record of a stall whose facts are all known. */
static inline struct capture_record *whole_stall(void)
{
	static struct capture_record record;
	static const char line[] = "{}";
	static const struct capture_line capture_line = { line, 2, LINE_STALL, 1 };
	struct incident *in = &record.stall.in;

	record = (struct capture_record){ .type = LINE_STALL, .line = &capture_line };
	record.report = (struct parsed_report){ .id = 5, .id_known = true, .duration = 300 };
	record.stall.src_known = true;
	record.stall.cause = 4;
	*in = (struct incident){ .phase = PHASE_DELIVERY,
				 .start = 2000,
				 .time = 2300,
				 .func.name = "flush",
				 .src = 1,
				 .dst = 2,
				 .dst_known = true,
				 .sender = { .known = true, .comm = "sender" },
				 .victim = { .known = true, .comm = "victim" },
				 .late = LATE_BEHIND,
				 .doing.name = "before",
				 .nr_waiters = 3,
				 .nr = 3 };
	in->stack[0] = (struct symbol){ .name = "inner", .offset = 16 };
	in->stack[1] = (struct symbol){ .name = "middle", .module = "mod" };
	in->stack[2] = (struct symbol){ .addr = 0xabc, .offset = 1 };
	return &record;
}

#endif /* IPITRACE_TESTS_PACKET_TEXT_H */
