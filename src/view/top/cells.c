// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "abi/hist_slots.h"
#include "view/text/hist.h"
#include "view/text/units.h"
#include "view/top/cells.h"

#define OCTAVES (HIST_SLOTS / HIST_SUB)

static const struct place nowhere = { .page = PAGE_NONE };

uint64_t fn__address(const struct fn_stats *fn)
{
	return fn->other ? OTHER_FUNC : fn->func.addr;
}

const struct fn_stats *fn__find(const struct snapshot *snap, uint64_t address)
{
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (fn__address(&snap->fns[i]) == address)
			return &snap->fns[i];
	return NULL;
}

void cells__function(struct table *table, const struct fn_stats *fn)
{
	const struct symbol *func = &fn->func;

	if (fn->other)
		table__text(table, "(other functions)");
	else if (!func->name)
		table__text(table, "0x%" PRIx64, func->addr);
	else if (func->module)
		table__text(table, "%s [%s]", func->name, func->module);
	else
		table__text(table, "%s", func->name);
}

void cells__ns_of(struct table *table, uint64_t ns, uint64_t samples)
{
	if (samples)
		table__ns(table, ns);
	else
		table__none(table);
}

void cells__histograms(struct table *table, const char *const *names,
		       const struct hist *const *hists)
{
	int first = OCTAVES, last = -1;

	table__column(table, NULL, "FROM", 7, true);
	table__column(table, NULL, "to", 7, false);
	for (int h = 0; hists[h]; h++) {
		table__column(table, NULL, names[h], 9, false);
		for (int o = 0; o < OCTAVES; o++) {
			if (!view__octave(hists[h], o))
				continue;
			first = o < first ? o : first;
			last = o > last ? o : last;
		}
	}
	for (int o = first; o <= last; o++) {
		table__row(table, o, nowhere);
		table__text(table, "%s", units__ns(hist_lower(o * HIST_SUB)).s);
		table__ns(table, hist_upper(o * HIST_SUB + HIST_SUB - 1));
		for (int h = 0; hists[h]; h++)
			table__heat(table, view__octave(hists[h], o));
	}
	if (last < 0)
		snprintf(table->note, sizeof(table->note), "nothing was measured in this window");
}
