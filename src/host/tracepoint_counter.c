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

/* As read(2) of a counter gives them. */
struct reading {
	uint64_t hits;
	uint64_t enabled; /* ns; stands still once the counter's CPU has been offline */
};

struct counter {
	bool open;
	int fd;
	struct reading last;
};

struct tracepoint_counter {
	int (*open)(uint64_t id, int cpu);
	uint64_t id;
	const char *online; /* path of the list of online CPUs */
	struct counter cpus[CPUSET_MAX];
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
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
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

/* Open the counter of @cpu. 0, also if @cpu has gone offline, or a negative errno. */
static int cpu_open(struct tracepoint_counter *tc, int cpu)
{
	int fd = tc->open(tc->id, cpu);

	if (fd < 0)
		return fd == -ENODEV ? 0 : fd;
	tc->cpus[cpu] = (struct counter){ .open = true, .fd = fd };
	return 0;
}

static void cpu_close(struct counter *counter)
{
	if (counter->open)
		close(counter->fd);
	counter->open = false;
}

/*
 * Hits since the last call, of one counter. Closes the counter if it counts no
 * more: the kernel takes it off its CPU when the CPU goes, and for good.
 */
static uint64_t cpu_since(struct counter *counter)
{
	struct reading now;
	uint64_t since = 0;
	bool whole = read(counter->fd, &now, sizeof(now)) == sizeof(now);

	if (whole && now.hits > counter->last.hits)
		since = now.hits - counter->last.hits;
	if (!whole || now.enabled == counter->last.enabled)
		cpu_close(counter);
	else
		counter->last = now;
	return since;
}

int tracepoint_counter__open_by(struct tracepoint_counter **out, uint64_t id,
				int (*open)(uint64_t id, int cpu), const char *online)
{
	struct tracepoint_counter *tc = calloc(1, sizeof(*tc));
	struct cpuset set;
	int cpu, err;

	*out = NULL;
	if (!tc)
		return -ENOMEM;
	*tc = (struct tracepoint_counter){ .open = open, .id = id, .online = online };
	err = cpuset__read_path(&set, online);
	if (!err) {
		for_each_cpu(cpu, &set) {
			err = cpu_open(tc, cpu);
			if (err)
				break;
		}
	}
	if (err) {
		tracepoint_counter__close(tc);
		return err;
	}
	*out = tc;
	return 0;
}

int tracepoint_counter__open(struct tracepoint_counter **tc, const char *event)
{
	uint64_t id;

	*tc = NULL;
	if (!tracepoint_id(event, &id))
		return -ENOENT;
	files_allow();
	return tracepoint_counter__open_by(tc, id, counter_open, "/sys/devices/system/cpu/online");
}

void tracepoint_counter__close(struct tracepoint_counter *tc)
{
	for (uint32_t i = 0; tc && i < CPUSET_MAX; i++)
		cpu_close(&tc->cpus[i]);
	free(tc);
}

bool tracepoint_counter__since(struct tracepoint_counter *tc, uint64_t *events)
{
	struct cpuset online;
	bool known;

	*events = 0;
	if (!tc)
		return false;
	known = !cpuset__read_path(&online, tc->online);
	for (int cpu = 0; cpu < CPUSET_MAX; cpu++) {
		struct counter *counter = &tc->cpus[cpu];

		if (counter->open)
			*events += cpu_since(counter);
		if (known && counter->open && !cpuset__has(&online, cpu))
			cpu_close(counter);
	}
	for (int cpu = known ? cpuset__next(&online, 0) : -1; cpu >= 0;
	     cpu = cpuset__next(&online, cpu + 1))
		if (!tc->cpus[cpu].open)
			known &= !cpu_open(tc, cpu);
	return known;
}
