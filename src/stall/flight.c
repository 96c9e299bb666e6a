// SPDX-License-Identifier: GPL-2.0
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "stall/stall_run.h"
#include "view/capture/capture.h"

/* The most lines on their way at one time; they cover some seconds at least. */
#define HANDED_MAX 256

/*
 * Lines on their way from the main thread to a thread that must neither allocate nor free. The main
 * thread frees each line after the other thread took it. All zero: empty.
 */
struct handed_lines {
	char *lines[HANDED_MAX];
	_Atomic uint64_t put;
	_Atomic uint64_t taken;
	uint64_t freed;
	_Atomic uint64_t refused; /* lines that found no room */
};

static void free_up_to(struct handed_lines *handed, uint64_t end)
{
	for (; handed->freed != end; handed->freed++)
		free(handed->lines[handed->freed % HANDED_MAX]);
}

/* Room for the longest line: the first, which has the words of the command line. */
#define TEXT_BYTES (256 << 10)

/* How long a file waits for the lines up to its trigger: the member that has them may be stuck. */
#define GATHER_WAIT_NS 30000000ULL

/* How long a file waits for the records of csds that are outstanding at the file's end. */
#define SETTLE_WAIT_NS 2500000000ULL

enum slot_state {
	SLOT_FREE,
	SLOT_FILLING,
	SLOT_SET,
};

/*
 * A file: a capture of the frames in memory, while more frames come. Writing to the file obeys the
 * rule in README.md, except that writes wait for the disk.
 */
struct flight_file {
	struct capture_writer *writer;
	struct json_pool pool;
	char *text; /* room for one line of the file itself */
	struct capture_head head; /* of all files; only part, mono and started are this file's */
	int fd; /* negative: no file is being written */
	uint64_t next; /* the number of the next frame */
	bool copied; /* skip the next frame that is marked as copied: the file has its lines */
	uint64_t lost_before; /* lines lost before the file was begun */
};

struct flight {
	struct flight_config config;
	struct watcher_threads *crew;
	struct frame_ring ring;
	struct handed_lines handed;
	/* The trigger of the file. */
	_Atomic int slot; /* enum slot_state */
	_Atomic uint64_t triggers;
	_Atomic uint64_t retry; /* no file is begun before this time: the last file failed */
	struct trigger trigger;
	_Atomic uint64_t end; /* ns: what comes later does not belong to the trigger's file */
	/* A trigger that came after "end", while the file was not finished. */
	_Atomic int next_slot; /* enum slot_state */
	struct trigger next;
	/* For each of the two jobs: whether a member of the crew does it now. */
	_Atomic bool gathering;
	_Atomic bool writing;
	/* Used only by the member that gathers: */
	struct capture_writer *writer;
	uint64_t frame_began; /* when the first line of the frame came; 0: the frame is empty */
	uint64_t covered; /* lines that come from this time on are in the next frame */
	_Atomic uint64_t framed; /* lines that came before this time are in frames */
	_Atomic uint64_t settled; /* the time `settled` that gather() reported last */
	_Atomic uint64_t framed_settled; /* "settled" when the last frame was closed */
	_Atomic uint64_t lost; /* the number `lost` that gather() reported last */
	_Atomic int status;
	/* Used only by the member that writes: */
	struct flight_file file;
};

/* Put a frame into the ring, which counts a frame that finds no place. A capture_frame_fn. */
static int frame_take(void *ctx, const struct capture_frame *frame)
{
	struct flight *flight = ctx;
	uint64_t now = mono_ns();

	frame_ring__put(&flight->ring, frame, flight->covered, now);
	flight->frame_began = flight->covered = now;
	return 0;
}

int flight__add(void *ctx, const char *text, size_t len)
{
	struct flight *flight = ctx;

	if (len && !flight->frame_began)
		flight->frame_began = mono_ns();
	return capture_writer__add(flight->writer, text, len);
}

void flight__hand_over(struct flight *flight, char *line)
{
	struct handed_lines *handed = &flight->handed;

	free_up_to(handed, handed->taken);
	if (handed->put - handed->freed == HANDED_MAX) {
		handed->refused++;
		free(line);
		return;
	}
	handed->lines[handed->put % HANDED_MAX] = line;
	handed->put++;
}

/*
 * If the state @slot of @place is free, copy @trigger there; the caller then sets the state.
 * Returns whether it was free.
 */
static bool slot_fill(_Atomic int *slot, struct trigger *place, const struct trigger *trigger)
{
	int expected = SLOT_FREE;

	if (!atomic_compare_exchange_strong(slot, &expected, SLOT_FILLING))
		return false;
	*place = *trigger;
	return true;
}

/*
 * Have a file written for @trigger. If a file is being written, @trigger belongs to that file,
 * or waits until the file is finished.
 */
static void trigger_put(struct flight *flight, const struct trigger *trigger)
{
	if (slot_fill(&flight->slot, &flight->trigger, trigger)) {
		flight->end = trigger->time + flight->config.after;
		flight->slot = SLOT_SET;
	} else if (trigger->time >= flight->end &&
		   slot_fill(&flight->next_slot, &flight->next, trigger)) {
		flight->next_slot = SLOT_SET;
	}
}

void flight__trigger(struct flight *flight, const struct trigger *trigger)
{
	flight->triggers++;
	if (trigger->time >= flight->retry)
		trigger_put(flight, trigger);
}

/* Whether the trigger's file needs lines that are in no frame yet. */
static bool needs_frame(const struct flight *flight)
{
	uint64_t framed = flight->framed, end, time;

	if (flight->slot != SLOT_SET)
		return false;
	/*
	 * Do not read flight->trigger: meanwhile the member that writes may finish the file, and
	 * store the next trigger there.
	 */
	end = flight->end;
	time = end - flight->config.after;
	/*
	 * Records from before the trigger, or from before the file's end, may come late: when a csd
	 * ends that was outstanding.
	 */
	return framed < time || flight->framed_settled < time ||
	       (flight->settled >= end && (framed < end || flight->framed_settled < end));
}

/* Gather lines, and close the frame if it is time; @last: close the frame in any case. */
static void gather(struct flight *flight, bool last)
{
	struct handed_lines *handed = &flight->handed;
	struct flight_gathered gathered = {};
	uint64_t began = mono_ns();
	int status = flight->config.gather(flight->config.ctx, &gathered);
	bool is_old;

	if (status)
		flight->status = status;
	for (; handed->taken != handed->put; handed->taken++) {
		const char *line = handed->lines[handed->taken % HANDED_MAX];

		flight__add(flight, line, strlen(line));
	}
	flight->settled = gathered.settled;
	flight->lost = gathered.lost;
	is_old = flight->frame_began && mono_ns() - flight->frame_began >= FLIGHT_FRAME_NS;
	if (!last && !needs_frame(flight) && !is_old)
		return;
	capture_writer__flush(flight->writer);
	flight->framed_settled = gathered.settled;
	flight->frame_began = 0;
	flight->framed = flight->covered = began;
}

/* Whether the lines from before the trigger are in frames. */
static bool is_framed(const struct flight *flight)
{
	return flight->framed >= flight->trigger.time;
}

static uint64_t sum_lost(const struct flight *flight)
{
	return flight->lost + flight->ring.refused + flight->handed.refused;
}

/* Add the line in file->text; @len 0: the line found no room. Returns 0 or a negative errno. */
static int line_add(struct flight_file *file, size_t len)
{
	return len ? capture_writer__add(file->writer, file->text, len) : -ENOMEM;
}

/* Write the lines about the file itself, which have a frame of their own. 0 or a negative errno. */
static int head_write(struct flight_file *file, const struct trigger *trigger,
		      const struct trigger_span *span)
{
	uint64_t real = clock_ns(CLOCK_REALTIME) - mono_ns() + span->from;
	int err;

	file->head.part++;
	file->head.mono = span->from;
	file->head.started = (struct timespec){ real / 1000000000, real % 1000000000 };
	json_pool__enter(&file->pool);
	err = line_add(file, json__line(file->text, TEXT_BYTES, json__capture(&file->head)));
	json_pool__leave();
	json_pool__enter(&file->pool);
	if (!err)
		err = line_add(file, json__trigger(file->text, TEXT_BYTES, trigger, span));
	json_pool__leave();
	return err ? err : capture_writer__flush(file->writer);
}

/* Create the file, and begin a capture there with the frames from before the trigger. */
static int file_begin(struct flight *flight)
{
	struct trigger_span span = { .before = flight->config.before,
				     .after = flight->config.after };
	const struct trigger *trigger = &flight->trigger;
	uint64_t since = trigger->time > span.before ? trigger->time - span.before : 0;
	struct flight_file *file = &flight->file;
	int fd = flight->config.create(flight->config.ctx, trigger);
	struct capture_frame frame;

	if (fd < 0) {
		flight->retry = mono_ns() + flight->config.after;
		flight->slot = SLOT_FREE;
		return fd;
	}
	file->fd = fd;
	file->copied = false;
	file->lost_before = sum_lost(flight);
	file->next = frame_ring__pin(&flight->ring, since);
	if (!frame_ring__get(&flight->ring, file->next, &frame, &span.from))
		span.from = trigger->time;
	capture_writer__restart(file->writer, fd);
	return head_write(file, trigger, &span);
}

/* Write the frames that have come. Returns 0 or a negative errno. */
static int frames_write(struct flight *flight)
{
	struct flight_file *file = &flight->file;
	struct capture_frame frame;
	uint64_t from;
	int err = 0;

	while (!err && frame_ring__get(&flight->ring, file->next, &frame, &from)) {
		if (file->copied && frame.copied)
			file->copied = false;
		else
			err = capture_writer__frame(file->writer, &frame);
		file->next++;
		frame_ring__unpin(&flight->ring, file->next);
	}
	return err;
}

/*
 * Write the frames that have come, then the lines that are in no frame yet, because the member that
 * gathers is stuck. Returns 0 or a negative errno.
 */
static int frames_write_open(struct flight *flight)
{
	uint64_t open = capture_writer__open_frame(flight->writer);
	int err = frames_write(flight);

	if (err || !capture_writer__copy(flight->file.writer, flight->writer, open))
		return err;
	flight->file.copied = true;
	return capture_writer__flush(flight->file.writer);
}

/* Write the last line, unless the file has failed with @err, and give the frames back. */
static void file_finish(struct flight *flight, int err)
{
	struct flight_file *file = &flight->file;
	struct trigger trigger = flight->trigger;
	uint64_t lost = sum_lost(flight) - file->lost_before;
	const struct capture_foot foot = { .lines = capture_writer__lines(file->writer) + 1,
					   .mono = mono_ns(),
					   .lost = &lost };
	int fd = file->fd;

	if (!err) {
		json_pool__enter(&file->pool);
		err = line_add(file, json__line(file->text, TEXT_BYTES, json__capture_end(&foot)));
		json_pool__leave();
		if (!err)
			err = capture_writer__flush(file->writer);
	}
	frame_ring__unpin(&flight->ring, FRAME_RING_FREE);
	file->fd = -1;
	if (err)
		flight->retry = mono_ns() + flight->config.after;
	flight->slot = SLOT_FREE;
	flight->config.finished(flight->config.ctx, &trigger, fd, err);
}

/* Begin, continue or finish the file, if there is a trigger; @last: the run is over. */
static void file_tend(struct flight *flight, bool last)
{
	uint64_t now = mono_ns(), end;
	int err = 0;

	if (flight->slot == SLOT_FREE && flight->next_slot == SLOT_SET) {
		const struct trigger next = flight->next;

		/* The trigger that waited may belong to the file that has just been finished. */
		flight->next_slot = SLOT_FREE;
		if (next.time >= flight->end && next.time >= flight->retry)
			trigger_put(flight, &next);
	}
	if (flight->slot != SLOT_SET)
		return;
	if (flight->file.fd < 0) {
		if (!last && !is_framed(flight) && now - flight->trigger.time < GATHER_WAIT_NS)
			return;
		err = file_begin(flight);
		if (flight->file.fd < 0)
			return;
	}
	/*
	 * The file ends if all its lines are in frames, or if it has waited long enough. Check this
	 * before the frames are written, because the file gets only lines that are in frames now.
	 */
	end = flight->trigger.time + flight->config.after;
	last |= (flight->framed_settled >= end && flight->framed >= end) ||
		now >= end + SETTLE_WAIT_NS;
	if (!err)
		err = is_framed(flight) ? frames_write(flight) : frames_write_open(flight);
	if (err || last)
		file_finish(flight, err);
}

/* Do each of the two jobs that no other member does now. A watcher_scan_fn. */
static void take_turn(void *ctx, unsigned int which)
{
	struct flight *flight = ctx;

	(void)which;
	if (!atomic_exchange(&flight->gathering, true)) {
		gather(flight, false);
		flight->gathering = false;
	}
	if (!atomic_exchange(&flight->writing, true)) {
		file_tend(flight, false);
		flight->writing = false;
	}
}

int flight__open(struct flight **out, const struct flight_config *config)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	int err;

	if (!flight)
		return -ENOMEM;
	*out = flight;
	flight->config = *config;
	err = frame_ring__open(&flight->ring, config->size);
	if (!err)
		err = capture_writer__open_frames(&flight->writer, frame_take, flight);
	flight->file.head = *config->head;
	flight->file.fd = -1;
	flight->file.pool.size = JSON_POOL_BYTES;
	flight->file.pool.memory = calloc(1, JSON_POOL_BYTES);
	flight->file.text = calloc(1, TEXT_BYTES);
	if (!err && (!flight->file.pool.memory || !flight->file.text))
		err = -ENOMEM;
	if (!err)
		err = capture_writer__open(&flight->file.writer, -1);
	return err ? err : watcher_threads__open_calm(&flight->crew, FLIGHT_TURN_NS);
}

int flight__start(struct flight *flight)
{
	flight->framed = flight->covered = mono_ns();
	return watcher_threads__start(flight->crew, take_turn, flight);
}

void flight__tend(struct flight *flight)
{
	watcher_threads__place(flight->crew);
}

struct flight_state flight__state(const struct flight *flight)
{
	uint64_t since = flight->ring.since, now = mono_ns();

	return (struct flight_state){
		.held_ns = since ? now - since : 0,
		.held_bytes = flight->ring.held,
		.dropped = flight->ring.oldest,
		.lost = sum_lost(flight),
		.triggers = flight->triggers,
		.status = flight->status,
	};
}

void flight__stop(struct flight *flight)
{
	watcher_threads__stop(flight->crew);
	gather(flight, true);
	file_tend(flight, true);
	/* The file of a trigger that waited. */
	file_tend(flight, true);
}

void flight__close(struct flight *flight)
{
	if (!flight)
		return;
	watcher_threads__close(flight->crew);
	free_up_to(&flight->handed, flight->handed.put);
	capture_writer__close(flight->file.writer);
	free(flight->file.pool.memory);
	free(flight->file.text);
	capture_writer__close(flight->writer);
	frame_ring__close(&flight->ring);
	free(flight);
}
