// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/stopper_threads.h"
#include "base/sysfile.h"

/* Each thread costs a read a window; on larger machines these are enough. */
#define STOPPERS_MAX 256
/*
 * The search ends here: stopper threads are made at boot, before user space,
 * when the kernel makes half a dozen threads a CPU.
 */
#define PID_END	     8192

struct stopper_threads {
	int pids[STOPPERS_MAX];
	int nr;
	uint64_t before;
};

static uint64_t switches(int pid)
{
	unsigned long long yielded = 0;
	char path[64], line[256];
	FILE *file;

	/* A stopper goes to sleep after each run, so voluntary switches count runs. */
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &yielded) == 1)
			break;
	if (file)
		fclose(file);
	return yielded;
}

static uint64_t total(const struct stopper_threads *st)
{
	uint64_t sum = 0;

	for (int i = 0; i < st->nr; i++)
		sum += switches(st->pids[i]);
	return sum;
}

int stopper_threads__open(struct stopper_threads **st)
{
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char path[64], comm[32];

	*st = calloc(1, sizeof(**st));
	if (!*st)
		return -ENOMEM;
	for (int pid = 2; pid < PID_END && (*st)->nr < nr_cpus; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (!sysfile__line(comm, sizeof(comm), path) || strncmp(comm, "migration/", 10))
			continue;
		if ((*st)->nr == STOPPERS_MAX)
			break;
		(*st)->pids[(*st)->nr++] = pid;
	}
	if (!(*st)->nr) {
		free(*st);
		*st = NULL;
		return -ENOENT;
	}
	(*st)->before = total(*st);
	return 0;
}

void stopper_threads__close(struct stopper_threads *st)
{
	free(st);
}

uint64_t stopper_threads__since(struct stopper_threads *st)
{
	uint64_t now = total(st), since = now > st->before ? now - st->before : 0;

	st->before = now;
	return since;
}
