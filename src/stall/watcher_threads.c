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

/* Heap reserved before mlockall(), for pthread_create() and name refreshes. */
#define SLACK (1 << 20)

/* Stacks are locked as a whole, so less than the usual 8 MiB. */
#define STACK_SIZE (256 << 10)

/*
 * A watcher skips its turn if another scanned less than this ago. Two watchers
 * in turn scan every 4 ms; of four, every second one skips.
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
	watcher_scan_fn *scan;
	void *ctx;
	unsigned int nr;
	bool fifo;
	_Atomic bool stop;
	_Atomic uint64_t last_scan; /* when the last scan ended */
	struct timespec begin;
	char *stacks;
	struct watcher watcher[WATCHERS_MAX];
};

/* Spread the watchers over the CPUs that this thread may run on. */
static int cpus_choose(struct watcher_threads *threads)
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
	threads->nr = nr < WATCHERS_MAX ? nr : WATCHERS_MAX;
	for (int cpu = 0; cpu < CPUSET_MAX; cpu++) {
		if (!CPU_ISSET_S(cpu, size, cpus))
			continue;
		for (unsigned int i = 0; i < threads->nr; i++)
			if (seen == i * nr / threads->nr)
				threads->watcher[i] =
					(struct watcher){ .all = threads, .which = i, .cpu = cpu };
		seen++;
	}
	CPU_FREE(cpus);
	return 0;
}

/*
 * Keep freed memory: unmapping it sends an IPI to all CPUs that this process
 * ran on, and waits for the stuck one.
 */
static void memory_keep(void)
{
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_ARENA_MAX, 1);
}

static int stacks_open(struct watcher_threads *threads)
{
	void *stacks = mmap(NULL, (size_t)threads->nr * STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stacks == MAP_FAILED)
		return -errno;
	threads->stacks = stacks;
	return 0;
}

int watcher_threads__open(struct watcher_threads **out)
{
	/* Above all tasks that are not real-time, below those made real-time on purpose. */
	struct sched_param param = { .sched_priority = 1 };
	struct watcher_threads *threads = calloc(1, sizeof(*threads));
	int err;

	if (!threads)
		return -ENOMEM;
	memory_keep();
	err = cpus_choose(threads);
	if (!err)
		err = stacks_open(threads);
	if (err) {
		free(threads);
		return err;
	}
	/* The watchers inherit the policy: they start after root is given up. */
	threads->fifo = !sched_setscheduler(0, SCHED_FIFO, &param);
	*out = threads;
	return 0;
}

void watcher_threads__lock_memory(void)
{
	void *slack = malloc(SLACK);

	/* malloc() keeps it, and so need not grow its heap later. */
	free(slack);
	/*
	 * Not MCL_FUTURE: later allocations, without root, would fail over
	 * RLIMIT_MEMLOCK. If locking fails, the memory is mostly resident anyway.
	 */
	(void)mlockall(MCL_CURRENT);
	/*
	 * khugepaged would collapse our pages, and hold our mmap_lock while it
	 * waits for the stuck CPU to flush its TLB (collapse_huge_page(), 6.12
	 * mm/khugepaged.c).
	 */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

static struct timespec tick_at(const struct watcher *watcher, uint64_t n)
{
	const struct watcher_threads *threads = watcher->all;
	uint64_t ns = threads->begin.tv_sec * 1000000000ULL + threads->begin.tv_nsec;

	ns += n * WATCHERS_PERIOD_NS + watcher->which * WATCHERS_PERIOD_NS / threads->nr;
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static void *watcher_run(void *arg)
{
	struct watcher *watcher = arg;
	struct watcher_threads *threads = watcher->all;
	uint64_t first = threads->begin.tv_sec * 1000000000ULL + threads->begin.tv_nsec;

	while (!threads->stop) {
		/* Turns missed on a stuck CPU are not made up for. */
		struct timespec next =
			tick_at(watcher, (mono_ns() - first) / WATCHERS_PERIOD_NS + 1);

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		if (threads->stop || mono_ns() - threads->last_scan < TURN_NS)
			continue;
		threads->scan(threads->ctx, watcher->which);
		threads->last_scan = mono_ns();
	}
	return NULL;
}

static int start(struct watcher *watcher)
{
	const struct watcher_threads *threads = watcher->all;
	size_t size = CPU_ALLOC_SIZE(CPUSET_MAX);
	cpu_set_t *cpus = CPU_ALLOC(CPUSET_MAX);
	pthread_attr_t attr;
	int err;

	if (!cpus)
		return -ENOMEM;
	CPU_ZERO_S(size, cpus);
	CPU_SET_S(watcher->cpu, size, cpus);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, threads->stacks + (size_t)watcher->which * STACK_SIZE,
			      STACK_SIZE);
	pthread_attr_setaffinity_np(&attr, size, cpus);
	err = -pthread_create(&watcher->thread, &attr, watcher_run, watcher);
	watcher->running = !err;
	pthread_attr_destroy(&attr);
	CPU_FREE(cpus);
	return err;
}

int watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *scan, void *ctx)
{
	struct sched_param param = {};
	int err = 0;

	threads->scan = scan;
	threads->ctx = ctx;
	clock_gettime(CLOCK_MONOTONIC, &threads->begin);
	for (unsigned int i = 0; i < threads->nr && !err; i++)
		err = start(&threads->watcher[i]);
	/* The calling thread only waits for the end: it needs no priority. */
	if (threads->fifo)
		sched_setscheduler(0, SCHED_OTHER, &param);
	return err;
}

void watcher_threads__stop(struct watcher_threads *threads)
{
	if (!threads)
		return;
	threads->stop = true;
	for (unsigned int i = 0; i < threads->nr; i++) {
		if (threads->watcher[i].running)
			pthread_join(threads->watcher[i].thread, NULL);
		threads->watcher[i].running = false;
	}
}

void watcher_threads__close(struct watcher_threads *threads)
{
	watcher_threads__stop(threads);
	if (threads)
		munmap(threads->stacks, (size_t)threads->nr * STACK_SIZE);
	free(threads);
}

unsigned int watcher_threads__nr(const struct watcher_threads *threads)
{
	return threads->nr;
}
