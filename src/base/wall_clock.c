// SPDX-License-Identifier: GPL-2.0
#include <time.h>
#include "base/wall_clock.h"

void wall_clock__read(struct wall_clock *clock)
{
	struct timespec wall, mono;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	localtime_r(&wall.tv_sec, &tm);
	clock->offset = (wall.tv_sec - mono.tv_sec + tm.tm_gmtoff) * 1000000000LL + wall.tv_nsec -
			mono.tv_nsec;
}
