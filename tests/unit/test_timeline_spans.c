// SPDX-License-Identifier: GPL-2.0
/* A timeline's first packets, by its first record; and where a stall, a storm or a stack ends. */
#include "packet_text.h"

static struct capture_record record;

static void add_window(uint64_t start, const struct host *host)
{
	record = (struct capture_record){ .type = LINE_SNAPSHOT };
	record.snap.host = host;
	record.snap.window =
		(struct window){ .start = { 7, 5 }, .mono_start = start, .mono_end = start + 1000 };
	add(&record);
}

static struct capture_record *storm_of(uint64_t onset, uint64_t duration)
{
	static const struct capture_line line = { "{}", 2, LINE_STORM, 1 };

	record = (struct capture_record){ .type = LINE_STORM, .line = &line };
	record.report = (struct parsed_report){ .id = 5, .id_known = true, .duration = duration };
	record.storm.storm.onset = onset;
	return &record;
}

/* A window without CPUs is not drawn, and yet it has the time and the host. */
TEST(a_window_begins_a_timeline, setup, NULL)
{
	static struct host host;

	strcpy(host.name.nodename, "box");
	add_window(0, &host);
	add_window(1000, &host);
	/* The first record says it. */
	strcpy(host.name.nodename, "other");
	add_window(2000, &host);
	check_packets(0, " clock 3 1000 clock 1 7000000005 3\n"
			 " track 1 'box' rank 0 order 3\n");
	assert_int_equal(setup(NULL), 0);
	*host.name.nodename = '\0';
	add_window(1000, &host);
	check_packets(0, " clock 3 1000 clock 1 7000000005 3\n"
			 " track 1 'ipitrace' rank 0 order 3\n");
	assert_int_equal(setup(NULL), 0);
	add_window(1000, NULL);
	check_packets(0, " clock 3 1000 clock 1 7000000005 3\n"
			 " track 1 'ipitrace' rank 0 order 3\n");
}

/* A report has no time of day. What it is of is not known here, so there is no slice. */
TEST(a_report_begins_a_timeline, setup, NULL)
{
	struct capture_record *stall = whole_stall();

	record = (struct capture_record){ .type = LINE_CAPTURE };
	add(&record);
	stall->stall.in.func = (struct symbol){};
	add(stall);
	check_packets(0, " clock 3 2300 3\n"
			 " track 1 'ipitrace' rank 0 order 3\n");
	assert_int_equal(setup(NULL), 0);
	add(storm_of(3000, 10));
	check_packets(0, " clock 3 3000 3\n"
			 " track 1 'ipitrace' rank 0 order 3\n");
	assert_int_equal(setup(NULL), 0);
	storm_of(3000, 10)->time = 3700;
	add(&record);
	check_packets(0, " clock 3 3700 3\n"
			 " track 1 'ipitrace' rank 0 order 3\n");
}

/* Perfetto's times have 63 bits. */
TEST(a_slice_ends_at_the_last_time, setup, NULL)
{
	struct capture_record *stall = whole_stall();

	begin_capture();
	stall->stall.in = (struct incident){ .phase = PHASE_HANDLER,
					     .func.name = "flush",
					     .start = INT64_MAX - 300 };
	stall->stall.src_known = false;
	stall->stall.cause = 0;
	add(stall);
	stall->report.id++;
	stall->report.duration++;
	add(stall);
	storm_of(INT64_MAX - 40, 40)->storm.name = "membarrier";
	add(&record);
	record.report.id++;
	record.storm.storm.onset++;
	add(&record);
	check_packets(2, " track 2 'stalls' in 1 rank 21 order 3\n"
			 "9223372036854775507 begin on 2 'handler flush' senders waiting=0\n"
			 "9223372036854775807 end on 2\n"
			 " track 3 'storms' in 1 rank 20 order 3\n"
			 "9223372036854775767 begin on 3 'membarrier' csds/s=0\n"
			 "9223372036854775807 end on 3\n");
}

/* Add a report, of the line @text, of what lasts. */
static void add_ongoing(enum line_type type, const char *text, uint64_t id)
{
	const struct capture_line line = { text, strlen(text), type, 1 };

	record = (struct capture_record){ .type = type, .line = &line };
	record.report = (struct parsed_report){ .id = id, .id_known = true, .ongoing = true };
	add(&record);
}

/* What did not end is drawn at the end of the timeline, and says so. */
TEST(a_slice_may_have_no_end, setup, NULL)
{
	begin_capture();
	add_ongoing(LINE_STORM,
		    "{\"type\":\"storm\",\"id\":1,\"ongoing\":true,\"name\":\"membarrier\","
		    "\"onset\":5000,\"duration\":300,\"rate_per_s\":7}",
		    1);
	add_ongoing(LINE_STALL,
		    "{\"type\":\"stall\",\"id\":1,\"ongoing\":true,\"phase\":\"handler\","
		    "\"func\":\"flush\",\"start\":4000,\"duration\":200,\"src\":1,\"dst\":2}",
		    1);
	add_ongoing(LINE_STALL,
		    "{\"type\":\"stall\",\"id\":2,\"ongoing\":true,\"phase\":\"handler\","
		    "\"func\":\"flush\",\"start\":4100,\"duration\":200,\"src\":1,\"dst\":2}",
		    2);
	check_packets(
		2,
		" track 2 'stalls' in 1 rank 21 order 3\n"
		"4000 begin on 2 'handler flush' end='not seen: it still lasted' sender's CPU=1 target CPU=2 senders waiting=0\n"
		"4200 end on 2\n"
		" track 3 'stalls' in 1 rank 21 order 3\n"
		"4100 begin on 3 'handler flush' end='not seen: it still lasted' sender's CPU=1 target CPU=2 senders waiting=0\n"
		"4300 end on 3\n"
		" track 4 'storms' in 1 rank 20 order 3\n"
		"5000 begin on 4 'membarrier' end='not seen: it still lasted' csds/s=7\n"
		"5300 end on 4\n");
}

#define STACK_TEXT  1024
#define FRAME_BYTES 640

/* Fails unless a stack of frames with names of these lengths is shown as its first @shown frames. */
static void check_stack(size_t first, size_t second, uint32_t shown)
{
	static char names_of[2][FRAME_BYTES + 1];
	char want[2048] = " track 2 'stalls' in 1 rank 21 order 3\n"
			  "2000 begin on 2 'handler flush'";
	struct capture_record *stall = whole_stall();
	const size_t lens[] = { first, second };

	for (int i = 0; i < 2; i++) {
		memset(names_of[i], 'a' + i, lens[i]);
		names_of[i][lens[i]] = '\0';
	}
	stall->stall.in =
		(struct incident){ .phase = PHASE_HANDLER,
				   .func.name = "flush",
				   .start = 2000,
				   .nr = 2,
				   .stack = { { .name = names_of[0] }, { .name = names_of[1] } } };
	stall->stall.src_known = false;
	stall->stall.cause = 0;
	for (uint32_t i = 0; i < shown; i++)
		text_append(want, sizeof(want), "%s%s%s", i ? " < " : " stack='", names_of[i],
			    i + 1 == shown ? "'" : "");
	text_append(want, sizeof(want), " senders waiting=0\n2300 end on 2\n");
	assert_int_equal(setup(NULL), 0);
	begin_capture();
	add(stall);
	check_packets(2, want);
}

/* A stack is cut between two frames, where there is no room for the next one. */
TEST(a_stack_has_whole_frames)
{
	check_stack(500, STACK_TEXT - 500 - 4, 2);
	check_stack(500, STACK_TEXT - 500 - 3, 1);
	check_stack(FRAME_BYTES - 1, 5, 2);
	check_stack(FRAME_BYTES, 5, 0);
}

TEST_MAIN(NULL, NULL)
