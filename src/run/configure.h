/* SPDX-License-Identifier: GPL-2.0 */
/* The options as the collector's configuration, checked against this machine. */
#ifndef IPITRACE_RUN_CONFIGURE_H
#define IPITRACE_RUN_CONFIGURE_H

#include "cli/options.h"
#include "collect/config.h"

struct symbols;

/*
 * Fill @config from @opts. The caller frees *@funcs, the addresses of --func, after its last use of
 * @config. @symbols may be NULL. Returns an exit status; a failure has been reported.
 */
int configure__options(const struct options *opts, struct symbols *symbols,
		       struct collect_config *config, uint64_t **funcs);

/* --func alone, by the functions of @symbols. Otherwise as configure__options(). */
int configure__funcs(const struct options *opts, struct symbols *symbols,
		     struct collect_config *config, uint64_t **funcs);

/*
 * Check the CPUs of --@option against this machine, and point *@set to them; an option that was not
 * given leaves *@set alone. Returns an exit status; a failure has been reported.
 */
int configure__cpus(const struct cpu_list *list, const char *option, const struct cpuset **set);

/* The CPUs on which ipitrace itself runs: it must not disturb the CPUs that it watches. */

/*
 * Bind the calling thread to @wanted; NULL: keep it off the CPUs that are isolated (isolcpus=,
 * cpuset partitions) or nohz_full, where that leaves any. Returns 0 or a negative errno; -EINVAL:
 * no CPU of @wanted is online. @bound: the CPUs that the thread is bound to; none: it stays free.
 */
int affinity__bind(const struct cpuset *wanted, struct cpuset *bound);

/*
 * The CPUs that the calling thread may use, less @avoid, the isolated and the
 * nohz_full ones. False: that leaves none.
 */
bool affinity__others(const struct cpuset *avoid, struct cpuset *others);

/*
 * Bind the calling thread to @bound again if it has come off: the kernel unbinds
 * a thread whose last CPU goes offline, and leaves it so when that CPU is back.
 */
void affinity__keep(const struct cpuset *bound);

#endif /* IPITRACE_RUN_CONFIGURE_H */
