/* SPDX-License-Identifier: GPL-2.0 */
/*
 * To wait until every BPF program that runs now has returned, without an
 * IPI: an RCU grace period, for programs run in read-side sections.
 */
#ifndef IPITRACE_COLLECT_GRACE_H
#define IPITRACE_COLLECT_GRACE_H

#include <stdbool.h>

struct grace {
	bool membarrier;
	int outer_fd; /* else: a map of maps */
	int inner_fd;
};

/*
 * Choose a way. @try_membarrier false: the second one, as on a kernel that
 * refuses the first. Returns 0 or a negative errno.
 */
int grace__open(struct grace *grace, bool try_membarrier);

/* Returns 0 or a negative errno. */
int grace__wait(struct grace *grace);

void grace__close(struct grace *grace);

/* How it waits, for people. */
const char *grace__how(const struct grace *grace);

#endif /* IPITRACE_COLLECT_GRACE_H */
