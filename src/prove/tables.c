// SPDX-License-Identifier: GPL-2.0
#include "prove/parts.h"

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

/* Returns the row of @key; NULL if there is no room. */
static struct proof_row *find_row(struct proof_table *table, uint64_t key)
{
	uint32_t row = key_map__row(&table->map, key);

	if (row == table->map.max)
		return NULL;
	table->rows[row].key = key;
	return &table->rows[row];
}

void proof_table__report(struct proof_table *table, uint64_t key, uint64_t csds)
{
	struct proof_row *row = find_row(table, key);

	if (row)
		row->reported += csds;
	else
		table->other += csds;
}

static void count_csd(struct proof_table *table, uint64_t key, const struct proof_input *in,
		      enum proof_side side, const struct proof_csd *csd)
{
	struct proof_row *row = find_row(table, key);

	if (!row) {
		table->rowless++;
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

			if (csd->queued + PROOF_END_NS < in->start ||
			    csd->queued > in->end + PROOF_END_NS)
				continue;
			count_csd(functions, csd->func, in, side, csd);
			count_csd(edges, proof_edge(csd->src, csd->dst), in, side, csd);
		}
}

bool proof_row__holds(const struct proof_row *row)
{
	return row->reported >= row->matched && row->reported <= row->matched +
									 row->alone[PROOF_FTRACE] +
									 row->alone[PROOF_IPITRACE];
}

const struct proof_row *proof_table__fault(const struct proof_table *table)
{
	if (table->other || table->rowless)
		return NULL;
	for (uint32_t i = 0; i < table->map.nr; i++)
		if (!proof_row__holds(&table->rows[i]))
			return &table->rows[i];
	return NULL;
}

const char *const proof_kind_words[] = {
	"call_function sent",	 "call_function arrived", "reschedule sent",   "reschedule arrived",
	"irq_work sent to self", "irq_work arrived",	  "ran on the sender",
};

const char *const proof_kind_keys[] = {
	"call_function_sent", "call_function_received", "reschedule_sent", "reschedule_received",
	"irq_work_sent",      "irq_work_received",	"local",
};

void proof_kinds__see(struct proof_kinds *kinds, enum proof_kind_row row, uint64_t time,
		      uint64_t nr, bool hidden)
{
	struct proof_kind *kind = &kinds->rows[row];

	if (proof_distance(time, kinds->start) < PROOF_KIND_END_NS ||
	    proof_distance(time, kinds->end) < PROOF_KIND_END_NS)
		kind->ends += nr;
	if (time < kinds->start || time > kinds->end)
		return;
	kind->seen += nr;
	kind->hidden += hidden ? nr : 0;
}

bool proof_kind__holds(const struct proof_kinds *kinds, enum proof_kind_row row)
{
	const struct proof_kind *kind = &kinds->rows[row];
	/* Interrupts that the kernel hides from BPF programs are counted only by the kernel. */
	bool by_programs = row == PROOF_CALLS_SENT || row == PROOF_RESCHEDULES_SENT ||
			   row == PROOF_IRQ_WORKS_SENT || row == PROOF_LOCAL;
	uint64_t unseen = by_programs ? kind->hidden + kinds->nested : 0;

	if (!kind->reported_known || !kind->seen_known)
		return true;
	return kind->reported <= kind->seen + kind->ends &&
	       kind->seen <= kind->reported + kind->ends + unseen;
}
