/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A rig for the real programs and the real cut: BPF_PROG_TEST_RUN runs them
 * with made-up events. Nothing is attached, so no other events come in between.
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

/* All functions of the rig assert that they worked. */
void rig__open(struct rig *rig, const struct collect_config *config);
/* @rig may be closed, or never opened. */
void rig__close(struct rig *rig);

/* Online CPUs; tests use CPUs 0 and 1 if there are two. */
int rig__nr_cpus(void);

/* Set the flags of fake csd @i. Returns its address in the kernel. */
__u64 rig__csd(struct rig *rig, int i, __u32 flags);

/* An event on CPU @cpu. */
void rig__queue_first(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
void rig__queue_twin(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
/* Both queue programs, in the kernel's order. */
void rig__queue(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
/*
 * The same in an interrupt of CPU @cpu, raised from another CPU; needs two CPUs.
 * Any task may be running there.
 */
void rig__queue_in_interrupt(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
void rig__entry(struct rig *rig, int cpu, __u64 func, __u64 csd);
void rig__exit(struct rig *rig, int cpu, __u64 func, __u64 csd);
void rig__send(struct rig *rig, int cpu, int dst, __u64 callback);
void rig__send_mask(struct rig *rig, int cpu, __u64 mask);

/* Any program, by its name, with raw arguments. */
void rig__run(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size);

/* End the window and put it into rig->snap. Asserts that its ledger closes. */
void rig__cut(struct rig *rig);

/* Rows of rig->snap. */
const struct cpu_stats *rig__cpu(const struct rig *rig, int cpu);
const struct fn_stats *rig__fn(const struct rig *rig, __u64 func, __u64 callsite);
/* The only row of the second table for process @tgid; NULL: none. */
const struct by_stats *rig__by(const struct rig *rig, __u32 tgid);

/*
 * For a test to return early: returns @lacking, and says that @what is missing.
 * cmocka's skip() does not do: its TAP is a failure ("not ok # SKIP").
 */
bool rig__lacks(bool lacking, const char *what);

/* The set of CPU 0 (bit 0) and CPU 1 (bit 1) of @bits, in @set; NULL if @bits is 0. */
const struct cpuset *rig__cpuset(struct cpuset *set, unsigned int bits);

/* Assert that rig->snap has @want csds from @src to @dst. */
void rig__check_edge(const struct rig *rig, int src, int dst, uint64_t want);

#endif /* IPITRACE_RIG_H */
