// SPDX-License-Identifier: GPL-2.0
/* Keeps the caller on its CPU, and holds the CPU hotplug lock. */
#include <linux/cpu.h>
#include <linux/preempt.h>

#include "internal.h"

/* Returns -EXDEV if the caller does not run on src. */
int ipigen_bind(int src)
{
	cpus_read_lock();
	migrate_disable();
	if (src == IPIGEN_ANY_CPU || src == raw_smp_processor_id())
		return 0;
	migrate_enable();
	cpus_read_unlock();
	return -EXDEV;
}

void ipigen_unbind(void)
{
	migrate_enable();
	cpus_read_unlock();
}
