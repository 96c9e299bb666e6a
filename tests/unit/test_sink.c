// SPDX-License-Identifier: GPL-2.0
/* Lines of a capture to a sink: what it takes of them, after which filter, and which lines are parsed. */
#include "unit.h"
#include "view/capture/capture.h"

static const char a_stall[] =
	"{\"type\":\"stall\",\"id\":7,\"time\":90,\"start\":60,\"duration\":30,"
	"\"src\":1,\"dst\":null,\"func\":\"f\",\"sender\":{\"tgid\":5}}";
static const char a_window[] = "{\"window\":{\"mono_start\":1000,\"mono_end\":3000},"
			       "\"cpus\":[{\"cpu\":1}],\"functions\":[{\"func\":\"f\"}]}";
static const char a_csd[] = "{\"time\":50,\"src\":1,\"dst\":2,\"func\":\"f\",\"pid\":5}";

static struct capture_sink sink;
static struct line_facts judged; /* the last */
static size_t nr_judged, nr_taken;
static bool pass;

static bool facts_judge(void *filter, const struct line_facts *facts)
{
	assert_ptr_equal(filter, &judged);
	judged = *facts;
	nr_judged++;
	return pass;
}

static int record_take(void *ctx, struct capture_record *record)
{
	assert_ptr_equal(ctx, &sink);
	assert_non_null(record->line->text);
	nr_taken++;
	if (sink.lines_only)
		return 0;
	if (record->type == LINE_STALL)
		assert_members(*record, report.id, 7, report.duration, 30, stall.in.src, 1);
	if (record->type == LINE_SNAPSHOT)
		assert_members(record->snap, window.mono_end, 3000, nr_cpus, 1, nr_fns,
			       sink.parser.cpus_only ? 0 : 1);
	if (record->type == LINE_IPI)
		assert_string_equal(record->ipi.func_text, "f");
	return record->type == LINE_SNAPSHOT ? -EIO : 0;
}

static void begin(struct capture_sink how)
{
	sink = how;
	sink.take = record_take;
	sink.ctx = &sink;
	sink.filter = &judged;
	nr_judged = nr_taken = 0;
	pass = true;
	assert_int_equal(capture_sink__open(&sink), 0);
}

/* The reader hands over only lines of which jansson makes an object if it has the memory for that. */
#define NO_OBJECT "{"

static int line(enum line_type type, const char *text)
{
	return capture_sink__line(&sink, &(struct capture_line){ text, strlen(text), type, 1 });
}

TEST(a_sink_takes_its_types)
{
	begin((struct capture_sink){ .types = 1U << LINE_STALL | 1U << LINE_SNAPSHOT });
	assert_int_equal(line(LINE_STALL, a_stall), 0);
	assert_int_equal(line(LINE_SNAPSHOT, a_window), -EIO);
	assert_int_equal(line(LINE_IPI, a_csd), 0);
	sink.parser.cpus_only = true;
	assert_int_equal(line(LINE_SNAPSHOT, a_window), -EIO);
	assert_int_equal(nr_taken, 3);
	assert_int_equal(line(LINE_STALL, NO_OBJECT), -ENOMEM);
	assert_int_equal(line(LINE_STORM, NO_OBJECT), 0);
	capture_sink__close(&sink);
}

TEST(a_filter_judges_facts_of_a_line)
{
	begin((struct capture_sink){ .types = -1, .passes = facts_judge });
	assert_int_equal(line(LINE_STALL, a_stall), 0);
	assert_members(judged, type, LINE_STALL, from, 60, to, 90, src, 1, dst, UINT64_MAX, pid, 5);
	assert_int_equal(line(LINE_IPI, a_csd), 0);
	assert_members(judged, type, LINE_IPI, from, 50, to, 50, src, 1, dst, 2, pid, 5);
	assert_string_equal(judged.func, "f");
	assert_int_equal(nr_taken, 2);
	pass = false;
	assert_int_equal(line(LINE_STALL, a_stall) | line(LINE_IPI, a_csd), 0);
	assert_int_equal(nr_judged, 4);
	assert_int_equal(nr_taken, 2);
	capture_sink__close(&sink);
}

TEST(a_line_as_it_is_is_parsed_for_a_filter_alone)
{
	begin((struct capture_sink){ .types = -1, .lines_only = true });
	assert_int_equal(line(LINE_STALL, NO_OBJECT) | line(LINE_IPI, NO_OBJECT) |
				 line(LINE_OTHER, NO_OBJECT),
			 0);
	assert_int_equal(nr_taken, 3);
	assert_int_equal(line(LINE_CAPTURE, NO_OBJECT), -ENOMEM);
	sink.passes = facts_judge;
	assert_int_equal(line(LINE_STALL, NO_OBJECT), -ENOMEM);
	assert_int_equal(line(LINE_IPI, NO_OBJECT), -EBADMSG);
	assert_int_equal(line(LINE_IPI, a_csd) | line(LINE_SNAPSHOT, a_window), 0);
	assert_members(judged, type, LINE_SNAPSHOT, from, 1000, to, 3000);
	assert_int_equal(nr_taken, 5);
	capture_sink__close(&sink);
}

TEST_MAIN(NULL, NULL)
