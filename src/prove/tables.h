/* SPDX-License-Identifier: GPL-2.0 */
/*
 * csds by function and by edge: what ipitrace's window says beside what was matched one by one. A
 * matched csd is in the window; one that ftrace alone has may be. Pure.
 */
#ifndef IPITRACE_PROVE_TABLES_H
#define IPITRACE_PROVE_TABLES_H

#include "import/key_map.h"
#include "prove/compare.h"

/* Rows of a table, a power of two; what finds no room is not compared, and counted. */
#define PROOF_ROWS 65536

struct proof_row {
	uint64_t key;
	uint64_t told; /* by ipitrace's window */
	uint64_t matched;
	uint64_t alone[NR_PROOF_SIDES]; /* on this side alone, in the window or near an end */
	uint64_t within; /* ftrace's, in the window */
};

struct proof_table {
	struct key_map map;
	struct proof_row *rows;
	uint64_t other; /* csds that ipitrace does not tell row by row */
	uint64_t unroomed; /* csds without a row */
};

/* 0 or -ENOMEM. */
int proof_table__open(struct proof_table *table);
void proof_table__close(struct proof_table *table);

static inline uint64_t proof_edge(uint32_t src, uint32_t dst)
{
	return (uint64_t)src << 32 | dst;
}

/* The row of @key; NULL: there is no room. */
struct proof_row *proof_table__row(struct proof_table *table, uint64_t key);
void proof_table__tell(struct proof_table *table, uint64_t key, uint64_t csds);

/* Count the csds of @in, which are matched, by function or by edge. */
void proof_tables__count(struct proof_table *functions, struct proof_table *edges,
			 const struct proof_input *in);

/* Whether a row can be: told is matched, and at most those of ftrace's alone. */
bool proof_row__holds(const struct proof_row *row);

/* The first row that cannot be, if ipitrace tells all rows; NULL: none. */
const struct proof_row *proof_table__fault(const struct proof_table *table);

#endif /* IPITRACE_PROVE_TABLES_H */
