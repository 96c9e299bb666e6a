// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cpufreq.h"
#include "cpulist.h"
#include "sysfile.h"

#define POLICIES "/sys/devices/system/cpu/cpufreq"

struct cpufreq {
	int fds[MAX_CPUS];
	uint32_t nr;
	uint64_t before;
};

static bool tracepoint_id(uint64_t *id)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128], text[32];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events/power/cpu_frequency/id", roots[i]);
		if (!sysfile__line(text, sizeof(text), path))
			continue;
		*id = strtoull(text, NULL, 10);
		return true;
	}
	return false;
}

/* Whatever the CPU, it counts only what runs there: so one on each. */
static int counter_open(uint64_t id, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
	};

	return syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static void files_allow(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int cpufreq__open(struct cpufreq **cf)
{
	struct cpuset online;
	uint64_t id;

	*cf = NULL;
	if (!tracepoint_id(&id) || cpuset__read(&online, "online"))
		return -ENOENT;
	*cf = calloc(1, sizeof(**cf));
	if (!*cf)
		return -ENOMEM;
	files_allow();
	for (uint32_t cpu = 0; cpu < online.end; cpu++) {
		int fd = online.has[cpu] ? counter_open(id, cpu) : -1;
		int err = errno;

		if (!online.has[cpu])
			continue;
		if (fd < 0) {
			cpufreq__close(*cf);
			*cf = NULL;
			return -err;
		}
		(*cf)->fds[(*cf)->nr++] = fd;
	}
	return 0;
}

void cpufreq__close(struct cpufreq *cf)
{
	for (uint32_t i = 0; cf && i < cf->nr; i++)
		close(cf->fds[i]);
	free(cf);
}

bool cpufreq__since(struct cpufreq *cf, uint64_t *events)
{
	uint64_t sum = 0, count;

	if (!cf)
		return false;
	for (uint32_t i = 0; i < cf->nr; i++) {
		/* Of a CPU that went offline nothing is left to read. */
		if (read(cf->fds[i], &count, sizeof(count)) == sizeof(count))
			sum += count;
	}
	*events = sum > cf->before ? sum - cf->before : 0;
	cf->before = sum;
	return true;
}

/* "0 1 2", as affected_cpus has it. */
static uint32_t words(const char *text)
{
	uint32_t nr = 0;

	for (const char *p = text; *p; p++)
		nr += *p != ' ' && (p == text || p[-1] == ' ');
	return nr;
}

static void policy_read(struct cpufreq_policy *policy, const char *name)
{
	char path[128], cpus[4 * MAX_CPUS];

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

void cpufreq__policies(struct cpufreq_facts *facts)
{
	DIR *dir = opendir(POLICIES);
	struct cpufreq_policy policy;
	struct dirent *entry;

	facts->nr_policies = 0;
	facts->cpus_a_policy = 0;
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "policy", 6))
			continue;
		policy_read(&policy, entry->d_name);
		if (!facts->nr_policies)
			facts->cpus_a_policy = policy.nr_cpus;
		else if (facts->cpus_a_policy != policy.nr_cpus)
			facts->cpus_a_policy = 0;
		if (facts->nr_policies < POLICIES_TOLD)
			facts->policies[facts->nr_policies] = policy;
		facts->nr_policies++;
	}
	if (dir)
		closedir(dir);
}
