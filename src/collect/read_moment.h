/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reader for stalls, while they last and when they are over. None of it
 * allocates, unmaps memory or waits for another CPU: it must work while one
 * is stuck. collector__moment_reader() gives it.
 */
#ifndef IPITRACE_COLLECT_READ_MOMENT_H
#define IPITRACE_COLLECT_READ_MOMENT_H

#include "abi/mailbox.h"
#include "abi/sleeper.h"
#include "abi/stall_event.h"
#include "collect/maps.h"
#include "model/moment.h"

struct moment_reader;

/* What it reads, mapped; collect.c has it all. */
struct moment_maps {
	const struct maps *maps;
	const struct origin *frame_origins;
	const struct sleeper *sleepers;
	const struct origin *sleeper_origins;
	const uint64_t *lost;
	int events_fd;
};

/* 0 or a negative errno; @maps is copied, what it points to is not. */
int moment_reader__open(struct moment_reader **reader, const struct moment_maps *maps);

/* @reader may be NULL. */
void moment_reader__close(struct moment_reader *reader);

/*
 * Everything older than @threshold ns that is queued, runs or waits now.
 * Reads mapped memory; may be called by several threads at once, each with a
 * moment of its own.
 */
void moment_reader__read(const struct moment_reader *reader, uint64_t threshold,
			 struct moment *moment);

/*
 * Hand over what has ended since the last call, past the threshold that the
 * programs were given, oldest first. By one thread at a time. Returns how
 * many there were.
 */
int moment_reader__events(struct moment_reader *reader,
			  void (*event)(void *ctx, const struct stall_event *event), void *ctx);

/* Events that found no room in the buffer, since the beginning. */
uint64_t moment_reader__lost(const struct moment_reader *reader);

#endif /* IPITRACE_COLLECT_READ_MOMENT_H */
