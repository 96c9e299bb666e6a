/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Evidence: whether a csd that was not seen to run is still outstanding. A run may be
 * hidden from the programs; then the slot or frame that it leaves looks like a stall.
 * User space runs evidence(), which is attached to nothing, on the CPU of the caller: no
 * code here waits for a CPU that is stuck.
 */
#ifndef IPITRACE_BPF_EVIDENCE_BPF_H
#define IPITRACE_BPF_EVIDENCE_BPF_H

#include "abi/stall_event.h"
#include "bpf/mailbox.bpf.h"
#include "bpf/queues.bpf.h"

/*
 * Whether @csd is locked. A SYNC csd is locked from before its queue event to the end of its
 * function, an ASYNC csd until just before its function (csd_lock(), csd_unlock(); 6.5 to 7.3
 * kernel/smp.c).
 */
static __always_inline bool csd_is_locked(__u64 csd, __u8 type, __u64 func)
{
	__u32 flags = csd_cast(csd)->node.u_flags;

	return (flags & (CSD_FLAG_TYPE_MASK | CSD_FLAG_LOCK)) == (type | CSD_FLAG_LOCK) &&
	       (__u64)csd_cast(csd)->func == func;
}

/*
 * Whether @csd's task still waits to be activated. From before its queue event to its activation a
 * task that is woken is TASK_WAKING, and belongs to the CPU to which its csd is queued
 * (try_to_wake_up(), 6.5 to 7.3 kernel/sched/core.c). The entry event of its batch comes before the
 * activation.
 */
static __always_inline bool task_is_waking(__u64 csd, __u32 dst)
{
	__u64 at = csd - bpf_core_field_offset(struct task_struct, wake_entry);
	struct task_struct *task = bpf_rdonly_cast((void *)at, task_type_id);

	return task->__state == TASK_WAKING &&
	       (!bpf_core_field_exists(task->thread_info.cpu) || task->thread_info.cpu == dst);
}

/* A search, in the boxes of all CPUs, for an instance of @csd that was queued after @queued. */
struct later {
	__u64 csd;
	__u64 queued;
	bool found;
};

static long later_next(__u32 cpu, struct later *later)
{
	const struct slot *slot = slot_at(box_find_far(cpu, later->csd, NEWEST));

	later->found = slot && slot->time > later->queued;
	return later->found;
}

/* Whether @csd was queued again after @queued: then its lock may belong to that later use. */
static __always_inline bool was_queued_later(__u64 csd, __u64 queued)
{
	struct later later = { .csd = csd, .queued = queued };

	bpf_loop(nr_cpus, later_next, &later, 0);
	return later.found;
}

/*
 * Whether the csd in slot @at is outstanding. An ASYNC csd is unlocked, and then entered: between
 * the two its CPU may be held up, so a csd without a lock is lost only if @give_back is set.
 */
__noinline int evidence_of_slot(struct bpf_raw_tracepoint_args *ctx)
{
	const struct evidence_question *q = (const void *)ctx;
	__u32 e = epoch, dst = q->dst;
	__u64 csd = q->csd;
	struct slot *slot = slot_at(q->at);
	bool outstanding;

	if (!slot || !e)
		return EVIDENCE_NONE;
	if (slot->type == CSD_TYPE_TTWU)
		outstanding = task_is_waking(csd, dst);
	else
		outstanding = csd_is_locked(csd, slot->type, q->func) &&
			      !was_queued_later(csd, q->queued);
	/* The csd was taken out of the slot meanwhile: its entry was seen. */
	if (*(volatile __u64 *)&slot->csd != csd || slot->time != q->queued)
		return EVIDENCE_NONE;
	if (outstanding)
		return EVIDENCE_SEEN;
	if (slot->type == CSD_TYPE_ASYNC && !q->give_back)
		return EVIDENCE_NONE;
	return slot_lose(q->at, csd, dst, e) ? EVIDENCE_LOST : EVIDENCE_NONE;
}

#ifdef SEES_INTERRUPTS
extern const struct rq runqueues __ksym __weak;
#ifdef __TARGET_ARCH_x86
extern const irq_cpustat_t irq_stat __ksym __weak;
#endif

/* Returns the task that @cpu runs; NULL: not known. */
static __always_inline struct task_struct *task_on(__u32 cpu)
{
	const struct rq *rq = &runqueues ? bpf_per_cpu_ptr(&runqueues, cpu) : NULL;

	return rq ? rq->curr : NULL;
}

#ifdef __TARGET_ARCH_x86
static __always_inline bool preempt_count_read(__u32 cpu, __u32 *count)
{
	const struct pcpu_hot *hot;
	const int *own;

	if (&__preempt_count) {
		own = bpf_per_cpu_ptr(&__preempt_count, cpu);
		*count = own ? *own : 0;
		return own;
	}
	hot = &pcpu_hot ? bpf_per_cpu_ptr(&pcpu_hot, cpu) : NULL;
	*count = hot ? hot->preempt_count : 0;
	return hot;
}

/* Read @cpu's counts of interrupts since boot. Returns whether this kernel has them. */
static __always_inline bool interrupts_read(__u32 cpu, __u32 *timers, __u32 *calls)
{
	const irq_cpustat_t *stat;

	if (!&irq_stat || !bpf_core_field_exists(irq_stat.apic_timer_irqs) ||
	    !bpf_core_field_exists(irq_stat.irq_call_count))
		return false;
	stat = bpf_per_cpu_ptr(&irq_stat, cpu);
	if (!stat)
		return false;
	*timers = stat->apic_timer_irqs;
	*calls = stat->irq_call_count;
	return true;
}
#endif
#else
/* Without CONFIG_KALLSYMS_ALL no program may name a variable of the kernel: see queues.bpf.h. */

static __always_inline struct task_struct *task_on(__u32 cpu)
{
	const struct rq *rq = (void *)queue_of(cpu);
	struct task_struct *task = NULL;

	if (!rq || bpf_core_read(&task, sizeof(task), &rq->curr))
		return NULL;
	return task;
}

#ifdef __TARGET_ARCH_x86
static __always_inline bool interrupts_read(__u32 cpu, __u32 *timers, __u32 *calls)
{
	__u64 queue = queue_of(cpu);
	const irq_cpustat_t *stat = (void *)(queue + irq_stat_distance);

	if (!queue || !irq_stat_distance || !bpf_core_field_exists(stat->apic_timer_irqs) ||
	    !bpf_core_field_exists(stat->irq_call_count))
		return false;
	return !bpf_core_read(timers, sizeof(*timers), &stat->apic_timer_irqs) &&
	       !bpf_core_read(calls, sizeof(*calls), &stat->irq_call_count);
}
#endif
#endif

/* Get the preempt count of @cpu, which runs @task. Returns whether this kernel has it. */
static __always_inline bool preempt_count_of(__u32 cpu, struct task_struct *task, __u32 *count)
{
#ifdef __TARGET_ARCH_x86
	(void)task;
	return preempt_count_read(cpu, count);
#else
	(void)cpu;
	*count = BPF_CORE_READ(task, thread_info.preempt_count);
	return true;
#endif
}

/*
 * Whether @cpu may run an IPI's function: such a function runs in an interrupt, or in place of the
 * CPU's idle task.
 */
static __always_inline enum evidence evidence_of_cpu(__u32 cpu)
{
	struct task_struct *task = task_on(cpu);
	__u32 count;

	if (!task || !preempt_count_of(cpu, task, &count))
		return EVIDENCE_UNKNOWN;
	if (count & interrupt_bits())
		return EVIDENCE_SEEN;
	return BPF_CORE_READ(task, pid) ? EVIDENCE_NONE : EVIDENCE_UNKNOWN;
}

/*
 * Returns the counts of @cpu's interrupts, as a word of LOOK_*; 0: this kernel does not have them.
 */
static __always_inline __u32 look_counts(__u32 cpu)
{
#ifdef __TARGET_ARCH_x86
	__u32 timers, calls;

	if (!interrupts_read(cpu, &timers, &calls))
		return 0;
	return LOOK_COUNTS_KNOWN | LOOK_TIMERS(timers) |
	       (calls & LOOK_COUNT_MASK) << LOOK_COUNT_BITS;
#else
	(void)cpu;
	return 0;
#endif
}

struct mcs_spinlock___read {
	int count;
} __attribute__((preserve_access_index));

/* Whether @cpu may wait for a spin lock now; true also if the kernel does not say. */
static __always_inline bool may_wait_for_lock(__u32 cpu)
{
	__u64 queue = queue_of(cpu);
	const struct mcs_spinlock___read *node = (void *)(queue + lock_nodes_distance);
	int count;

	return !queue || !lock_nodes_distance || !bpf_core_field_exists(node->count) ||
	       bpf_core_read(&count, sizeof(count), &node->count) || count;
}

/*
 * Whether the host runs something else in place of @cpu, whose task is @task. KVM marks a vCPU as
 * preempted whenever its thread leaves the host's CPU (arch/x86/kvm/x86.c:
 * kvm_steal_time_set_preempted()). The thread also leaves if the guest halts: in its idle task, or
 * while it waits for a spin lock (arch/x86/kernel/kvm.c: kvm_wait()). The host steals nothing from
 * a vCPU that halted.
 */
static __always_inline bool is_preempted(__u32 cpu, const struct task_struct *task)
{
	return steal_preempted(cpu) && BPF_CORE_READ(task, pid) && !may_wait_for_lock(cpu);
}

/* Returns the state of @cpu now, as a word of LOOK_*. */
static __always_inline __u32 cpu_look(__u32 cpu)
{
	struct task_struct *task = task_on(cpu);
	__u32 count, look = look_counts(cpu);

	if (task && preempt_count_of(cpu, task, &count)) {
		look |= LOOK_INTERRUPT_KNOWN;
		if (count & interrupt_bits())
			look |= LOOK_INTERRUPT;
	}
	if (task && is_preempted(cpu, task))
		look |= LOOK_PREEMPTED;
	return look;
}

/* Arguments: struct evidence_question. Returns enum evidence, or a word of LOOK_*. */
SEC("?raw_tp")
int evidence(struct bpf_raw_tracepoint_args *ctx)
{
	const struct evidence_question *q = (const void *)ctx;

	if (q->of == EVIDENCE_OF_SLOT)
		return evidence_of_slot(ctx);
	if (q->of == EVIDENCE_OF_CPU)
		return cpu_look(q->dst);
	if (q->sync)
		return csd_is_locked(q->csd, CSD_TYPE_SYNC, q->func) ? EVIDENCE_SEEN :
								       EVIDENCE_NONE;
	return evidence_of_cpu(q->dst);
}

#endif /* IPITRACE_BPF_EVIDENCE_BPF_H */
