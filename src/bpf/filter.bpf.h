/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the options let through, and what they ask of the task at a queue
 * event. Without them nothing of this is left.
 */
#ifndef IPITRACE_BPF_FILTER_BPF_H
#define IPITRACE_BPF_FILTER_BPF_H

#include "abi/limits.h"
#include "bpf/config.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"

/*
 * Whether the task that runs has been interrupted, and so is not behind what
 * is sent. preempt_count() is the task's in arm64. In x86 it is a per-CPU
 * variable, from 6.2 (64701838bf05) to 6.14 in pcpu_hot; a kernel without
 * CONFIG_KALLSYMS_ALL refuses any program that names it, used or not. So
 * this is compiled twice, and collect.c takes the object that it needs and
 * can have.
 */
#ifdef SEES_INTERRUPTS
#ifdef __TARGET_ARCH_x86
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;
#endif

/* include/linux/preempt.h: NMI, hard interrupt, serving a soft interrupt. */
#define IN_INTERRUPT	0x00ff0100
#define SERVING_SOFTIRQ 0x00000100

/* PREEMPT_RT's soft interrupts can be preempted, so the task that serves them has their count. */
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
	return count & IN_INTERRUPT || serving_softirq_rt();
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

static __always_inline bool has_cpu(const volatile __u64 *set, __u32 cpu)
{
	return cpu < MAX_CPUS && (set[(cpu / 64) & (CPU_WORDS - 1)] >> (cpu % 64) & 1);
}

/* The sender's side; it runs now. */
static __always_inline bool sender_admitted(__u32 src)
{
	if (filter_src && !has_cpu(src_filter, src))
		return false;
	return !filter_tgid || (current_tgid() == filter_tgid && !in_interrupt());
}

static __always_inline bool admitted(__u32 src, __u32 dst, __u64 func)
{
	if (filter_cpus && !has_cpu(cpu_filter, src) && !has_cpu(cpu_filter, dst))
		return false;
	if (filter_dst && !has_cpu(dst_filter, dst))
		return false;
	if (filter_funcs && !bpf_map_lookup_elem(&func_filter, &func))
		return false;
	return sender_admitted(src);
}

#endif /* IPITRACE_BPF_FILTER_BPF_H */
