/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that changed between the kernels that the module is built for: 5.10, 6.1, 6.12 and 7.
 */
#ifndef _IPIGEN_COMPAT_H
#define _IPIGEN_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/semaphore.h>
#include <linux/smp.h>
#include <linux/timer.h>
#include <linux/version.h>

/* 5.11 added INIT_CSD() (545b8c8df41f). */
#ifndef INIT_CSD
#define INIT_CSD(csd, csd_func, csd_info) \
	(*(csd) = (struct __call_single_data){ .func = (csd_func), .info = (csd_info) })
#endif

/* 5.11 added IRQ_WORK_INIT_HARD() (7a9f50a05843). */
#ifndef IRQ_WORK_INIT_HARD
#define IRQ_WORK_INIT_HARD(work_func) \
	((struct irq_work){ .flags = ATOMIC_INIT(IRQ_WORK_HARD_IRQ), .func = (work_func) })
#endif

/* 5.17 exported kthread_create_on_cpu() (800977f6f32e). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
static inline struct task_struct *kthread_bound(struct task_struct *task, unsigned int cpu)
{
	if (!IS_ERR(task))
		kthread_bind(task, cpu);
	return task;
}

#define kthread_create_on_cpu(func, data, cpu, name) \
	kthread_bound(kthread_create(func, data, name, cpu), cpu)
#endif

/* 6.2 renamed del_timer_sync() (9b13df3fb64e); 6.15 removed the old name (8fa7292fee5c). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/* 6.4 gave DEFINE_SEMAPHORE() a count (48380368dec1). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define DEFINE_SEMAPHORE_ONE(name) DEFINE_SEMAPHORE(name)
#else
#define DEFINE_SEMAPHORE_ONE(name) DEFINE_SEMAPHORE(name, 1)
#endif

/* 6.13 added hrtimer_setup() (908a1d775422); 6.15 removed hrtimer_init() (9779489a31d7). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* _IPIGEN_COMPAT_H */
