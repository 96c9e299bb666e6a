/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A function's csds, or the interrupts of a kind, shared out among their causes, which only the
 * senders' sampled stacks tell apart. Pure; inside of this room.
 */
#ifndef IPITRACE_STORM_SHARES_H
#define IPITRACE_STORM_SHARES_H

#include "model/cause.h"
#include "storm/detector.h"

#define CAUSES_MAX 16

struct shares {
	struct possible possible;
	const struct storm_limits *limits; /* which processes are ipitrace's own */
	size_t samples; /* all, with ipitrace's own */
	size_t own; /* of these samples, ipitrace's own */
	/* The causes that the samples show, most samples first; none: all are own. */
	size_t nr;
	struct share {
		const struct signature *sig; /* NULL: none */
		bool lasts; /* it is a storm already, and keeps its name down to half as many samples */
		double part; /* samples; once settled, of the csds: together 1, less own_part */
	} of[CAUSES_MAX];
	double own_part;
};

/* Begin the shares of what is sent as @sent says, without its stack. @limits must outlive @shares. */
void shares__begin(struct shares *shares, const struct sending *sent,
		   const struct storm_limits *limits);

void shares__sample(struct shares *shares, const struct stack_sample *sample);

/* All samples are there: drop parts that are too small. Without samples the one cause has all. */
void shares__settle(struct shares *shares);

/*
 * The cause that @sample shows, once the shares are settled. False: that cause has no part, so the
 * sample counts for no cause; or the sample is ipitrace's own.
 */
bool shares__cause(const struct shares *shares, const struct stack_sample *sample,
		   const struct signature **sig);

#endif /* IPITRACE_STORM_SHARES_H */
