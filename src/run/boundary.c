// SPDX-License-Identifier: GPL-2.0
#include "run/boundary.h"

/* A last window shorter than this is not worth a cut of its own. */
#define LAST_MIN 1000

struct boundary boundary__next(const struct boundaries *run, uint64_t now)
{
	uint64_t elapsed = now > run->begun ? now - run->begun : 0;
	uint64_t end = (elapsed / run->period + 1) * run->period;
	bool last = run->duration && end + LAST_MIN > run->duration;

	return (struct boundary){ run->begun + (last ? run->duration : end), last };
}
