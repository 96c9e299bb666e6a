/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The watch for stalls, while they last and when they are over. None of it
 * allocates, unmaps memory or waits for another CPU: it must work while one
 * is stuck. collect__watch() gives it.
 */
#ifndef IPITRACE_WATCH_H
#define IPITRACE_WATCH_H

#include "banks.h"
#include "stall.h"

struct watch;

/* What it reads, mapped; collect.c has it all. */
struct watch_maps {
	const struct banks *banks;
	const struct origin *frame_origins;
	const struct sleeper *sleepers;
	const struct origin *sleeper_origins;
	const uint64_t *lost;
	int events_fd;
};

/* 0 or a negative errno; @maps is copied, what it points to is not. */
int watch__open(struct watch **watch, const struct watch_maps *maps);

/* @watch may be NULL. */
void watch__close(struct watch *watch);

/*
 * Everything older than @threshold ns that is queued, runs or waits now.
 * Reads mapped memory; may be called by several threads at once, each with a
 * moment of its own.
 */
void watch__read(const struct watch *watch, uint64_t threshold, struct moment *moment);

/*
 * Hand over what has ended since the last call, past the threshold that the
 * programs were given, oldest first. By one thread at a time. Returns how
 * many there were.
 */
int watch__events(struct watch *watch, void (*event)(void *ctx, const struct stall_event *event),
		  void *ctx);

/* Events that found no room in the buffer, since the beginning. */
uint64_t watch__lost(const struct watch *watch);

#endif /* IPITRACE_WATCH_H */
