// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <limits.h>
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
	const char *root;
	int pids[STOPPERS_MAX];
	int nr;
	bool known; /* before is known */
	uint64_t before;
};

/* A stopper goes to sleep after each run, so voluntary switches count runs. False: hidden. */
static bool switches(const struct stopper_threads *st, int pid, unsigned long long *yielded)
{
	char path[PATH_MAX], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/%d/status", st->root, pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "voluntary_ctxt_switches: %llu", yielded) == 1;
	if (file)
		fclose(file);
	return found;
}

/* The sum over all stoppers; false: one is hidden. */
static bool total(const struct stopper_threads *st, uint64_t *sum)
{
	*sum = 0;
	for (int i = 0; i < st->nr; i++) {
		unsigned long long yielded;

		if (!switches(st, st->pids[i], &yielded))
			return false;
		*sum += yielded;
	}
	return true;
}

int stopper_threads__open(struct stopper_threads **st, const char *root)
{
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char path[PATH_MAX], comm[32];

	*st = calloc(1, sizeof(**st));
	if (!*st)
		return -ENOMEM;
	(*st)->root = root;
	for (int pid = 2; pid < PID_END && (*st)->nr < nr_cpus; pid++) {
		snprintf(path, sizeof(path), "%s/proc/%d/comm", root, pid);
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
	(*st)->known = total(*st, &(*st)->before);
	return 0;
}

void stopper_threads__close(struct stopper_threads *st)
{
	free(st);
}

bool stopper_threads__since(struct stopper_threads *st, uint64_t *runs)
{
	uint64_t now;
	bool known;

	*runs = 0;
	if (!st)
		return false;
	known = st->known;
	st->known = total(st, &now);
	known &= st->known;
	if (known && now > st->before)
		*runs = now - st->before;
	st->before = now;
	return known;
}
