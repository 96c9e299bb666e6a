// SPDX-License-Identifier: GPL-2.0
/*
 * forks SECONDS [UIDS]: processes without end, each of which sends one membarrier to this program's thread that spins.
 * With UIDS the program enters a user namespace, waits for a line on stdin, when somebody has given that namespace the
 * user ids up to UIDS, and gives each process another one of these.
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *spin(void *arg)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return arg;
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	unsigned int uids = argc > 2 ? atoi(argv[2]) : 0, uid = 0;
	pthread_t thread;

	if (uids &&
	    (unshare(CLONE_NEWUSER) || puts("ready") < 0 || fflush(stdout) || getchar() == EOF))
		return 1;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) ||
	    pthread_create(&thread, NULL, spin, NULL))
		return 1;
	while (time(NULL) < end) {
		/* The child has this program's memory until it ends, and so its threads. */
		pid_t pid = vfork();

		if (!pid) {
			/* Not setuid(), which asks all threads of the program to do the same. */
			if (uids)
				syscall(SYS_setresuid, uid, uid, uid);
			syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
		uid = uids ? (uid + 1) % uids : 0;
	}
	_exit(0);
}
