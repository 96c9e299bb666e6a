/* SPDX-License-Identifier: GPL-2.0 */
/* The verdict: which interruptions are allowed, which CPUs are quiet, who is the first culprit. */
#ifndef IPITRACE_ISOLATED_VERDICT_H
#define IPITRACE_ISOLATED_VERDICT_H

#include "model/isolation.h"

/*
 * Judge @isolation, whose culprits have their causes: merge timers, sort them, those with the
 * most time stolen first, then what follows from others, and those whose time is
 * not known last; set follows, judged, allowed, too_long, breaches and verdict. The globs
 * of the breaches are @gate's. Each CPU is judged for itself; one that is not quiet outweighs one that is not certain.
 */
void verdict__judge(struct isolation *isolation, const struct gate *gate);

#endif /* IPITRACE_ISOLATED_VERDICT_H */
