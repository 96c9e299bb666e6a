// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "base/clock.h"

#define DAY_S 86400

/* CLOCK_REALTIME minus CLOCK_MONOTONIC, ns. Watchers read this while the main thread sets it. */
static _Atomic int64_t realtime;

/* Returns CLOCK_REALTIME minus CLOCK_MONOTONIC, ns. *@wall gets CLOCK_REALTIME. */
static int64_t offset_read(struct timespec *wall)
{
	struct timespec mono;

	clock_gettime(CLOCK_REALTIME, wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (wall->tv_sec - mono.tv_sec) * 1000000000LL + wall->tv_nsec - mono.tv_nsec;
}

void wall_clock__read(struct wall_clock *clock)
{
	struct timespec wall;
	struct tm tm;

	clock->offset = offset_read(&wall);
	localtime_r(&wall.tv_sec, &tm);
	clock->offset += tm.tm_gmtoff * 1000000000LL;
}

void wall_clock__sync(void)
{
	struct timespec wall;

	realtime = offset_read(&wall);
}

void wall_clock__set(int64_t offset)
{
	realtime = offset;
}

int64_t wall_clock__realtime(void)
{
	return realtime;
}

static char *write_digits(char *to, unsigned int n, int width, char end)
{
	for (int i = width - 1; i >= 0; i--, n /= 10)
		to[i] = '0' + n % 10;
	to[width] = end;
	return to + width + 1;
}

/*
 * In this code a year begins in March, so that the leap day is its last day. 400 years have 146,097
 * days; March to July have 153 days, and so have August to December.
 */
void wall_clock__date(char *to, uint64_t seconds)
{
	unsigned int second = seconds % DAY_S;
	uint64_t days = seconds / DAY_S + 719468; /* days since 0000-03-01 */
	unsigned int era = days / 146097, day = days % 146097;
	unsigned int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned int of_year = day - (365 * year + year / 4 - year / 100);
	unsigned int month = (5 * of_year + 2) / 153;

	day = of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	to = write_digits(to, era * 400 + year + (month < 3), 4, '-');
	to = write_digits(to, month, 2, '-');
	to = write_digits(to, day, 2, 'T');
	to = write_digits(to, second / 3600, 2, ':');
	to = write_digits(to, second / 60 % 60, 2, ':');
	write_digits(to, second % 60, 2, '\0');
}

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
