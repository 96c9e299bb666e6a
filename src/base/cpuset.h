/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of CPUs in the kernel's form: "0,2-5". */
#ifndef IPITRACE_BASE_CPUSET_H
#define IPITRACE_BASE_CPUSET_H

#include <stdint.h>

#define CPUSET_MAX 4096

/* A byte for each CPU: whether it is in the set. */
struct cpuset {
	uint8_t has[CPUSET_MAX];
	uint32_t end; /* the highest in the set + 1; 0: empty */
};

/*
 * Parse @text. Returns 0; -EINVAL if it is not a list; -ERANGE for a CPU at
 * or above CPUSET_MAX.
 */
int cpuset__parse(struct cpuset *set, const char *text);

/*
 * Read /sys/devices/system/cpu/@name: "possible" or "online". Returns 0 or a
 * negative errno.
 */
int cpuset__read(struct cpuset *set, const char *name);

#endif /* IPITRACE_BASE_CPUSET_H */
