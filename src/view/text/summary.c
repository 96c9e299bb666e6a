// SPDX-License-Identifier: GPL-2.0
#include "view/text/brief.h"
#include "view/view.h"

static void print_lost(const char *why, uint64_t nr, const char *behind)
{
	if (nr)
		printf("%slost%s   %s %" PRIu64 "%s\n", style__on(STYLE_ALERT), style__off(), why,
		       nr, behind);
}

static void print_closed(bool closed)
{
	if (!closed)
		style__line(STYLE_ALERT, "it DOES NOT CLOSE: please report it");
}

static void print_call_ledger(const struct snapshot *snap)
{
	const struct call_ledger *l = &snap->call_ledger;

	printf("\n%sledger%s of calls: %" PRIu64 " begun + %" PRIu64 " carried\n"
	       "       = %" PRIu64 " returned + %" PRIu64 " under way + %" PRIu64 " lost\n",
	       style__on(STYLE_HEAD), style__off(), l->begun, l->carried_in, l->returned,
	       l->under_way, call_ledger__lost(l));
	print_closed(call_ledger__closed(l));
	for (int i = 0; i < NR_HOOK_LOST; i++)
		print_lost(hook_lost_names[i], l->lost_by[i], "");
	printf("%scalls%s  queued %" PRIu64 " csds; %" PRIu64 " refused, %" PRIu64
	       " run on the sender's CPU\n",
	       style__on(STYLE_HEAD), style__off(), snap->ledger.queued, l->refused, l->local);
	puts("       When csds ran is not known: no csd tracepoints before Linux 6.5.");
}

static void print_ledger(const struct snapshot *snap)
{
	const struct ledger *l = &snap->ledger;

	putchar('\n');
	paragraph__labelled("ledger", 7,
			    "of csds: %" PRIu64 " queued + %" PRIu64 " carried = %" PRIu64
			    " ran + %" PRIu64 " in flight + %" PRIu64 " lost",
			    l->queued, l->carried_in, ledger__matched(l), l->in_flight,
			    ledger__lost(l));
	print_closed(ledger__closed(l));
	for (int i = 0; i < NR_LOST; i++)
		print_lost(lost_names[i], l->lost_by[i], "");
	print_lost("waits_unseen", snap->waits_unseen, ", of senders; in no figure above");
	paragraph__labelled("ran", 7,
			    "%s, %s, %s; %" PRIu64 " more on the sender's own CPU, without an IPI",
			    words__number(l->function, "function").s,
			    words__number(l->ttwu, "wake-up").s,
			    words__number(l->irq_work, "irq_work").s, l->local);
	if (!snap->known.kinds)
		return;
	view__kinds_line(snap);
	print_lost("sends_unseen", snap->sends_unseen, ", in no kind above");
}

static void print_self(const struct snapshot *snap)
{
	uint64_t runs = 0, ns = 0;

	for (int i = 0; i < NR_PROGS; i++) {
		runs += snap->cost[i].runs;
		ns += snap->cost[i].ns;
	}
	paragraph__labelled("self", 7,
			    "%s of its BPF programs took %s, of it each about 60ns measuring",
			    units__counted(runs, "run").s, units__ns(ns).s);
	printf("       the window was cut and read in %s\n", units__ns(snap->cut_ns).s);
}

/* What a reader must know before the tables. */
static void print_notices(const struct snapshot *snap)
{
	char words[160];

	if (view__interrupts_untold(snap))
		paragraph__labelled("(interrupt):", 13, "%s", INTERRUPTS_UNTOLD);
	storm_words__window_flushes(snap, words, sizeof(words));
	if (*words)
		paragraph__labelled("TLB flushes:", 13, "%s", words);
	if (snap->how.callsites_hidden)
		paragraph__labelled("call sites:", 12, "%s", CALLSITES_HIDDEN);
}

void view__summary(const struct snapshot *snap, const struct view_options *opts)
{
	if (!opts->quiet) {
		view__head(snap, "summary", opts->asked, opts->ran);
		print_notices(snap);
	}
	view__functions(snap);
	view__cpu_table(snap, opts->by_cpu);
	view__irqs(snap);
	view__sends(snap);
	view__edges(snap);
	if (snap->how.timed)
		view__kinds(snap);
	if (opts->stacks)
		view__stacks(snap);
	if (snap->how.source == SOURCE_CALLS)
		print_call_ledger(snap);
	else
		print_ledger(snap);
	if (snap->known.self)
		print_self(snap);
	/* Print this last, because a reader looks at the end first. */
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
	print_self(snap);
}
