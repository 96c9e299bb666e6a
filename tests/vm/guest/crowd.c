// SPDX-License-Identifier: GPL-2.0
/*
 * A crowd of one user without rights, which may not hide the stalls of others.
 *
 * usage: crowd KIND, until it is killed
 *	sleepers  700 threads on CPU 1; a thread on CPU 0 wakes all of them again and again
 *	senders   400 threads that send membarriers
 *	tasks     processes that send a membarrier and end, one after the other, on each CPU
 *	cgroups   12,000 cgroups, made as root below /sys/fs/cgroup before READY is written
 *
 * Writes READY to stdout once the crowd is there.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define SLEEPERS 700
#define SENDERS	 400
#define CGROUPS	 12000
#define CPUS	 4
#define USER	 1000

static uint32_t rounds;

static void drop_rights(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		cannot("setresuid");
}

static void membarrier(int command)
{
	if (syscall(__NR_membarrier, command, 0, 0))
		cannot("membarrier");
}

static _Noreturn void *sleep_and_wake(void *arg)
{
	(void)arg;
	bind_to(0, 1);
	for (;;)
		syscall(__NR_futex, &rounds, FUTEX_WAIT_PRIVATE,
			__atomic_load_n(&rounds, __ATOMIC_SEQ_CST), NULL, NULL, 0);
}

static _Noreturn void *send_membarriers(void *arg)
{
	(void)arg;
	for (;;) {
		membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
		usleep(100000);
	}
}

static void start_threads(int nr, void *(*run)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (int i = 0; i < nr; i++)
		if (pthread_create(&thread, &attr, run, NULL))
			cannot("pthread_create");
}

static void say_ready(void)
{
	puts("READY");
	fflush(stdout);
}

static void wake_sleepers(void)
{
	start_threads(SLEEPERS, sleep_and_wake);
	bind_to(0, 0);
	say_ready();
	for (;;) {
		__atomic_add_fetch(&rounds, 1, __ATOMIC_SEQ_CST);
		syscall(__NR_futex, &rounds, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
		usleep(20000);
	}
}

static _Noreturn void end_after_membarrier(void)
{
	membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	_exit(0);
}

static void make_tasks(void)
{
	for (int cpu = 1; cpu < CPUS; cpu++) {
		if (!fork()) {
			bind_to(0, cpu);
			break;
		}
	}
	say_ready();
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			cannot("fork");
		if (!pid)
			end_after_membarrier();
		waitpid(pid, NULL, 0);
	}
}

static void make_cgroups(void)
{
	char path[64];

	if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) && errno != EBUSY)
		cannot("mount");
	for (int i = 0; i < CGROUPS; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/crowd-%d", i);
		if (mkdir(path, 0755))
			cannot(path);
	}
	say_ready();
	pause();
}

int main(int argc, char **argv)
{
	const char *kind = argc == 2 ? argv[1] : "";

	if (!strcmp(kind, "cgroups")) {
		make_cgroups();
		return 0;
	}
	drop_rights();
	membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	if (!strcmp(kind, "sleepers"))
		wake_sleepers();
	if (!strcmp(kind, "tasks"))
		make_tasks();
	if (strcmp(kind, "senders"))
		return 2;
	start_threads(SENDERS, send_membarriers);
	say_ready();
	pause();
	return 0;
}
