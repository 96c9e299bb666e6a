/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts by kind: those that were sent, by ipitrace's programs and by ftrace; those that arrived,
 * by /proc/interrupts and by ftrace; and calls that ran on their sender. Pure: events in.
 */
#ifndef IPITRACE_PROVE_KINDS_H
#define IPITRACE_PROVE_KINDS_H

#include "prove/compare.h"

/* So near an end of the window an interrupt may be in it or not: /proc/interrupts is read there. */
#define PROOF_KIND_END_NS 50000000ULL

struct proof_kind {
	bool told_known; /* ipitrace, or the kernel's table, has it */
	bool seen_known; /* ftrace has the event */
	uint64_t told;
	uint64_t seen; /* in the window */
	uint64_t ends; /* of both sides of its ends: what may be in or out */
	uint64_t hidden; /* in the window, by threads that this kernel hides from BPF */
};

enum proof_kind_row {
	PROOF_CALLS_SENT,
	PROOF_CALLS_ARRIVED,
	PROOF_RESCHEDULES_SENT,
	PROOF_RESCHEDULES_ARRIVED,
	PROOF_IRQ_WORKS_SENT,
	PROOF_IRQ_WORKS_ARRIVED,
	PROOF_LOCAL, /* functions that ran on their sender */
	NR_PROOF_KINDS,
};

/* With words of a page and of JSON. */
extern const char *const proof_kind_words[NR_PROOF_KINDS], *const proof_kind_keys[NR_PROOF_KINDS];

struct proof_kinds {
	uint64_t start, end; /* of the window */
	uint64_t nested; /* ipitrace says that it could not see so many sends */
	struct proof_kind rows[NR_PROOF_KINDS];
};

/* @nr interrupts at @time; @hidden: BPF is not allowed to see them. */
void proof_kinds__seen(struct proof_kinds *kinds, enum proof_kind_row row, uint64_t time,
		       uint64_t nr, bool hidden);

/* Whether it is equal, or not known on both sides. */
bool proof_kind__holds(const struct proof_kinds *kinds, enum proof_kind_row row);

#endif /* IPITRACE_PROVE_KINDS_H */
