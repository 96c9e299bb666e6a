/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_ISOLATED_H
#define IPITRACE_VIEW_TEXT_ISOLATED_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cpuset.h"
#include "model/host.h"
#include "model/isolation.h"

/* All to stdout, as wide as the terminal, 80 columns at most. */

/*
 * Before collection: the CPUs, and the checks of the setup with advice. @endless: the run
 * ends by Ctrl-C alone, and a reader has to know.
 */
void view__isolated_setup(const struct host *host, const struct cpuset *cpus,
			  const struct setup_check *checks, size_t nr, bool endless);

/* Afterwards: each CPU and its culprits; IPIs last, in each group by time stolen. */
void view__isolated(const struct isolation *isolation);

/* The verdict: each limit of @gate that a CPU broke, and by whom; what was lost; or one line. */
void view__isolated_verdict(const struct isolation *isolation, const struct gate *gate);

#endif /* IPITRACE_VIEW_TEXT_ISOLATED_H */
