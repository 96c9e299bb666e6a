// SPDX-License-Identifier: GPL-2.0
/* All that a timeline's packets say of windows, stalls, storms and csds: tracks, names, annotations, values. */
#include <sys/stat.h>
#include "packet_text.h"

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

/* A csd of a broadcast of CPU 0 to @dst, whose run nobody saw. */
static struct parsed_record csd_to(int dst, uint64_t time)
{
	struct parsed_record csd = {
		.func_text = "flush",
		.callsite_text = "on_each_cpu+0x1",
		.time_known = true,
		.kind_known = true,
		.src_known = true,
		.dst_known = true,
	};

	csd.record = (struct record){ .time = time,
				      .dst = dst,
				      .type = CSD_NAME_SYNC << 4,
				      .pid = 8,
				      .tgid = 7,
				      .delay = NOT_KNOWN,
				      .handler = NOT_KNOWN,
				      .delay_stolen = NOT_KNOWN,
				      .handler_stolen = NOT_KNOWN,
				      .src_stolen = NOT_KNOWN,
				      .wait = NOT_KNOWN,
				      .comm = "task" };
	return csd;
}

static struct parsed_record csd_that_ran(int dst, uint64_t time, uint64_t delay, uint64_t handler)
{
	struct parsed_record csd = csd_to(dst, time);

	csd.record.delay = delay;
	csd.record.handler = handler;
	return csd;
}

static void add_csd(const struct parsed_record *csd)
{
	static struct capture_record record;

	record = (struct capture_record){ .type = LINE_IPI, .ipi = *csd };
	add(&record);
}

TEST(a_broadcast_is_a_send_a_wait_and_runs, setup, NULL)
{
	struct parsed_record csds[3] = { csd_that_ran(1, 1000, 50, 10), csd_to(2, 1005),
					 csd_that_ran(3, 1010, 70, NOT_KNOWN) };

	csds[0].record.delay_stolen = 5;
	csds[0].record.src_stolen = 6;
	csds[0].record.handler_stolen = 7;
	csds[2].record.delay_stolen = csds[2].record.src_stolen = 0;
	csds[2].record.handler_stolen = 0;
	csds[2].record.wait = 95;
	begin_capture();
	for (size_t i = 0; i < 3; i++)
		add_csd(&csds[i]);
	check_packets(
		2,
		" track 2 'CPU 0' in 1 rank 100 order 3\n"
		" track 3 'sends' in 2 rank 1 order 3\n"
		" track 4 'runs' in 2 rank 4 order 3\n"
		"1000 instant on 3 'flush' from 1 from 2 task='task' pid=7 call site='on_each_cpu+0x1' targets=3\n"
		" track 5 'CPU 1' in 1 rank 101 order 3\n"
		" track 6 'sends' in 5 rank 1 order 3\n"
		" track 7 'runs' in 5 rank 4 order 3\n"
		" track 8 'queued' in 5 rank 3 order 3\n"
		"1000 begin on 8 'flush' from CPU=0\n"
		"1050 end on 8\n"
		"1050 begin on 7 'flush' to 1 from CPU=0 delay ns=50 delay stolen by the host ns=5 delay stolen from the sender ns=6 stolen by the host ns=7\n"
		"1060 end on 7\n"
		" track 9 'waits' in 2 rank 2 order 3\n"
		"1000 begin on 9 'flush' last CPU=3\n"
		"1095 end on 9\n"
		" track 10 'CPU 3' in 1 rank 103 order 3\n"
		" track 11 'sends' in 10 rank 1 order 3\n"
		" track 12 'runs' in 10 rank 4 order 3\n"
		" track 13 'queued' in 10 rank 3 order 3\n"
		"1010 begin on 13 'flush' from CPU=0\n"
		"1080 end on 13\n"
		"1080 instant on 12 'flush' to 2 from CPU=0 delay ns=70\n");
}

/* A csd for one target is drawn at once, by the name of its kind if there is no function. */
TEST(a_single_csd_has_its_target, setup, NULL)
{
	struct parsed_record csd = csd_to(2, 1000);

	csd.func_text = csd.callsite_text = NULL;
	csd.record.kind = KIND_RESCHEDULE;
	csd.record.interrupt = true;
	*csd.record.comm = '\0';
	begin_capture();
	add_csd(&csd);
	csd.record.time = 2000;
	csd.record.interrupt = false;
	csd.record.tgid = INT32_MAX;
	add_csd(&csd);
	csd.record.time = 3000;
	csd.record.tgid++;
	add_csd(&csd);
	check_packets(5, "1000 instant on 3 'reschedule' task='interrupt' to CPU=2\n"
			 "2000 instant on 3 'reschedule' pid=2147483647 to CPU=2\n"
			 "3000 instant on 3 'reschedule' task='interrupt' to CPU=2\n");
}

/* How many sends are drawn of the csds. */
static size_t sends_of(const struct parsed_record *csds, size_t nr)
{
	static uint8_t bytes[1 << 14];
	struct timeline_totals totals;
	ssize_t len;

	assert_int_equal(setup(NULL), 0);
	for (size_t i = 0; i < nr; i++)
		add_csd(&csds[i]);
	assert_int_equal(timeline__close(timeline, &totals), 0);
	len = pread(fileno(file), bytes, sizeof(bytes), 0);
	fclose(file);
	*text = '\0';
	each_field(bytes, len, say_trace);
	return count_words(text, " instant ");
}

#define SEND_LONGEST 100000000ULL

static void call_of_another_function(struct parsed_record *csd)
{
	csd->func_text = "other";
}

static void call_from_another_place(struct parsed_record *csd)
{
	csd->callsite_text = "on_each_cpu+0x2";
}

static void call_from_no_known_place(struct parsed_record *csd)
{
	csd->callsite_text = NULL;
}

static void call_for_one_target(struct parsed_record *csd)
{
	csd->callsite_text = "generic_exec_single+0x1";
}

static void call_without_a_wait(struct parsed_record *csd)
{
	csd->record.type = CSD_NAME_ASYNC << 4;
}

static void call_of_a_wake_up(struct parsed_record *csd)
{
	csd->record.type = CSD_NAME_TTWU << 4;
}

static void call_of_another_thread(struct parsed_record *csd)
{
	csd->record.pid++;
}

static void call_to_the_same_cpu(struct parsed_record *csd)
{
	csd->record.dst--;
}

static void call_of_before(struct parsed_record *csd)
{
	csd->record.time = 999;
}

static void call_at_once(struct parsed_record *csd)
{
	csd->record.time = 1000;
}

static void call_of_long_after(struct parsed_record *csd)
{
	csd->record.time = 1001 + SEND_LONGEST;
}

static void call_of_just_in_time(struct parsed_record *csd)
{
	csd->record.time = 1000 + SEND_LONGEST;
}

static void call_of_the_same_number(struct parsed_record *csd)
{
	csd->record.call = 5;
}

static void call_of_another_number(struct parsed_record *csd)
{
	csd->record.call = 6;
}

static void call_of_the_number_long_after(struct parsed_record *csd)
{
	csd->record.call = 5;
	csd->record.time = 1001 + SEND_LONGEST;
}

TEST(csds_are_one_send_if_all_fits)
{
	static const struct {
		void (*change)(struct parsed_record *csd);
		size_t sends;
	} rows[] = {
		{ call_of_another_function, 2 }, { call_from_another_place, 2 },
		{ call_from_no_known_place, 2 }, { call_for_one_target, 2 },
		{ call_without_a_wait, 2 },	 { call_of_a_wake_up, 2 },
		{ call_of_another_thread, 2 },	 { call_to_the_same_cpu, 2 },
		{ call_of_before, 2 },		 { call_at_once, 1 },
		{ call_of_long_after, 2 },	 { call_of_just_in_time, 1 },
		{ call_of_the_same_number, 1 },
	};
	static const struct {
		void (*change)(struct parsed_record *csd);
		size_t sends;
	} numbered[] = {
		{ call_of_the_same_number, 1 },
		{ call_of_another_number, 2 },
		{ call_of_the_number_long_after, 2 },
		{ call_at_once, 1 }, /* it has no number */
	};
	struct parsed_record csds[3] = { csd_to(1, 1000) };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		csds[1] = csd_to(2, 1010);
		rows[i].change(&csds[1]);
		assert_int_equal(sends_of(csds, 2), rows[i].sends);
	}
	csds[0].record.call = 5;
	for (size_t i = 0; i < ARRAY_SIZE(numbered); i++) {
		csds[1] = csd_to(2, 1010);
		numbered[i].change(&csds[1]);
		assert_int_equal(sends_of(csds, 2), numbered[i].sends);
	}
	/* The wait of the send ends at 1030, and the next send begins then. */
	csds[0].record.call = 0;
	csds[0].record.wait = 30;
	csds[1] = csd_to(2, 1029);
	csds[2] = csd_to(3, 1030);
	assert_int_equal(sends_of(csds, 2), 1);
	assert_int_equal(sends_of(csds, 3), 2);
}

TEST(a_csd_is_drawable_if_its_times_are)
{
	struct parsed_record csd = csd_to(1, INT64_MAX - 100);

	assert_true(csd__is_drawable(&csd));
	csd.record.wait = 100;
	assert_true(csd__is_drawable(&csd));
	csd.record.wait = 101;
	assert_false(csd__is_drawable(&csd));
	csd.record.wait = NOT_KNOWN;
	csd.record.delay = 100;
	assert_true(csd__is_drawable(&csd));
	csd.record.handler = 1;
	assert_false(csd__is_drawable(&csd));
	csd.record.handler = NOT_KNOWN;
	csd.record.delay = 101;
	assert_false(csd__is_drawable(&csd));
	csd.record.time = INT64_MAX - 101;
	assert_true(csd__is_drawable(&csd));
	csd.time_known = false;
	assert_false(csd__is_drawable(&csd));
	csd.time_known = true;
	csd.src_known = false;
	assert_false(csd__is_drawable(&csd));
	csd.src_known = true;
	csd.dst_known = false;
	assert_false(csd__is_drawable(&csd));
	csd.dst_known = true;
	csd.kind_known = false;
	assert_false(csd__is_drawable(&csd));
}

static struct packets packets;

static int begin_packets(void **state)
{
	file = tmpfile();
	packets = (struct packets){ .fd = file ? fileno(file) : -1 };
	return file ? 0 : -1;
}

static int end_packets(void **state)
{
	return fclose(file);
}

/* No later csd can be of a send that began more than a tenth of a second ago. */
TEST(a_send_is_drawn_when_no_csd_can_follow, begin_packets, end_packets)
{
	static struct cpus_tracks tracks;
	struct parsed_record csd = csd_to(1, 1000);
	size_t len;

	memset(&tracks, 0, sizeof(tracks));
	tracks.packets = &packets;
	assert_int_equal(cpus_tracks__add(&tracks, &csd), 0);
	len = packets.proto.len;
	assert_int_equal(cpus_tracks__settle(&tracks, 1000 + SEND_LONGEST), 0);
	assert_int_equal(packets.proto.len, len);
	assert_int_equal(cpus_tracks__settle(&tracks, 1001 + SEND_LONGEST), 0);
	assert_true(packets.proto.len > len);
	/* The send is drawn once. */
	len = packets.proto.len;
	assert_int_equal(cpus_tracks__settle(&tracks, UINT64_MAX), 0);
	assert_int_equal(packets.proto.len, len);
	/* The last CPU is settled, too. */
	csd.record.src = CPUSET_MAX - 1;
	assert_int_equal(cpus_tracks__add(&tracks, &csd), 0);
	len = packets.proto.len;
	assert_int_equal(cpus_tracks__settle(&tracks, UINT64_MAX), 0);
	assert_true(packets.proto.len > len);
	cpus_tracks__free(&tracks);
	assert_int_equal(packets__close(&packets), 0);
}

#define LANES_MAX 1024

/* More slices at once than there are lanes: those that are left out are counted. */
TEST(slices_without_a_lane_are_counted, begin_packets, end_packets)
{
	static struct cpus_tracks tracks;
	struct lanes lanes = { .name = "lanes" };
	struct parsed_record csd = csd_that_ran(1, 1000, 500, 1);
	uint64_t first;

	memset(&tracks, 0, sizeof(tracks));
	tracks.packets = &packets;
	csd.callsite_text = NULL;
	for (int i = 0; i < LANES_MAX; i++)
		assert_int_equal(cpus_tracks__add(&tracks, &csd), 0);
	assert_int_equal(tracks.crowded, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(cpus_tracks__add(&tracks, &csd), 0);
	assert_int_equal(tracks.crowded, 2);
	assert_int_equal(tracks.flows, LANES_MAX + 2);
	csd.record.time = 1500;
	assert_int_equal(cpus_tracks__add(&tracks, &csd), 0);
	assert_int_equal(tracks.crowded, 2);
	cpus_tracks__free(&tracks);
	/* A lane is free again at the very end of its slice, and the first free one is taken. */
	first = lanes__take(&lanes, &packets, 10, 20);
	assert_int_equal(first, packets.last_track);
	assert_int_equal(lanes__take(&lanes, &packets, 19, 30), first + 1);
	assert_int_equal(lanes.nr, 2);
	assert_int_equal(lanes__take(&lanes, &packets, 20, 40), first);
	assert_int_equal(lanes__take(&lanes, &packets, 30, 40), first + 1);
	assert_int_equal(lanes.nr, 2);
	lanes__free(&lanes);
	assert_int_equal(lanes.nr, 0);
	assert_null(lanes.lanes);
	assert_int_equal(packets__close(&packets), 0);
}

TEST(stalls_without_a_lane_are_counted, setup, NULL)
{
	struct capture_record *record = whole_stall();
	struct timeline_totals totals;

	for (int i = 0; i < LANES_MAX + 3; i++) {
		record->report.id = i + 1;
		add(record);
	}
	assert_int_equal(timeline__close(timeline, &totals), 0);
	fclose(file);
	assert_int_equal(totals.crowded, 3);
}

#define INTERNED_MAX 8192
#define WRITE_BYTES  (64 << 10)

/* Returns the number of packets that make the viewer forget all names. */
static size_t count_resets(void)
{
	static uint8_t all[1 << 20];
	ssize_t len = pread(fileno(file), all, sizeof(all), 0);
	const uint8_t *at = all, *end = all + len, *in, *bytes;
	uint64_t size, value;
	size_t nr = 0;

	while (at < end) {
		assert_int_equal(field_read(&at, &size, &in), 1);
		while (in < at)
			nr += field_read(&in, &value, &bytes) == 13 && value == 1;
	}
	return nr;
}

static void put_events(int from, int to, bool value)
{
	char name[32];
	struct stat st;
	off_t written;

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "%d", i);
		packets__event(&packets, EVENT_INSTANT, 1, 1, value ? "event" : name);
		if (value)
			packets__text(&packets, "key", name);
		packets__done(&packets);
		/* Whole packets are written as soon as they are many. */
		assert_true(packets.proto.len < WRITE_BYTES);
		assert_int_equal(fstat(fileno(file), &st), 0);
		written = st.st_size;
		assert_true(!written || written >= WRITE_BYTES);
	}
}

TEST(many_names_are_forgotten, begin_packets, end_packets)
{
	put_events(0, INTERNED_MAX + 1, false);
	assert_int_equal(json_object_size(packets.numbers[INTERNED_EVENT]), INTERNED_MAX + 1);
	put_events(INTERNED_MAX + 1, INTERNED_MAX + 2, false);
	assert_int_equal(json_object_size(packets.numbers[INTERNED_EVENT]), 1);
	put_events(0, INTERNED_MAX + 1, true);
	assert_int_equal(json_object_size(packets.numbers[INTERNED_VALUE]), INTERNED_MAX + 1);
	put_events(INTERNED_MAX + 1, INTERNED_MAX + 2, true);
	assert_int_equal(json_object_size(packets.numbers[INTERNED_VALUE]), 1);
	assert_int_equal(packets__close(&packets), 0);
	assert_int_equal(count_resets(), 3);
}

TEST(an_event_has_a_bounded_number_of_new_names, begin_packets, end_packets)
{
	static const char names[PACKET_NAMES_MAX][2] = { "a", "b", "c", "d", "e", "f", "g", "h",
							 "i", "j", "k", "l", "m", "n", "o", "p" };

	packets__event(&packets, EVENT_INSTANT, 1, 1, names[0]);
	for (int i = 1; i < PACKET_NAMES_MAX; i++)
		packets__uint(&packets, names[i], i);
	assert_int_equal(packets.err, 0);
	packets__uint(&packets, "q", 1);
	packets__done(&packets);
	assert_int_equal(packets__close(&packets), -EOVERFLOW);
}

TEST(packets_that_cannot_be_written)
{
	packets = (struct packets){ .fd = -1 };
	packets__event(&packets, EVENT_INSTANT, 1, 1, "name");
	packets__done(&packets);
	assert_int_equal(packets.err, 0);
	assert_int_equal(packets__close(&packets), -EBADF);
}

TEST_MAIN(NULL, NULL)
