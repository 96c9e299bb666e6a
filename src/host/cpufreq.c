// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "base/cpuset.h"
#include "base/sysfile.h"
#include "host/cpufreq.h"
#include "model/storm_evidence.h"

#define POLICIES "/sys/devices/system/cpu/cpufreq"

/* A line of the file @name of the policy in @dir; "" without it. */
static void line_read(char *line, size_t size, const char *dir, const char *name)
{
	char path[224];

	snprintf(path, sizeof(path), "%.180s/%.40s", dir, name);
	sysfile__line(line, size, path);
}

/* affected_cpus is "0 1 2". */
static void cpus_read(struct cpuset *cpus, const char *dir)
{
	char list[CPUSET_TEXT];

	line_read(list, sizeof(list), dir, "affected_cpus");
	for (char *p = list; *p; p++)
		if (*p == ' ')
			*p = p[1] ? ',' : '\0';
	if (cpuset__parse(cpus, list))
		memset(cpus, 0, sizeof(*cpus));
}

static void policy_read(struct cpufreq_policy *policy, const char *policies, const char *name)
{
	char dir[180];

	memset(policy, 0, sizeof(*policy));
	snprintf(dir, sizeof(dir), "%.140s/%.32s", policies, name);
	snprintf(policy->name, sizeof(policy->name), "%.32s", name);
	cpus_read(&policy->cpus, dir);
	policy->nr_cpus = cpuset__count(&policy->cpus);
	line_read(policy->driver, sizeof(policy->driver), dir, "scaling_driver");
	line_read(policy->governor, sizeof(policy->governor), dir, "scaling_governor");
}

void cpufreq__policies(struct cpufreq_evidence *evidence, const char *root)
{
	struct cpufreq_policy policy;
	struct dirent *entry;
	char path[140];
	DIR *dir;

	snprintf(path, sizeof(path), "%.100s" POLICIES, root);
	dir = opendir(path);
	evidence->nr_policies = 0;
	evidence->cpus_a_policy = 0;
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "policy", 6))
			continue;
		policy_read(&policy, path, entry->d_name);
		if (!evidence->nr_policies)
			evidence->cpus_a_policy = policy.nr_cpus;
		else if (evidence->cpus_a_policy != policy.nr_cpus)
			evidence->cpus_a_policy = 0;
		if (evidence->nr_policies < POLICIES_MAX)
			evidence->policies[evidence->nr_policies] = policy;
		evidence->nr_policies++;
	}
	if (dir)
		closedir(dir);
}
