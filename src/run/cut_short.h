/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a run lasted as long as it was meant to. */
#ifndef IPITRACE_RUN_CUT_SHORT_H
#define IPITRACE_RUN_CUT_SHORT_H

#include <stdbool.h>
#include <stdint.h>
#include "cli/options.h"
#include "model/cut_short.h"

struct child;

/* The end of a run, as it is seen at that moment. */
struct run_end {
	const char *signal; /* the name of the signal that ended it; NULL: none */
	bool unread; /* a reader of stdout is gone */
	uint64_t ns; /* that the run lasted */
};

/*
 * The run is meant to last until PROGRAM ends, else for --duration; without either a
 * signal is its end, and so is a reader that goes.
 */
struct cut_short cut_short(const struct options *opts, const struct child *child,
			   const struct run_end *end);

#endif /* IPITRACE_RUN_CUT_SHORT_H */
