/* SPDX-License-Identifier: GPL-2.0 */
/* Limits of stalls and storms that several commands share: from the options, or the defaults. */
#ifndef IPITRACE_COMMAND_LIMITS_H
#define IPITRACE_COMMAND_LIMITS_H

#include <stdint.h>
#include <unistd.h>
#include "cli/options.h"
#include "storm/detector.h"

static inline uint64_t limits__stall(const struct options *opts)
{
	if (opts->flight.on.threshold)
		return opts->flight.on.threshold;
	return opts->threshold ? opts->threshold : THRESHOLD_DEFAULT;
}

static inline struct storm_limits limits__storm(const struct options *opts)
{
	return (struct storm_limits){
		.rate = opts->storm_rate ? opts->storm_rate : STORM_RATE_DEFAULT,
		.share = opts->storm_share ? opts->storm_share / 100 : STORM_SHARE_DEFAULT,
		.rise = opts->storm_rise ? opts->storm_rise : STORM_RISE_DEFAULT,
		/* Who names a rate asks for it, whatever it costs. */
		.note = opts->storm_rate ? 0 : STORM_NOTE,
		.self = getpid(),
	};
}

#endif /* IPITRACE_COMMAND_LIMITS_H */
