/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The features of this kernel, read from facts (its BTF, its files) and not from
 * its version; and errors in words.
 */
#ifndef IPITRACE_COLLECT_PROBE_H
#define IPITRACE_COLLECT_PROBE_H

#include "host/machine.h"
#include "model/host.h"

struct btf;
struct collect_config;

#define NR_FEATURES 8

/* Write into @why, in one line, why collector__open() returned @err and what helps. */
void probe__explain(const struct collect_config *config, int err, char *why, size_t size);

/*
 * Whether this kernel lets root load programs at a function's entry and return.
 * Some kernels refuse them with EPERM before they look at the rest.
 */
bool probe__fexit(void);

/* The source that a kernel with the types @btf has, by their names, and not by a version. */
enum snapshot_source probe__source_of(const struct btf *btf);

/* The source that this kernel has. Tests and comparisons may force the second source. */
enum snapshot_source probe__source(void);

/* IPITRACE_SOURCE in the environment may force the second source, and kprobes for that source. */
enum source_forced {
	SOURCE_BY_CALLS,
	SOURCE_BY_PROBES,
};

/* Whether the environment forces @what. */
bool probe__source_forced(enum source_forced what);

/* Whether functions have names: the feature's availability, and how or why not. */
void probe__names(struct feature *feature);

/*
 * How many bytes after its run queue a CPU's clock of stolen time (bpf/steal.bpf.h) lies in the
 * kernel's memory: never 0 (negative: before). 0: this machine is not a guest whose host writes such
 * clocks, or the kernel does not say where they are. IPITRACE_STEAL_CLOCK in the environment, "none"
 * or "kernel", decides in place of the machine.
 */
int64_t probe__steal_clock(void);

/* Whether the kernel's TLB flushes may go by global ASIDs, without IPIs; KERNEL_UNKNOWN: no BTF. */
enum kernel_has probe__global_asids(void);

/* Whether cpuset partitions can change at run time all that isolcpus= sets; KERNEL_UNKNOWN: no BTF. */
enum kernel_has probe__isolation_changes(void);

/* Fill @features with everything that the main job needs or uses. */
void probe__features(struct feature features[NR_FEATURES]);

#endif /* IPITRACE_COLLECT_PROBE_H */
