/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls: did its sender wait until the last of its csds had ended? ipitrace tells a call's
 * wait with one of its csds; ftrace has no event at the end of a call, but the ends of the same
 * csds. Pure.
 */
#ifndef IPITRACE_PROVE_WAITS_H
#define IPITRACE_PROVE_WAITS_H

#include "prove/compare.h"

/* A call: its first csd, and how long it lasted. */
struct proof_call {
	struct proof_csd first; /* ipitrace's */
	uint64_t wait; /* as told, ns; PROOF_UNKNOWN: it was not */
	uint64_t mine,
		its; /* ns from its first csd's queueing to its last one's end; PROOF_UNKNOWN */
};

struct proof_waits {
	bool exact; /* waits are those of csds: from the first one's queueing to the last one's end */
	/* What the comparison found. */
	uint64_t calls;
	uint64_t so; /* a wait was told, and so it is by ftrace */
	uint64_t longer; /* not exact: told longer than ftrace's csds, as entry and return are beyond */
	uint64_t apart; /* otherwise by ftrace, as both sides' times of its csds are */
	uint64_t unjudged; /* of csds whose times ftrace does not have, or near an end; or no wait told */
	uint64_t untrue; /* shorter than its csds, exact and longer, told twice, or of two functions */
	struct proof_call first_untrue;
};

/* Compare with the csds of @in, which are matched. 0 or -ENOMEM. */
int proof_waits__compare(struct proof_waits *waits, const struct proof_input *in);

#endif /* IPITRACE_PROVE_WAITS_H */
