// SPDX-License-Identifier: GPL-2.0
/* A library for LD_PRELOAD: in the place of the program, membarriers for $SECONDS, to a thread that spins. */
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *spin(void *arg)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return arg;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

__attribute__((constructor)) static void run_in_its_place(void)
{
	const char *seconds = getenv("SECONDS");
	double end = now() + (seconds ? atof(seconds) : 0);
	pthread_t thread;

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) ||
	    pthread_create(&thread, NULL, spin, NULL))
		_exit(1);
	while (now() < end)
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
			_exit(1);
	_exit(0);
}
