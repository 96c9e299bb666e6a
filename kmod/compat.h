/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that changed between the kernels that the module is built for: 6.1, 6.12 and 7.
 */
#ifndef _IPIGEN_COMPAT_H
#define _IPIGEN_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/semaphore.h>
#include <linux/timer.h>
#include <linux/version.h>

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
