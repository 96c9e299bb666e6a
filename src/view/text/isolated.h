/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_ISOLATED_H
#define IPITRACE_VIEW_TEXT_ISOLATED_H

#include <stddef.h>
#include "base/cpuset.h"
#include "model/host.h"
#include "model/isolation.h"

/* All to stdout, 80 columns. */

/* Before collection: the CPUs, and the checks of the setup with advice. */
void view__isolated_setup(const struct host *host, const struct cpuset *cpus,
			  const struct setup_check *checks, size_t nr);

/* Afterwards: each CPU and its culprits, by time stolen. */
void view__isolated(const struct isolation *isolation);

/* The verdict, a line for each CPU that is not quiet, or one line. */
void view__isolated_verdict(const struct isolation *isolation);

#endif /* IPITRACE_VIEW_TEXT_ISOLATED_H */
