/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Root is needed to load, attach and open, but not afterwards: which user this process becomes
 * instead, and which user started it.
 */
#ifndef IPITRACE_BASE_PRIVILEGES_H
#define IPITRACE_BASE_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * Give up all capabilities for good and, as root, become a user that has no other process
 * (spare_uid__find()): any process of the same user may end or stop this one, and daemons share
 * nobody. Open maps, programs and files stay usable, /proc/kallsyms too: the kernel checks at
 * open() whether to show addresses. Root in a container without CAP_SETUID, CAP_SETGID stays root,
 * without capabilities, and gets none by exec. Returns 0 or a negative errno.
 */
int privileges__drop(void);

/* The same, but the @nr capabilities @caps of linux/capability.h stay, if this process has them. */
int privileges__drop_but(const unsigned int *caps, size_t nr);

/*
 * Stay the same user, with only the @nr capabilities @caps, if this process has them, and without
 * new privileges. Returns 0 or a negative errno.
 */
int privileges__keep(const unsigned int *caps, size_t nr);

/*
 * Whether this user may create and remove files in directory @dir without any capability; false if
 * the kernel cannot tell (faccessat2() came with 5.8).
 */
bool privileges__may_write(const char *dir);

/* Whether this process has capability @cap of linux/capability.h, or CAP_SYS_ADMIN in its place. */
bool privileges__have(unsigned int cap);

/* As privileges__drop(), but root becomes @uid and @gid. */
int privileges__drop_to(uid_t uid, gid_t gid);

/*
 * A spare user id is nobody else's, for a process that needs none of a user's rights. No
 * distribution and no directory service assigns these: above the ranges of containers
 * (systemd-nspawn, to 1879048191) and of SSSD and FreeIPA (to 2000200000), below systemd's foreign
 * ids (from 2147352576).
 */
#define SPARE_UID_MIN 2013265920U
#define SPARE_UID_MAX 2147352575U

/*
 * One of these at random, which no process and no line of /etc/passwd has. As a
 * group id it is as unused. Returns 0 or a negative errno.
 */
int spare_uid__find(uid_t *uid);

/* Whether no process is of @uid, nor a line of @passwd, a file like /etc/passwd. */
bool spare_uid__free(uid_t uid, const char *passwd);

/* The user who called sudo. False: this process is not root, or sudo did not start it. */
bool sudo_caller__find(uid_t *uid, gid_t *gid);

/* Whether somebody called sudo, and @st belongs to him. */
bool sudo_caller__owns(const struct stat *st, uid_t *uid, gid_t *gid);

/* Whether @st belongs to this process's user, to root, or to the user who called sudo. */
bool owner__is_trusted(const struct stat *st);

#endif /* IPITRACE_BASE_PRIVILEGES_H */
