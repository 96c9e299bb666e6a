/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The real programs and the real cut, fed with made-up events by
 * BPF_PROG_TEST_RUN. Nothing is attached, so no real event interferes.
 */
#ifndef IPITRACE_RIG_H
#define IPITRACE_RIG_H

#include "../unit/unit.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "fake.h"
#include "model/snapshot.h"

#define FUNC	 0xffffffff81000100ULL
#define CALLSITE 0xffffffff81000200ULL

struct rig {
	struct collector *collector;
	struct bpf_object *fakes;
	struct fake_memory *memory;
	struct snapshot snap;
};

/* The rig of the test that runs. */
extern struct rig rig;

/*
 * For cmocka: open the rig as the struct collect_config in *@state says, or by default; close it.
 */
int rig__setup(void **state);
int rig__teardown(void **state);

/*
 * The head of a test (TEST()) that runs in a rig which the struct collect_config @config describes.
 */
#define RIG_TEST(test, config)                                               \
	static void test(void **state);                                      \
	__attribute__((constructor)) static void add_##test##_test(void)     \
	{                                                                    \
		add_test(#test, test, rig__setup, rig__teardown, &(config)); \
	}                                                                    \
	static void test(void **state)

/* All functions below assert that they worked. */
void rig__open(struct rig *rig, const struct collect_config *config);
/* @rig may be closed already, or never opened. */
void rig__close(struct rig *rig);

/* CPUs that are online; with two, the tests use 0 and 1. */
int rig__nr_cpus(void);

/* Set the flags of fake csd @i. Returns its address in the kernel. */
__u64 rig__csd(struct rig *rig, int i, __u32 flags);

/* Fill @csds with the first @nr fake csds, wake-ups that the kernel runs as one batch, in this order. */
void rig__wake_ups(struct rig *rig, int nr, __u64 csds[]);

/*
 * Let the task whose wake-up is fake csd @i be TASK_WAKING on @cpu, or run there. The fakes before
 * @i hold the task's members.
 */
void rig__waking(struct rig *rig, int i, bool waking, __u32 cpu);

/* Run programs of events on CPU @cpu. The first two functions run one of the queue event's programs. */
void rig__queue_first(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
void rig__queue_twin(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
/* A queue event by both programs, as the kernel runs them. */
void rig__queue(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
/*
 * A queue event by both programs in an interrupt of CPU @cpu, which another CPU raises; needs two
 * CPUs. Any task may be interrupted.
 */
void rig__queue_in_interrupt(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd);
void rig__entry(struct rig *rig, int cpu, __u64 func, __u64 csd);
void rig__exit(struct rig *rig, int cpu, __u64 func, __u64 csd);
/* Run the entry and the exit of a csd; rig__pass_csd() first its queue event, on CPU @src. */
void rig__run_csd(struct rig *rig, int cpu, __u64 func, __u64 csd);
void rig__pass_csd(struct rig *rig, int src, int cpu, __u64 func, __u64 csd);
void rig__send(struct rig *rig, int cpu, int dst, __u64 callback);
void rig__send_mask(struct rig *rig, int cpu, __u64 mask);

/* Do what rig__send() does, in an interrupt of CPU @cpu, which another CPU raises. */
void rig__send_in_interrupt(struct rig *rig, int cpu, int dst, __u64 callback);

/*
 * A synchronous csd on the stack of the task that opened @rig, which alone may use the csd, by
 * rig__run_on_stack(). @i: 0 or 1.
 */
__u64 rig__csd_on_stack(const struct rig *rig, int i);
void rig__run_on_stack(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size);

/* The kernel's address of the task that opened @rig. */
__u64 rig__task(const struct rig *rig);

/*
 * A work of the kernel's struct @type, in fake csd @i, with @func. Returns its address in the kernel.
 */
__u64 rig__work(struct rig *rig, int i, const char *type, __u64 func);

/*
 * The @member of the kernel's struct @type, which begins at fake csd @i; the struct's address in the kernel is
 * rig__csd()'s of @i.
 */
void *rig__member(struct rig *rig, int i, const char *type, const char *member);

/* The variable @name of the program @prog, which was 0 at the load; valid as long as the process runs. */
void *rig__variable(const struct rig *rig, const char *prog, const char *name);

/* A descriptor of the map @name, which the program @prog uses; the caller closes it. */
int rig__map_fd(const struct rig *rig, const char *prog, const char *name);

/* The memory of that map, as long as the process runs; *@entries: gets how many there are. */
void *rig__map(const struct rig *rig, const char *prog, const char *name, __u32 *entries);

/* Run the program @prog with raw arguments; in an interrupt of CPU @cpu, as rig__queue_in_interrupt(). */
void rig__run(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size);
void rig__run_in_interrupt(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size);

/* End the window and read it into rig->snap. Asserts that its ledger closes. */
void rig__cut(struct rig *rig);

/* End the window of rig, and assert that its ledger has these values: member, value ... */
#define assert_cut(...)                                       \
	do {                                                  \
		rig__cut(&rig);                               \
		assert_members(rig.snap.ledger, __VA_ARGS__); \
	} while (0)

/* The rows of a CPU and of a function in rig->snap. */
const struct cpu_stats *rig__cpu(const struct rig *rig, int cpu);
const struct fn_stats *rig__fn(const struct rig *rig, __u64 func, __u64 callsite);
/* The only row of process @tgid in TABLE_BY; NULL if there is none. */
const struct by_stats *rig__by(const struct rig *rig, __u32 tgid);

/* Returns @lacking: the test then returns, and TAP says that it is skipped for @what. */
bool rig__lacks(bool lacking, const char *what);
/*
 * The same where the kernel has no struct kvm_steal_time (arm64): the programs that read KVM's clock of
 * stolen time do not load there.
 */
bool rig__lacks_clock(void);

/* Returns the set of CPUs 0 and 1 whose bits are in @bits; NULL for no CPU. */
const struct cpuset *rig__cpuset(struct cpuset *set, unsigned int bits);

/* Assert that rig->snap has @want csds from @src to @dst. */
void rig__check_edge(const struct rig *rig, int src, int dst, uint64_t want);

#endif /* IPITRACE_RIG_H */
