/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads stalls: stalls that go on, as a moment, and stalls that are over, as events. Between open
 * and close no function here allocates or unmaps memory, or waits for another CPU, because all must
 * work while a CPU is stuck.
 */
#ifndef IPITRACE_COLLECT_READ_MOMENT_H
#define IPITRACE_COLLECT_READ_MOMENT_H

#include "abi/stall_event.h"
#include "model/moment.h"

struct moment_reader;

/* The mapped memory that the reader reads; it must live as long as the reader. */
struct moment_maps {
	const struct maps *maps;
	/* CPUs that have ever been online: no csd is queued to other CPUs */
	const struct cpuset *cpus;
	const struct origin *frame_origins; /* indexed by CPU, frame */
	const struct sleeper *sleepers; /* SLEEPERS items */
	const struct origin *sleeper_origins; /* indexed by sleeper, frame */
	const uint64_t *lost; /* events that the programs dropped */
	int events_fd; /* descriptor of the ring buffer stall_events; negative if there is none */
	uint32_t phases; /* phases that these maps show, a bit for each enum stall_phase */
	/* Descriptor of the program evidence(); NULL: each late csd counts as outstanding. */
	const int *evidence_fd;
	/*
	 * The second source's function: fills a moment from maps that only @ctx knows. The members
	 * above are then unused, except those of events. NULL: read the csds' maps.
	 */
	void (*fill)(const void *ctx, uint64_t threshold, struct moment *moment);
	const void *ctx;
};

/* The phases that are known where csds are followed. */
#define CSD_PHASES (1U << PHASE_DELIVERY | 1U << PHASE_HANDLER | 1U << PHASE_WAIT)

/* Copies @maps, but not the memory to which its pointers point. Returns 0 or a negative errno. */
int moment_reader__open(struct moment_reader **reader, const struct moment_maps *maps);

/* Free @reader, which may be NULL. */
void moment_reader__close(struct moment_reader *reader);

/*
 * Fill @moment with the queued csds, running functions and waiting senders that have lasted longer
 * than @threshold ns. A csd whose run or end was not seen is in the moment only if the kernel's
 * memory shows now that the csd is outstanding. Several threads may call this at once, each with
 * its own moment.
 */
void moment_reader__read(struct moment_reader *reader, uint64_t threshold, struct moment *moment);

/*
 * On machines with more CPUs than MOMENT_BOXES, each call of moment_reader__watch() reads only a
 * part of the mailboxes: MOMENT_TURN successive calls read them all.
 */
#define MOMENT_BOXES 16
#define MOMENT_TURN  8

/*
 * Do what moment_reader__read() does, but with less work while nothing is late. Each call finds
 * running functions and waiting senders. A late csd for which no sender waits is found after at
 * most MOMENT_TURN calls, by whatever threads. As long as the last moment had anything late, each
 * call reads everything.
 */
void moment_reader__watch(struct moment_reader *reader, uint64_t threshold, struct moment *moment);

/*
 * Pass each stall that has ended between the last call and this one to @event, oldest first, and a
 * few that end meanwhile; the programs apply the configured threshold. Only one thread at a time
 * may call this.
 */
void moment_reader__events(struct moment_reader *reader,
			   void (*event)(void *ctx, const struct stall_event *event), void *ctx);

/* Whether @reader can see stalls of @phase. */
bool moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase);

/* Returns the events that found no room in the ring buffer, since the beginning. */
uint64_t moment_reader__lost(const struct moment_reader *reader);

#endif /* IPITRACE_COLLECT_READ_MOMENT_H */
