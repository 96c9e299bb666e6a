// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/sudo_caller.h"

/* A number of sudo's; false: sudo did not set it. */
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
