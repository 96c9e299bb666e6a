// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "stall/flight.h"
#include "stall/watcher_threads.h"
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

/* How long a file waits for the lines up to its trigger: the member that has them may be stuck. */
#define GATHER_WAIT_NS 30000000ULL

/* How long a file waits for the records of csds that are outstanding at the file's end. */
#define SETTLE_WAIT_NS 2500000000ULL

enum slot_state {
	SLOT_FREE,
	SLOT_FILLING,
	SLOT_SET,
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
	uint64_t framed_settled; /* "settled" when the last frame was closed */
	_Atomic uint64_t lost; /* the number `lost` that gather() reported last */
	_Atomic int status;
	/* Used only by the member that writes: */
	struct flight_file file;
	struct trigger_span span;
	uint64_t lost_before; /* lines lost before the file was begun */
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

/*
 * Have a file written for the trigger that waited, unless the trigger belongs to the file just
 * finished.
 */
static void next_take(struct flight *flight)
{
	struct trigger trigger = flight->next;

	flight->next_slot = SLOT_FREE;
	if (trigger.time >= flight->end && trigger.time >= flight->retry)
		trigger_put(flight, &trigger);
}

/* Whether the trigger's file needs lines that are in no frame yet. */
static bool needs_frame(const struct flight *flight)
{
	uint64_t framed = flight->framed, end, time;

	if (flight->slot != SLOT_SET)
		return false;
	/* Not flight->trigger: the file may be finished, and the next trigger be written there, meanwhile. */
	end = flight->end;
	time = end - flight->config.after;
	/*
	 * The records from before the trigger may be held until a csd ends that was outstanding
	 * then.
	 */
	return framed < time || flight->framed_settled < time ||
	       (framed < end && flight->settled >= end);
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

/* Whether the file may end: all its lines are in frames, or it has waited long enough. */
static bool may_end(const struct flight *flight, uint64_t now)
{
	uint64_t end = flight->trigger.time + flight->config.after;

	return (flight->settled >= end && flight->framed >= end) || now >= end + SETTLE_WAIT_NS;
}

static uint64_t sum_lost(const struct flight *flight)
{
	return flight->lost + flight->ring.refused + flight->handed.refused;
}

static void file_finish(struct flight *flight, int err)
{
	struct trigger trigger = flight->trigger;
	int fd = flight->file.fd;

	if (err)
		flight_file__give_up(&flight->file);
	else
		err = flight_file__end(&flight->file, sum_lost(flight) - flight->lost_before);
	if (err)
		flight->retry = mono_ns() + flight->config.after;
	flight->slot = SLOT_FREE;
	flight->config.finished(flight->config.ctx, &trigger, fd, err);
}

static int file_begin(struct flight *flight)
{
	int fd = flight->config.create(flight->config.ctx, &flight->trigger);

	if (fd < 0) {
		flight->retry = mono_ns() + flight->config.after;
		flight->slot = SLOT_FREE;
		return fd;
	}
	flight->span = (struct trigger_span){
		.before = flight->config.before,
		.after = flight->config.after,
	};
	flight->lost_before = sum_lost(flight);
	return flight_file__begin(&flight->file, fd, &flight->trigger, &flight->span);
}

/* Begin, continue or finish the file, if there is a trigger; @last: the run is over. */
static void file_tend(struct flight *flight, bool last)
{
	uint64_t now = mono_ns();
	int err = 0;

	if (flight->slot == SLOT_FREE && flight->next_slot == SLOT_SET)
		next_take(flight);
	if (flight->slot != SLOT_SET)
		return;
	if (flight->file.fd < 0) {
		if (!last && !is_framed(flight) && now - flight->trigger.time < GATHER_WAIT_NS)
			return;
		err = file_begin(flight);
		if (flight->file.fd < 0)
			return;
	}
	/* Ask before the frames are written: the file gets the lines that are in frames by now. */
	last |= may_end(flight, now);
	if (!err)
		err = is_framed(flight) ? flight_file__go_on(&flight->file) :
					  flight_file__copy(&flight->file, flight->writer);
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
	if (!err)
		err = flight_file__open(&flight->file, &flight->ring, config->head);
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
	flight_file__close(&flight->file);
	capture_writer__close(flight->writer);
	frame_ring__close(&flight->ring);
	free(flight);
}
