/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations for the files of this folder only. */
#ifndef IPITRACE_PROVE_PARTS_H
#define IPITRACE_PROVE_PARTS_H

#include <errno.h>
#include "prove/proof.h"

static inline uint64_t proof_distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static inline bool proof_far(uint64_t a, uint64_t b)
{
	return proof_distance(a, b) > PROOF_FAR_NS;
}

/* Returns the mean of the differences within PROOF_FAR_NS, ns. */
double proof_differences__mean(const struct proof_differences *differences);

/* Count the csds of @in, which are matched, by function or by edge. */
void proof_tables__count(struct proof_table *functions, struct proof_table *edges,
			 const struct proof_input *in);

/* Whether a row can be right: at least the matched csds, at most also those that one side lacks. */
bool proof_row__holds(const struct proof_row *row);

/* Returns the first row that cannot be right, if ipitrace reports all rows; NULL: none. */
const struct proof_row *proof_table__fault(const struct proof_table *table);

/* Whether both sides have the same count, or one side has no count. */
bool proof_kind__holds(const struct proof_kinds *kinds, enum proof_kind_row row);

/* Compare the stalls with the csds of @in, which are matched. */
void proof_stalls__compare(struct proof_stalls *stalls, const struct proof_input *in);

/* Compare the waits with the csds of @in, which are matched. Returns 0 or -ENOMEM. */
int proof_waits__compare(struct proof_waits *waits, const struct proof_input *in);

/* Returns the name of @func, or a text if the reader should not know the name; never NULL. */
const char *proof__func(const struct proof_report *report, uint64_t func);

/* The words of the page, and the keys of JSON. */
extern const char *const proof_kind_words[NR_PROOF_KINDS], *const proof_kind_keys[NR_PROOF_KINDS];
extern const char *const proof_measure_keys[NR_PROOF_MEASURES];
extern const char *const proof_mark_keys[NR_PROOF_MARKS];
extern const char *const proof_side_keys[NR_PROOF_SIDES];

#endif /* IPITRACE_PROVE_PARTS_H */
