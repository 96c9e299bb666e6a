// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/table.h"
#include "collect/hist_bank.h"
#include "collect/hooks/runs.h"
#include "collect/maps.h"
#include "model/snapshot.h"

static bool has(const struct runs *runs, uint64_t func)
{
	for (uint32_t i = 0; i < runs->nr; i++)
		if (runs->places[i].func == func)
			return true;
	return false;
}

bool runs__next(struct runs *runs, const struct maps *maps, uint32_t *place, uint64_t *func)
{
	for (uint32_t row = 0; runs->nr < HOOK_RUNS && row < FN_ROWS; row++) {
		*func = __atomic_load_n(&maps->fn_keys[row].func, __ATOMIC_RELAXED);
		if (!*func || *func == FN_BUSY || has(runs, *func))
			continue;
		*place = runs->nr++;
		runs->places[*place] = (struct run_place){ .func = *func };
		return true;
	}
	return false;
}

void runs__attached(struct runs *runs, uint32_t place, uint64_t time)
{
	if (place < runs->nr)
		runs->places[place].since = time;
}

int runs__read(struct runs *runs, uint32_t epoch, struct snapshot *snap)
{
	uint64_t begun = snap->window.mono_start, end = snap->window.mono_end;

	if (!runs->recs)
		return 0;
	snap->runs = calloc(HOOK_RUNS, sizeof(*snap->runs));
	if (!snap->runs)
		return -ENOMEM;
	for (uint32_t i = 0; i < runs->nr; i++) {
		const struct run_place *place = &runs->places[i];
		struct hist_bank *bank = &runs->recs[i].bank[epoch & 1];
		struct run_stats *run = &snap->runs[snap->nr_runs];

		if (place->since && place->since < end) {
			run->func.addr = place->func;
			run->measured = end - (place->since > begun ? place->since : begun);
			hist_bank__read(&run->time, bank);
			snap->nr_runs++;
		}
		memset(bank, 0, sizeof(*bank));
	}
	return 0;
}
