// SPDX-License-Identifier: GPL-2.0
#include "prove/kinds.h"

const char *const proof_kind_words[] = {
	"call_function sent",	 "call_function arrived", "reschedule sent",   "reschedule arrived",
	"irq_work sent to self", "irq_work arrived",	  "ran on the sender",
};

const char *const proof_kind_keys[] = {
	"call_function_sent", "call_function_received", "reschedule_sent", "reschedule_received",
	"irq_work_sent",      "irq_work_received",	"local",
};

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

void proof_kinds__seen(struct proof_kinds *kinds, enum proof_kind_row row, uint64_t time,
		       uint64_t nr, bool hidden)
{
	struct proof_kind *kind = &kinds->rows[row];

	if (distance(time, kinds->start) < PROOF_KIND_END_NS ||
	    distance(time, kinds->end) < PROOF_KIND_END_NS)
		kind->ends += nr;
	if (time < kinds->start || time > kinds->end)
		return;
	kind->seen += nr;
	kind->hidden += hidden ? nr : 0;
}

/* What the kernel itself counts is hidden from nobody. */
static bool counted_by_programs(enum proof_kind_row row)
{
	return row == PROOF_CALLS_SENT || row == PROOF_RESCHEDULES_SENT ||
	       row == PROOF_IRQ_WORKS_SENT || row == PROOF_LOCAL;
}

bool proof_kind__holds(const struct proof_kinds *kinds, enum proof_kind_row row)
{
	const struct proof_kind *kind = &kinds->rows[row];
	uint64_t unseen = counted_by_programs(row) ? kind->hidden + kinds->nested : 0;

	if (!kind->told_known || !kind->seen_known)
		return true;
	return kind->told <= kind->seen + kind->ends &&
	       kind->seen <= kind->told + kind->ends + unseen;
}
