/* SPDX-License-Identifier: GPL-2.0 */
/* Root is needed to load, attach and open; not to go on. */
#ifndef IPITRACE_BASE_PRIVILEGES_H
#define IPITRACE_BASE_PRIVILEGES_H

#include <sys/types.h>

/*
 * Give up all capabilities for good and, as root, become nobody. What is
 * open stays usable: maps, programs, /proc/kallsyms (who may read it is
 * judged when it is opened). Returns 0 or a negative errno.
 */
int privileges__drop(void);

/* The same, but as root become @uid and @gid. */
int privileges__drop_to(uid_t uid, gid_t gid);

#endif /* IPITRACE_BASE_PRIVILEGES_H */
