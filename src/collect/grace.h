/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wait until every BPF program that runs now has returned, without sending an
 * IPI. Programs run in RCU read-side sections, so a grace period is enough.
 */
#ifndef IPITRACE_COLLECT_GRACE_H
#define IPITRACE_COLLECT_GRACE_H

#include <stdbool.h>

struct grace {
	bool membarrier; /* by membarrier(2), else by an update of a map of maps */
	int outer_fd; /* the map of maps; -1 with membarrier */
	int inner_fd; /* the map in it */
};

/*
 * Choose membarrier(2) if the kernel offers it and @try_membarrier is set, else
 * a map of maps. Returns 0 or a negative errno.
 */
int grace__open(struct grace *grace, bool try_membarrier);

/* Returns 0 or a negative errno. */
int grace__wait(struct grace *grace);

void grace__close(struct grace *grace);

/* How grace__wait() waits, in words. */
const char *grace__how(const struct grace *grace);

#endif /* IPITRACE_COLLECT_GRACE_H */
