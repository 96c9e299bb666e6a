/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bits of a task's or CPU's preempt_count() that say "an interrupt runs":
 * include/linux/preempt.h. The BPF programs read the running task's count, and
 * user space those in a kernel's image.
 *
 * From 7.3 on (9634d860ac15) hard interrupts and NMIs are eight bits higher. In
 * their place is the depth of local_interrupt_disable(), which a task may call.
 * The variable local_interrupt_disable_state came with that change: a kernel has
 * the later bits if the variable exists. Bit 31 is x86's PREEMPT_NEED_RESCHED.
 */
#ifndef IPITRACE_ABI_PREEMPT_COUNT_H
#define IPITRACE_ABI_PREEMPT_COUNT_H

/* Hard interrupts and NMIs. */
#define PREEMPT_INTERRUPTS	0x00ff0000U
#define PREEMPT_INTERRUPTS_7_3	0x1f000000U
/* A soft interrupt is served; without this bit, a task may just have them off. */
#define PREEMPT_SERVING_SOFTIRQ 0x00000100U

#endif /* IPITRACE_ABI_PREEMPT_COUNT_H */
