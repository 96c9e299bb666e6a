// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/sysfile.h"
#include "host/storm_facts.h"

/* Each thread costs a read a window; on larger machines these are enough. */
#define STOPPERS_MAX 256

#define PF_KTHREAD 0x00200000U /* include/linux/sched.h, since 3.1 */

struct stopper {
	int pid;
	bool known; /* could be read at the last count */
	uint64_t before; /* its runs then */
};

struct stopper_threads {
	const char *root;
	struct stopper stoppers[STOPPERS_MAX];
	uint32_t nr;
	uint32_t nr_possible; /* a CPU gets its thread when it comes for the first time */
	struct cpuset online; /* at the last search */
};

/* A stopper goes to sleep after each run, so voluntary switches count runs. False: hidden. */
static bool read_runs(const struct stopper_threads *st, int pid, uint64_t *runs)
{
	return sysfile__number(runs, "voluntary_ctxt_switches: %" SCNu64, "%s/proc/%d/status",
			       st->root, pid);
}

/*
 * Whether /proc/PID/stat, "PID (comm) state ppid pgrp session tty tpgid flags ...", is a stopper's: the
 * name alone is anybody's to take. A name may have parentheses itself.
 */
static bool is_stopper(const char *stat)
{
	const char *name = strchr(stat, '('), *end = strrchr(stat, ')');
	unsigned int flags;

	return name && end && !strncmp(name, "(migration/", 11) &&
	       sscanf(end, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && flags & PF_KTHREAD;
}

static bool is_new_stopper(const struct stopper_threads *st, int pid)
{
	char stat[512];

	for (uint32_t i = 0; i < st->nr; i++)
		if (st->stoppers[i].pid == pid)
			return false;
	return sysfile__line(stat, sizeof(stat), "%s/proc/%d/stat", st->root, pid) &&
	       is_stopper(stat);
}

/* The kernel's threads come first in /proc, so that the search ends early where no CPU is missing. */
static void search_threads(struct stopper_threads *st)
{
	DIR *proc = sysdir__open("%s/proc", st->root);
	const struct dirent *entry;

	while (proc && st->nr < st->nr_possible && st->nr < STOPPERS_MAX &&
	       (entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && is_new_stopper(st, pid))
			st->stoppers[st->nr++] = (struct stopper){ .pid = pid, .known = true };
	}
	if (proc)
		closedir(proc);
}

static bool read_cpu_list(const struct stopper_threads *st, const char *name, struct cpuset *cpus)
{
	return !cpuset__read_path(cpus, "%s/sys/devices/system/cpu/%s", st->root, name);
}

/* Threads of CPUs that came: all their runs are new. */
static void search_if_changed(struct stopper_threads *st)
{
	struct cpuset online;

	if (st->nr >= st->nr_possible || !read_cpu_list(st, "online", &online) ||
	    !memcmp(&online, &st->online, sizeof(online)))
		return;
	st->online = online;
	search_threads(st);
}

int stopper_threads__open(struct stopper_threads **out, const char *root)
{
	struct stopper_threads *st = calloc(1, sizeof(*st));
	struct cpuset possible;
	uint64_t past;

	*out = NULL;
	if (!st)
		return -ENOMEM;
	st->root = root;
	st->nr_possible = read_cpu_list(st, "possible", &possible) ? cpuset__count(&possible) :
								     STOPPERS_MAX;
	read_cpu_list(st, "online", &st->online);
	search_threads(st);
	if (!st->nr) {
		free(st);
		return -ENOENT;
	}
	stopper_threads__since(st, &past);
	*out = st;
	return 0;
}

void stopper_threads__close(struct stopper_threads *st)
{
	free(st);
}

bool stopper_threads__since(struct stopper_threads *st, uint64_t *runs)
{
	bool known = true;

	*runs = 0;
	if (!st)
		return false;
	search_if_changed(st);
	for (uint32_t i = 0; i < st->nr; i++) {
		struct stopper *stopper = &st->stoppers[i];
		bool before = stopper->known;
		uint64_t now;

		stopper->known = read_runs(st, stopper->pid, &now);
		known &= before && stopper->known;
		if (now > stopper->before)
			*runs += now - stopper->before;
		stopper->before = now;
	}
	if (!known)
		*runs = 0;
	return known;
}
