/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run from start to end, the same for each command that collects: load,
 * begin, hand over a window at a time, end in good order.
 */
#ifndef IPITRACE_SESSION_H
#define IPITRACE_SESSION_H

#include "options.h"
#include "snapshot.h"

/*
 * Shown each window, named and ranked. Returns 0, or a negative errno to
 * stop; stdout's own errors need not be looked at.
 */
typedef int (*session_window_fn)(const struct snapshot *snap, const struct options *opts);

/* Returns the exit status; says on stderr why when it is not EXIT_DONE. */
int session__run(const struct options *opts, session_window_fn show);

#endif /* IPITRACE_SESSION_H */
