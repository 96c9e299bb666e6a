// SPDX-License-Identifier: GPL-2.0
/*
 * How long a handler may hold its CPU, and how long interrupts may stay off.
 */
#include <linux/minmax.h>
#include <linux/module.h>

#include "internal.h"

static unsigned int max_ms = 250;
module_param(max_ms, uint, 0400);
MODULE_PARM_DESC(max_ms, "the longest hold and the longest time with interrupts off, ms (250)");

/* No parameter raises this limit, which is below the kernel's watchdogs (10 s, 20 s, 21 s). */
#define LIMIT_MS 8000u

u64 ipigen_max_ns(void)
{
	return (u64)min(max_ms, LIMIT_MS) * NSEC_PER_MSEC;
}
