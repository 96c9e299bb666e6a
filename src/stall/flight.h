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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/trigger.h"
#include "view/json/capture.h"

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

#endif /* IPITRACE_STALL_FLIGHT_H */
