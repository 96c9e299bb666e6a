// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "model/callers.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/ledger.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/symbol.h"
#include "model/window.h"
#include "view/options.h"
#include "view/text/by.h"
#include "view/text/edges.h"
#include "view/text/kinds.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/summary.h"
#include "view/text/units.h"

#define FUNCTIONS_MAX 20
#define CPUS_MAX      24
#define CALLERS_MAX   3
#define NAME_WIDTH    23

void view__head(const struct snapshot *snap, const char *what)
{
	const struct host *host = snap->host;
	char clock[16];
	struct tm tm;

	localtime_r(&snap->window.start.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%sipitrace %s%s: %s, %s; %.2f s from %s\n", style__on(STYLE_HEAD), what,
	       style__off(), safe__cut(host ? host->name.nodename : NULL, 16).s,
	       safe__cut(host ? host->name.release : NULL, 22).s, window__seconds(&snap->window),
	       clock);
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

/* An earlier row has the same function, and function() has added this row there. */
static bool shown_before(const struct snapshot *snap, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_func(&snap->fns[i], &snap->fns[j]))
			return true;
	return false;
}

static void callers(const struct snapshot *snap, size_t first, uint64_t local)
{
	struct caller callers[CALLERS_MAX];
	size_t samples, nr;

	nr = callers__of(snap, first, true, callers, CALLERS_MAX, &samples);
	for (size_t i = 0; i < nr; i++) {
		const struct caller *c = &callers[i];

		printf("%s  via %s, ", style__on(STYLE_DIM),
		       safe__cut(*c->reason.name ? c->reason.name : NULL, 36).s);
		if (c->interrupt)
			printf("in an interrupt");
		else
			printf("%s[%" PRIu32 "]", safe__comm(c->call->comm).s, c->call->tgid);
		printf("  %zu/%zu%s\n", c->samples, samples, style__off());
	}
	if (local)
		printf("%s  locally, without an IPI %13s%s\n", style__on(STYLE_DIM),
		       units__count(local).s, style__off());
}

/* All rows of one function as one line: JSON keeps its call sites apart. */
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
		wait_sum__add(&sum.wait, &snap->fns[i].wait);
	}
	symbol_print(&sum, name, sizeof(name));
	printf("%s %7s %7s %7s %7s %7s %7s %7s\n", safe__name(name, NAME_WIDTH).s,
	       units__count(sum.count).s, units__ns_of(hist__percentile(delay, 50), delay->count).s,
	       units__ns_of(hist__percentile(delay, 99), delay->count).s,
	       units__ns_of(hist__percentile(handler, 50), handler->count).s,
	       units__ns_of(hist__percentile(handler, 99), handler->count).s,
	       units__ns_of(handler->sum, handler->count).s,
	       units__ns_of(sum.wait.sum, sum.wait.count).s);
	callers(snap, first, sum.local);
}

static void functions(const struct snapshot *snap)
{
	size_t shown = 0, hidden = 0;
	uint64_t rest = 0;

	if (!snap->nr_fns)
		return;
	printf("\n%s%*s %15s %23s %7s%s\n", style__on(STYLE_HEAD), NAME_WIDTH + 8, "",
	       "---- delay ----", "------- handler -------", "senders", style__off());
	printf("%s%-*s %7s %7s %7s %7s %7s %7s %7s%s\n", style__on(STYLE_HEAD), NAME_WIDTH,
	       "FUNCTION [MODULE]", "csds", "p50", "p99", "p50", "p99", "sum", "waited",
	       style__off());
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

	printf("%5" PRIu32 " %7s %7s %8s  %7s %7s %7s  %7s %7s %7s\n", cpu->cpu,
	       units__count(cpu->sent).s, units__ns_of(cpu->wait.sum, cpu->wait.count).s,
	       units__count(cpu->received).s,
	       units__ns_of(hist__percentile(delay, 50), delay->count).s,
	       units__ns_of(hist__percentile(delay, 99), delay->count).s,
	       units__ns_of(delay->max, delay->count).s,
	       units__ns_of(hist__percentile(handler, 50), handler->count).s,
	       units__ns_of(hist__percentile(handler, 99), handler->count).s,
	       units__ns_of(handler->max, handler->count).s);
}

static int by_handler(const void *a, const void *b)
{
	const struct cpu_stats *ca = a, *cb = b;

	if (ca->handler.sum != cb->handler.sum)
		return ca->handler.sum < cb->handler.sum ? 1 : -1;
	return ca->cpu < cb->cpu ? -1 : 1;
}

static void cpus(const struct snapshot *snap, bool ranked)
{
	struct cpu_stats *order = calloc(snap->nr_cpus ? snap->nr_cpus : 1, sizeof(*order));
	size_t shown = 0, busy = 0;

	if (!order)
		return;
	if (snap->nr_cpus)
		memcpy(order, snap->cpus, snap->nr_cpus * sizeof(*order));
	if (ranked)
		qsort(order, snap->nr_cpus, sizeof(*order), by_handler);
	printf("\n%s%30s  %23s  %23s%s\n", style__on(STYLE_HEAD), "", "-------- delay --------",
	       "------- handler -------", style__off());
	printf("%s%5s %7s %7s %8s  %7s %7s %7s  %7s %7s %7s%s\n", style__on(STYLE_HEAD), "CPU",
	       "sent", "waited", "received", "p50", "p99", "max", "p50", "p99", "max",
	       style__off());
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *stats = &order[i];

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
	free(order);
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
	printf("%sself%s   %s runs of its BPF programs took %s, of it each about 60ns measuring\n",
	       style__on(STYLE_HEAD), style__off(), units__count(runs).s, units__ns(ns).s);
	printf("       the window was cut and read in %s\n", units__ns(snap->cut_ns).s);
}

void view__summary(const struct snapshot *snap, const struct view_options *opts)
{
	if (!opts->quiet)
		view__head(snap, "summary");
	view__by(snap);
	functions(snap);
	cpus(snap, opts->by_cpu);
	view__edges(snap);
	if (snap->how.timed)
		view__kinds(snap);
	if (opts->stacks)
		view__stacks(snap);
	ledger(snap);
	if (snap->known.self)
		self(snap);
	putchar('\n');
}
