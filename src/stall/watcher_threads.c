// SPDX-License-Identifier: GPL-2.0
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "stall/stall_run.h"

/* Heap reserved before mlockall(), for pthread_create() and name refreshes. */
#define SLACK (1 << 20)

/* Stacks are locked as a whole, so less than the usual 8 MiB. */
#ifndef __SANITIZE_THREAD__
#define STACK_SIZE (256 << 10)
#else
#define STACK_SIZE (2 << 20) /* the sanitizer keeps almost 1 MiB there */
#endif

/*
 * A watcher skips its turn if another watcher scanned less than half a period ago, minus this
 * time. Two watchers scan in turn every 4 ms; of four watchers, every second skips its turn.
 */
#define TURN_SLACK_NS 500000

/* For threads that are not real-time: about nine tenths of a CPU that one other task wants, too. */
#define CALM_NICE (-10)

/* How often a watcher without a CPU checks whether it has got a CPU, ns. */
#define PARKED_NS 50000000

struct watcher {
	struct watcher_threads *all;
	unsigned int which;
	bool running;
	pthread_t thread;
};

struct watcher_threads {
	uint64_t period;
	watcher_scan_fn *scan;
	void *ctx;
	struct cpuset cpus; /* the CPUs that may run watchers; some may be offline */
	int online_fd; /* the kernel's list of online CPUs */
	unsigned int nr; /* number of watchers */
	_Atomic unsigned int active; /* watchers with a CPU of their own; the others are parked */
	bool fifo; /* the calling thread is real-time until its threads have started */
	bool calm; /* the calling thread has CALM_NICE until its threads have started */
	int nice; /* the calling thread's nice value before that */
	_Atomic bool stop;
	_Atomic uint64_t last_scan; /* when the last scan ended */
	uint64_t begin; /* CLOCK_MONOTONIC ns */
	char *stacks;
	struct watcher watcher[WATCHERS_MAX];
};

/* Read the CPUs that this thread may run on, with offline CPUs, which sched_getaffinity() lacks. */
static int read_allowed_cpus(struct cpuset *cpus)
{
	FILE *file = fopen("/proc/thread-self/status", "re");
	char line[CPUSET_TEXT + 32];
	const char *name = "Cpus_allowed_list:\t";
	int err = -ENOENT;

	while (file && err == -ENOENT && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, name, strlen(name)))
			err = cpuset__parse(cpus, line + strlen(name));
	}
	if (file)
		fclose(file);
	return err;
}

static int cpus_choose(struct watcher_threads *threads)
{
	struct cpuset allowed;
	int err = read_allowed_cpus(&allowed);

	if (!err)
		err = cpuset__read(&threads->cpus, "possible");
	if (err)
		return err;
	cpuset__intersect(&threads->cpus, &allowed);
	threads->nr = cpuset__count(&threads->cpus);
	if (threads->nr > WATCHERS_MAX)
		threads->nr = WATCHERS_MAX;
	return threads->nr ? 0 : -ENODEV;
}

static int open_threads(struct watcher_threads **out, uint64_t period)
{
	struct watcher_threads *threads = calloc(1, sizeof(*threads));
	int err;

	if (!threads)
		return -ENOMEM;
	/*
	 * Keep freed memory: unmapping it sends an IPI to all CPUs that this process ran on, and
	 * waits for the stuck one.
	 */
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_ARENA_MAX, 1);
	err = cpus_choose(threads);
	threads->active = 1;
	threads->period = period;
	threads->online_fd = cpuset__open("online");
	threads->stacks = MAP_FAILED;
	if (!err) {
		threads->stacks = mmap(NULL, (size_t)threads->nr * STACK_SIZE,
				       PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
		err = threads->stacks == MAP_FAILED ? -errno : 0;
	}
	if (err) {
		watcher_threads__close(threads);
		return err;
	}
	*out = threads;
	return 0;
}

int watcher_threads__open_calm(struct watcher_threads **out, uint64_t period)
{
	int err = open_threads(out, period);

	if (err)
		return err;
	/* The watchers inherit the nice value: they start after root is given up. */
	(*out)->nice = getpriority(PRIO_PROCESS, 0);
	(*out)->calm = !setpriority(PRIO_PROCESS, 0, CALM_NICE);
	return 0;
}

int watcher_threads__open(struct watcher_threads **out)
{
	/* This priority is above all other tasks, and below those made real-time on purpose. */
	struct sched_param param = { .sched_priority = 1 };
	int err = open_threads(out, WATCHERS_PERIOD_NS);

	/* The watchers inherit the policy: they start after root is given up. */
	if (!err)
		(*out)->fifo = !sched_setscheduler(0, SCHED_FIFO, &param);
	return err;
}

void watcher_threads__lock_memory(void)
{
	static const struct rlimit no_limit = { RLIM_INFINITY, RLIM_INFINITY };
	void *slack = malloc(SLACK);

	/* malloc() keeps the freed memory, and need not grow its heap later. */
	free(slack);
	/*
	 * After root is given up, a locked stack grows only up to RLIMIT_MEMLOCK; beyond it the
	 * thread gets SIGSEGV (6.12 mm/mmap.c, acct_stack_growth()). MCL_FUTURE is not set, because
	 * later allocations would fail in the same way. If mlockall() fails, the memory is mostly
	 * resident anyway.
	 */
	if (!setrlimit(RLIMIT_MEMLOCK, &no_limit))
		(void)mlockall(MCL_CURRENT);
	/*
	 * khugepaged would collapse our pages, and hold our mmap_lock while it waits for the stuck
	 * CPU to flush its TLB (collapse_huge_page(), 6.12 mm/khugepaged.c).
	 */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

/* When @watcher has its next turn. It does not catch up on turns that it missed on a stuck CPU. */
static struct timespec get_next_turn(const struct watcher *watcher)
{
	const struct watcher_threads *threads = watcher->all;
	uint64_t n = (mono_ns() - threads->begin) / threads->period + 1;
	uint64_t ns = threads->begin + n * threads->period +
		      watcher->which * threads->period / threads->active;

	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static void *watcher_run(void *arg)
{
	struct watcher *watcher = arg;
	struct watcher_threads *threads = watcher->all;
	uint64_t turn = threads->period / 2 - TURN_SLACK_NS;

	while (!threads->stop) {
		struct timespec next;

		if (watcher->which >= threads->active) {
			nanosleep(&(struct timespec){ .tv_nsec = PARKED_NS }, NULL);
			continue;
		}
		next = get_next_turn(watcher);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		if (threads->stop || mono_ns() - threads->last_scan < turn)
			continue;
		threads->scan(threads->ctx, watcher->which);
		threads->last_scan = mono_ns();
	}
	return NULL;
}

static int start_watcher(struct watcher *watcher)
{
	const struct watcher_threads *threads = watcher->all;
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, threads->stacks + (size_t)watcher->which * STACK_SIZE,
			      STACK_SIZE);
	err = -pthread_create(&watcher->thread, &attr, watcher_run, watcher);
	watcher->running = !err;
	pthread_attr_destroy(&attr);
	return err;
}

/*
 * Bind @watcher to @cpu, unless it is bound there. The kernel unbinds a thread whose last
 * CPU goes offline, and does not bind the thread again when that CPU is back. If @cpu goes
 * offline meanwhile, the next call moves the watcher.
 */
static void bind_watcher(const struct watcher *watcher, int cpu)
{
	struct cpuset now = {}, own = {};

	cpuset__add(&own, cpu);
	if (!pthread_getaffinity_np(watcher->thread, sizeof(now), (cpu_set_t *)&now) &&
	    !memcmp(&now, &own, sizeof(now)))
		return;
	pthread_setaffinity_np(watcher->thread, sizeof(own), (cpu_set_t *)&own);
}

/* Spread the watchers over the online CPUs; if none is online, the watchers stay where they are. */
void watcher_threads__place(struct watcher_threads *threads)
{
	struct cpuset online;
	uint32_t nr, active;

	if (cpuset__read_fd(&online, threads->online_fd))
		return;
	cpuset__intersect(&online, &threads->cpus);
	nr = cpuset__count(&online);
	active = nr < threads->nr ? nr : threads->nr;
	if (active)
		threads->active = active;
	for (uint32_t i = 0; i < active; i++)
		if (threads->watcher[i].running)
			bind_watcher(&threads->watcher[i], cpuset__nth(&online, i * nr / active));
}

int watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *scan, void *ctx)
{
	struct sched_param param = {};
	int err = 0;

	threads->scan = scan;
	threads->ctx = ctx;
	threads->begin = mono_ns();
	for (unsigned int i = 0; i < threads->nr && !err; i++) {
		threads->watcher[i] = (struct watcher){ .all = threads, .which = i };
		err = start_watcher(&threads->watcher[i]);
	}
	watcher_threads__place(threads);
	/* The calling thread only waits for the end of the run, so it needs no priority. */
	if (threads->fifo)
		sched_setscheduler(0, SCHED_OTHER, &param);
	if (threads->calm)
		setpriority(PRIO_PROCESS, 0, threads->nice);
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
	if (!threads)
		return;
	if (threads->stacks != MAP_FAILED)
		munmap(threads->stacks, (size_t)threads->nr * STACK_SIZE);
	if (threads->online_fd >= 0)
		close(threads->online_fd);
	free(threads);
}

unsigned int watcher_threads__nr(const struct watcher_threads *threads)
{
	return threads->active;
}

int report_rings__open(struct report_rings *rings, size_t size)
{
	int err = 0;

	rings->text = malloc(size);
	if (!rings->text)
		return -ENOMEM;
	memset(rings->text, 0, size);
	for (int i = 0; i < WATCHERS_MAX && !err; i++)
		err = byte_ring__open(&rings->rings[i], size);
	return err;
}

void report_rings__close(struct report_rings *rings)
{
	for (int i = 0; i < WATCHERS_MAX; i++)
		byte_ring__close(&rings->rings[i]);
	free(rings->text);
	rings->text = NULL;
}

int report_rings__put(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct report_rings *rings = ctx;

	byte_ring__put(&rings->rings[which], report, len);
	return 0;
}

int report_rings__take(struct report_rings *rings,
		       int (*fn)(void *ctx, const char *text, size_t len), void *ctx)
{
	int stop = 0;

	for (int i = 0; i < WATCHERS_MAX && !stop; i++) {
		struct byte_ring *ring = &rings->rings[i];
		size_t len = byte_ring__take(ring, rings->text, ring->size);

		if (len)
			stop = fn(ctx, rings->text, len);
	}
	return stop;
}

uint64_t report_rings__refused(const struct report_rings *rings)
{
	uint64_t sum = 0;

	for (int i = 0; i < WATCHERS_MAX; i++)
		sum += rings->rings[i].refused;
	return sum;
}
