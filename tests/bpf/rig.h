/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The real programs and the real cut, fed by BPF_PROG_TEST_RUN with made-up
 * events: nothing is attached, so nothing else comes in between.
 */
#ifndef IPITRACE_RIG_H
#define IPITRACE_RIG_H

#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "fake.h"
#include "model/snapshot.h"

#define FUNC	 0xffffffff81000100ULL
#define CALLSITE 0xffffffff81000200ULL

struct rig {
	struct collector *collect;
	struct bpf_object *fakes;
	struct fake_memory *memory;
	struct snapshot snap;
};

/* All of these assert that they worked. */
void rig__open(struct rig *rig, const struct collect_config *config);
/* Also one that is closed, or was never opened. */
void rig__close(struct rig *rig);

/* How many CPUs there are to run on; 0 and 1 are used where there are two. */
int rig__nr_cpus(void);

/* The address of fake @i in the kernel; sets its flags. */
__u64 rig__csd(struct rig *rig, int i, __u32 flags);

/* The events, on CPU @cpu. */
void rig__queue_first(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
void rig__queue_twin(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
/* Both programs, as the kernel runs them. */
void rig__queue(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
/*
 * The same in an interrupt of CPU @cpu, raised from another one; needs two.
 * Which task is there is anyone's guess.
 */
void rig__queue_in_interrupt(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
void rig__entry(struct rig *rig, int cpu, __u64 func, __u64 csd);
void rig__exit(struct rig *rig, int cpu, __u64 func, __u64 csd);
void rig__send(struct rig *rig, int cpu, int dst, __u64 callback);
void rig__send_mask(struct rig *rig, int cpu, __u64 mask);

/* Any program, by its name, with raw arguments. */
void rig__run(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size);

/* End the window: rig->snap is it. Asserts that its ledger closes. */
void rig__cut(struct rig *rig);

/* In rig->snap. */
const struct cpu_stats *rig__cpu(const struct rig *rig, int cpu);
const struct fn_stats *rig__fn(const struct rig *rig, __u64 func, __u64 callsite);
/* The one row of the second table for that process; NULL: none. */
const struct by_stats *rig__by(const struct rig *rig, __u32 tgid);

/*
 * For a test to return early. Not skip(): of that cmocka's TAP makes a
 * failure ("not ok # SKIP").
 */
bool rig__lacks(bool lacking, const char *what);

/* CPU numbers below 2 as bits; NULL for none. */
const struct cpuset *rig__cpuset(struct cpuset *set, unsigned int bits);

/* That rig->snap has @want csds from @src to @dst. */
void rig__check_edge(const struct rig *rig, int src, int dst, uint64_t want);

#endif /* IPITRACE_RIG_H */
