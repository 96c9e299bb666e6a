/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a bank at rest into a snapshot: the CPUs' counters, the mailboxes, the
 * edges, events besides IPIs, and by read_tables() the rest. Clears the bank for the window after
 * next. Plain memory, no libbpf, so unit tests run this code.
 */
#ifndef IPITRACE_COLLECT_READ_CPUS_H
#define IPITRACE_COLLECT_READ_CPUS_H

#include <stdint.h>
#include "abi/event.h"
#include "base/cpuset.h"
#include "collect/maps.h"
#include "model/snapshot.h"

/*
 * Read @epoch's bank, which must be at rest, into @snap and clear the bank.
 * @snap lacks the window's times, carried_in and LOST_QUEUE_UNSEEN then.
 * @possible: the CPUs to read. Returns 0 or -ENOMEM.
 */
int read_cpus(struct maps *maps, uint32_t epoch, const struct cpuset *possible,
	      struct snapshot *snap);

/* Queue events that only the second program saw, as counted in @epoch's bank so far. */
uint64_t read_recovered(const struct maps *maps, uint32_t epoch);

/* The csds whose function was entered on another CPU, as counted in @epoch's bank so far. */
uint64_t read_delivered(const struct maps *maps, uint32_t epoch);

/* Likewise those whose run was not seen. */
uint64_t read_run_unseen(const struct maps *maps, uint32_t epoch);

/*
 * CPUs that are offline. A CPU that goes runs what is queued to it
 * (smpcfd_dying_cpu(), 6.12 kernel/smp.c:97), but is no longer online then, and
 * no tracepoint fires on such a CPU (DECLARE_TRACE(), linux/tracepoint.h). So
 * these csds stay in the mailbox, though they have run.
 *
 * The CPUs of @cpus that are not in @online were offline at @now or later:
 * set the horizon of each behind everything that was queued to it before @now.
 */
void offline__note(struct maps *maps, const struct cpuset *cpus, const struct cpuset *online,
		   uint64_t now);

/* The same for the CPUs that are offline now. If the kernel does not say which, nothing changes. */
void offline__find(struct maps *maps, const struct cpuset *cpus);

/*
 * Add @epoch's edges, csds by sender and destination, to @snap, which has its CPUs already, and clear them. Returns 0 or
 * -ENOMEM.
 */
int read_edges(struct maps *maps, uint32_t epoch, struct snapshot *snap);

/* Events besides IPIs: the maps `events` and `guests`. */
struct event_maps {
	struct event_rec *recs; /* by CPU */
	struct guest_rec *guests; /* GUEST_ROWS */
};

/* Take the counts of @cpus in @epoch, which nobody writes any more; known[] stays. */
void read_events(struct event_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		 struct machine_events *events);

#endif /* IPITRACE_COLLECT_READ_CPUS_H */
