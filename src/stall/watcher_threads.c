// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "stall/watcher_threads.h"

/* For what starting a thread takes, and a name read later. */
#define SLACK (1 << 20)

/* All of it is locked, so not the usual 8 MiB. */
#define STACK_SIZE (256 << 10)

/*
 * Somebody has looked so shortly ago that it need not be done again. Two
 * that take turns look every 4 ms; of four, every second one does.
 */
#define TURN_NS (WATCHERS_PERIOD_NS / 2 - 500000)

struct watcher {
	struct watcher_threads *all;
	unsigned int which;
	int cpu;
	bool running;
	pthread_t thread;
};

struct watcher_threads {
	watchers_fn *fn;
	void *ctx;
	unsigned int nr;
	bool fifo;
	_Atomic bool stop;
	_Atomic uint64_t looked; /* when the last look ended */
	struct timespec begun;
	char *stacks;
	struct watcher watcher[WATCHERS_MAX];
};

/* Some of the CPUs that we may run on, far apart. */
static int cpus_choose(struct watcher_threads *w)
{
	size_t size = CPU_ALLOC_SIZE(CPUSET_MAX);
	cpu_set_t *cpus = CPU_ALLOC(CPUSET_MAX);
	unsigned int nr, seen = 0;

	if (!cpus)
		return -ENOMEM;
	if (sched_getaffinity(0, size, cpus)) {
		CPU_FREE(cpus);
		return -errno;
	}
	nr = CPU_COUNT_S(size, cpus);
	w->nr = nr < WATCHERS_MAX ? nr : WATCHERS_MAX;
	for (int cpu = 0; cpu < CPUSET_MAX; cpu++) {
		if (!CPU_ISSET_S(cpu, size, cpus))
			continue;
		for (unsigned int i = 0; i < w->nr; i++)
			if (seen == i * nr / w->nr)
				w->watcher[i] =
					(struct watcher){ .all = w, .which = i, .cpu = cpu };
		seen++;
	}
	CPU_FREE(cpus);
	return 0;
}

/*
 * Memory that is given back is unmapped on all CPUs that this process ran on,
 * by an IPI, which waits for the one that is stuck.
 */
static void memory_keep(void)
{
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_ARENA_MAX, 1);
}

static int stacks_open(struct watcher_threads *w)
{
	void *stacks = mmap(NULL, (size_t)w->nr * STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stacks == MAP_FAILED)
		return -errno;
	w->stacks = stacks;
	return 0;
}

int watcher_threads__open(struct watcher_threads **out)
{
	/* Above all that is not real-time, below what somebody chose to be. */
	struct sched_param param = { .sched_priority = 1 };
	struct watcher_threads *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	memory_keep();
	err = cpus_choose(w);
	if (!err)
		err = stacks_open(w);
	if (err) {
		free(w);
		return err;
	}
	/* Threads inherit it: they begin when there is no right to ask for it. */
	w->fifo = !sched_setscheduler(0, SCHED_FIFO, &param);
	*out = w;
	return 0;
}

void watcher_threads__lock(void)
{
	void *slack = malloc(SLACK);

	/* It stays with malloc(), whose memory grows no more. */
	free(slack);
	/*
	 * Not MCL_FUTURE: without root it would be refused what is over
	 * RLIMIT_MEMLOCK. Where nothing may be locked it mostly is there too.
	 */
	(void)mlockall(MCL_CURRENT);
	/*
	 * khugepaged would put pages of ours together, and hold our mmap_lock
	 * while it waits for the stuck CPU to flush its TLB
	 * (collapse_huge_page(), 6.12 mm/khugepaged.c).
	 */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

static struct timespec tick(const struct watcher *watcher, uint64_t n)
{
	const struct watcher_threads *w = watcher->all;
	uint64_t ns = w->begun.tv_sec * 1000000000ULL + w->begun.tv_nsec;

	ns += n * WATCHERS_PERIOD_NS + watcher->which * WATCHERS_PERIOD_NS / w->nr;
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static void *watch(void *arg)
{
	struct watcher *watcher = arg;
	struct watcher_threads *w = watcher->all;
	uint64_t first = w->begun.tv_sec * 1000000000ULL + w->begun.tv_nsec;

	while (!w->stop) {
		/* After a long time on a stuck CPU there is nothing to make up for. */
		struct timespec next = tick(watcher, (mono_ns() - first) / WATCHERS_PERIOD_NS + 1);

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		if (w->stop || mono_ns() - w->looked < TURN_NS)
			continue;
		w->fn(w->ctx, watcher->which);
		w->looked = mono_ns();
	}
	return NULL;
}

static int start(struct watcher *watcher)
{
	const struct watcher_threads *w = watcher->all;
	size_t size = CPU_ALLOC_SIZE(CPUSET_MAX);
	cpu_set_t *cpus = CPU_ALLOC(CPUSET_MAX);
	pthread_attr_t attr;
	int err;

	if (!cpus)
		return -ENOMEM;
	CPU_ZERO_S(size, cpus);
	CPU_SET_S(watcher->cpu, size, cpus);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, w->stacks + (size_t)watcher->which * STACK_SIZE, STACK_SIZE);
	pthread_attr_setaffinity_np(&attr, size, cpus);
	err = -pthread_create(&watcher->thread, &attr, watch, watcher);
	watcher->running = !err;
	pthread_attr_destroy(&attr);
	CPU_FREE(cpus);
	return err;
}

int watcher_threads__start(struct watcher_threads *w, watchers_fn *fn, void *ctx)
{
	struct sched_param param = {};
	int err = 0;

	w->fn = fn;
	w->ctx = ctx;
	clock_gettime(CLOCK_MONOTONIC, &w->begun);
	for (unsigned int i = 0; i < w->nr && !err; i++)
		err = start(&w->watcher[i]);
	/* Who waits for the end of it all need not be in a hurry. */
	if (w->fifo)
		sched_setscheduler(0, SCHED_OTHER, &param);
	return err;
}

void watcher_threads__stop(struct watcher_threads *w)
{
	if (!w)
		return;
	w->stop = true;
	for (unsigned int i = 0; i < w->nr; i++) {
		if (w->watcher[i].running)
			pthread_join(w->watcher[i].thread, NULL);
		w->watcher[i].running = false;
	}
}

void watcher_threads__close(struct watcher_threads *w)
{
	watcher_threads__stop(w);
	if (w)
		munmap(w->stacks, (size_t)w->nr * STACK_SIZE);
	free(w);
}

unsigned int watcher_threads__nr(const struct watcher_threads *w)
{
	return w->nr;
}
