/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls: was each true, was each told? ipitrace tells of a delivery or a handler past a threshold;
 * ftrace's times of the same csd say whether that is so. Pure.
 */
#ifndef IPITRACE_PROVE_STALLS_H
#define IPITRACE_PROVE_STALLS_H

#include "prove/compare.h"

/* A stall as ipitrace tells it once it is over. */
struct proof_stall {
	enum proof_measure of;
	uint64_t start; /* of the csd's delay: its queueing; of its handler: its entry */
	uint64_t duration;
	uint64_t func;
	uint32_t src;
	uint32_t dst;
	bool found; /* the comparison's: a csd's record has it */
};

struct proof_stalls {
	uint64_t threshold; /* ns */
	struct proof_stall *told; /* sorted by the comparison */
	size_t nr;
	uint64_t unroomed; /* stalls that ipitrace says it could not tell */
	/* What the comparison found. */
	uint64_t so; /* told, and so by ftrace */
	uint64_t unjudged; /* told, of csds whose time ftrace does not have, or near an end */
	uint64_t apart; /* told or not, and otherwise by ftrace, as both sides' times of the csd are */
	uint64_t untrue; /* told, and not so, or of another length */
	uint64_t untold; /* by both sides' times, and neither told nor within another's time */
	uint64_t within; /* by ftrace, within the time of a stall that was told on that CPU */
	struct proof_stall first_untrue, first_untold;
	uint64_t its; /* ftrace's time of first_untrue; PROOF_UNKNOWN: no such csd */
};

/* Compare with the csds of @in, which are matched. */
void proof_stalls__compare(struct proof_stalls *stalls, const struct proof_input *in);

#endif /* IPITRACE_PROVE_STALLS_H */
