/* SPDX-License-Identifier: GPL-2.0 */
/* The running task: its process, and whether an interrupt runs in its place. */
#ifndef IPITRACE_BPF_TASK_BPF_H
#define IPITRACE_BPF_TASK_BPF_H

#include "abi/preempt_count.h"
#include "bpf/kernel.bpf.h"

/*
 * The kernel's preempt_count() shows whether the running task has been
 * interrupted, so that the task is not behind the csd that is queued. On arm64
 * the count belongs to the task. On x86 it is a per-CPU variable, from 6.2
 * (64701838bf05) to 6.14 in pcpu_hot; a kernel without CONFIG_KALLSYMS_ALL
 * refuses any program that names a variable of its own, used or not. So the programs
 * are compiled twice, and collect/loader.c takes the object that the
 * configuration needs and this kernel accepts.
 */
#ifdef SEES_INTERRUPTS
#ifdef __TARGET_ARCH_x86
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;
#endif
extern const unsigned long local_interrupt_disable_state __ksym __weak;

/* On PREEMPT_RT soft interrupts can be preempted: the task that serves them has their count. */
static __always_inline bool serving_softirq_rt(void)
{
	struct task_struct *task;

	if (!bpf_core_field_exists(struct task_struct, softirq_disable_cnt))
		return false;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, softirq_disable_cnt) & PREEMPT_SERVING_SOFTIRQ;
}

/* The bits of a preempt count for hard interrupts and NMIs. */
static __always_inline __u32 interrupt_bits(void)
{
	return &local_interrupt_disable_state ? PREEMPT_INTERRUPTS_7_3 : PREEMPT_INTERRUPTS;
}

static __always_inline bool in_interrupt(void)
{
	__u32 interrupts = interrupt_bits();
	int count = 0;

#ifdef __TARGET_ARCH_x86
	if (&__preempt_count)
		count = *(const int *)bpf_this_cpu_ptr(&__preempt_count);
	else if (&pcpu_hot)
		count = ((const struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
#else
	struct task_struct *task = (void *)bpf_get_current_task();

	count = BPF_CORE_READ(task, thread_info.preempt_count);
#endif
	return count & (interrupts | PREEMPT_SERVING_SOFTIRQ) || serving_softirq_rt();
}
#else
static __always_inline bool in_interrupt(void)
{
	return false;
}
#endif

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

#endif /* IPITRACE_BPF_TASK_BPF_H */
