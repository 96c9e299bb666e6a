/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of a collection, which a command fills in. */
#ifndef IPITRACE_COLLECT_CONFIG_H
#define IPITRACE_COLLECT_CONFIG_H

#include "abi/limits.h"
#include "base/cpuset.h"

/* All zero: every csd, no table of --by, no records, no stalls. */
struct collect_config {
	bool any_source; /* use either source; else the kernel must have the csd tracepoints */
	const struct cpuset *cpus; /* the sender or the destination is one of these; NULL: all */
	const struct cpuset *src; /* the sender is one of these; NULL: all */
	const struct cpuset *dst; /* the destination is one of these; NULL: all */
	uint32_t tgid; /* sent by this process, in task context; 0: all */
	enum by_key by_key; /* the key of TABLE_BY, the table of --by */
	bool kinds; /* follow the interrupts themselves (abi/ipi.h) */
	bool keep_origins; /* keep who queued the csd in each slot (struct origin) */
	/*
	 * A delivery, a run or a wait that takes longer is a stall, ns; the moment reader has them.
	 * 0: stalls are not watched for. Implies keep_origins.
	 */
	uint64_t watch_threshold;
	uint32_t watch_phases; /* the phases to watch, a bit for each enum stall_phase; 0: all */
	/*
	 * Address of the kernel's function that runs the queued functions; on a stack
	 * this address shows a function that sleeps. 0: not known.
	 */
	uint64_t flush_func;
	/*
	 * Address of generic_exec_single(), the call site of each call to one CPU: such a
	 * call has one csd. 0: not known.
	 */
	uint64_t single_func;
	bool keep_sums; /* fill in all of a snapshot, even with records or stalls */
	bool keep_stacks; /* keep the stack of each origin or record */
	bool user_stacks; /* keep with each sample the stack in its program (abi/table.h) */
	uint32_t record_kinds; /* record these kinds, a bit for each enum ipi_kind; 0: none */
	uint32_t record_slots; /* in each CPU's ring, a power of two; 0: geometry__records() */
	bool no_hot_rows; /* for tests: count only in the rows that all CPUs share */
	bool one_edge; /* for tests: a sender has a place for one destination */
	uint64_t min_delay; /* record csds from this delay on, ns */
	uint64_t min_handler; /* record csds from this handler time on, ns */
	uint64_t min_wait; /* record csds that end a call, from this wait of its sender on, ns */
	/*
	 * Instead of records, events of all that interrupts the CPUs of dst
	 * (abi/interruption.h), which collector__interruptions() reads. dst is given.
	 */
	bool interruptions;
	uint32_t program; /* PROGRAM's tgid: with interruptions, each fork is an event; 0: none */
	bool time_runs; /* where calls are followed, measure the functions' own time (collect/hooks/) */
	bool count_events; /* count events besides IPIs that explain a storm (abi/event.h) */
	bool host_flushes; /* count the kernel's requests to its host to flush TLBs (abi/event.h) */
	bool self; /* measure the programs' own runs and time */
	const uint64_t *funcs; /* functions' addresses; NULL: all */
	size_t nr_funcs;
	bool no_fexit; /* measure waits by the csds, even if fexit programs load here */
	/* For tests: the CPUs online at the beginning; later none are known. NULL: ask the kernel. */
	const struct cpuset *online;
	bool no_attach; /* for tests that run the programs themselves */
	bool no_interrupts; /* for tests: as on a kernel that hides which CPU is in an interrupt */
	bool waits_given; /* for tests that write the map `waits` themselves */
	bool steal_given; /* for tests that give the CPUs clocks of stolen time themselves */
	bool calls_at_once; /* for tests: as on a kernel that may preempt a sender while it waits */
	bool no_membarrier; /* wait by an update of a map of maps (struct grace) */
};

/* Whether a filter leaves out some csds, so that what is missing may not be lost. */
static inline bool collect_config__filters(const struct collect_config *config)
{
	return config->cpus || config->src || config->dst || config->funcs || config->tgid;
}

#endif /* IPITRACE_COLLECT_CONFIG_H */
