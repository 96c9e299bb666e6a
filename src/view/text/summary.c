// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "abi/limits.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "view/options.h"
#include "view/table/tables.h"
#include "view/text/block.h"
#include "view/text/heading.h"
#include "view/text/safe.h"
#include "view/text/stacks.h"
#include "view/text/style.h"
#include "view/text/summary.h"
#include "view/text/units.h"

static void ledger(const struct snapshot *snap)
{
	const struct ledger *l = &snap->ledger;

	putchar('\n');
	paragraph__labelled("ledger", 7,
			    "%" PRIu64 " queued + %" PRIu64 " carried = %" PRIu64 " ran + %" PRIu64
			    " in flight + %" PRIu64 " lost",
			    l->queued, l->carried_in, ledger__matched(l), l->in_flight,
			    ledger__lost(l));
	if (!ledger__closed(l))
		printf("%sit DOES NOT CLOSE: please report it%s\n", style__on(STYLE_ALERT),
		       style__off());
	for (int i = 0; i < NR_LOST; i++)
		if (l->lost_by[i])
			printf("%slost%s   %s %" PRIu64 "\n", style__on(STYLE_ALERT), style__off(),
			       lost_names[i], l->lost_by[i]);
	if (snap->waits_unseen)
		printf("%slost%s   waits_unseen %" PRIu64 ", of senders; in no figure above\n",
		       style__on(STYLE_ALERT), style__off(), snap->waits_unseen);
	paragraph__labelled("ran", 7,
			    "%" PRIu64 " function%s, %" PRIu64 " wake-up%s, %" PRIu64
			    " irq_work%s; %" PRIu64 " ran locally",
			    l->function, units__plural(l->function), l->ttwu,
			    units__plural(l->ttwu), l->irq_work, units__plural(l->irq_work),
			    l->local);
	if (!snap->known.kinds)
		return;
	view__kinds_line(snap);
	if (snap->sends_unseen)
		printf("%slost%s   sends_unseen %" PRIu64 ", in no kind above\n",
		       style__on(STYLE_ALERT), style__off(), snap->sends_unseen);
}

static void self(const struct snapshot *snap)
{
	uint64_t runs = 0, ns = 0;

	for (int i = 0; i < NR_PROGS; i++) {
		runs += snap->cost[i].runs;
		ns += snap->cost[i].ns;
	}
	paragraph__labelled("self", 7,
			    "%s run%s of its BPF programs took %s, of it each about 60ns measuring",
			    units__count(runs).s, units__plural(runs), units__ns(ns).s);
	printf("       the window was cut and read in %s\n", units__ns(snap->cut_ns).s);
}

void view__summary(const struct snapshot *snap, const struct view_options *opts)
{
	if (!opts->quiet)
		view__head(snap, "summary", opts->asked, opts->ran);
	view__functions(snap);
	view__cpu_table(snap, opts->by_cpu);
	view__irqs(snap);
	view__runs(snap);
	view__edges(snap);
	if (snap->how.timed)
		view__kinds(snap);
	if (opts->stacks)
		view__stacks(snap);
	if (snap->how.source == SOURCE_CALLS)
		view__call_ledger(snap);
	else
		ledger(snap);
	if (snap->known.self)
		self(snap);
	/* Last, where the eye is. */
	view__by(snap);
	putchar('\n');
}

void view__sections(const struct snapshot *snap, const struct view_options *opts)
{
	if (snap->how.timed)
		view__kinds(snap);
	if (opts->stacks)
		view__stacks(snap);
	if (!snap->known.self)
		return;
	putchar('\n');
	self(snap);
}
