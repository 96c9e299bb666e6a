/* SPDX-License-Identifier: GPL-2.0 */
/* What the loads of the test VM have in common. */
#ifndef IPITRACE_TESTS_GUEST_H
#define IPITRACE_TESTS_GUEST_H

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* End with status 3: this machine cannot have the load, because @what fails (errno). */
static inline _Noreturn void cannot(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(3);
}

/* Let the thread @tid (0: this one) run on @cpu only. */
static inline void bind_to(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set))
		cannot("sched_setaffinity");
}

#endif /* IPITRACE_TESTS_GUEST_H */
