/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: the last lines of a run in memory, compressed, and a file with the
 * time before and after each trigger, also while a CPU is stuck.
 *
 * A crew of threads, each on a CPU of its own, takes turns at two jobs. Whoever has a turn
 * takes each job that nobody is at: to gather the lines that have come into frames, and to
 * write frames to the file. A member whose CPU gets stuck keeps its job until that CPU
 * goes on. If the job was to gather, then another member writes the frames so far, and the
 * lines that were gathered since the last frame; what comes after follows later.
 */
#ifndef IPITRACE_STALL_FLIGHT_H
#define IPITRACE_STALL_FLIGHT_H

#include "model/incident.h"
#include "view/capture/capture.h"
#include "view/json/json.h"

struct flight;

/* How often each member of the crew has a turn. */
#define FLIGHT_TURN_NS 40000000ULL

/* A frame is closed when it is full, so old, or older than a trigger. */
#define FLIGHT_FRAME_NS 500000000ULL

/* The result of gather(). */
struct flight_gathered {
	uint64_t settled; /* everything of before that time has been handed over, ns */
	uint64_t lost; /* records and reports so far that found no room on their way */
};

struct flight_config {
	uint64_t before, after; /* the trigger, ns */
	size_t size; /* bytes of memory for the frames */
	const struct capture_head *head; /* of the files; lives as long as the recorder */
	/*
	 * By the crew, one at a time: hand over what has come by flight__add(). 0 or an
	 * exit status, which ends the run.
	 */
	int (*gather)(void *ctx, struct flight_gathered *gathered);
	/*
	 * A new file for @trigger: a descriptor or a negative errno. By the crew. Where a
	 * file fails, the triggers of the next @after ns are only counted.
	 */
	int (*create)(void *ctx, const struct trigger *trigger);
	/*
	 * The file is finished: 0, or the negative errno at which it ends early. The
	 * descriptor is the callee's to close. By the crew.
	 */
	void (*finished)(void *ctx, const struct trigger *trigger, int fd, int err);
	void *ctx;
};

struct flight_state {
	uint64_t held_ns; /* the time that the memory covers */
	uint64_t held_bytes;
	uint64_t lost; /* lines that found no place in memory, and what gather() reported */
	uint64_t triggers;
	int status; /* not 0: gather() failed so */
};

/* As root, then watcher_threads__lock_memory(). 0, or -EINVAL: the size is too small, or -ENOMEM. */
int flight__open(struct flight **flight, const struct flight_config *config);

/* Start the crew. 0 or a negative errno. */
int flight__start(struct flight *flight);

/* By the main thread now and then: the crew's part that may wait. */
void flight__tend(struct flight *flight);

/*
 * From any thread, under the rule of the room: write a file. A trigger within @after of the
 * last one belongs to that one's file; a later one waits until that file is finished.
 */
void flight__trigger(struct flight *flight, const struct trigger *trigger);

/* In gather(): whole lines. A taker of records and reports: 0 or a negative errno. */
int flight__add(void *flight, const char *text, size_t len);

/* By the main thread: @line, as malloc() gave it, is the callee's. */
void flight__hand_over(struct flight *flight, char *line);

struct flight_state flight__state(const struct flight *flight);

/* End the crew, gather once more, and finish the file. */
void flight__stop(struct flight *flight);
void flight__close(struct flight *flight);

/*
 * A file of the flight recorder: from frames in memory to a capture, while more frames
 * come. Under the rule of the room but for the writes, which wait for their disk. By one
 * thread at a time.
 */

/* All zero: not open. */
struct flight_file {
	struct frame_ring *ring;
	struct capture_writer *writer;
	struct json_pool pool;
	char *text; /* a line on its way */
	struct capture_head head; /* of all files; part, mono and started: of this one */
	int fd; /* negative: no file is being written */
	uint64_t next; /* the number of the next frame */
	bool copied; /* the file has the lines of the next frame that is marked so */
};

/* @head, and the strings that it points to, must live as long as @file. 0 or -ENOMEM. */
int flight_file__open(struct flight_file *file, struct frame_ring *ring,
		      const struct capture_head *head);
void flight_file__close(struct flight_file *file);

/*
 * Begin a capture in @fd, an empty file that is the caller's until flight_file__end(), with
 * the frames of span->before ns before the trigger. Sets span->from. 0 or a negative errno.
 */
int flight_file__begin(struct flight_file *file, int fd, const struct trigger *trigger,
		       struct trigger_span *span);

/* Write the frames that have come. 0 or a negative errno. */
int flight_file__go_on(struct flight_file *file);

/* The same, then the lines of @gatherer's that are in no frame yet: its thread is stuck. */
int flight_file__copy(struct flight_file *file, struct capture_writer *gatherer);

/*
 * Write the last line; @lost: lines that should be in the file and found no room. The frames
 * are no longer needed, whatever the result: 0 or a negative errno.
 */
int flight_file__end(struct flight_file *file, uint64_t lost);

/* Give the capture up: it ends early. */
void flight_file__give_up(struct flight_file *file);

#endif /* IPITRACE_STALL_FLIGHT_H */
