// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "../host.h"
#include "edges.h"
#include "style.h"
#include "summary.h"
#include "units.h"

#define FUNCTIONS_MAX 20
#define CPUS_MAX      24
#define NAME_WIDTH    29

void view__head(const struct snapshot *snap, const char *what)
{
	const struct host *host = snap->host;
	char clock[16];
	struct tm tm;

	localtime_r(&snap->window.start.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%sipitrace %s%s: %.16s, %.22s; %.2f s from %s\n", style__on(STYLE_HEAD), what,
	       style__off(), host ? host->name.nodename : "?", host ? host->name.release : "?",
	       window__seconds(&snap->window), clock);
}

static void symbol_print(const struct fn_stats *fn, char *buf, size_t size)
{
	const struct symbol *func = &fn->func;

	if (fn->other)
		snprintf(buf, size, "(other functions)");
	else if (!func->name)
		snprintf(buf, size, "0x%" PRIx64, func->addr);
	else if (func->module)
		snprintf(buf, size, "%s [%s]", func->name, func->module);
	else
		snprintf(buf, size, "%s", func->name);
}

static bool same_func(const struct fn_stats *a, const struct fn_stats *b)
{
	return a->other == b->other && a->func.addr == b->func.addr;
}

/* Whether an earlier row is of the same function: then it was shown there. */
static bool shown_before(const struct snapshot *snap, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_func(&snap->fns[i], &snap->fns[j]))
			return true;
	return false;
}

static void callsites(const struct snapshot *snap, size_t first, uint64_t local)
{
	for (size_t i = first; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];
		const struct symbol *site = &fn->callsite;

		if (!same_func(fn, &snap->fns[first]) || !site->addr || !fn->count)
			continue;
		printf("%s  %6s from ", style__on(STYLE_DIM), units__count(fn->count).s);
		if (site->name)
			printf("%s+0x%" PRIx64 "%s\n", site->name, site->offset, style__off());
		else
			printf("0x%" PRIx64 "%s\n", site->addr, style__off());
	}
	if (local)
		printf("%s  %6s locally, without an IPI%s\n", style__on(STYLE_DIM),
		       units__count(local).s, style__off());
}

static void function(const struct snapshot *snap, size_t first)
{
	struct fn_stats sum = snap->fns[first];
	const struct hist *delay = &sum.delay, *handler = &sum.handler;
	char name[160];

	for (size_t i = first + 1; i < snap->nr_fns; i++) {
		if (!same_func(&sum, &snap->fns[i]))
			continue;
		sum.count += snap->fns[i].count;
		sum.local += snap->fns[i].local;
		hist__add(&sum.delay, &snap->fns[i].delay);
		hist__add(&sum.handler, &snap->fns[i].handler);
	}
	symbol_print(&sum, name, sizeof(name));
	/* A name too long for its column has a line to itself. */
	if (strlen(name) > NAME_WIDTH)
		printf("%s\n%*s", name, NAME_WIDTH, "");
	else
		printf("%-*s", NAME_WIDTH, name);
	printf(" %7s %7s %7s %7s %7s %7s\n", units__count(sum.count).s,
	       units__ns_of(hist__percentile(delay, 50), delay->count).s,
	       units__ns_of(hist__percentile(delay, 99), delay->count).s,
	       units__ns_of(hist__percentile(handler, 50), handler->count).s,
	       units__ns_of(hist__percentile(handler, 99), handler->count).s,
	       units__ns_of(handler->sum, handler->count).s);
	callsites(snap, first, sum.local);
}

static void functions(const struct snapshot *snap)
{
	size_t shown = 0, hidden = 0;
	uint64_t rest = 0;

	if (!snap->nr_fns)
		return;
	printf("\n%s%*s %15s %23s%s\n", style__on(STYLE_HEAD), NAME_WIDTH + 8, "",
	       "---- delay ----", "------- handler -------", style__off());
	printf("%s%-*s %7s %7s %7s %7s %7s %7s%s\n", style__on(STYLE_HEAD), NAME_WIDTH,
	       "FUNCTION [MODULE]", "csds", "p50", "p99", "p50", "p99", "sum", style__off());
	for (size_t i = 0; i < snap->nr_fns; i++) {
		bool before = shown_before(snap, i);

		if (!before && shown < FUNCTIONS_MAX) {
			function(snap, i);
			shown++;
		} else if (!before) {
			hidden++;
			rest += snap->fns[i].count;
		}
	}
	if (hidden)
		printf("and %zu more functions with less %11s\n", hidden, units__count(rest).s);
}

static void cpu(const struct cpu_stats *cpu)
{
	const struct hist *delay = &cpu->delay, *handler = &cpu->handler;

	printf("%5" PRIu32 " %7s %8s %7s  %7s %7s %7s  %7s %7s %7s\n", cpu->cpu,
	       units__count(cpu->sent).s, units__count(cpu->received).s, units__count(cpu->local).s,
	       units__ns_of(hist__percentile(delay, 50), delay->count).s,
	       units__ns_of(hist__percentile(delay, 99), delay->count).s,
	       units__ns_of(delay->max, delay->count).s,
	       units__ns_of(hist__percentile(handler, 50), handler->count).s,
	       units__ns_of(hist__percentile(handler, 99), handler->count).s,
	       units__ns_of(handler->max, handler->count).s);
}

static void cpus(const struct snapshot *snap)
{
	size_t shown = 0, busy = 0;

	printf("\n%s%30s  %23s  %23s%s\n", style__on(STYLE_HEAD), "", "-------- delay --------",
	       "------- handler -------", style__off());
	printf("%s%5s %7s %8s %7s  %7s %7s %7s  %7s %7s %7s%s\n", style__on(STYLE_HEAD), "CPU",
	       "sent", "received", "local", "p50", "p99", "max", "p50", "p99", "max", style__off());
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *stats = &snap->cpus[i];

		if (!stats->sent && !stats->received && !stats->local)
			continue;
		busy++;
		if (shown < CPUS_MAX) {
			cpu(stats);
			shown++;
		}
	}
	if (busy > shown)
		printf("and %zu more CPUs (-c LIST shows them)\n", busy - shown);
	else if (!busy)
		puts("  no CPU sent or received one");
}

static void ledger(const struct snapshot *snap)
{
	const struct ledger *l = &snap->ledger;

	printf("\n%sledger%s %" PRIu64 " queued + %" PRIu64 " carried = %" PRIu64 " ran + %" PRIu64
	       " in flight + %" PRIu64 " lost\n",
	       style__on(STYLE_HEAD), style__off(), l->queued, l->carried_in, ledger__matched(l),
	       l->in_flight, ledger__lost(l));
	if (!ledger__closed(l))
		printf("%sit DOES NOT CLOSE: please report it%s\n", style__on(STYLE_ALERT),
		       style__off());
	for (int i = 0; i < NR_LOST; i++)
		if (l->lost_by[i])
			printf("%slost%s   %s %" PRIu64 "\n", style__on(STYLE_ALERT), style__off(),
			       lost_names[i], l->lost_by[i]);
	printf("%sran%s    %" PRIu64 " functions, %" PRIu64 " wake-ups, %" PRIu64
	       " irq_works; %" PRIu64 " ran locally\n",
	       style__on(STYLE_HEAD), style__off(), l->function, l->ttwu, l->irq_work, l->local);
	if (!snap->kinds_known)
		return;
	printf("%sIPIs%s   ", style__on(STYLE_HEAD), style__off());
	for (int i = 0; i < NR_KINDS; i++)
		printf("%s%s %" PRIu64, i ? ", " : "", kind_names[i], snap->kinds[i]);
	puts(" sent");
}

void view__summary(const struct snapshot *snap, bool quiet)
{
	if (!quiet)
		view__head(snap, "summary");
	functions(snap);
	cpus(snap);
	view__edges(snap);
	ledger(snap);
	putchar('\n');
}
