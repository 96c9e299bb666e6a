// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "prove/tables.h"

int proof_table__open(struct proof_table *table)
{
	table->rows = calloc(PROOF_ROWS, sizeof(*table->rows));
	return table->rows ? key_map__open(&table->map, PROOF_ROWS) : -ENOMEM;
}

void proof_table__close(struct proof_table *table)
{
	key_map__close(&table->map);
	free(table->rows);
}

struct proof_row *proof_table__row(struct proof_table *table, uint64_t key)
{
	uint32_t row = key_map__row(&table->map, key);

	if (row == table->map.max)
		return NULL;
	table->rows[row].key = key;
	return &table->rows[row];
}

void proof_table__tell(struct proof_table *table, uint64_t key, uint64_t csds)
{
	struct proof_row *row = proof_table__row(table, key);

	if (row)
		row->told += csds;
	else
		table->other += csds;
}

static bool counts(const struct proof_input *in, const struct proof_csd *csd)
{
	return csd->queued + PROOF_END_NS >= in->start && csd->queued <= in->end + PROOF_END_NS;
}

static void count(struct proof_table *table, uint64_t key, const struct proof_input *in,
		  enum proof_side side, const struct proof_csd *csd)
{
	struct proof_row *row = proof_table__row(table, key);

	if (!row) {
		table->unroomed++;
		return;
	}
	if (!csd->partner)
		row->alone[side]++;
	else if (side == PROOF_FTRACE)
		row->matched++;
	row->within += side == PROOF_FTRACE && csd->queued >= in->start && csd->queued <= in->end;
}

void proof_tables__count(struct proof_table *functions, struct proof_table *edges,
			 const struct proof_input *in)
{
	for (int side = 0; side < NR_PROOF_SIDES; side++)
		for (size_t i = 0; i < in->nr[side]; i++) {
			const struct proof_csd *csd = &in->csds[side][i];

			if (!counts(in, csd))
				continue;
			count(functions, csd->func, in, side, csd);
			count(edges, proof_edge(csd->src, csd->dst), in, side, csd);
		}
}

bool proof_row__holds(const struct proof_row *row)
{
	return row->told >= row->matched &&
	       row->told <= row->matched + row->alone[PROOF_FTRACE] + row->alone[PROOF_IPITRACE];
}

const struct proof_row *proof_table__fault(const struct proof_table *table)
{
	if (table->other || table->unroomed)
		return NULL;
	for (uint32_t i = 0; i < table->map.nr; i++)
		if (!proof_row__holds(&table->rows[i]))
			return &table->rows[i];
	return NULL;
}
