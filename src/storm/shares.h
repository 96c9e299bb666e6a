/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Divides the csds of a function, or the interrupts of a kind, by their causes, which only the
 * sampled stacks of the senders show. No I/O; only for files of this folder.
 */
#ifndef IPITRACE_STORM_SHARES_H
#define IPITRACE_STORM_SHARES_H

#include "model/cause.h"
#include "model/snapshot.h"

#define CAUSES_MAX 16

struct shares {
	struct possible possible;
	size_t samples; /* all samples, including ipitrace's own */
	double csds; /* the csds that all samples represent */
	double own; /* the csds that ipitrace's own samples represent */
	/*
	 * The causes that the samples show, most csds first; 0 if all samples are ipitrace's own.
	 */
	size_t nr;
	struct share {
		const struct signature *sig; /* NULL if no signature matches */
		bool lasts; /* the cause's group is a storm already: half a part is enough */
		/* csds; after shares__settle() a part of all csds, of which rare causes get none */
		double part;
	} causes[CAUSES_MAX];
	double own_part; /* ipitrace's own part of all csds; 0 if it is small */
};

/* Begin the shares of what @sent describes; its stack is not read. */
void shares__begin(struct shares *shares, const struct sending *sent);

void shares__sample(struct shares *shares, const struct stack_sample *sample);

/*
 * Call this after the last sample: drops parts that are too small. Without samples one cause has
 * all.
 */
void shares__settle(struct shares *shares);

/*
 * Find the cause that @sample shows. Call this after shares__settle(). Returns false if that cause
 * has no part, so that the sample counts for no cause; or if the sample is ipitrace's own.
 */
bool shares__cause(const struct shares *shares, const struct stack_sample *sample,
		   const struct signature **sig);

#endif /* IPITRACE_STORM_SHARES_H */
