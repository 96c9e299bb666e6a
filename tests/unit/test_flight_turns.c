// SPDX-License-Identifier: GPL-2.0
/* The flight recorder without its threads: the test takes their turns, and sets the clock. */
#include <sys/mman.h>
#include "base/clock.h"
#include "unit.h"

static uint64_t test_now; /* ns; the clock that flight.c reads here */

static uint64_t test_mono_ns(void)
{
	return test_now;
}

#define mono_ns test_mono_ns
#include "stall/flight.c"

#define MS     1000000ULL
#define T0     (5000 * MS)
#define BEFORE (700 * MS)
#define AFTER  (200 * MS)

static struct {
	uint64_t made; /* lines: one each ms, whose time is the ms since T0 */
	uint64_t settled; /* what gather() reports; 0: the present */
	uint64_t lost;
	int gathers, creates, files;
	int create_err, fd, err;
	struct trigger finished;
} source;

static struct flight *flight;

static int fake_gather(void *ctx, struct flight_gathered *gathered)
{
	char line[128];

	source.gathers++;
	for (; T0 + source.made * MS < test_now; source.made++) {
		int len = snprintf(line, sizeof(line),
				   "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":%llu}\n",
				   (unsigned long long)source.made);

		assert_int_equal(flight__add(flight, line, len), 0);
	}
	gathered->settled = source.settled ?: test_now;
	gathered->lost = source.lost;
	return 0;
}

static int fake_create(void *ctx, const struct trigger *trigger)
{
	source.creates++;
	if (source.create_err)
		return source.create_err;
	source.fd = memfd_create("flight", MFD_CLOEXEC);
	return source.fd;
}

static void fake_finished(void *ctx, const struct trigger *trigger, int fd, int err)
{
	assert_int_equal(fd, source.fd);
	source.finished = *trigger;
	source.err = err;
	source.files++;
}

static int setup(void **state)
{
	static struct host host;
	static struct capture_head head = { .host = &host, .minor = 1 };
	const struct flight_config config = {
		.before = BEFORE,
		.after = AFTER,
		.size = 8 << 20,
		.head = &head,
		.gather = fake_gather,
		.create = fake_create,
		.finished = fake_finished,
	};

	memset(&source, 0, sizeof(source));
	source.fd = -1;
	test_now = T0;
	if (flight__open(&flight, &config))
		return -1;
	flight->framed = flight->covered = T0;
	return 0;
}

static int teardown(void **state)
{
	flight__close(flight);
	if (source.fd >= 0)
		close(source.fd);
	return 0;
}

/* Take a turn each @step until @now. */
static void turns_until(uint64_t now, uint64_t step)
{
	while (test_now < now) {
		test_now = test_now + step < now ? test_now + step : now;
		take_turn(flight, 0);
	}
}

static void trigger_at(uint64_t time)
{
	const struct trigger trigger = { .kind = TRIGGER_SIGNAL, .time = time };

	flight__trigger(flight, &trigger);
}

/* What a file has: how many lines, the first and the last time, ms. */
struct held {
	uint64_t first, last, lines;
	int triggers;
	uint64_t lost, lines_said;
	struct capture_result result;
};

static int take_line(void *ctx, const struct capture_line *line)
{
	json_t *object = capture_line__object(line);
	uint64_t time = json_integer_value(json_object_get(object, "time"));
	struct held *held = ctx;

	held->triggers += line->type == LINE_TRIGGER;
	if (line->type == LINE_IPI) {
		held->first = held->lines++ ? held->first : time;
		held->last = time;
	} else if (line->type == LINE_CAPTURE_END) {
		held->lost = json_integer_value(json_object_get(object, "lost"));
		held->lines_said = json_integer_value(json_object_get(object, "lines"));
	}
	json_decref(object);
	return 0;
}

/* Read the file, which is whole, and close the file. */
static struct held file_read(void)
{
	struct held held = {};

	lseek(source.fd, 0, SEEK_SET);
	capture__read(source.fd, take_line, &held, &held.result);
	close(source.fd);
	source.fd = -1;
	assert_members(held, result.end, CAPTURE_WHOLE, triggers, 1);
	assert_int_equal(held.lines_said, held.lines + 3);
	/* No line is there twice, and none is missing. */
	assert_int_equal(held.lines, held.last - held.first + 1);
	return held;
}

TEST_F(a_file_ends_when_its_time_is_over)
{
	uint64_t trigger = T0 + 1000 * MS;
	struct held held;

	turns_until(trigger, 40 * MS);
	assert_int_equal(source.creates, 0);
	trigger_at(trigger);
	take_turn(flight, 0);
	assert_int_equal(source.creates, 1);
	turns_until(trigger + AFTER - 1, 40 * MS);
	assert_int_equal(source.files, 0);
	turns_until(trigger + AFTER, 40 * MS);
	assert_members(source, files, 1, err, 0, finished.time, trigger);
	held = file_read();
	/* The frames that have lines from before: the one that 300 ms lie in, too. */
	assert_true(held.first <= 300);
	assert_int_equal(held.last, 1199);
	assert_int_equal(held.lost, 0);
	assert_members(flight__state(flight), triggers, 1, lost, 0, status, 0);
	/* Nothing is written any more. */
	turns_until(trigger + 1000 * MS, 40 * MS);
	assert_members(source, files, 1, creates, 1);
}

/* The end of the second file depends on its own trigger alone, and so does what belongs to that file. */
TEST_F(each_file_has_an_end_of_its_own)
{
	turns_until(T0 + 1000 * MS, 40 * MS);
	trigger_at(T0 + 1000 * MS);
	turns_until(T0 + 1200 * MS, 40 * MS);
	assert_int_equal(source.files, 1);
	file_read();
	turns_until(T0 + 2000 * MS, 40 * MS);
	trigger_at(T0 + 2000 * MS);
	turns_until(T0 + 2200 * MS - 1, 40 * MS);
	assert_int_equal(source.files, 1);
	trigger_at(T0 + 2200 * MS);
	turns_until(T0 + 2200 * MS, 40 * MS);
	assert_members(source, files, 2, finished.time, T0 + 2000 * MS);
	assert_int_equal(file_read().last, 2199);
	turns_until(T0 + 2400 * MS, 40 * MS);
	assert_members(source, files, 3, finished.time, T0 + 2200 * MS);
	assert_int_equal(file_read().last, 2399);
}

/* A trigger before the end of a file belongs to that file; one at the end has its own. */
TEST_F(a_trigger_at_the_end_of_a_file_waits)
{
	turns_until(T0 + 1000 * MS, 40 * MS);
	trigger_at(T0 + 1000 * MS);
	turns_until(T0 + 1100 * MS, 40 * MS);
	trigger_at(T0 + 1200 * MS - 1);
	trigger_at(T0 + 1200 * MS);
	trigger_at(T0 + 1300 * MS);
	turns_until(T0 + 1200 * MS, 40 * MS);
	assert_members(source, files, 1, creates, 1);
	file_read();
	turns_until(T0 + 1400 * MS, 40 * MS);
	assert_members(source, files, 2, creates, 2, finished.time, T0 + 1200 * MS);
	assert_int_equal(file_read().last, 1399);
	turns_until(T0 + 2000 * MS, 40 * MS);
	assert_members(source, files, 2, creates, 2);
	assert_int_equal(flight__state(flight).triggers, 4);
}

/* Records of csds that are outstanding may come late, but not for ever. */
TEST_F(a_file_waits_for_what_is_not_settled)
{
	uint64_t end = T0 + 1200 * MS;

	turns_until(T0 + 1000 * MS, 40 * MS);
	source.settled = T0 + 1000 * MS;
	trigger_at(T0 + 1000 * MS);
	turns_until(end + 500 * MS, 40 * MS);
	assert_int_equal(source.files, 0);
	source.settled = end;
	turns_until(end + 540 * MS, 40 * MS);
	assert_int_equal(source.files, 1);
	/* The lines that came with the settled time are in the file: one may be a late record. */
	assert_int_equal(file_read().last, 1739);
	source.settled = T0;
	test_now = T0 + 3000 * MS;
	trigger_at(test_now);
	end = test_now + AFTER;
	turns_until(end + SETTLE_WAIT_NS - 1, 40 * MS);
	assert_int_equal(source.files, 1);
	turns_until(end + SETTLE_WAIT_NS, 40 * MS);
	assert_int_equal(source.files, 2);
	file_read();
}

/* Read the file while it is written: with a position of its own. */
static struct held file_peek(void)
{
	struct held held = {};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", source.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	capture__read(fd, take_line, &held, &held.result);
	close(fd);
	return held;
}

/* The member that gathers is stuck: the file begins without the lines that this member has. */
TEST_F(a_file_waits_for_a_member_that_is_stuck)
{
	struct held held;

	turns_until(T0 + 990 * MS, 10 * MS);
	flight->gathering = true;
	trigger_at(T0 + 1000 * MS);
	turns_until(T0 + 1000 * MS + GATHER_WAIT_NS - 1, 10 * MS);
	assert_int_equal(source.creates, 0);
	turns_until(T0 + 1000 * MS + GATHER_WAIT_NS, 10 * MS);
	assert_int_equal(source.creates, 1);
	/* All that was gathered is in the file at once, though it is in no frame. */
	assert_true(flight->framed < T0 + 990 * MS);
	held = file_peek();
	assert_members(held, result.end, CAPTURE_CUT, last, 989, triggers, 1);
	turns_until(T0 + 1300 * MS, 10 * MS);
	assert_int_equal(source.files, 0);
	assert_int_equal(file_peek().lines, held.lines);
	/* The member goes on: each line is in the file, and once. */
	flight->gathering = false;
	turns_until(T0 + 1310 * MS, 10 * MS);
	assert_int_equal(source.files, 1);
	held = file_read();
	assert_true(held.first <= 300);
	assert_true(held.last >= 1199);
}

/* After a file that failed, triggers are only counted for as long as a file lasts. */
TEST_F(a_file_that_fails_is_tried_again_later)
{
	uint64_t failed;

	turns_until(T0 + 1000 * MS, 40 * MS);
	source.create_err = -EACCES;
	trigger_at(T0 + 1000 * MS);
	take_turn(flight, 0);
	failed = test_now;
	assert_members(source, creates, 1, files, 0);
	source.create_err = 0;
	trigger_at(failed + AFTER - 1);
	turns_until(failed + AFTER, 40 * MS);
	assert_int_equal(source.creates, 1);
	trigger_at(failed + AFTER);
	take_turn(flight, 0);
	assert_int_equal(source.creates, 2);
	turns_until(failed + 2 * AFTER, 40 * MS);
	assert_members(source, files, 1, finished.time, failed + AFTER);
	file_read();
	assert_int_equal(flight__state(flight).triggers, 3);
}

/* A frame is closed when it is old, or when a trigger needs its lines. */
TEST_F(a_frame_gets_old)
{
	test_now = T0 + MS;
	take_turn(flight, 0);
	assert_int_equal(source.made, 1);
	assert_int_equal(flight->framed, T0);
	turns_until(T0 + MS + FLIGHT_FRAME_NS - 1, 40 * MS);
	assert_int_equal(flight->framed, T0);
	assert_int_equal(flight__state(flight).held_bytes, 0);
	turns_until(T0 + MS + FLIGHT_FRAME_NS, 40 * MS);
	assert_int_equal(flight->framed, test_now);
	assert_true(flight__state(flight).held_bytes > 0);
	assert_true(flight__state(flight).held_ns >= FLIGHT_FRAME_NS);
	/* The next frame begins with its first line. */
	turns_until(test_now + FLIGHT_FRAME_NS - 1, 40 * MS);
	assert_int_equal(flight->framed, T0 + MS + FLIGHT_FRAME_NS);
	trigger_at(test_now);
	take_turn(flight, 0);
	assert_int_equal(flight->framed, test_now);
}

static char *line_of(int n)
{
	char *line;

	assert_true(asprintf(&line, "{\"schema\":\"ipitrace/1\",\"type\":\"news\",\"n\":%d}\n", n) >
		    0);
	return line;
}

/* Lines of the main thread wait for a member; more than there is room for are lost, and counted. */
TEST_F(lines_that_are_handed_over_have_bounded_room)
{
	for (int i = 0; i < HANDED_MAX + 3; i++)
		flight__hand_over(flight, line_of(i));
	assert_int_equal(flight->handed.refused, 3);
	assert_int_equal(flight__state(flight).lost, 3);
	assert_int_equal(flight->handed.freed, 0);
	take_turn(flight, 0);
	assert_int_equal(flight->handed.taken, HANDED_MAX);
	assert_int_equal(capture_writer__lines(flight->writer), HANDED_MAX);
	/* There is room again, and lines that were taken are freed. */
	for (int i = 0; i < 2; i++)
		flight__hand_over(flight, line_of(i));
	assert_int_equal(flight->handed.freed, HANDED_MAX);
	assert_int_equal(flight->handed.refused, 3);
	take_turn(flight, 0);
	assert_int_equal(capture_writer__lines(flight->writer), HANDED_MAX + 2);
	source.lost = 5;
	take_turn(flight, 0);
	assert_int_equal(flight__state(flight).lost, 8);
}

/* A file has what was lost while it was written. */
TEST_F(a_file_says_what_was_lost)
{
	source.lost = 5;
	turns_until(T0 + 1000 * MS, 40 * MS);
	trigger_at(T0 + 1000 * MS);
	take_turn(flight, 0);
	source.lost = 7;
	turns_until(T0 + 1200 * MS, 40 * MS);
	assert_int_equal(source.files, 1);
	assert_int_equal(file_read().lost, 2);
}

/* The end of the run ends the file, and begins that of a trigger which waits. */
TEST_F(the_end_ends_all_files)
{
	turns_until(T0 + 1000 * MS, 40 * MS);
	trigger_at(T0 + 1000 * MS);
	take_turn(flight, 0);
	trigger_at(T0 + 1200 * MS);
	test_now = T0 + 1050 * MS;
	gather(flight, true);
	file_tend(flight, true);
	assert_members(source, files, 1, creates, 1);
	assert_int_equal(file_read().last, 1049);
	file_tend(flight, true);
	assert_members(source, files, 2, creates, 2, finished.time, T0 + 1200 * MS);
	assert_int_equal(file_read().last, 1049);
	file_tend(flight, true);
	assert_int_equal(source.creates, 2);
}

TEST_MAIN(NULL, NULL)
