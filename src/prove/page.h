/* SPDX-License-Identifier: GPL-2.0 */
/* What the comparison found: a page of at most 80 columns, or the keys of a line of JSON. */
#ifndef IPITRACE_PROVE_PAGE_H
#define IPITRACE_PROVE_PAGE_H

#include <jansson.h>
#include "import/names.h"
#include "model/snapshot.h"
#include "prove/compare.h"
#include "prove/machine.h"

/* What watching costs here. */
struct proof_cost {
	struct {
		const char *name;
		uint64_t runs, ns;
	} programs[NR_PROGS]; /* ipitrace's that ran, by the kernel's statistics */
	size_t nr;
	/* The round trip of a membarrier(2), ns; 0: not known. */
	uint64_t bare, ftrace, both;
};

struct proof_report {
	const struct proof *proof;
	const struct proof_input *in;
	const struct names *names; /* NULL: there are none */
	struct machine_facts machine;
	struct proof_cost cost;
	bool details; /* the functions of modules, too: not for a stranger */
};

void proof__page(const struct proof_report *report);

/* The keys behind those of each line; a new value, NULL without memory. */
json_t *proof__json(const struct proof_report *report);

/* The function with this number, of whoever may see it: never NULL. */
const char *proof__func(const struct proof_report *report, uint64_t func);

/* In the place of a report: there is no verdict, for @why. */
json_t *proof__json_none(const char *why);

extern const char *const proof_measure_keys[NR_PROOF_MEASURES];
extern const char *const proof_mark_keys[NR_PROOF_MARKS];
extern const char *const proof_side_keys[NR_PROOF_SIDES];

#endif /* IPITRACE_PROVE_PAGE_H */
