/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds the kernel's per-CPU variables. A kernel without CONFIG_KALLSYMS_ALL does not publish their
 * addresses, but the distances between them are in the BTF, and pointers lead from each task to
 * each CPU's run queue, which is a per-CPU variable.
 */
#ifndef IPITRACE_BPF_QUEUES_BPF_H
#define IPITRACE_BPF_QUEUES_BPF_H

#include "bpf/steal.bpf.h"

/* Distances from a CPU's struct rq, bytes, of the variables in collect/probe.h; 0: not known. */
const volatile __s64 steal_clock_distance = 0;
const volatile __s64 irq_stat_distance = 0;
const volatile __s64 preempt_count_distance = 0;
const volatile __s64 lock_nodes_distance = 0;
const volatile __s64 stopper_distance = 0;

/* Whether the preempt count has the bits of 7.3. */
const volatile bool counts_disables = false;

/* queues_find() finds the run queues. */
const volatile bool find_queues = false;
/* Programs read a CPU's state at the distances from its run queue. */
const volatile bool see_cpus = false;

struct rq___read;

struct cfs_rq___read {
	struct rq___read *rq;
} __attribute__((preserve_access_index));

struct task_group___read {
	struct cfs_rq___read **cfs_rq;
} __attribute__((preserve_access_index));

struct task_struct___read {
	struct task_group___read *sched_task_group;
} __attribute__((preserve_access_index));

/* Note that the steal clock of @rec's CPU is at the address @clock. */
static __always_inline void steal_begin(struct cpu_rec *rec, __u64 clock)
{
	rec->steal_clock = clock;
	/* A note from time 0 on, for csds that are queued before the clock advances. */
	rec->steal = steal_clock(rec)->steal;
	rec->steals[0].steal = rec->steal;
	rec->steal_nr = 1;
}

/* Note the run queue of @cpu, to which the cfs_rq of the task's group on @cpu points. */
static long queue_next(__u32 cpu, void *ctx __attribute__((unused)))
{
	const struct task_struct___read *task = (void *)bpf_get_current_task();
	struct cfs_rq___read **queues = BPF_CORE_READ(task, sched_task_group, cfs_rq), *queue;
	struct cpu_rec *rec = cpu_rec(cpu);
	__u64 rq;

	if (!rec || bpf_probe_read_kernel(&queue, sizeof(queue), queues + cpu))
		return 1;
	rq = (__u64)BPF_CORE_READ(queue, rq);
	if (!rq)
		return 1;
	rec->queue = rq;
	if (steal_clock_distance)
		steal_begin(rec, rq + steal_clock_distance);
	return 0;
}

LOOP_BODY(queue_next, void)

/* Find each CPU's run queue, and its clock of stolen time. Attached to nothing. */
SEC("raw_tp")
int queues_find(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	if (!find_queues || !bpf_core_field_exists(struct task_struct___read, sched_task_group))
		return 0;
	loop_n(nr_cpus, queue_next, NULL);
	return 0;
}

/* Returns the address of @cpu's struct rq, for the evidence; 0: not known. */
static __always_inline __u64 queue_of(__u32 cpu)
{
	const struct cpu_rec *rec = cpu_rec(cpu);

	return see_cpus && rec ? rec->queue : 0;
}

#ifndef SEES_INTERRUPTS
static __always_inline __u32 interrupt_bits(void)
{
	return counts_disables ? PREEMPT_INTERRUPTS_7_3 : PREEMPT_INTERRUPTS;
}

#ifdef __TARGET_ARCH_x86
/* Read @cpu's preempt count. Returns whether this kernel says where the count is. */
static __always_inline bool preempt_count_read(__u32 cpu, __u32 *count)
{
	__u64 queue = queue_of(cpu);

	return queue && preempt_count_distance &&
	       !bpf_probe_read_kernel(count, sizeof(*count),
				      (void *)(queue + preempt_count_distance));
}
#endif
#endif

#endif /* IPITRACE_BPF_QUEUES_BPF_H */
