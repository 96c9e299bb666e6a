/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the readings of the clock by both sides, at one event of one CPU, a host may take the CPU
 * away for any time; then both times are right, and far apart. But nothing else runs there
 * meanwhile: functions are entered and left with interrupts off. Pure.
 */
#ifndef IPITRACE_PROVE_GAPS_H
#define IPITRACE_PROVE_GAPS_H

#include "prove/compare.h"

struct proof_moment {
	uint64_t time;
	uint32_t cpu;
};

struct proof_gaps {
	struct proof_moment *moments; /* of ftrace's events, by CPU and time */
	size_t nr;
};

/* 0 or -ENOMEM. */
int proof_gaps__open(struct proof_gaps *gaps, const struct proof_input *in);
void proof_gaps__close(struct proof_gaps *gaps);

/* Whether ftrace has an event of @cpu between @from and @to, which are its own and ipitrace's time. */
bool proof_gaps__busy(const struct proof_gaps *gaps, uint32_t cpu, uint64_t from, uint64_t to);

#endif /* IPITRACE_PROVE_GAPS_H */
