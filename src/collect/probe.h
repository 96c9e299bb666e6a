/* SPDX-License-Identifier: GPL-2.0 */
/* Finds this kernel's features by facts (BTF, files), not by version; puts errors into words. */
#ifndef IPITRACE_COLLECT_PROBE_H
#define IPITRACE_COLLECT_PROBE_H

#include "host/machine.h"
#include "model/host.h"

struct btf;
struct collect_config;

#define NR_FEATURES 9

/* Write in @why (@size bytes), in one line, why collector__open() returned @err and what to do. */
void probe__explain(const struct collect_config *config, int err, char *why, size_t size);

/*
 * Whether this kernel lets root load programs at a function's entry and return. Some kernels refuse
 * such programs with EPERM before they check anything else.
 */
bool probe__fexit(void);

/* Returns the source of a kernel, by the names of its types, @btf. The version does not matter. */
enum snapshot_source probe__source_of(const struct btf *btf);

/* Returns the source that this kernel has. Tests and comparisons may force the second source. */
enum snapshot_source probe__source(void);

/* IPITRACE_SOURCE in the environment may force the second source, and kprobes for that source. */
enum source_forced {
	SOURCE_BY_CALLS,
	SOURCE_BY_PROBES,
};

/* Whether the environment forces @what. */
bool probe__source_forced(enum source_forced what);

/* Set in @feature whether functions can be named, and how, or why not. */
void probe__names(struct feature *feature);

/*
 * The distances from a CPU's run queue to some of the CPU's other variables in the kernel's memory,
 * bytes; negative if the variable comes before. 0: the kernel does not say.
 */
struct percpu_places {
	bool known; /* the kernel says where the run queues are in relation to other variables */
	/* the steal clock (bpf/steal.bpf.h); 0 also if no host writes this machine's clocks */
	int64_t steal_clock;
	int64_t irq_stat; /* x86: counts of interrupts */
	int64_t stopper; /* the stopper thread: struct cpu_stopper */
	int64_t lock_nodes; /* nodes by which the CPU waits for spin locks: struct mcs_spinlock */
	int64_t preempt_count; /* x86; from 6.2 to 6.14 a member of struct pcpu_hot */
	bool counts_disables; /* the preempt count has the bits of 7.3 */
};

/*
 * Returns these distances, by the kernel's types; all 0 if there are no types. IPITRACE_STEAL_CLOCK
 * in the environment, "none" or "kernel", decides in place of the machine whether there are clocks.
 */
struct percpu_places probe__percpu_places(void);

/* Whether this machine has clocks of stolen time, and the kernel says where. */
bool probe__steal_clock(void);

/* Whether TLB flushes may use global ASIDs, without IPIs; KERNEL_UNKNOWN: there is no BTF. */
enum kernel_has probe__global_asids(void);

/* Whether cpuset partitions can set at run time all that isolcpus= sets; KERNEL_UNKNOWN: no BTF. */
enum kernel_has probe__isolation_changes(void);

/* Fill @features with all that the main command needs or uses. */
void probe__features(struct feature features[NR_FEATURES]);

#endif /* IPITRACE_COLLECT_PROBE_H */
