/* SPDX-License-Identifier: GPL-2.0 */
/* Root is needed to load, attach and open, but not afterwards. */
#ifndef IPITRACE_BASE_PRIVILEGES_H
#define IPITRACE_BASE_PRIVILEGES_H

#include <sys/types.h>

/*
 * Give up all capabilities for good and, as root, become a user that has no
 * other process (spare_uid.h): any process of the same user may end or stop this
 * one, and daemons share nobody. Open maps, programs and files stay usable,
 * /proc/kallsyms too: the kernel checks at open() whether to show addresses.
 * Returns 0 or a negative errno.
 */
int privileges__drop(void);

/* As privileges__drop(), but root becomes @uid and @gid. */
int privileges__drop_to(uid_t uid, gid_t gid);

#endif /* IPITRACE_BASE_PRIVILEGES_H */
