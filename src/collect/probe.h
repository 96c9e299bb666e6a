/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The features of this kernel, which ipitrace finds by facts (BTF, files) and not by the version;
 * and errors in words.
 */
#ifndef IPITRACE_COLLECT_PROBE_H
#define IPITRACE_COLLECT_PROBE_H

#include "host/machine.h"
#include "model/host.h"

struct btf;
struct collect_config;

#define NR_FEATURES 8

/* Write into @why (@size bytes), in one line, why collector__open() returned @err, and what helps. */
void probe__explain(const struct collect_config *config, int err, char *why, size_t size);

/*
 * Whether this kernel lets root load programs at a function's entry and return. Some kernels refuse
 * such programs with EPERM before they check anything else.
 */
bool probe__fexit(void);

/* Returns the source that a kernel with the types @btf has, by their names, and not by a version. */
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

/* Set @feature, whether functions have names: how, or why not. */
void probe__names(struct feature *feature);

/*
 * Returns the distance from a CPU's run queue to its clock of steal time (bpf/steal.bpf.h) in the
 * kernel's memory, bytes; negative if the clock comes before. Returns 0 if this machine is not a
 * guest whose host writes such clocks, or if the kernel does not say where they are.
 * IPITRACE_STEAL_CLOCK in the environment ("none" or "kernel") overrides what the machine says.
 */
int64_t probe__steal_clock(void);

/* Whether the kernel's TLB flushes may use global ASIDs, without IPIs; KERNEL_UNKNOWN if there is no BTF. */
enum kernel_has probe__global_asids(void);

/* Whether cpuset partitions can change at run time all that isolcpus= sets; KERNEL_UNKNOWN: no BTF. */
enum kernel_has probe__isolation_changes(void);

/* Set @features: all that the main command needs or uses. */
void probe__features(struct feature features[NR_FEATURES]);

#endif /* IPITRACE_COLLECT_PROBE_H */
