/* SPDX-License-Identifier: GPL-2.0 */
/* A user id that is nobody else's, for a process that needs none of a user's rights. */
#ifndef IPITRACE_BASE_SPARE_UID_H
#define IPITRACE_BASE_SPARE_UID_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * No distribution and no directory service assigns these: above the ranges of
 * containers (systemd-nspawn, to 1879048191) and of SSSD and FreeIPA (to
 * 2000200000), below systemd's foreign ids (from 2147352576).
 */
#define SPARE_UID_MIN 2013265920U
#define SPARE_UID_MAX 2147352575U

/*
 * One of these at random, which no process and no line of /etc/passwd has. As a
 * group id it is as unused. Returns 0 or a negative errno.
 */
int spare_uid__find(uid_t *uid);

/* Whether neither a file like /etc/passwd nor a directory like /proc knows @uid. */
bool spare_uid__free(uid_t uid, const char *passwd, const char *proc);

#endif /* IPITRACE_BASE_SPARE_UID_H */
