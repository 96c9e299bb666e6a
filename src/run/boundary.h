/* SPDX-License-Identifier: GPL-2.0 */
/* When windows end: a calculation alone. */
#ifndef IPITRACE_RUN_BOUNDARY_H
#define IPITRACE_RUN_BOUNDARY_H

#include <stdbool.h>
#include <stdint.h>

/* A run's windows, all in ns. The times share a clock. */
struct boundaries {
	uint64_t begun; /* when the run began */
	uint64_t period;
	uint64_t duration; /* 0: without end */
};

struct boundary {
	uint64_t at;
	bool last; /* the run ends there */
};

/*
 * The boundary behind @now, a whole number of periods after the run began, so
 * that windows do not drift. Boundaries that have passed, since the machine
 * slept or a cut took longer than a window, are skipped: the window that goes
 * on is longer. The last boundary is the end of the run, even if it has passed.
 */
struct boundary boundary__next(const struct boundaries *run, uint64_t now);

#endif /* IPITRACE_RUN_BOUNDARY_H */
