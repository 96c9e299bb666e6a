/* SPDX-License-Identifier: GPL-2.0 */
/* The running task: its process, and whether an interrupt runs in its place. */
#ifndef IPITRACE_BPF_TASK_BPF_H
#define IPITRACE_BPF_TASK_BPF_H

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

/*
 * include/linux/preempt.h: NMI, hard interrupt, serving a soft interrupt. From 7.3 on
 * (9634d860ac15) the bits of an interrupt are eight higher, and in their place is the depth of
 * local_interrupt_disable(), which a task may call. The variable came with that.
 */
#define IN_INTERRUPT	 0x00ff0100
#define IN_INTERRUPT_7_3 0x1f000100
#define SERVING_SOFTIRQ	 0x00000100

/* On PREEMPT_RT soft interrupts can be preempted: the task that serves them has their count. */
static __always_inline bool serving_softirq_rt(void)
{
	struct task_struct *task;

	if (!bpf_core_field_exists(struct task_struct, softirq_disable_cnt))
		return false;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, softirq_disable_cnt) & SERVING_SOFTIRQ;
}

static __always_inline bool in_interrupt(void)
{
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
	return count & (&local_interrupt_disable_state ? IN_INTERRUPT_7_3 : IN_INTERRUPT) ||
	       serving_softirq_rt();
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
