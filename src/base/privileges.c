// SPDX-License-Identifier: GPL-2.0
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/privileges.h"

static bool has_cap(unsigned int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, cap);
}

bool privileges__have(unsigned int cap)
{
	bool in_sys_admin = cap == CAP_BPF || cap == CAP_PERFMON;

	return has_cap(cap) || (in_sys_admin && has_cap(CAP_SYS_ADMIN));
}

/* Returns the capabilities of @caps that this process has, a bit for each. */
static uint64_t held_caps(const unsigned int *caps, size_t nr)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < nr; i++)
		if (has_cap(caps[i]))
			bits |= 1ULL << caps[i];
	return bits;
}

enum { OWN = CAPNG_EFFECTIVE | CAPNG_PERMITTED, PASSED_ON = OWN | CAPNG_INHERITABLE };

/* Let capng_apply() drop all capabilities except those of @kept, which stay in @sets. */
static void caps_select(uint64_t kept, unsigned int sets)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (unsigned int cap = 0; kept >> cap; cap++)
		if (kept >> cap & 1)
			capng_update(CAPNG_ADD, sets, cap);
}

/* Give up all capabilities except those of @kept, a bit for each, which stay in @sets. */
static int caps_drop(uint64_t kept, unsigned int sets, uid_t uid, gid_t gid)
{
	capng_flags_t flags = CAPNG_DROP_SUPP_GRP;
	bool may_change = !geteuid() && privileges__have(CAP_SETUID) &&
			  privileges__have(CAP_SETGID);
	int err;

	if (privileges__have(CAP_SETPCAP))
		flags |= CAPNG_CLEAR_BOUNDING;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	caps_select(kept, sets);
	err = may_change ? capng_change_id(uid, gid, flags) : capng_apply(CAPNG_SELECT_CAPS);
	return err ? -EPERM : 0;
}

int privileges__drop_to(uid_t uid, gid_t gid)
{
	return caps_drop(0, OWN, uid, gid);
}

int privileges__drop(void)
{
	return privileges__drop_but(NULL, 0);
}

int privileges__drop_but(const unsigned int *caps, size_t nr)
{
	uid_t uid;
	int err = spare_uid__find(&uid);

	return err ? err : caps_drop(held_caps(caps, nr), OWN, uid, uid);
}

int privileges__drop_and_pass(unsigned int cap)
{
	uint64_t held = held_caps(&cap, 1);
	uid_t uid;
	int err = spare_uid__find(&uid);

	/*
	 * Do this before caps_drop(): capset(2) lets a capability become inheritable only while the
	 * capability is in the bounding set.
	 */
	if (!err && held &&
	    (capng_update(CAPNG_ADD, CAPNG_INHERITABLE, cap) || capng_apply(CAPNG_SELECT_CAPS)))
		err = -EPERM;
	if (!err)
		err = caps_drop(held, PASSED_ON, uid, uid);
	if (!err && held && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
		err = -errno;
	return err;
}

int privileges__keep(const unsigned int *caps, size_t nr)
{
	uint64_t kept = held_caps(caps, nr);
	bool bounding = privileges__have(CAP_SETPCAP);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	caps_select(kept, OWN);
	return capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

bool privileges__may_write(const char *dir)
{
	void *all;
	bool may;

	capng_get_caps_process();
	all = capng_save_state();
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++)
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, cap);
	may = all && !capng_apply(CAPNG_SELECT_CAPS) &&
	      !syscall(SYS_faccessat2, AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS);
	capng_restore_state(&all);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return false;
	return may;
}

#define TRIES 100

/* Reads the file itself, because other sources of users (LDAP) may hang, and load code as root. */
static bool passwd_has(uid_t uid, const char *path)
{
	FILE *file = fopen(path, "re");
	const struct passwd *entry;
	bool found = false;

	while (file && !found && (entry = fgetpwent(file)))
		found = entry->pw_uid == uid || entry->pw_gid == uid;
	if (file)
		fclose(file);
	return found;
}

bool spare_uid__free(uid_t uid, const char *passwd)
{
	/*
	 * getpriority(2) fails if the user has no process. It searches the processes only if the
	 * kernel's hash table has the user (find_user() in kernel/user.c); to read /proc takes 3 us
	 * for each process.
	 */
	errno = 0;
	return getpriority(PRIO_USER, uid) == -1 && errno && !passwd_has(uid, passwd);
}

int spare_uid__find(uid_t *uid)
{
	unsigned int random;

	for (int i = 0; i < TRIES; i++) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		*uid = SPARE_UID_MIN + random % (SPARE_UID_MAX - SPARE_UID_MIN + 1);
		if (spare_uid__free(*uid, "/etc/passwd"))
			return 0;
	}
	return -EBUSY;
}

/* Read a number that sudo has set. Returns false if sudo did not set it. */
static bool number_read(const char *name, uint32_t *number)
{
	const char *text = getenv(name);
	unsigned long value;
	char *end;

	errno = 0;
	value = text ? strtoul(text, &end, 10) : 0;
	if (!text || !*text || errno || *end || value >= UINT32_MAX)
		return false;
	*number = value;
	return true;
}

bool sudo_caller__find(uid_t *uid, gid_t *gid)
{
	return !geteuid() && number_read("SUDO_UID", uid) && number_read("SUDO_GID", gid);
}

bool sudo_caller__owns(const struct stat *st, uid_t *uid, gid_t *gid)
{
	return sudo_caller__find(uid, gid) && st->st_uid == *uid;
}

bool owner__is_trusted(const struct stat *st)
{
	uid_t uid;
	gid_t gid;

	return st->st_uid == geteuid() || !st->st_uid || sudo_caller__owns(st, &uid, &gid);
}
