/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of a collection, set by a command. */
#ifndef IPITRACE_COLLECT_CONFIG_H
#define IPITRACE_COLLECT_CONFIG_H

#include "abi/limits.h"
#include "base/cpuset.h"

/* All zero: collect every csd, without a table of --by, without records and stalls. */
struct collect_config {
	bool any_source; /* use either source; false: the kernel must have the csd tracepoints */
	const struct cpuset *cpus; /* the sender or the target is one of these; NULL: all CPUs */
	const struct cpuset *src; /* the sender is one of these; NULL: all CPUs */
	const struct cpuset *dst; /* the target is one of these; NULL: all CPUs */
	uint32_t tgid; /* only csds of this process, in task context; 0: all processes */
	enum by_key by_key; /* the key of TABLE_BY, the table of --by */
	bool kinds; /* follow the interrupts themselves (abi/ipi.h) */
	bool keep_origins; /* keep the task that queued the csd in each slot (struct origin) */
	/*
	 * Deliveries, runs and waits that take longer than this, ns, are stalls, which
	 * moment_reader finds. 0: stalls are not watched for. A threshold implies keep_origins.
	 */
	uint64_t watch_threshold;
	/* the phases to watch, a bit for each enum stall_phase; 0: all phases */
	uint32_t watch_phases;
	/*
	 * Address of the kernel's function that runs the queued functions. A sleeping task with
	 * this address on its stack sleeps in such a function. 0 if unknown.
	 */
	uint64_t flush_func;
	/*
	 * Address of generic_exec_single(), the call site of each call to one CPU; such a call has
	 * one csd. 0 if unknown.
	 */
	uint64_t single_func;
	bool keep_sums; /* set all members of a snapshot, even with records or stalls */
	bool keep_stacks; /* keep the stack of each origin or record */
	bool user_stacks; /* keep for each sample the program's stack, too (abi/table.h) */
	uint32_t record_kinds; /* record these kinds, a bit for each enum ipi_kind; 0: no records */
	/* records in each CPU's ring, a power of two; 0: geometry__records() */
	uint32_t record_slots;
	bool no_hot_rows; /* for tests: count only in the rows that all CPUs share */
	bool one_edge; /* for tests: each sender has a place for only one destination */
	uint64_t min_delay; /* record only csds with this delay or more, ns */
	uint64_t min_handler; /* record only csds with this handler time or more, ns */
	uint64_t min_wait; /* record only csds that end a call with this wait or more, ns */
	/*
	 * In place of records, read all events that interrupt the CPUs of dst (abi/interruption.h),
	 * for collector__interruptions(). dst must be set.
	 */
	bool interruptions;
	/* tgid of PROGRAM: with interruptions, each of its forks is an event; 0: no program */
	uint32_t program;
	bool count_events; /* count events, other than IPIs, that explain a storm (abi/event.h) */
	bool host_flushes; /* count the kernel's requests to its host to flush TLBs (abi/event.h) */
	bool self; /* measure the programs' own runs and time */
	const uint64_t *funcs; /* addresses of functions; NULL: all functions */
	size_t nr_funcs;
	bool no_fexit; /* measure waits by csds, even if fexit programs can be loaded */
	/* For tests: the CPUs that are online, at the beginning only. NULL: ask the kernel. */
	const struct cpuset *online;
	bool no_attach; /* for tests that run the programs themselves */
	/* For tests: work as on a kernel that hides which CPU is in an interrupt. */
	bool no_interrupts;
	bool waits_given; /* for tests that write the map `waits` themselves */
	bool steal_given; /* for tests that write the CPUs' clocks of steal time themselves */
	/* For tests: work as on a kernel that may preempt a sender while it waits. */
	bool calls_at_once;
	bool no_membarrier; /* for tests: let grace__wait() update a map of maps (struct grace) */
};

/* Whether a filter leaves out some csds, so that a missing csd may not be lost. */
static inline bool collect_config__filters(const struct collect_config *config)
{
	return config->cpus || config->src || config->dst || config->funcs || config->tgid;
}

#endif /* IPITRACE_COLLECT_CONFIG_H */
