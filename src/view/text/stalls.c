// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "abi/stall_event.h"
#include "model/host.h"
#include "model/totals.h"
#include "view/text/stalls.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/words.h"

void view__stalls_head(const struct host *host, uint64_t threshold)
{
	printf("%sipitrace stalls%s: %s, %s; what lasts longer than %s\n\n", style__on(STYLE_HEAD),
	       style__off(), safe__cut(host->name.nodename, 16).s,
	       safe__cut(host->name.release, 22).s, view__duration(threshold).s);
}

void view__stalls_end(const struct stall_totals *totals)
{
	uint64_t found = 0;

	for (int i = 0; i < NR_PHASES; i++)
		found += totals->found[i];
	printf("%s%" PRIu64 " longer than %s%s: deliveries %" PRIu64 ", handlers %" PRIu64
	       ", waits %" PRIu64 "\n",
	       style__on(STYLE_HEAD), found, view__duration(totals->threshold).s, style__off(),
	       totals->found[PHASE_DELIVERY], totals->found[PHASE_HANDLER],
	       totals->found[PHASE_WAIT]);
	if (totals->lost || totals->dropped)
		printf("%slost%s %" PRIu64 " events that found no room, %" PRIu64
		       " stalls at one time\n",
		       style__on(STYLE_ALERT), style__off(), totals->lost, totals->dropped);
	if (totals->doubted)
		printf("%" PRIu64 " that seemed to sleep are left out: their exit was not "
		       "seen\n",
		       totals->doubted);
}
