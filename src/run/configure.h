/* SPDX-License-Identifier: GPL-2.0 */
/* The options as the collector's configuration, checked against this machine. */
#ifndef IPITRACE_RUN_CONFIGURE_H
#define IPITRACE_RUN_CONFIGURE_H

#include "base/cpuset.h"
#include "cli/options.h"
#include "collect/config.h"

struct symbols;

/*
 * Fill @config from @opts. The caller frees *@funcs, the addresses of --func,
 * after its last use of @config. @symbols may be NULL. Returns an exit status; a failure has been
 * reported.
 */
int configure__options(const struct options *opts, struct symbols *symbols,
		       struct collect_config *config, uint64_t **funcs);

/* --func alone, by the functions of @symbols. Otherwise as configure__options(). */
int configure__funcs(const struct options *opts, struct symbols *symbols,
		     struct collect_config *config, uint64_t **funcs);

/*
 * Check the CPUs of --@option against this machine, and point *@set to them; an
 * option that was not given leaves *@set alone. Returns an exit status; a
 * failure has been reported.
 */
int configure__cpus(const struct cpu_list *list, const char *option, const struct cpuset **set);

#endif /* IPITRACE_RUN_CONFIGURE_H */
