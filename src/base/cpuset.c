// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cpuset.h"

static int cpu_parse(const char **text, unsigned long *cpu)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*cpu = strtoul(*text, &end, 10);
	if (errno || *cpu >= CPUSET_MAX)
		return -ERANGE;
	*text = end;
	return 0;
}

int cpuset__parse(struct cpuset *set, const char *text)
{
	unsigned long first, last;
	int err;

	memset(set, 0, sizeof(*set));
	do {
		err = cpu_parse(&text, &first);
		if (err)
			return err;
		last = first;
		if (*text == '-') {
			text++;
			err = cpu_parse(&text, &last);
			if (err)
				return err;
			if (last < first)
				return -EINVAL;
		}
		memset(set->has + first, 1, last - first + 1);
		if (last >= set->end)
			set->end = last + 1;
	} while (*text == ',' && text++);
	return *text ? -EINVAL : 0;
}

int cpuset__read(struct cpuset *set, const char *name)
{
	char path[64], line[8192];
	FILE *f;
	int err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s", name);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	err = fgets(line, sizeof(line), f) ? 0 : -EIO;
	fclose(f);
	if (err)
		return err;
	line[strcspn(line, "\n")] = '\0';
	return cpuset__parse(set, line);
}
