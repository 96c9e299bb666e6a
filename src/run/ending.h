/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a run, and of its windows: when it comes, whether that was before its time, and
 * with which status. Calculations alone.
 */
#ifndef IPITRACE_RUN_ENDING_H
#define IPITRACE_RUN_ENDING_H

#include <stdbool.h>
#include <stdint.h>
#include "cli/options.h"
#include "model/isolation.h"

struct child;

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

/* The end of a run, as it is seen at that moment. */
struct run_end {
	const char *signal; /* the name of the signal that ended it; NULL: none */
	bool unread; /* a reader of stdout is gone */
	uint64_t ns; /* that the run lasted */
};

/*
 * Whether a run lasted as long as it was meant to: until PROGRAM ends, else for --duration;
 * without either a signal is its end, and so is a reader that goes.
 */
struct cut_short cut_short(const struct options *opts, const struct child *child,
			   const struct run_end *end);

/*
 * One exit status, out of ipitrace's @own and PROGRAM's. A failure stays. A gate (--exit-code,
 * isolated) makes EXIT_FOUND_BESIDE of EXIT_FOUND where there is a PROGRAM, and
 * EXIT_FAILED of EXIT_DONE where the run was @cut short: what was not watched may have
 * had it. Else EXIT_DONE gives way to the status of @child, unless a signal ended the run,
 * which PROGRAM gets too. With a gate a line on stderr says both, also with --quiet, for
 * PROGRAM may end with any status itself.
 */
int joint_status(const struct options *opts, int own, const struct child *child,
		 const struct cut_short *cut);

#endif /* IPITRACE_RUN_ENDING_H */
