/* SPDX-License-Identifier: GPL-2.0 */
/* From the command line to the collector's configuration, checked against this machine. */
#ifndef IPITRACE_RUN_CONFIGURE_H
#define IPITRACE_RUN_CONFIGURE_H

#include "base/cpuset.h"
#include "cli/options.h"
#include "collect/config.h"

struct symbols;

/*
 * Fill @config from @opts. *@funcs, which the caller frees, holds the addresses
 * of --func. @symbols may be NULL. Returns an exit status; a failure has been
 * reported.
 */
int configure__options(const struct options *opts, struct symbols *symbols,
		       struct collect_config *config, uint64_t **funcs);

/*
 * The CPUs of an option, if @has, checked against this machine: *@to points to
 * @set. Returns an exit status.
 */
int configure__cpus(bool has, const struct cpuset *set, const char *option,
		    const struct cpuset **to);

#endif /* IPITRACE_RUN_CONFIGURE_H */
