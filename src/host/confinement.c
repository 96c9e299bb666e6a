// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "host/confinement.h"

void confinement__seccomp(struct feature *feature)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	feature->name = "seccomp";
	feature->what = "processes that lose system calls";
	feature->available = !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how),
			 "ipitrace: no exec, no sockets; --vmcore, helpers: a few calls each");
	else
		snprintf(feature->why, sizeof(feature->why), "needs CONFIG_SECCOMP_FILTER: %s",
			 strerror(errno));
}

void confinement__landlock(struct feature *feature)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	feature->name = "landlock";
	feature->what = "processes that lose files";
	feature->available = version > 0;
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how),
			 "version %ld: --vmcore and sysrq-l open none", version);
	else
		snprintf(feature->why, sizeof(feature->why), "needs CONFIG_SECURITY_LANDLOCK: %s",
			 strerror(errno));
}
