// SPDX-License-Identifier: GPL-2.0
/* A timeline's events, read back from its packets: sends, flows, slices, limits. */
#include <jansson.h>
#include <stdbool.h>
#include "packet_fields.h"
#include "unit.h"
#include "view/perfetto/timeline.h"

/* Perfetto's numbers, as in trace_packet.proto and track_event.proto. */
#define PACKET	   1
#define TIMESTAMP  8
#define EVENT	   11
#define DESCRIPTOR 60
#define TYPE	   9
#define TRACK	   11
#define FLOW	   47
#define FLOW_END   48

enum { BEGIN = 1, END, INSTANT, COUNTER };

struct drawn_event {
	uint64_t time, type, track, flows[8], ends[8];
	size_t nr_flows, nr_ends;
};

static struct drawn_event events[4096];
static size_t nr_events, nr_tracks;
static struct timeline *timeline;
static struct timeline_totals totals;
static FILE *file;

static void event_read(struct drawn_event *event, const uint8_t *at, const uint8_t *end)
{
	uint64_t value;
	const uint8_t *bytes;

	while (at < end) {
		switch (field_read(&at, &value, &bytes)) {
		case TYPE:
			event->type = value;
			break;
		case TRACK:
			event->track = value;
			break;
		case FLOW:
			event->flows[event->nr_flows++] = value;
			break;
		case FLOW_END:
			event->ends[event->nr_ends++] = value;
			break;
		}
	}
}

static void packet_read(const uint8_t *at, const uint8_t *end)
{
	struct drawn_event event = { 0 };
	uint64_t value;
	const uint8_t *bytes;

	while (at < end) {
		uint64_t field = field_read(&at, &value, &bytes);

		if (field == TIMESTAMP)
			event.time = value;
		else if (field == EVENT)
			event_read(&event, bytes, bytes + value);
		else if (field == DESCRIPTOR)
			nr_tracks++;
	}
	if (event.type)
		events[nr_events++] = event;
}

static int record_add(void *ctx, struct capture_record *record)
{
	(void)ctx;
	return timeline__add(timeline, record);
}

static struct capture_sink sink;

static void begin(uint64_t limit)
{
	sink = (struct capture_sink){ .types = -1, .take = record_add };
	assert_int_equal(capture_sink__open(&sink), 0);
	file = tmpfile();
	assert_non_null(file);
	timeline = timeline__open(fileno(file), limit);
	assert_non_null(timeline);
	nr_events = nr_tracks = 0;
}

/* The file. */
static uint8_t bytes[1 << 20];
static ssize_t size;

static bool has_text(const char *text)
{
	return memmem(bytes, size, text, strlen(text));
}

/* End the file, and read it back. */
static void finish(void)
{
	const uint8_t *at = bytes, *message;
	uint64_t len;

	assert_int_equal(timeline__close(timeline, &totals), 0);
	capture_sink__close(&sink);
	size = pread(fileno(file), bytes, sizeof(bytes), 0);
	assert_in_range(size, 1, sizeof(bytes) - 1);
	while (at < bytes + size) {
		assert_int_equal(field_read(&at, &len, &message), PACKET);
		packet_read(message, message + len);
	}
	fclose(file);
}

static void add(json_t *object, enum line_type type)
{
	char *text = json_dumps(object, JSON_COMPACT);

	assert_non_null(text);
	assert_int_equal(capture_sink__line(&sink,
					    &(struct capture_line){ text, strlen(text), type, 1 }),
			 0);
	free(text);
	json_decref(object);
}

/* The id of the csds that follow; NULL: they have none. */
static const char *call;

/* A csd of a broadcast; a negative number stands for null. */
static void csd(uint64_t time, int src, int dst, json_int_t delay, json_int_t handler,
		json_int_t wait)
{
	json_t *record = json_pack("{sssssIsisisssssssisisssIsIsI}", "type", "ipi", "kind",
				   "call_function", "time", (json_int_t)time, "src", src, "dst",
				   dst, "func", "f", "callsite", "on_each_cpu_cond_mask+0x20",
				   "csd", "sync", "pid", 7, "tid", 8, "comm", "task", "delay",
				   delay, "handler", handler, "wait", wait);

	assert_non_null(record);
	if (call)
		json_object_set_new(record, "call", json_string(call));
	if (delay < 0)
		json_object_set_new(record, "delay", json_null());
	if (handler < 0)
		json_object_set_new(record, "handler", json_null());
	if (wait < 0)
		json_object_set_new(record, "wait", json_null());
	add(record, LINE_IPI);
}

/* The only event with that flow. */
static struct drawn_event *source_of(uint64_t flow)
{
	struct drawn_event *found = NULL;

	for (size_t i = 0; i < nr_events; i++)
		for (size_t j = 0; j < events[i].nr_flows; j++)
			if (events[i].flows[j] == flow) {
				assert_null(found);
				found = &events[i];
			}
	return found;
}

static size_t count(uint64_t type, uint64_t time)
{
	size_t n = 0;

	for (size_t i = 0; i < nr_events; i++)
		n += events[i].type == type && events[i].time == time;
	return n;
}

/* Each end of a flow has its source, no later than the end; returns how many there are. */
static size_t flows_checked(void)
{
	size_t n = 0;

	for (size_t i = 0; i < nr_events; i++)
		for (size_t j = 0; j < events[i].nr_ends; j++, n++) {
			struct drawn_event *source = source_of(events[i].ends[j]);

			assert_non_null(source);
			assert_true(source->time <= events[i].time);
		}
	return n;
}

TEST(a_broadcast_is_one_send_with_a_flow_to_each_target)
{
	begin(100);
	csd(1000, 0, 1, 50, 10, -1);
	csd(1005, 0, 2, 70, 10, 95);
	csd(1010, 0, 3, 40, 20, -1);
	finish();
	assert_members(totals, csds, 3, flows, 3);
	assert_int_equal(flows_checked(), 3);
	assert_members(*source_of(1), nr_flows, 3, time, 1000);
	assert_int_equal(count(INSTANT, 1000), 1);
	/* The first csd in its queue, and the wait, which begins with it. */
	assert_int_equal(count(BEGIN, 1000), 2);
	assert_int_equal(count(BEGIN, 1050), 2);
	assert_int_equal(count(END, 1095), 1);
	assert_int_equal(count(END, 1070), 1);
}

/* Ascending again, another sender between, behind the end of the wait: each begins a send. */
TEST(sends_are_kept_apart)
{
	begin(100);
	csd(1000, 0, 1, 10, 10, -1);
	csd(1001, 2, 3, 10, 10, -1);
	csd(1002, 0, 2, 10, 10, 30);
	csd(1031, 0, 3, 10, 10, 20); /* behind the wait */
	csd(1060, 0, 1, 10, 10, 20); /* not ascending */
	finish();
	assert_int_equal(flows_checked(), 5);
	assert_int_equal(source_of(1)->nr_flows + source_of(3)->nr_flows, 3);
	assert_int_equal(count(INSTANT, 1000), 1);
	assert_int_equal(count(INSTANT, 1001), 1);
	assert_int_equal(count(INSTANT, 1002), 0);
	assert_int_equal(count(INSTANT, 1031), 1);
	assert_int_equal(count(INSTANT, 1060), 1);
}

/* By their order and their waits the first three might be one send, and the last two not. */
TEST(an_id_says_which_csds_are_one_send)
{
	begin(100);
	call = "0-1";
	csd(1000, 0, 1, 10, 10, -1);
	call = "0-2";
	csd(1002, 0, 2, 10, 10, -1);
	call = "0-3";
	csd(1004, 0, 3, 10, 10, 20);
	csd(1030, 0, 2, 10, 10, -1);
	call = NULL;
	finish();
	assert_int_equal(flows_checked(), 4);
	assert_int_equal(count(INSTANT, 1000), 1);
	assert_int_equal(count(INSTANT, 1002), 1);
	assert_int_equal(count(INSTANT, 1004), 1);
	assert_int_equal(count(INSTANT, 1030), 0);
}

/* An interrupt on the sender queues a csd between two of a broadcast. */
TEST(a_broadcast_goes_on_behind_an_interrupt)
{
	json_t *wake = json_pack("{sssssIsisisssssssIsIsI}", "type", "ipi", "kind", "call_function",
				 "time", (json_int_t)1003, "src", 0, "dst", 2, "func",
				 "sched_ttwu_pending", "callsite", "ttwu_queue_wakelist+0x11d",
				 "csd", "ttwu", "delay", (json_int_t)10, "handler", (json_int_t)10,
				 "wait", (json_int_t)0);

	json_object_set_new(wake, "wait", json_null());
	begin(100);
	csd(1000, 0, 1, 50, 10, -1);
	add(wake, LINE_IPI);
	csd(1005, 0, 2, 70, 10, 95);
	finish();
	assert_int_equal(flows_checked(), 3);
	assert_int_equal(source_of(1)->time, 1003);
	assert_int_equal(source_of(2)->nr_flows, 2);
	assert_int_equal(count(INSTANT, 1005), 0);
}

TEST(a_csd_that_nobody_saw_run_has_no_flow)
{
	begin(100);
	csd(1000, 0, 1, -1, -1, -1);
	csd(2000, 0, 1, 10, -1, -1); /* of a batch: it ran, for a time that is not known */
	finish();
	assert_members(totals, csds, 2, flows, 1);
	assert_int_equal(flows_checked(), 1);
	assert_int_equal(count(INSTANT, 1000), 1);
	assert_int_equal(count(INSTANT, 2010), 1);
}

TEST(no_time_wraps)
{
	begin(100);
	csd(1000, 0, 1, INT64_MAX, 10, -1);
	csd(INT64_MAX, 0, 1, 1, -1, -1);
	csd(1000, 0, 1, 10, INT64_MAX, -1);
	csd(1000, 0, 1, 10, 10, INT64_MAX);
	csd(1000, 0, 8192, 10, 10, 10);
	csd(1000, 0, 1, 0, 0, 0);
	finish();
	assert_members(totals, csds, 1, unusable, 5);
	for (size_t i = 0; i < nr_events; i++)
		assert_int_equal(events[i].time, 1000);
}

TEST(the_limit_cuts_and_says_so)
{
	begin(3);
	for (int i = 0; i < 10; i++)
		csd(1000 * i, 0, 1, 10, 10, 20);
	finish();
	assert_members(totals, csds, 3, flows, 3, cut, 7);
	assert_int_equal(flows_checked(), 3);
}

/* Slices of a track nest or are apart: csds that wait at once have a lane each. */
TEST(what_overlaps_has_lanes)
{
	uint64_t until[64] = { 0 };
	size_t begins = 0;

	begin(100);
	for (int i = 0; i < 10; i++)
		csd(1000 + i, i + 1, 0, 500 - i, 1, 600);
	finish();
	for (size_t i = 0; i < nr_events; i++) {
		struct drawn_event *event = &events[i];

		assert_in_range(event->track, 1, 63);
		if (event->type == BEGIN && !event->nr_ends) {
			assert_true(event->time >= until[event->track]);
			assert_members(events[i + 1], type, END, track, event->track);
			until[event->track] = events[i + 1].time;
			begins++;
		}
	}
	assert_int_equal(begins, 20);
}

static json_t *stall(int id, json_int_t duration, bool ongoing)
{
	return json_pack("{sssisIsIsbsssssisi}", "type", "stall", "id", id, "start",
			 (json_int_t)5000, "duration", duration, "ongoing", ongoing, "phase",
			 "handler", "func", "f", "src", 0, "dst", 1);
}

TEST(a_stall_is_drawn_once_as_it_ended)
{
	begin(1);
	csd(4000, 0, 1, 10, 10, -1);
	add(stall(1, 100, true), LINE_STALL);
	add(stall(2, 200, true), LINE_STALL);
	add(stall(1, 300, false), LINE_STALL);
	add(stall(1, 150, true), LINE_STALL); /* by another thread: written late */
	add(json_pack("{ssss}", "type", "stall", "phase", "wait"), LINE_STALL);
	finish();
	assert_int_equal(count(BEGIN, 5000), 2);
	assert_int_equal(count(END, 5300), 1);
	assert_int_equal(count(END, 5200), 1); /* its end was not seen */
	assert_int_equal(count(END, 5100) + count(END, 5150), 0);
	assert_int_equal(totals.unusable, 1);
}

/* An interrupt has no function and no sender: its slice has the interrupt's kind. */
TEST(stalls_of_interrupts_are_drawn)
{
	begin(1);
	add(json_pack("{sssisIsIsbsssnsnsiss}", "type", "stall", "id", 1, "start", (json_int_t)5000,
		      "duration", (json_int_t)100, "ongoing", 0, "phase", "interrupt", "func",
		      "src", "dst", 1, "irq", "reschedule"),
	    LINE_STALL);
	add(json_pack("{sssisIsIsbsssnsnsisn}", "type", "stall", "id", 2, "start", (json_int_t)6000,
		      "duration", (json_int_t)100, "ongoing", 0, "phase", "interrupt", "func",
		      "src", "dst", 1, "irq"),
	    LINE_STALL);
	finish();
	assert_int_equal(count(BEGIN, 5000) + count(BEGIN, 6000), 2);
	assert_true(has_text("interrupt reschedule") && has_text("interrupt of an unknown kind"));
	assert_true(has_text("target CPU") && !has_text("sender's CPU"));
	assert_int_equal(totals.unusable, 0);
}

TEST(a_storm_has_its_cause_and_what_to_do)
{
	begin(1);
	add(json_pack("{sssisbsssssfsIsIssss}", "type", "storm", "id", 1, "ongoing", 0, "name",
		      "membarrier", "func", "ipi_mb", "rate_per_s", 9000.0, "onset",
		      (json_int_t)5000, "duration", (json_int_t)300, "explanation", "why it is",
		      "advice", "what to do"),
	    LINE_STORM);
	finish();
	assert_int_equal(count(BEGIN, 5000), 1);
	assert_int_equal(count(END, 5300), 1);
	assert_true(has_text("membarrier") && has_text("ipi_mb"));
	assert_true(has_text("explanation") && has_text("why it is"));
	assert_true(has_text("advice") && has_text("what to do"));
}

TEST(a_window_is_five_counters)
{
	begin(1);
	add(json_pack("{sss{sIsI}s{sisi}s[{s{si}s{si}}]}", "type", "snapshot", "window",
		      "mono_start", (json_int_t)1000, "mono_end", (json_int_t)2000, "ledger",
		      "queued", 5, "lost", 0, "cpus", "delay", "p99", 9, "handler", "sum", 100),
	    LINE_SNAPSHOT);
	add(json_pack("{sss{}}", "type", "snapshot", "window"), LINE_SNAPSHOT);
	finish();
	assert_int_equal(count(COUNTER, 1000), 5);
	assert_int_equal(nr_events, 5);
	assert_int_equal(totals.unusable, 1);
}

TEST_MAIN(NULL, NULL)
