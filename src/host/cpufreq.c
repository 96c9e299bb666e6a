// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "base/cpuset.h"
#include "base/sysfile.h"
#include "host/cpufreq.h"
#include "model/storm_evidence.h"

#define POLICIES "/sys/devices/system/cpu/cpufreq"

/* The number of words in "0 1 2", the form of affected_cpus. */
static uint32_t words(const char *text)
{
	uint32_t nr = 0;

	for (const char *p = text; *p; p++)
		nr += *p != ' ' && (p == text || p[-1] == ' ');
	return nr;
}

static void policy_read(struct cpufreq_policy *policy, const char *name)
{
	char path[128], cpus[4 * CPUSET_MAX];

	memset(policy, 0, sizeof(*policy));
	snprintf(policy->name, sizeof(policy->name), "%.32s", name);
	snprintf(path, sizeof(path), POLICIES "/%.32s/affected_cpus", name);
	sysfile__line(cpus, sizeof(cpus), path);
	policy->nr_cpus = words(cpus);
	snprintf(policy->cpus, sizeof(policy->cpus), "%.60s", cpus);
	snprintf(path, sizeof(path), POLICIES "/%.32s/scaling_driver", name);
	sysfile__line(policy->driver, sizeof(policy->driver), path);
	snprintf(path, sizeof(path), POLICIES "/%.32s/scaling_governor", name);
	sysfile__line(policy->governor, sizeof(policy->governor), path);
}

void cpufreq__policies(struct cpufreq_evidence *evidence)
{
	DIR *dir = opendir(POLICIES);
	struct cpufreq_policy policy;
	struct dirent *entry;

	evidence->nr_policies = 0;
	evidence->cpus_a_policy = 0;
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "policy", 6))
			continue;
		policy_read(&policy, entry->d_name);
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
