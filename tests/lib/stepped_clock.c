// SPDX-License-Identifier: GPL-2.0
/* A library for LD_PRELOAD: somebody sets the time of day, each second, an hour forward or back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *to)
{
	static int (*real)(clockid_t id, struct timespec * to);
	struct timespec mono;
	int err;

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	err = real(id, to);
	if (!err && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI) &&
	    !real(CLOCK_MONOTONIC, &mono))
		to->tv_sec += mono.tv_sec & 1 ? 3600 : -3600;
	return err;
}

int gettimeofday(struct timeval *to, void *zone)
{
	struct timespec now = {};

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*to = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *to)
{
	struct timespec now = {};

	clock_gettime(CLOCK_REALTIME, &now);
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}
