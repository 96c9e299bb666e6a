/* SPDX-License-Identifier: GPL-2.0 */
/* Who called sudo. */
#ifndef IPITRACE_BASE_SUDO_CALLER_H
#define IPITRACE_BASE_SUDO_CALLER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* False: this process is not root, or sudo did not start it. */
bool sudo_caller__find(uid_t *uid, gid_t *gid);

/* Whether there is a caller, to whom that belongs. */
bool sudo_caller__owns(const struct stat *st, uid_t *uid, gid_t *gid);

#endif /* IPITRACE_BASE_SUDO_CALLER_H */
