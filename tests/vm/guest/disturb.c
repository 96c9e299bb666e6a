// SPDX-License-Identifier: GPL-2.0
/*
 * Breaks the silence of a CPU in one way, for tests of `ipitrace isolated`.
 *
 * usage: disturb NAME CPU SECONDS
 *
 * Where the way needs a thread on CPU, that thread spins there and is the
 * program that the CPU is there for; `spin` and `calls` are such programs and
 * disturb nothing. The disturber itself runs on CPU 0.
 */
#include <fcntl.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"

static int cpu;
static volatile int over;

static void *spin(void *arg)
{
	(void)arg;
	bind_to(0, cpu);
	while (!over)
		;
	return NULL;
}

/* Call @disturb 50 times a second, from CPU 0. */
static void repeat(double seconds, void (*disturb)(void))
{
	bind_to(0, 0);
	for (int i = 0; i < seconds * 50; i++) {
		disturb();
		usleep(20000);
	}
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		cannot(path);
	close(fd);
}

static void unmap(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
	munmap(page, 4096);
}

static void barrier(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

/* sched_schedstats is a static key (kernel/sched/core.c). */
static void static_key(void)
{
	file_write("/proc/sys/kernel/sched_schedstats", "1");
	file_write("/proc/sys/kernel/sched_schedstats", "0");
}

/* The first event of a kind is opened once: that flips a static key. */
static void perf(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_CONTEXT_SWITCHES };
	static int fd = -1;
	long long count;

	if (fd < 0)
		fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_DISABLE, 0) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) ||
	    read(fd, &count, sizeof(count)) < 0)
		cannot("perf");
}

static void rdmsr(void)
{
	char path[64];
	unsigned long long value;
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%d/msr", cpu);
	fd = open(path, O_RDONLY);
	/* IA32_TSC. */
	if (fd < 0 || pread(fd, &value, sizeof(value), 0x10) < 0)
		cannot(path);
	close(fd);
}

static void refresh(void)
{
	file_write("/proc/sys/vm/stat_refresh", "1");
}

/* namespace_unlock() waits for an expedited grace period. */
static void expedited(void)
{
	if (mount("none", "/mnt", "tmpfs", 0, NULL) || umount("/mnt"))
		cannot("mount");
}

static pid_t moved;

/* A busy task goes to the CPU and comes back. */
static void move(void)
{
	bind_to(moved, cpu);
	usleep(2000);
	bind_to(moved, 1);
}

static void move_cpuset(void)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", cpu);
	file_write("/sys/fs/cgroup/disturb/cpuset.cpus", text);
	usleep(2000);
	file_write("/sys/fs/cgroup/disturb/cpuset.cpus", "1");
}

/* A child that spins on CPU 1, which others move. */
static void moved_begin(void)
{
	moved = fork();
	if (moved)
		return;
	bind_to(0, 1);
	for (;;)
		;
}

static void alarmed(int signo)
{
	(void)signo;
}

static void itimer(double seconds)
{
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };
	time_t end = time(NULL) + seconds;

	bind_to(0, cpu);
	signal(SIGALRM, alarmed);
	setitimer(ITIMER_REAL, &every, NULL);
	while (time(NULL) < end)
		;
}

/* A timer that never runs out: the kernel looks at it at each tick. */
static void cpu_timer(double seconds)
{
	struct itimerspec at = { .it_value = { 100000, 0 } };
	time_t end = time(NULL) + seconds;
	timer_t timer;

	bind_to(0, cpu);
	signal(SIGALRM, alarmed);
	if (timer_create(CLOCK_PROCESS_CPUTIME_ID, NULL, &timer) ||
	    timer_settime(timer, 0, &at, NULL))
		cannot("timer_create");
	while (time(NULL) < end)
		;
}

/* A program that calls the kernel all the time. */
static void calls(double seconds)
{
	time_t end = time(NULL) + seconds;

	bind_to(0, cpu);
	while (time(NULL) < end)
		for (int i = 0; i < 100; i++)
			syscall(SYS_getppid);
}

static void with_thread(double seconds, void (*disturb)(void))
{
	pthread_t thread;

	bind_to(0, 0);
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	if (pthread_create(&thread, NULL, spin, NULL))
		cannot("pthread_create");
	repeat(seconds, disturb);
	over = 1;
	pthread_join(thread, NULL);
}

static void nothing(void)
{
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*alone)(double seconds);
		void (*each)(void);
		int thread; /* one of its threads spins on the CPU */
	} ways[] = {
		{ "spin", NULL, nothing, 1 },	       { "calls", calls, NULL, 0 },
		{ "munmap", NULL, unmap, 1 },	       { "membarrier", NULL, barrier, 1 },
		{ "static_key", NULL, static_key, 0 }, { "perf", NULL, perf, 0 },
		{ "rdmsr", NULL, rdmsr, 0 },	       { "move", NULL, move, 0 },
		{ "itimer", itimer, NULL, 0 },	       { "refresh", NULL, refresh, 0 },
		{ "cpuset", NULL, move_cpuset, 0 },    { "expedited", NULL, expedited, 0 },
		{ "cpu_timer", cpu_timer, NULL, 0 },
	};
	double seconds;

	if (argc != 4)
		return 2;
	cpu = atoi(argv[2]);
	seconds = atof(argv[3]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		if (ways[i].each == move)
			moved_begin();
		if (ways[i].alone)
			ways[i].alone(seconds);
		else if (ways[i].thread)
			with_thread(seconds, ways[i].each);
		else
			repeat(seconds, ways[i].each);
		if (moved)
			kill(moved, SIGKILL);
		return 0;
	}
	return 2;
}
