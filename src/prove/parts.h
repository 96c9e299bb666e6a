/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this room need of each other. */
#ifndef IPITRACE_PROVE_PARTS_H
#define IPITRACE_PROVE_PARTS_H

#include "prove/prove.h"

static inline uint64_t proof_distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static inline bool proof_far(uint64_t a, uint64_t b)
{
	return proof_distance(a, b) > PROOF_FAR_NS;
}

/* Set the verdict, and why. The first verdict that is not PROOF_EQUAL stays. */
void proof__judge(struct proof *proof, enum proof_verdict verdict, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* The mean of the differences within PROOF_FAR_NS, ns. */
double proof_differences__mean(const struct proof_differences *differences);

/* Count the csds of @in, which are matched, by function or by edge. */
void proof_tables__count(struct proof_table *functions, struct proof_table *edges,
			 const struct proof_input *in);

/* Whether a row can be right: reported are the matched csds, and at most all that only one side has. */
bool proof_row__holds(const struct proof_row *row);

/* The first row that cannot be right, if ipitrace reports all rows; NULL: none. */
const struct proof_row *proof_table__fault(const struct proof_table *table);

/* Whether both sides have the same count, or one side has none. */
bool proof_kind__holds(const struct proof_kinds *kinds, enum proof_kind_row row);

/* Compare the stalls with the csds of @in, which are matched. */
void proof_stalls__compare(struct proof_stalls *stalls, const struct proof_input *in);

/* Compare the waits with the csds of @in, which are matched. 0 or -ENOMEM. */
int proof_waits__compare(struct proof_waits *waits, const struct proof_input *in);

/* The name of this function, as far as the reader may know it: never NULL. */
const char *proof__func(const struct proof_report *report, uint64_t func);

/* The words of the page, and the keys of JSON. */
extern const char *const proof_kind_words[NR_PROOF_KINDS], *const proof_kind_keys[NR_PROOF_KINDS];
extern const char *const proof_measure_keys[NR_PROOF_MEASURES];
extern const char *const proof_mark_keys[NR_PROOF_MARKS];
extern const char *const proof_side_keys[NR_PROOF_SIDES];

#endif /* IPITRACE_PROVE_PARTS_H */
