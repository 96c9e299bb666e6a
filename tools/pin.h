/* SPDX-License-Identifier: GPL-2.0 */
/* The CPUs on which a thread may run. */
#ifndef TOOLS_PIN_H
#define TOOLS_PIN_H

#include <sys/types.h>
#include "base/cpuset.h"

/* Get the CPUs on which the calling thread may run. Returns 0, or -1 and errno. */
int pin_allowed(struct cpuset *set);

/* Bind thread @tid, 0 for the caller, to one CPU. Returns 0, or -1 and errno. */
int pin_to(pid_t tid, int cpu);

#endif /* TOOLS_PIN_H */
