/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a bank at rest into a snapshot: the CPUs' counters, the mailboxes, the
 * edges, and by read_tables() the rest. Clears the bank for the window after
 * next. Plain memory, no libbpf, so unit tests run this code.
 */
#ifndef IPITRACE_COLLECT_READ_CPUS_H
#define IPITRACE_COLLECT_READ_CPUS_H

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

#endif /* IPITRACE_COLLECT_READ_CPUS_H */
