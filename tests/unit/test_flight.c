// SPDX-License-Identifier: GPL-2.0
/*
 * A trigger makes the time before and after it be written, even if a thread of the crew is stuck.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "cli/exit_status.h"
#include "stall/stall_run.h"
#include "skip.h"
#include "unit.h"
#include "view/capture/capture.h"

#define MS     1000000ULL
#define BEFORE (700 * MS)
#define AFTER  (200 * MS)
#define HOUR   (3600000 * MS)

/* A source that makes a line each ms; the number of a line is the time since the start in ms. */
static struct source {
	struct flight *flight;
	uint64_t start;
	_Atomic uint64_t made; /* lines */
	_Atomic uint64_t hold; /* lines from that number on are held back; 0: none */
	_Atomic uint64_t gathers;
	_Atomic uint64_t gathered; /* time of the last gather(), ms since the start */
	_Atomic uint64_t longest; /* the longest time between two gathers, ms */
	_Atomic bool stick; /* the next gather() gets stuck */
	_Atomic bool stuck;
	_Atomic int files;
	_Atomic int err; /* of the last file */
	_Atomic int create_err;
	_Atomic int refused; /* files that create() did not make */
	_Atomic uint64_t lost; /* records that gather() missed */
	_Atomic int status; /* what gather() returns */
	bool closes; /* nobody reads the files */
	_Atomic int fd;
} source;

static void pass_ms(long ms)
{
	usleep(ms * 1000);
}

static int gather(void *ctx, struct flight_gathered *gathered)
{
	uint64_t now = mono_ns(), end = (now - source.start) / MS, hold = source.hold;
	char line[128];

	if (end - source.gathered > source.longest)
		source.longest = end - source.gathered;
	source.gathered = end;
	if (hold && hold < end) {
		end = hold;
		now = source.start + hold * MS;
	}
	for (; source.made < end; source.made++) {
		int len = snprintf(line, sizeof(line),
				   "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":%llu}\n",
				   (unsigned long long)source.made);

		flight__add(source.flight, line, len);
	}
	gathered->settled = now;
	gathered->lost = source.lost;
	source.gathers++;
	for (source.stuck = source.stick; source.stick;)
		pass_ms(1);
	source.stuck = false;
	return source.status;
}

static int create(void *ctx, const struct trigger *trigger)
{
	int err = source.create_err;

	if (!err)
		source.fd = memfd_create("flight", MFD_CLOEXEC);
	source.refused += !!err;
	return err ? err : source.fd;
}

static void finished(void *ctx, const struct trigger *trigger, int fd, int err)
{
	assert_int_equal(fd, source.fd);
	if (source.closes)
		close(fd);
	source.err = err;
	source.files++;
}

static struct flight *begin(uint64_t before)
{
	static struct host host;
	static struct capture_head head = { .host = &host, .minor = 1 };
	const struct flight_config config = {
		.before = before,
		.after = AFTER,
		.size = 8 << 20,
		.head = &head,
		.gather = gather,
		.create = create,
		.finished = finished,
	};

	source = (struct source){ .start = mono_ns() };
	assert_int_equal(flight__open(&source.flight, &config), 0);
	assert_int_equal(flight__start(source.flight), 0);
	return source.flight;
}

static void trigger_at(struct flight *flight, uint64_t time)
{
	const struct trigger trigger = { .kind = TRIGGER_SIGNAL, .time = time };

	flight__trigger(flight, &trigger);
}

static uint64_t trigger(struct flight *flight)
{
	uint64_t now = mono_ns();

	trigger_at(flight, now);
	return (now - source.start) / MS;
}

/* The contents of a file. */
struct held {
	uint64_t first, last; /* lines, in order and without a gap */
	uint64_t lines;
	int triggers;
	uint64_t frames;
	struct capture_result result;
};

/* The capture is compressed, so the four bytes that begin a frame occur nowhere else. */
static uint64_t frames_count(int fd)
{
	static const char magic[] = { 0x28, (char)0xb5, 0x2f, (char)0xfd };
	static char bytes[1 << 20];
	ssize_t size = pread(fd, bytes, sizeof(bytes), 0);
	uint64_t frames = 0;

	for (ssize_t at = 0; at + 4 <= size; at++)
		frames += !memcmp(bytes + at, magic, 4);
	return frames;
}

static int line_take(void *ctx, const struct capture_line *line)
{
	json_t *object = capture_line__object(line);
	uint64_t number = json_integer_value(json_object_get(object, "time"));
	struct held *held = ctx;

	held->triggers += line->type == LINE_TRIGGER;
	if (line->type == LINE_IPI) {
		if (held->lines)
			assert_int_equal(number, held->last + 1);
		else
			held->first = number;
		held->last = number;
		held->lines++;
	}
	json_decref(object);
	return 0;
}

static struct held read_file(void)
{
	struct held held = {};
	char path[64];
	int fd;

	/* Open the file again, to have another file position. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", source.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	held.frames = frames_count(fd);
	capture__read(fd, line_take, &held, &held.result);
	close(fd);
	return held;
}

static void wait_for_files(int nr)
{
	for (int i = 0; i < 30000 && source.files < nr; i++)
		pass_ms(1);
	assert_int_equal(source.files, nr);
}

static void end(struct flight *flight)
{
	source.stick = false;
	flight__stop(flight);
	flight__close(flight);
}

TEST(a_file_has_the_time_before_and_after)
{
	struct flight *flight = begin(BEFORE);
	struct held held;
	uint64_t at;

	pass_ms(1500);
	at = trigger(flight);
	/* The time after the trigger belongs to the same file. */
	trigger_at(flight, source.start + (at + 50) * MS);
	wait_for_files(1);
	assert_int_equal(source.err, 0);
	held = read_file();
	assert_members(held, result.end, CAPTURE_WHOLE, triggers, 1);
	assert_true(held.first <= at - BEFORE / MS);
	/* A frame of half a second more, and what a gather() adds, which is late on a busy machine. */
	assert_true(held.first + 600 + 2 * source.longest >= at - BEFORE / MS);
	assert_true(held.last + 1 >= at + AFTER / MS);
	/* Frames of half a second; the head, the end, and a few at the trigger and at the end. */
	assert_in_range(held.frames, 3, 7 + (held.last - held.first) / 500);
	/* The recorder goes on after the file. */
	close(source.fd);
	at = trigger(flight);
	wait_for_files(2);
	held = read_file();
	assert_true(held.first <= at - BEFORE / MS && held.last + 1 >= at + AFTER / MS);
	close(source.fd);
	assert_members(flight__state(flight), triggers, 3, lost, 0, dropped, false);
	assert_in_range(flight__state(flight).held_ns, 1, mono_ns());
	end(flight);
	assert_int_equal(source.files, 2);
}

/* Wait until the file that is being written has @line. */
static struct held read_up_to(uint64_t line)
{
	struct held held;

	for (int i = 0; i < 500; i++) {
		pass_ms(10);
		held = read_file();
		if (held.lines && held.last >= line)
			break;
	}
	return held;
}

TEST(a_stuck_member_holds_up_nobody)
{
	struct cpuset online;
	struct flight *flight;
	struct held held;
	uint64_t at, made;

	assert_int_equal(cpuset__read(&online, "online"), 0);
	if (skip_if(cpuset__count(&online) < 2, "one CPU: nobody is left"))
		return;
	flight = begin(HOUR);
	pass_ms(1500);
	source.stick = true;
	while (!source.stuck)
		pass_ms(1);
	made = source.made;
	at = trigger(flight);
	/* It is being written: all that was gathered, in frames or not. */
	held = read_up_to(made - 1);
	assert_members(held, result.end, CAPTURE_CUT, first, 0, last, made - 1);
	source.stick = false;
	wait_for_files(1);
	held = read_file();
	assert_int_equal(held.result.end, CAPTURE_WHOLE);
	assert_true(held.last + 1 >= at + AFTER / MS);
	close(source.fd);
	/* The lines that this file has from elsewhere are frames for the next one. */
	trigger(flight);
	wait_for_files(2);
	held = read_file();
	assert_members(held, result.end, CAPTURE_WHOLE, first, 0);
	assert_true(held.last > made);
	close(source.fd);
	assert_int_equal(flight__state(flight).lost, 0);
	end(flight);
}

static void pass_gathers(void)
{
	uint64_t gathers = source.gathers;

	while (source.gathers < gathers + 2)
		pass_ms(1);
}

TEST(what_is_held_back_is_written_as_it_comes)
{
	struct flight *flight = begin(BEFORE);
	struct held held;

	source.hold = 100;
	pass_ms(200);
	trigger(flight);
	pass_gathers();
	for (int i = 0; i < 5; i++) {
		source.hold += 10;
		pass_gathers();
	}
	held = read_up_to(source.hold - 1);
	assert_members(held, result.end, CAPTURE_CUT, last, source.hold - 1);
	/* The head, and a frame for each of the five. */
	assert_true(held.frames >= 6);
	source.hold = 0;
	wait_for_files(1);
	close(source.fd);
	end(flight);
}

TEST(a_trigger_behind_the_end_of_a_file_has_its_own)
{
	struct flight *flight = begin(BEFORE);
	struct held held;
	uint64_t at;
	int first;

	source.hold = 100;
	pass_ms(200);
	trigger(flight);
	/* The file waits for what is held back, so it is not finished. */
	pass_ms(AFTER / MS + 10);
	assert_int_equal(source.files, 0);
	while (!source.fd)
		pass_ms(1);
	first = source.fd;
	at = trigger(flight);
	trigger(flight);
	source.hold = 0;
	wait_for_files(2);
	held = read_file();
	assert_int_equal(held.result.end, CAPTURE_WHOLE);
	assert_true(held.last + 1 >= at + AFTER / MS);
	end(flight);
	assert_int_equal(source.files, 2);
	close(first);
	close(source.fd);
}

TEST(the_end_of_the_run_ends_the_file)
{
	struct flight *flight = begin(BEFORE);
	struct held held;
	uint64_t at;

	pass_ms(100);
	at = trigger(flight);
	end(flight);
	assert_int_equal(source.files, 1);
	held = read_file();
	assert_members(held, result.end, CAPTURE_WHOLE, first, 0);
	assert_true(held.last + 1 >= at);
	close(source.fd);
}

TEST(without_a_file_it_goes_on)
{
	struct flight *flight = begin(BEFORE);

	source.create_err = -ENOSPC;
	trigger(flight);
	while (!source.refused)
		pass_ms(1);
	source.create_err = 0;
	/* A second trigger right after the first makes no file. */
	trigger(flight);
	pass_ms(100 + AFTER / MS);
	assert_int_equal(source.files, 0);
	trigger(flight);
	wait_for_files(1);
	assert_int_equal(source.err, 0);
	end(flight);
	close(source.fd);
}

TEST(what_was_not_gathered_is_said)
{
	struct flight *flight = begin(BEFORE);

	source.lost = 7;
	source.status = EXIT_FAILED;
	/* The first of these gathers is over once the second has begun. */
	for (uint64_t from = source.gathers; source.gathers < from + 2;)
		pass_ms(1);
	assert_members(flight__state(flight), lost, 7, status, EXIT_FAILED);
	end(flight);
}

static _Atomic bool enough;

/* A watcher of stalls, which has a file written for each. */
static void *trigger_often(void *flight)
{
	while (!enough) {
		trigger(flight);
		usleep(500);
	}
	return NULL;
}

/* The main thread hands lines over and asks for the state, while watchers trigger and the crew works. */
TEST(several_threads_trigger)
{
	static const char line[] = "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":0}\n";
	struct flight *flight = begin(BEFORE);
	pthread_t threads[3];

	source.closes = true;
	enough = false;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, trigger_often, flight), 0);
	for (int ms = 0; ms < 30000 && source.files < 4; ms++) {
		flight__hand_over(flight, strdup(line));
		flight__tend(flight);
		assert_int_equal(flight__state(flight).status, 0);
		pass_ms(1);
	}
	enough = true;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	end(flight);
	assert_true(source.files >= 4);
	assert_int_equal(source.err, 0);
}

TEST_MAIN(NULL, NULL)
