/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads stalls: those that last, as a moment, and those that are over, as
 * events. Between open and close no function here allocates or unmaps memory or
 * waits for another CPU: they must work while a CPU is stuck.
 */
#ifndef IPITRACE_COLLECT_READ_MOMENT_H
#define IPITRACE_COLLECT_READ_MOMENT_H

#include "abi/stall_event.h"
#include "model/moment.h"

struct moment_reader;

/* The mapped memory that the reader reads; it must live as long as the reader. */
struct moment_maps {
	const struct maps *maps;
	const struct cpuset *cpus; /* that have ever been online: no csd is queued to others */
	const struct origin *frame_origins; /* by CPU, frame */
	const struct sleeper *sleepers; /* SLEEPERS */
	const struct origin *sleeper_origins; /* by sleeper, frame */
	const uint64_t *lost; /* events that the programs dropped */
	int events_fd; /* the ring buffer of stall_events; negative: there is none */
	uint32_t phases; /* that these maps tell, a bit for each enum stall_phase */
	/* The program that tells if a late csd is still outstanding; NULL: each is. */
	const int *evidence_fd;
	/*
	 * The second source's: fills the moment, out of maps that only @ctx knows, in the
	 * place of all of the above but events. NULL: the csds' maps.
	 */
	void (*fill)(const void *ctx, uint64_t threshold, struct moment *moment);
	const void *ctx;
};

/* The phases that are known where csds are followed. */
#define CSD_PHASES (1U << PHASE_DELIVERY | 1U << PHASE_HANDLER | 1U << PHASE_WAIT)

/* Copies @maps, but not the memory behind its pointers. Returns 0 or a negative errno. */
int moment_reader__open(struct moment_reader **reader, const struct moment_maps *maps);

/* @reader may be NULL. */
void moment_reader__close(struct moment_reader *reader);

/*
 * Fill @moment with all csds that are queued, functions that run and senders
 * that wait for longer than @threshold ns now. A csd that was not seen to run or to end is
 * in the moment only if the kernel's memory says, now, that it is outstanding. Several
 * threads may call this at once, each with a moment of its own.
 */
void moment_reader__read(struct moment_reader *reader, uint64_t threshold, struct moment *moment);

/* On machines with more CPUs than that, moment_reader__watch() reads boxes in turn ... */
#define MOMENT_BOXES 16
/* ... so that it has read each of them after so many calls. */
#define MOMENT_TURN  8

/*
 * The same, cheap while nothing is late. Functions that run and senders that wait are found at
 * once. A csd that is late and for which nobody waits is found after at most MOMENT_TURN calls, by
 * all threads together; from then on, for as long as anything is late, each call finds everything.
 */
void moment_reader__watch(struct moment_reader *reader, uint64_t threshold, struct moment *moment);

/*
 * Pass each stall that has ended since the last call to @event, oldest first;
 * the programs apply the configured threshold. One thread at a time. Returns
 * the number of stalls, or a negative errno.
 */
int moment_reader__events(struct moment_reader *reader,
			  void (*event)(void *ctx, const struct stall_event *event), void *ctx);

/* Whether stalls of this phase are seen at all. */
bool moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase);

/* Events that found no room in the ring buffer, since the beginning. */
uint64_t moment_reader__lost(const struct moment_reader *reader);

#endif /* IPITRACE_COLLECT_READ_MOMENT_H */
