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
	/* how often the lock was taken, because a caller may miss a short hold */
	unsigned int times;
	u64 deadline; /* the lock is released then, if not before */
};

extern struct ipigen_holder ipigen_mutex_holder, ipigen_spin_holder;

/*
 * Returns 0 once the lock is held; -EALREADY; -EBUSY if no CPU but src and dst is online; -EINTR;
 * -ETIMEDOUT. For all functions here the caller holds the CPU hotplug lock and is the only one.
 */
int ipigen_holder_lock(struct ipigen_holder *holder, const struct ipigen_device_args *args);
/* Returns 0 once the lock is free; -ENOLCK; -EINTR; -ETIMEDOUT. */
int ipigen_holder_unlock(struct ipigen_holder *holder);
/* Call this before a handler that needs the lock: it limits how long the holder keeps the lock. */
int ipigen_holder_hurry(struct ipigen_holder *holder, const struct ipigen_device_args *args);

int ipigen_holders_init(void);
void ipigen_holders_exit(void);

#endif /* _IPIGEN_HOLDER_H */
