// SPDX-License-Identifier: GPL-2.0
/* All that a timeline's packets say of windows, stalls and storms: tracks, names, annotations, values. */
#include "packet_fields.h"
#include "unit.h"
#include "view/perfetto/timeline.h"

/* Perfetto's numbers, as in trace_packet.proto and track_event.proto. */
enum { CLOCKS = 6, TIMESTAMP = 8, EVENT = 11, INTERNED = 12, DESCRIPTOR = 60 };
enum { OF_EVENT = 2, OF_KEY = 3, OF_VALUE = 29 };

static struct timeline *timeline;
static FILE *file;
static char names[64][256]; /* by their numbers */
static char text[1 << 14]; /* what the packets say, a line each */

#define say(...) text_append(text, sizeof(text), __VA_ARGS__)

/* Calls @fn for each field of a message. */
static void each_field(const uint8_t *at, size_t len,
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

static void read_name(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == 1)
		number = value;
	else
		snprintf(names[number % 64], sizeof(names[0]), "%.*s", (int)value, bytes);
}

static void read_interned(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == INTERNED)
		each_field(bytes, value, read_interned);
	else if (bytes && (field == OF_EVENT || field == OF_KEY || field == OF_VALUE))
		each_field(bytes, value, read_name);
}

static void say_clock(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (bytes)
		each_field(bytes, value, say_clock);
	else if (field == 1)
		say(" clock %d", (int)value);
	else
		say(" %llu", (unsigned long long)value);
}

static void say_track(uint64_t field, uint64_t value, const uint8_t *bytes)
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

static void say_annotation(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == 1)
		say(" %s=", names[value % 64]);
	else if (field == 3)
		say("%d", (int)value);
	else
		say("'%s'", names[value % 64]);
}

static void say_event(uint64_t field, uint64_t value, const uint8_t *bytes)
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
	memcpy(&real, &value, sizeof(real));
	if (field == 44)
		say(" %g", real);
}

static void say_packet(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	if (field == TIMESTAMP)
		say("%llu", (unsigned long long)value);
	if (field == CLOCKS || field == DESCRIPTOR || field == EVENT)
		each_field(bytes, value,
			   field == CLOCKS ? say_clock :
			   field == EVENT  ? say_event :
					     say_track);
}

static void say_trace(uint64_t field, uint64_t value, const uint8_t *bytes)
{
	size_t len = strlen(text);

	/* A packet has its names after the event that uses them. */
	each_field(bytes, value, read_interned);
	each_field(bytes, value, say_packet);
	if (strlen(text) > len)
		say("\n");
}

static int setup(void **state)
{
	file = tmpfile();
	timeline = file ? timeline__open(fileno(file), 100) : NULL;
	memset(names, 0, sizeof(names));
	return timeline ? 0 : -1;
}

/* Ends the file, and fails unless it says @want after the lines of @skipped packets. */
static void check_packets(int skipped, const char *want)
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

static void add(struct capture_record *record)
{
	assert_int_equal(timeline__add(timeline, record), 0);
}

static void begin_capture(void)
{
	static struct capture_record record;

	record = (struct capture_record){ .type = LINE_CAPTURE };
	record.start.mono = 900;
	record.start.started = (struct timespec){ 7, 5 };
	strcpy(record.start.host.name.nodename, "box");
	add(&record);
}

TEST(a_window_is_rates, setup, NULL)
{
	static struct capture_record record;
	struct cpu_stats cpus[2] = {};

	for (int i = 0; i < 2; i++) {
		cpus[i].handler.sum = 1000 + 1000 * i;
		cpus[i].wait.sum = 3000;
		cpus[i].wait_away = 1000;
		cpus[i].delay = (struct hist){ .count = 1, .sum = 10, .max = 10 + i };
		cpus[i].delay.slots[hist_slot(10 + i)] = 1;
		cpus[i].stolen =
			(struct steal_sum){ .known = i, .delay = 100 * i, .handler = 20 * i };
	}
	record = (struct capture_record){ .type = LINE_SNAPSHOT };
	record.snap.window.mono_start = 1000;
	record.snap.window.mono_end = 101000;
	record.snap.ledger = (struct ledger){ .queued = 7, .lost_by = { 1, 2 } };
	record.snap.cpus = cpus;
	record.snap.nr_cpus = 2;
	begin_capture();
	add(&record);
	/* The second window has no new track, and no line of what is not known. */
	record.snap.window.mono_start = 101000;
	record.snap.window.mono_end = 201000;
	cpus[1].stolen.known = false;
	add(&record);
	/* These lack what a timeline needs. */
	record.snap.window.mono_start = 201000;
	add(&record);
	record.snap.nr_cpus = 0;
	record.snap.window.mono_end = 301000;
	add(&record);
	check_packets(0,
		      " clock 3 900 clock 1 7000000005 3\n"
		      " track 1 'box' rank 0 order 3\n"
		      " track 2 'csds/s' in 1 rank 1\n"
		      "1000 counter on 2 70000\n"
		      " track 3 'CPU time in functions, %' in 1 rank 2\n"
		      "1000 counter on 3 1.5\n"
		      " track 4 'delays and functions, stolen by the host, ns' in 1 rank 3 unit 1\n"
		      "1000 counter on 4 120\n"
		      " track 5 'CPU time of waiting senders, %' in 1 rank 4\n"
		      "1000 counter on 5 2\n"
		      " track 6 'delay p99, of the CPU with the longest' in 1 rank 5 unit 1\n"
		      "1000 counter on 6 11\n"
		      " track 7 'csds lost' in 1 rank 6 unit 2\n"
		      "1000 counter on 7 3\n"
		      "101000 counter on 2 70000\n"
		      "101000 counter on 3 1.5\n"
		      "101000 counter on 5 2\n"
		      "101000 counter on 6 11\n"
		      "101000 counter on 7 3\n");
}

/* The record of a stall whose facts are all known. */
static struct capture_record *whole_stall(void)
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

TEST(a_stall_is_a_slice, setup, NULL)
{
	struct capture_record *record = whole_stall();

	begin_capture();
	add(record);
	/* What is not known is left out; the slices overlap. */
	record->report.id = 6;
	record->stall.src_known = record->stall.in.dst_known = false;
	record->stall.in.sender.known = record->stall.in.victim.known = false;
	record->stall.in.late = LATE_UNKNOWN;
	record->stall.cause = record->stall.in.nr = 0;
	record->stall.in.doing = (struct symbol){ .addr = 0xdef };
	record->stall.in.phase = PHASE_INTERRUPT;
	add(record);
	record->report.id = 7;
	record->stall.in.start = 2300;
	record->stall.in.doing.addr = 0;
	record->stall.in.irq_known = true;
	record->stall.in.irq = KIND_RESCHEDULE;
	*record->stall.in.sender.comm = *record->stall.in.victim.comm = '\0';
	record->stall.in.sender.known = record->stall.in.victim.known = true;
	add(record);
	/* A function is not known; a time is. */
	record->report.id = 8;
	record->stall.in.phase = PHASE_HANDLER;
	record->stall.in.func = (struct symbol){};
	add(record);
	check_packets(
		2,
		" track 2 'stalls' in 1 rank 21 order 3\n"
		"2000 begin on 2 'delivery flush' sender's CPU=1 target CPU=2 sender='sender' interrupted='victim' late because='behind' caused by stall=4 ran before='before' stack='inner+0x10 < middle [mod] < 0xabc' senders waiting=3\n"
		"2300 end on 2\n"
		" track 3 'stalls' in 1 rank 21 order 3\n"
		"2000 begin on 3 'interrupt of an unknown kind' ran before='0xdef' senders waiting=3\n"
		"2300 end on 3\n"
		"2300 begin on 2 'interrupt reschedule' senders waiting=3\n"
		"2600 end on 2\n");
}

TEST(a_storm_is_a_slice, setup, NULL)
{
	static struct capture_record record;
	static const struct capture_line line = { "{}", 2, LINE_STORM, 1 };

	record = (struct capture_record){ .type = LINE_STORM, .line = &line };
	record.report = (struct parsed_report){ .id = 5, .id_known = true, .duration = 400 };
	record.storm.name = "membarrier";
	record.storm.rate = 1234.5;
	record.storm.storm.onset = 3000;
	strcpy(record.storm.storm.funcs[0].name, "ipi_mb");
	strcpy(record.storm.explanation, "because");
	strcpy(record.storm.advice, "do less");
	begin_capture();
	add(&record);
	record.report.id = 6;
	record.storm.rate = 1e18;
	*record.storm.storm.funcs[0].name = *record.storm.explanation = '\0';
	*record.storm.advice = '\0';
	record.storm.storm.onset = 3400;
	add(&record);
	record.report.id = 7;
	record.storm.name = NULL;
	add(&record);
	check_packets(
		2,
		" track 2 'storms' in 1 rank 20 order 3\n"
		"3000 begin on 2 'membarrier' function='ipi_mb' csds/s=1234 explanation='because' advice='do less'\n"
		"3400 end on 2\n"
		"3400 begin on 2 'membarrier' csds/s=0\n"
		"3800 end on 2\n");
}

TEST_MAIN(NULL, NULL)
