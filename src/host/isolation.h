/* SPDX-License-Identifier: GPL-2.0 */
/* Which CPUs the kernel isolates, and what of the machine's setup will disturb them. */
#ifndef IPITRACE_HOST_ISOLATION_H
#define IPITRACE_HOST_ISOLATION_H

#include "model/isolation.h"

/*
 * The CPUs of isolcpus=, nohz_full= and cpuset partitions that are isolated.
 * @root: a directory in front of /sys and /proc, "" outside tests.
 */
void isolation__cpus(const char *root, struct cpuset *set);

/* Check the setup for @cpus. Returns how many of @checks are filled in. */
size_t isolation__check(const char *root, const struct cpuset *cpus,
			struct setup_check checks[SETUP_CHECKS]);

/* Parse the kernel's hexadecimal mask, "3" or "f,ffffffff". Returns 0 or -EINVAL. */
int isolation__mask(struct cpuset *set, const char *text);

#endif /* IPITRACE_HOST_ISOLATION_H */
