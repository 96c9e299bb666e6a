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
#include "view/text/call_source.h"
#include "view/text/edges.h"
#include "view/text/kinds.h"
#include "view/text/paragraph.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/summary.h"
#include "view/text/units.h"
#include "view/text/via.h"

#define FUNCTIONS_MAX 20
#define CPUS_MAX      24
#define CALLERS_MAX   3
#define NAME_WIDTH    style__width(23)

static void head(const struct snapshot *snap, const char *what, const char *length)
{
	const struct host *host = snap->host;
	char clock[16], title[32];
	struct tm tm;

	localtime_r(&snap->window.start.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(title, sizeof(title), "ipitrace %s", what);
	paragraph__labelled(title, strlen(title), ": %s, %s; %sfrom %s",
			    safe__cut(host ? host->name.nodename : NULL, 16).s,
			    safe__cut(host ? host->name.release : NULL, 22).s, length, clock);
}

void view__head(const struct snapshot *snap, const char *what, double asked, const char *ran)
{
	char length[32];

	snprintf(length, sizeof(length), "%s%.2f s ",
		 window__partial(&snap->window, asked) ? "partial: " : "",
		 window__seconds(&snap->window));
	head(snap, what, length);
	if (snap->how.names)
		paragraph__labelled("", 0, "names are hidden: %s", names_hidden[snap->how.names]);
	if (ran && *ran)
		paragraph__labelled("", 0, "while %s ran: the IPIs of all senders", safe(ran).s);
}

void view__head_open(const struct snapshot *snap, const char *what)
{
	head(snap, what, "");
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

static void callers(const struct snapshot *snap, size_t first, uint64_t local)
{
	struct caller callers[CALLERS_MAX];
	size_t samples, nr;

	nr = callers__of(snap, first, true, callers, CALLERS_MAX, &samples);
	view__via(callers, nr, samples);
	if (local)
		printf("%s  locally, without an IPI %12s%s\n", style__on(STYLE_DIM),
		       units__count(local).s, style__off());
}

/* A function's figures, of all its rows, as one line: JSON keeps its call sites apart. */
static void function(const struct snapshot *snap, size_t first, const struct fn_stats *sum)
{
	const struct hist *delay = &sum->delay, *handler = &sum->handler;
	char name[160];

	symbol_print(sum, name, sizeof(name));
	printf("%s %6s %6s %6s %6s %6s %6s %6s %6s\n", safe__name(name, NAME_WIDTH).s,
	       units__count(sum->count).s, units__ns_of(hist__mean(delay), delay->count).s,
	       units__ns_of(hist__percentile(delay, 50), delay->count).s,
	       units__ns_of(hist__percentile(delay, 99), delay->count).s,
	       units__ns_of(hist__percentile(handler, 50), handler->count).s,
	       units__ns_of(hist__percentile(handler, 99), handler->count).s,
	       units__ns_of(handler->sum, handler->count).s,
	       units__ns_of(wait_sum__spun(&sum->wait), sum->wait.count).s);
	callers(snap, first, sum->local);
	if (sum->at_most)
		printf("%s  at most: a condition chose among the CPUs, unseen%s\n",
		       style__on(STYLE_DIM), style__off());
}

static void functions(const struct snapshot *snap)
{
	size_t shown = 0, hidden = 0;
	struct fn_stats sum;
	uint64_t rest = 0;

	if (!snap->nr_fns)
		return;
	printf("\n%s%*s %20s %20s %6s%s\n", style__on(STYLE_HEAD), NAME_WIDTH + 7, "",
	       "------ delay -------", "------ handler -----", "sender", style__off());
	printf("%s%s %6s %6s %6s %6s %6s %6s %6s %6s%s\n", style__on(STYLE_HEAD),
	       safe__name("FUNCTION [MODULE]", NAME_WIDTH).s, "csds", "mean", "p50", "p99", "p50",
	       "p99", "sum", "waited", style__off());
	for (size_t i = 0; i < snap->nr_fns; i++) {
		if (!snapshot__function(snap, i, &sum))
			continue;
		if (shown < FUNCTIONS_MAX) {
			function(snap, i, &sum);
			shown++;
		} else {
			hidden++;
			rest += sum.count;
		}
	}
	if (hidden)
		printf("and %zu more function%s with less %10s\n", hidden, units__plural(hidden),
		       units__count(rest).s);
}

/* Columns that the table of CPUs needs in one line a CPU. */
#define CPUS_COLUMNS 80

/* On a narrow page, in two lines. */
static void cpu_narrow(const struct cpu_stats *cpu)
{
	const struct hist *hists[] = { &cpu->delay, &cpu->handler };

	printf("%5" PRIu32 " %6s %6s %8s", cpu->cpu, units__count(cpu->sent).s,
	       units__ns_of(cpu_stats__spun(cpu), cpu->wait.count).s,
	       units__count(cpu->received).s);
	for (int i = 0; i < 2; i++)
		printf("%*s %-7s %6s %6s %6s\n", i ? 28 : 0, "", i ? "handler" : "delay",
		       units__ns_of(hist__percentile(hists[i], 50), hists[i]->count).s,
		       units__ns_of(hist__percentile(hists[i], 99), hists[i]->count).s,
		       units__ns_of(hists[i]->max, hists[i]->count).s);
}

static void cpu(const struct snapshot *snap, const struct cpu_stats *cpu)
{
	const struct hist *delay = &cpu->delay, *handler = &cpu->handler;

	if (style__columns() < CPUS_COLUMNS) {
		cpu_narrow(cpu);
		return;
	}
	printf("%5" PRIu32 " %7s %7s %8s  %7s %7s %7s  %7s %7s %7s\n", cpu->cpu,
	       units__count(cpu->sent).s, units__ns_of(cpu_stats__spun(cpu), cpu->wait.count).s,
	       snap->how.source == SOURCE_CALLS ? "-" : units__count(cpu->received).s,
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

static void cpus_head(void)
{
	if (style__columns() < CPUS_COLUMNS) {
		printf("\n%s%5s %6s %6s %8s %-7s %6s %6s %6s%s\n", style__on(STYLE_HEAD), "CPU",
		       "sent", "waited", "received", "", "p50", "p99", "max", style__off());
		return;
	}
	printf("\n%s%30s  %23s  %23s%s\n", style__on(STYLE_HEAD), "", "-------- delay --------",
	       "------- handler -------", style__off());
	printf("%s%5s %7s %7s %8s  %7s %7s %7s  %7s %7s %7s%s\n", style__on(STYLE_HEAD), "CPU",
	       "sent", "waited", "received", "p50", "p99", "max", "p50", "p99", "max",
	       style__off());
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
	cpus_head();
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *stats = &order[i];

		if (!stats->sent && !stats->received && !stats->local)
			continue;
		busy++;
		if (shown < CPUS_MAX) {
			cpu(snap, stats);
			shown++;
		}
	}
	if (busy > shown)
		printf("and %zu more CPU%s (-c LIST shows them)\n", busy - shown,
		       units__plural(busy - shown));
	else if (!busy)
		puts("  no CPU sent or received one");
	free(order);
}

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
	functions(snap);
	cpus(snap, opts->by_cpu);
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
