/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads stalls: stalls that last, as a moment, and stalls that are over, as events.
 * Between open and close no function here allocates or unmaps memory or waits for
 * another CPU, because these functions must work while a CPU is stuck.
 */
#ifndef IPITRACE_COLLECT_READ_MOMENT_H
#define IPITRACE_COLLECT_READ_MOMENT_H

#include "abi/stall_event.h"
#include "model/moment.h"

struct moment_reader;

/* The mapped memory that the reader reads; it must live as long as the reader. */
struct moment_maps {
	const struct maps *maps;
	const struct cpuset *cpus; /* that have ever been online: no csd is queued to other CPUs */
	const struct origin *frame_origins; /* by CPU, frame */
	const struct sleeper *sleepers; /* SLEEPERS */
	const struct origin *sleeper_origins; /* by sleeper, frame */
	const uint64_t *lost; /* events that the programs dropped */
	int events_fd; /* the ring buffer of stall_events; negative: there is none */
	uint32_t phases; /* that these maps show, a bit for each enum stall_phase */
	/* The program that says if a late csd is still outstanding; NULL: take each for outstanding. */
	const int *evidence_fd;
	/*
	 * The second source's function, which fills the moment from maps that only @ctx knows.
	 * It replaces all of the above except events. NULL: read the csds' maps.
	 */
	void (*fill)(const void *ctx, uint64_t threshold, struct moment *moment);
	const void *ctx;
};

/* The phases that are known where csds are followed. */
#define CSD_PHASES (1U << PHASE_DELIVERY | 1U << PHASE_HANDLER | 1U << PHASE_WAIT)

/* Copies @maps, but not the memory to which its pointers point. Returns 0 or a negative errno. */
int moment_reader__open(struct moment_reader **reader, const struct moment_maps *maps);

/* @reader may be NULL. */
void moment_reader__close(struct moment_reader *reader);

/*
 * Fill @moment with all csds that are queued, functions that run and senders
 * that wait for longer than @threshold ns now. A csd that was not seen to run or to end is
 * in the moment only if the kernel's memory says, now, that the csd is outstanding. Several
 * threads may call this at once, each with a moment of its own.
 */
void moment_reader__read(struct moment_reader *reader, uint64_t threshold, struct moment *moment);

/* On machines with more CPUs than this, moment_reader__watch() reads the boxes in turn ... */
#define MOMENT_BOXES 16
/* ... so that each box has been read after so many calls. */
#define MOMENT_TURN  8

/*
 * The same, but cheap while nothing is late. Functions that run and senders that wait are found in
 * each call. A csd that is late and for which nobody waits is found after at most MOMENT_TURN calls,
 * by all threads together. After that each call finds everything, for as long as anything is late.
 */
void moment_reader__watch(struct moment_reader *reader, uint64_t threshold, struct moment *moment);

/*
 * Pass each stall that has ended since the last call to @event, oldest first;
 * the programs apply the configured threshold. One thread at a time. Returns
 * the number of stalls, or a negative errno.
 */
int moment_reader__events(struct moment_reader *reader,
			  void (*event)(void *ctx, const struct stall_event *event), void *ctx);

/* Whether @reader can see stalls of @phase. */
bool moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase);

/* The events that found no room in the ring buffer, since the beginning. */
uint64_t moment_reader__lost(const struct moment_reader *reader);

#endif /* IPITRACE_COLLECT_READ_MOMENT_H */
