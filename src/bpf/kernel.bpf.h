/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types; arrays and loops; reads of the kernel's structures: csds, stacks, tasks. */
#ifndef IPITRACE_BPF_KERNEL_BPF_H
#define IPITRACE_BPF_KERNEL_BPF_H

#include "vmlinux.h"
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "abi/limits.h"

/*
 * Declare an array map. User space maps a MAPPED_ARRAY into its memory. Many maps are declared with
 * one entry: user space sets their max_entries before load.
 */
#define ARRAY_MAP(name, value_type, entries, flags) \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_ARRAY);   \
		__uint(map_flags, flags);           \
		__uint(max_entries, entries);       \
		__type(key, __u32);                 \
		__type(value, value_type);          \
	} name SEC(".maps")
#define MAPPED_ARRAY(name, value_type, entries) ARRAY_MAP(name, value_type, entries, BPF_F_MMAPABLE)

/*
 * A kfunc since 6.2, so each kernel with the ipi tracepoints (6.4) and the csd tracepoints (6.5)
 * has it. The object for older kernels, hooks.bpf.c, does not call it.
 */
extern void *bpf_rdonly_cast(void *obj, __u32 btf_id) __ksym;

/*
 * The kernel's numbers of the structures to which programs cast, which user space sets. CO-RE
 * cannot set them: libbpf searches a file with a few of the kernel's types, which have other
 * numbers there.
 */
const volatile __u32 csd_type_id = 0;
const volatile __u32 task_type_id = 0;
const volatile __u32 steal_time_type_id = 0;

static __always_inline struct __call_single_data *csd_cast(__u64 csd)
{
	return bpf_rdonly_cast((void *)csd, csd_type_id);
}

/* Returns the type of @csd, CSD_TYPE_*. */
static __always_inline __u8 csd_type(__u64 csd)
{
	return csd_cast(csd)->node.u_flags & CSD_FLAG_TYPE_MASK;
}

/* Copy the kernel's stack, innermost frame first. Returns how many frames there are. */
static __always_inline __u32 stack_take(void *ctx, __u64 stack[STACK_DEPTH])
{
	long size = bpf_get_stack(ctx, stack, STACK_DEPTH * sizeof(*stack), 0);

	return size > 0 ? size / sizeof(*stack) : 0;
}

/*
 * Whether a soft interrupt runs on PREEMPT_RT. There soft interrupts can be preempted, so the task
 * that serves them has their count.
 */
static __always_inline bool serving_softirq_rt(void)
{
	struct task_struct *task;

	if (!bpf_core_field_exists(struct task_struct, softirq_disable_cnt))
		return false;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, softirq_disable_cnt) & PREEMPT_SERVING_SOFTIRQ;
}

/*
 * The kernel's preempt_count() shows whether the running task has been
 * interrupted: then the interrupt queues the csd, not the task. On arm64
 * the count belongs to the task. On x86 it is a per-CPU variable, from 6.2
 * (64701838bf05) to 6.14 in pcpu_hot; a kernel without CONFIG_KALLSYMS_ALL
 * refuses any program that names a variable of the kernel, used or not. So the programs
 * are compiled twice, and csds_load() in collect/csds.c takes the object that
 * the configuration needs and this kernel accepts.
 */
#ifdef SEES_INTERRUPTS
#ifdef __TARGET_ARCH_x86
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;
#endif
extern const unsigned long local_interrupt_disable_state __ksym __weak;

/* Returns the bits of a preempt count for hard interrupts and NMIs. */
static __always_inline __u32 interrupt_bits(void)
{
	return &local_interrupt_disable_state ? PREEMPT_INTERRUPTS_7_3 : PREEMPT_INTERRUPTS;
}

/* Whether this kernel shows if an interrupt runs. If it does not, in_interrupt() returns false. */
static __always_inline bool sees_interrupts(void)
{
#ifdef __TARGET_ARCH_x86
	/*
	 * Without the barrier the compiler joins the two conditions to one test of an | of the
	 * addresses, which the verifier of 6.1 refuses.
	 */
	if (&__preempt_count)
		return true;
	barrier();
	return !!&pcpu_hot;
#else
	return bpf_core_field_exists(struct task_struct, thread_info.preempt_count);
#endif
}

/* Whether an interrupt, a soft interrupt or an NMI runs on top of the current task. */
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

/*
 * Loops whose body the verifier walks through once: by bpf_loop(), which came with 5.17, or
 * in an object for older kernels (FOR_OLD_KERNELS) by a walk over a map, which came with
 * 5.13 (bpf_for_each_map_elem()).
 */

/*
 * LOOP_BODY() comes after the body of a loop, `long body(__u32 i, type *ctx)`, which ends the loop
 * if it does not return 0.
 */
#ifdef FOR_OLD_KERNELS
#define LOOP_MOST 1024

/* A loop is a walk over this map's entries, whose values mean nothing. */
ARRAY_MAP(loop_turns, __u32, LOOP_MOST, 0);

#define LOOP_BODY(body, type)                                                      \
	static long body##_turn(void *map __attribute__((unused)), const __u32 *i, \
				void *value __attribute__((unused)), type *ctx)    \
	{                                                                          \
		return body(*i, ctx);                                              \
	}
/* Makes LOOP_MOST turns, whatever @n is: if @n is less, the body itself must end the loop. */
#define loop_n(n, body, ctx) bpf_for_each_map_elem(&loop_turns, body##_turn, ctx, 0)
#else
#define LOOP_BODY(body, type)
#define loop_n(n, body, ctx) bpf_loop(n, body, ctx, 0)
#endif

#endif /* IPITRACE_BPF_KERNEL_BPF_H */
