/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading, attaching and opening need root; later work does not. These functions give up root then,
 * choose the user that this process becomes, and find the user who started it by sudo.
 */
#ifndef IPITRACE_BASE_PRIVILEGES_H
#define IPITRACE_BASE_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * Give up all capabilities for good and, as root, become a user that has no other process
 * (spare_uid__find()): any process of the same user could end or stop this process, and daemons run
 * as the user `nobody`. Open maps, programs and files stay usable, also /proc/kallsyms: the kernel
 * checks at open() whether to show addresses. Root in a container that lacks CAP_SETUID or
 * CAP_SETGID remains root, without capabilities, and gets none by exec. Returns 0 or a negative
 * errno.
 */
int privileges__drop(void);

/* Do privileges__drop(), but keep those of the @nr capabilities @caps that this process has. */
int privileges__drop_but(const unsigned int *caps, size_t nr);

/*
 * Do what privileges__drop() does, but keep capability @cap of linux/capability.h, if present, for
 * this process and for the programs that it executes (an ambient capability).
 */
int privileges__drop_and_pass(unsigned int cap);

/*
 * Remain the same user, with only the @nr capabilities @caps, if this process has them, and with
 * no_new_privs. Returns 0 or a negative errno.
 */
int privileges__keep(const unsigned int *caps, size_t nr);

/*
 * Whether this user may create and remove files in directory @dir without any capability. Returns
 * false if the kernel cannot tell (faccessat2() exists since 5.8).
 */
bool privileges__may_write(const char *dir);

/*
 * Whether this process has capability @cap. CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON (Linux
 * 5.8), and no other: kallsyms_show_value() wants CAP_SYSLOG.
 */
bool privileges__have(unsigned int cap);

/* Do what privileges__drop() does, but root becomes @uid and @gid. */
int privileges__drop_to(uid_t uid, gid_t gid);

/*
 * A spare user id belongs to nobody. It is for a process that needs no user's rights. No
 * distribution and no directory service assigns these ids: they are above the ranges of containers
 * (systemd-nspawn, to 1879048191) and of SSSD and FreeIPA (to 2000200000), and below systemd's
 * foreign ids (from 2147352576).
 */
#define SPARE_UID_MIN 2013265920U
#define SPARE_UID_MAX 2147352575U

/*
 * Find a random spare id that no process and no line of /etc/passwd has. As a group id it is
 * equally unused. Returns 0 or a negative errno.
 */
int spare_uid__find(uid_t *uid);

/* Whether no process and no line of @passwd, a file like /etc/passwd, has @uid. */
bool spare_uid__free(uid_t uid, const char *passwd);

/* Find the user who called sudo. False: this process is not root, or sudo did not start it. */
bool sudo_caller__find(uid_t *uid, gid_t *gid);

/* Whether @st belongs to the user who called sudo. */
bool sudo_caller__owns(const struct stat *st, uid_t *uid, gid_t *gid);

/* Whether @st belongs to this process's user, to root, or to the user who called sudo. */
bool owner__is_trusted(const struct stat *st);

#endif /* IPITRACE_BASE_PRIVILEGES_H */
