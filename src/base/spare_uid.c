// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "base/spare_uid.h"

#define TRIES 100

/* The file itself: other sources of users (LDAP) may hang, and load code as root. */
static bool in_passwd(uid_t uid, const char *path)
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

static bool in_proc(uid_t uid, const char *path)
{
	DIR *proc = opendir(path);
	const struct dirent *entry;
	bool found = false;
	struct stat st;

	/* A process's directory belongs to its user, or to root. */
	while (proc && !found && (entry = readdir(proc)))
		found = !fstatat(dirfd(proc), entry->d_name, &st, 0) && st.st_uid == uid;
	if (proc)
		closedir(proc);
	return found;
}

bool spare_uid__free(uid_t uid, const char *passwd, const char *proc)
{
	return !in_passwd(uid, passwd) && !in_proc(uid, proc);
}

int spare_uid__find(uid_t *uid)
{
	unsigned int random;

	for (int i = 0; i < TRIES; i++) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		*uid = SPARE_UID_MIN + random % (SPARE_UID_MAX - SPARE_UID_MIN + 1);
		if (spare_uid__free(*uid, "/etc/passwd", "/proc"))
			return 0;
	}
	return -EBUSY;
}
