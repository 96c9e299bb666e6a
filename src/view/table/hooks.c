// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "abi/limits.h"
#include "model/call_ledger.h"
#include "model/hist.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "view/table/tables.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"
#include "view/text/words.h"

#define ROWS_MAX 48

/* The columns of the delays from calls; @delay: NULL, or empty: none was told. */
static void irq_delay(const struct hist *delay)
{
	if (delay && delay->count)
		printf(" %9s %9s\n", units__ns(hist__mean(delay)).s, units__ns(delay->max).s);
	else
		printf(" %9s %9s\n", "-", "-");
}

void view__irqs(const struct snapshot *snap)
{
	size_t rows = 0;

	if (!snap->known.irqs)
		return;
	printf("\n%s%5s  %-14s %10s %7s %7s %7s %9s %9s%s\n", style__on(STYLE_HEAD), "CPU",
	       "INTERRUPT", "received", "sum", "mean", "max", "delay", "max delay", style__off());
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		for (int kind = 0; kind < NR_KINDS; kind++) {
			const struct irq_sum *irq = &snap->cpus[i].irqs[kind];

			if (!irq->count || rows++ >= ROWS_MAX)
				continue;
			printf("%5" PRIu32 "  %-14s %10s %7s %7s %7s", snap->cpus[i].cpu,
			       kind_names[kind], units__count(irq->count).s, units__ns(irq->sum).s,
			       units__ns(irq->sum / irq->count).s, units__ns(irq->max).s);
			irq_delay(kind == KIND_CALL_FUNCTION ? &snap->cpus[i].irq_delay : NULL);
		}
	}
	if (rows > ROWS_MAX)
		printf("and %zu more rows (-j has all)\n", rows - ROWS_MAX);
	if (rows && snap->known.irq_delay)
		puts("delay: from a call to its target's interrupt, if that CPU had no other call");
}

void view__runs(const struct snapshot *snap)
{
	size_t rows = 0;

	for (size_t i = 0; i < snap->nr_runs; i++) {
		const struct run_stats *run = &snap->runs[i];
		char name[160];

		if (!run->time.count || rows++ >= ROWS_MAX)
			continue;
		if (rows == 1)
			printf("\n%s%-34s %10s %7s %7s %7s %9s%s\n", style__on(STYLE_HEAD),
			       "FUNCTION RUN BY AN INTERRUPT", "runs", "mean", "p99", "max",
			       "measured", style__off());
		view__symbol(name, sizeof(name), &run->func);
		printf("%s %10s %7s %7s %7s %9s\n", safe__name(name, 34).s,
		       units__count(run->time.count).s, units__ns(hist__mean(&run->time)).s,
		       units__ns(hist__percentile(&run->time, 99)).s, units__ns(run->time.max).s,
		       units__ns(run->measured).s);
	}
	if (rows > ROWS_MAX)
		printf("and %zu more rows (-j has all)\n", rows - ROWS_MAX);
}

void view__call_ledger(const struct snapshot *snap)
{
	const struct call_ledger *l = &snap->call_ledger;

	printf("\n%sledger%s of calls: %" PRIu64 " begun + %" PRIu64 " carried\n"
	       "       = %" PRIu64 " returned + %" PRIu64 " under way + %" PRIu64 " lost\n",
	       style__on(STYLE_HEAD), style__off(), l->begun, l->carried_in, l->returned,
	       l->under_way, call_ledger__lost(l));
	if (!call_ledger__closed(l))
		printf("%sit DOES NOT CLOSE: please report it%s\n", style__on(STYLE_ALERT),
		       style__off());
	for (int i = 0; i < NR_HOOK_LOST; i++)
		if (l->lost_by[i])
			printf("%slost%s   %s %" PRIu64 "\n", style__on(STYLE_ALERT), style__off(),
			       hook_lost_names[i], l->lost_by[i]);
	printf("%scalls%s  queued %" PRIu64 " csds; %" PRIu64 " refused, %" PRIu64
	       " functions ran locally\n",
	       style__on(STYLE_HEAD), style__off(), snap->ledger.queued, l->refused, l->local);
	puts("       When csds ran is not known: no csd tracepoints before Linux 6.5.");
}
