// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "host/task_cgroup.h"

bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size)
{
	char name[PATH_MAX], line[4096];
	bool found = false;
	FILE *file;

	*path = '\0';
	snprintf(name, sizeof(name), "%s/proc/%" PRIu32 "/cgroup", root ? root : "", tgid);
	file = fopen(name, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		/* Hierarchy 0, without controllers, is cgroup2 (cgroups(7)). */
		found = !strncmp(line, "0::", 3);
		if (found)
			snprintf(path, size, "%s", line + 3);
	}
	if (file)
		fclose(file);
	return found;
}
