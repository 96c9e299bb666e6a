/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _IPIGEN_HOLDER_H
#define _IPIGEN_HOLDER_H

#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "ipigen.h"

extern struct mutex ipigen_mutex;
extern raw_spinlock_t ipigen_spinlock;

struct ipigen_holder {
	const char *name;
	void (*hold)(struct ipigen_holder *holder);
	struct task_struct *thread;
	bool wanted;
	bool held;
	unsigned int times; /* how often the lock was taken: a caller may miss a short hold */
	u64 deadline; /* lets go then, if not unlocked before */
};

extern struct ipigen_holder ipigen_mutex_holder, ipigen_spin_holder;

/*
 * 0, once the lock is held; -EALREADY, -EBUSY when no CPU but src and dst is online, -EINTR,
 * -ETIMEDOUT.
 * The caller holds the CPU hotplug lock and is the only one, here and below.
 */
int ipigen_holder_lock(struct ipigen_holder *holder, const struct ipigen_device_args *args);
/* 0, once the lock is free; -ENOLCK, -EINTR, -ETIMEDOUT. */
int ipigen_holder_unlock(struct ipigen_holder *holder);
/* Before a handler that wants the lock: bounds how long the holder keeps it. */
int ipigen_holder_hurry(struct ipigen_holder *holder, const struct ipigen_device_args *args);

int ipigen_holders_init(void);
void ipigen_holders_exit(void);

#endif /* _IPIGEN_HOLDER_H */
