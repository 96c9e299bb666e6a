/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder keeps the last lines of a run in memory, compressed, and writes a file
 * with the time before and after each trigger, also while a CPU is stuck.
 *
 * A crew of threads, each on a CPU of its own, takes turns at two jobs: gathering new lines into
 * frames, and writing frames to the file. The member that has a turn does each job that no other
 * member does. A member whose CPU gets stuck keeps its job until that CPU goes on. If that job is
 * gathering, another member writes the frames so far, and the lines that were gathered since the
 * last frame; later lines follow when the CPU goes on.
 */
#ifndef IPITRACE_STALL_FLIGHT_H
#define IPITRACE_STALL_FLIGHT_H

#include "view/json/json.h"

struct flight;

/* How often each member of the crew has a turn. */
#define FLIGHT_TURN_NS 40000000ULL

/* A frame is closed when it is full, when it is this old, or when a trigger needs its lines. */
#define FLIGHT_FRAME_NS 500000000ULL

/* The result of gather(). */
struct flight_gathered {
	uint64_t settled; /* everything from before this time has been handed over, ns */
	uint64_t lost; /* records and reports so far that found no room on their way */
};

struct flight_config {
	uint64_t before, after; /* how much time before and after a trigger a file has, ns */
	size_t size; /* bytes of memory for the frames */
	/* The first lines of the files. Lives as long as the recorder. */
	const struct capture_head *head;
	/*
	 * Adds the lines that have come, by flight__add(). Called by one member of the crew at a
	 * time. Returns 0, or an exit status, which ends the run.
	 */
	int (*gather)(void *ctx, struct flight_gathered *gathered);
	/*
	 * Creates a file for @trigger. Returns a descriptor or a negative errno. Called by the
	 * crew. If a file fails, the triggers of the next @after ns are only counted.
	 */
	int (*create)(void *ctx, const struct trigger *trigger);
	/*
	 * Called by the crew when the file is finished; @err: 0, or the negative errno with
	 * which the file ended early. The callee closes the descriptor.
	 */
	void (*finished)(void *ctx, const struct trigger *trigger, int fd, int err);
	void *ctx;
};

struct flight_state {
	uint64_t held_ns; /* the time that the memory covers */
	uint64_t held_bytes;
	bool dropped; /* frames have left the memory, because it was full */
	uint64_t lost; /* lines that found no place in memory, and what gather() reported */
	uint64_t triggers;
	int status; /* not 0: what gather() returned as it failed */
};

/*
 * Open the recorder, as root; call watcher_threads__lock_memory() after this. Returns 0, -EINVAL
 * (config->size is too small) or another negative errno. After an error, too, close *@flight.
 */
int flight__open(struct flight **flight, const struct flight_config *config);

/* Start the crew. 0 or a negative errno. */
int flight__start(struct flight *flight);

/* Called by the main thread now and then: does the crew's work that may wait for a CPU. */
void flight__tend(struct flight *flight);

/*
 * Have a file written for @trigger. Any thread may call this function, also a watcher, because the
 * function obeys the rule of watcher_scan_fn (stall/watcher_threads.h). A trigger within
 * config->after of the last trigger belongs to the file of the last trigger; a later trigger waits
 * until that file is finished.
 */
void flight__trigger(struct flight *flight, const struct trigger *trigger);

/*
 * Add whole lines; called in gather(). The type is that of a function that takes records and
 * reports. Returns 0 or a negative errno.
 */
int flight__add(void *flight, const char *text, size_t len);

/* Add @line, which malloc() returned and the callee frees. Called by the main thread. */
void flight__hand_over(struct flight *flight, char *line);

struct flight_state flight__state(const struct flight *flight);

/* Stop the crew, gather once more, and finish the file. */
void flight__stop(struct flight *flight);
void flight__close(struct flight *flight);

#endif /* IPITRACE_STALL_FLIGHT_H */
