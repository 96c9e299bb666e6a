// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/cpuset.h"
#include "base/sysfile.h"
#include "host/tracepoint_counter.h"

struct tracepoint_counter {
	int fds[CPUSET_MAX];
	uint32_t nr;
	uint64_t before;
};

static bool tracepoint_id(const char *event, uint64_t *id)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128], text[32];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events/%s/id", roots[i], event);
		if (!sysfile__line(text, sizeof(text), path))
			continue;
		*id = strtoull(text, NULL, 10);
		return true;
	}
	return false;
}

/* perf_event_open(2) cannot count all processes on all CPUs at once: open a counter for each CPU. */
static int counter_open(uint64_t id, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
	};

	return syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* A counter a CPU may exceed the usual limit of 1,024 open files. */
static void files_allow(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int tracepoint_counter__open(struct tracepoint_counter **tc, const char *event)
{
	struct cpuset online;
	uint64_t id;
	int cpu;

	*tc = NULL;
	if (!tracepoint_id(event, &id) || cpuset__read(&online, "online"))
		return -ENOENT;
	*tc = calloc(1, sizeof(**tc));
	if (!*tc)
		return -ENOMEM;
	files_allow();
	for_each_cpu(cpu, &online) {
		int fd = counter_open(id, cpu), err = errno;

		if (fd < 0) {
			tracepoint_counter__close(*tc);
			*tc = NULL;
			return -err;
		}
		(*tc)->fds[(*tc)->nr++] = fd;
	}
	return 0;
}

void tracepoint_counter__close(struct tracepoint_counter *tc)
{
	for (uint32_t i = 0; tc && i < tc->nr; i++)
		close(tc->fds[i]);
	free(tc);
}

bool tracepoint_counter__since(struct tracepoint_counter *tc, uint64_t *events)
{
	uint64_t sum = 0, count;

	if (!tc)
		return false;
	for (uint32_t i = 0; i < tc->nr; i++) {
		/* The counter of a CPU that went offline reads nothing. */
		if (read(tc->fds[i], &count, sizeof(count)) == sizeof(count))
			sum += count;
	}
	*events = sum > tc->before ? sum - tc->before : 0;
	tc->before = sum;
	return true;
}
