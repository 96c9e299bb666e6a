// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "run/child.h"
#include "run/cut_short.h"

#define NS 1e9

/* Up to where the run was meant to last: " of 60.00 s", ", before make (process 77) ended". */
static void aim(const struct options *opts, const struct child *child, char *text, size_t size)
{
	if (opts->program)
		snprintf(text, size, ", before %.64s (process %d) ended", opts->program[0],
			 (int)child->pid);
	else
		snprintf(text, size, " of %.2f s", opts->duration);
}

struct cut_short cut_short(const struct options *opts, const struct child *child,
			   const struct run_end *end)
{
	struct cut_short cut = { .by = CUT_NOT };
	double seconds = end->ns / NS;
	char text[112];

	if (!opts->program && !opts->duration)
		return cut;
	aim(opts, child, text, sizeof(text));
	if (end->signal) {
		cut.by = CUT_SIGNAL;
		snprintf(cut.why, sizeof(cut.why), "%s came after %.2f s%s", end->signal, seconds,
			 text);
	} else if (end->unread && (!opts->duration || seconds < opts->duration)) {
		cut.by = CUT_READER;
		snprintf(cut.why, sizeof(cut.why), "nobody reads stdout after %.2f s%s", seconds,
			 text);
	} else if (opts->program && !child->ended) {
		cut.by = CUT_PROGRAM;
		if (child->go_fd >= 0)
			snprintf(cut.why, sizeof(cut.why), "%.64s was not started",
				 opts->program[0]);
		else
			snprintf(cut.why, sizeof(cut.why),
				 "%.64s has not ended after %.2f s, and goes on as process %d",
				 opts->program[0], seconds, (int)child->pid);
	}
	return cut;
}
