// SPDX-License-Identifier: GPL-2.0
/* The watchers take turns, and go on when one of them is stuck. */
#include <dirent.h>
#include <limits.h>
#include <malloc.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "base/cpuset.h"
#include "skip.h"
#include "unit.h"
#include "stall/stall_run.h"

static _Atomic unsigned int scans[WATCHERS_MAX];
static _Atomic bool stuck[WATCHERS_MAX];
static _Atomic bool release;
static _Atomic int wrong_cpu;
static _Atomic bool placed; /* each watcher has its CPU, so remember where it scans */
static int cpu_of[WATCHERS_MAX];

/* The values that mallopt() got; SHRT_MIN: none. */
static int mmap_max, trim_threshold, arena_max;

int __real_mallopt(int param, int value);
int __wrap_mallopt(int param, int value)
{
	if (param == M_MMAP_MAX)
		mmap_max = value;
	if (param == M_TRIM_THRESHOLD)
		trim_threshold = value;
	if (param == M_ARENA_MAX)
		arena_max = value;
	return __real_mallopt(param, value);
}

static const int *made_limit; /* what setrlimit() returns, which then does nothing; NULL: as it is */
static int locked; /* the flags of the last mlockall() where the limit is made; -1: none */

int __real_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit);
int __wrap_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	if (!made_limit)
		return __real_setrlimit(resource, limit);
	assert_int_equal(resource, RLIMIT_MEMLOCK);
	assert_true(limit->rlim_cur == RLIM_INFINITY && limit->rlim_max == RLIM_INFINITY);
	return *made_limit;
}

int __real_mlockall(int flags);
int __wrap_mlockall(int flags)
{
	if (!made_limit)
		return __real_mlockall(flags);
	locked = flags;
	return 0;
}

static bool threadless; /* no thread can be created */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	return threadless ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

static const char *possible; /* the CPUs of the machine; "": nobody knows; NULL: as they are */

int __real_cpuset__read(struct cpuset *set, const char *name);
int __wrap_cpuset__read(struct cpuset *set, const char *name)
{
	if (!possible)
		return __real_cpuset__read(set, name);
	assert_string_equal(name, "possible");
	return *possible ? cpuset__parse(set, possible) : -EIO;
}

static void pass_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void scan(void *ctx, unsigned int which)
{
	assert_ptr_equal(ctx, scans);
	scans[which]++;
	if (placed) {
		int cpu = sched_getcpu();

		if (cpu_of[which] >= 0 && cpu_of[which] != cpu)
			wrong_cpu++;
		cpu_of[which] = cpu;
	}
	while (stuck[which] && !release)
		pass_ms(1);
}

static unsigned int all(const struct watcher_threads *threads)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < watcher_threads__nr(threads); i++)
		sum += scans[i];
	return sum;
}

static struct watcher_threads *start(void)
{
	struct watcher_threads *threads;

	for (int i = 0; i < WATCHERS_MAX; i++) {
		scans[i] = 0;
		stuck[i] = false;
		cpu_of[i] = -1;
	}
	release = false;
	placed = false;
	wrong_cpu = 0;
	assert_int_equal(watcher_threads__open(&threads), 0);
	watcher_threads__lock_memory();
	assert_int_equal(watcher_threads__start(threads, scan, scans), 0);
	placed = true;
	return threads;
}

/* Wait until the watchers have scanned @more times; a slow machine may take long. */
static bool scan_on(const struct watcher_threads *threads, unsigned int more)
{
	unsigned int before = all(threads);

	for (int i = 0; i < 20000 && all(threads) < before + more; i++)
		pass_ms(1);
	return all(threads) >= before + more;
}

TEST(each_watcher_has_a_cpu_of_its_own)
{
	struct watcher_threads *threads = start();

	assert_in_range(watcher_threads__nr(threads), 1, WATCHERS_MAX);
	assert_true(scan_on(threads, 100));
	watcher_threads__stop(threads);
	assert_int_equal(wrong_cpu, 0);
	for (unsigned int i = 0; i < watcher_threads__nr(threads); i++)
		for (unsigned int j = 0; j < i; j++)
			assert_true(cpu_of[i] < 0 || cpu_of[i] != cpu_of[j]);
	watcher_threads__close(threads);
}

/* The kernel unbinds a thread when its last CPU goes offline; play the kernel's part. */
static unsigned int unbind_all_but(pid_t main)
{
	cpu_set_t all;
	unsigned int nr = 0;
	struct dirent *entry;
	DIR *tasks = opendir("/proc/self/task");

	assert_non_null(tasks);
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while ((entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid && tid != main)
			nr += !sched_setaffinity(tid, sizeof(all), &all);
	}
	closedir(tasks);
	return nr;
}

/* The threads that may run on one CPU alone. */
static unsigned int watchers_bound(void)
{
	unsigned int nr = 0;
	struct dirent *entry;
	DIR *tasks = opendir("/proc/self/task");

	assert_non_null(tasks);
	while ((entry = readdir(tasks))) {
		cpu_set_t cpus;

		nr += atoi(entry->d_name) &&
		      !sched_getaffinity(atoi(entry->d_name), sizeof(cpus), &cpus) &&
		      CPU_COUNT(&cpus) == 1;
	}
	closedir(tasks);
	return nr;
}

TEST(watchers_are_bound_again_once_their_cpus_are_back)
{
	struct watcher_threads *threads = start();

	placed = false;
	assert_true(scan_on(threads, 100));
	assert_true(unbind_all_but(getpid()) >= watcher_threads__nr(threads));
	watcher_threads__place(threads);
	for (int i = 0; i < WATCHERS_MAX; i++)
		cpu_of[i] = -1;
	wrong_cpu = 0;
	placed = true;
	assert_int_equal(watchers_bound(), watcher_threads__nr(threads));
	assert_true(scan_on(threads, 100));
	assert_int_equal(wrong_cpu, 0);
	watcher_threads__close(threads);
}

TEST(any_one_watcher_is_enough)
{
	struct watcher_threads *threads = start();
	unsigned int nr = watcher_threads__nr(threads);

	for (unsigned int alone = 0; alone < nr; alone++) {
		release = true;
		pass_ms(20);
		release = false;
		for (unsigned int i = 0; i < nr; i++)
			stuck[i] = i != alone;
		/* The other watchers get stuck in their next scan. */
		assert_true(scan_on(threads, 100));
		assert_true(scans[alone] >= 50);
	}
	release = true;
	watcher_threads__close(threads);
}

TEST(no_watcher_scans_once_they_are_stopped)
{
	struct watcher_threads *threads = start();
	unsigned int before;

	assert_true(scan_on(threads, 5));
	watcher_threads__stop(threads);
	before = all(threads);
	pass_ms(50);
	assert_int_equal(all(threads), before);
	watcher_threads__stop(threads);
	watcher_threads__close(threads);
	watcher_threads__close(NULL);
}

/* The scheduling of the thread that scans. */
static _Atomic int policy, priority, nice_value;

static void scan_scheduled(void *ctx, unsigned int which)
{
	struct sched_param param;

	policy = sched_getscheduler(0);
	sched_getparam(0, &param);
	priority = param.sched_priority;
	errno = 0;
	nice_value = getpriority(PRIO_PROCESS, 0);
	scans[which]++;
}

/* Watchers inherit what their starter has only until they have started. */
TEST(watchers_come_before_other_tasks)
{
	struct sched_param param = { .sched_priority = 1 };
	struct watcher_threads *threads;
	int nice = getpriority(PRIO_PROCESS, 0);

	if (skip_if(sched_setscheduler(0, SCHED_FIFO, &param),
		    "needs root, who may make threads real-time"))
		return;
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &param);
	assert_int_equal(watcher_threads__open(&threads), 0);
	assert_int_equal(sched_getscheduler(0), SCHED_FIFO);
	assert_int_equal(watcher_threads__start(threads, scan_scheduled, NULL), 0);
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	assert_true(scan_on(threads, 3));
	watcher_threads__close(threads);
	assert_int_equal(policy, SCHED_FIFO);
	assert_int_equal(priority, 1);
	/* The calm ones are only nicer to themselves. */
	assert_int_equal(watcher_threads__open_calm(&threads, 10000000), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), -10);
	assert_int_equal(watcher_threads__start(threads, scan_scheduled, NULL), 0);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), nice);
	assert_true(scan_on(threads, 3));
	watcher_threads__close(threads);
	assert_int_equal(policy, SCHED_OTHER);
	assert_int_equal(nice_value, -10);
}

TEST(no_huge_page_is_made_of_the_memory)
{
	assert_int_equal(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
	watcher_threads__lock_memory();
	assert_int_equal(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
}

/* Unmapping sends an IPI to each CPU that ran this process, and waits for the one that is stuck. */
TEST(freed_memory_stays_mapped)
{
	struct watcher_threads *threads;

	mmap_max = trim_threshold = arena_max = SHRT_MIN;
	assert_int_equal(watcher_threads__open(&threads), 0);
	watcher_threads__close(threads);
	assert_int_equal(mmap_max, 0);
	/* No free memory at the end of the heap is too much. */
	assert_int_equal(trim_threshold, -1);
	assert_int_equal(arena_max, 1);
}

/* Under a limit a thread whose stack grows would end, and an allocation would fail. */
TEST(only_memory_that_is_there_is_locked_and_only_without_a_limit)
{
	static const int results[] = { 0, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		made_limit = &results[i];
		locked = -1;
		watcher_threads__lock_memory();
		assert_int_equal(locked, i ? -1 : MCL_CURRENT);
	}
	made_limit = NULL;
}

TEST(watchers_need_a_cpu)
{
	static const struct {
		const char *possible;
		int err;
	} cases[] = { { "4095", -ENODEV }, { "", -EIO } };
	int before = sched_getscheduler(0);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct watcher_threads *threads = NULL;

		possible = cases[i].possible;
		assert_int_equal(watcher_threads__open(&threads), cases[i].err);
		assert_null(threads);
		assert_int_equal(sched_getscheduler(0), before);
	}
	possible = NULL;
}

TEST(watchers_that_cannot_start_are_closed)
{
	struct watcher_threads *threads;

	assert_int_equal(watcher_threads__open(&threads), 0);
	threadless = true;
	assert_int_equal(watcher_threads__start(threads, scan, scans), -EAGAIN);
	threadless = false;
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	watcher_threads__close(threads);
}

TEST(watchers_never_started_can_be_closed)
{
	struct watcher_threads *threads;

	assert_int_equal(watcher_threads__open(&threads), 0);
	watcher_threads__close(threads);
}

TEST_MAIN(NULL, NULL)
