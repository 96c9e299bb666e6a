// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "base/ticker.h"

#define NS 1000000000ULL

int ticker__open(uint64_t period_ns)
{
	const struct itimerspec when = {
		.it_interval = { period_ns / NS, period_ns % NS },
		.it_value.tv_nsec = 1,
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), err = errno;

	if (fd < 0)
		return -err;
	if (timerfd_settime(fd, 0, &when, NULL)) {
		err = errno;
		close(fd);
		return -err;
	}
	return fd;
}

bool ticker__due(int fd)
{
	uint64_t periods;

	return read(fd, &periods, sizeof(periods)) == sizeof(periods);
}
