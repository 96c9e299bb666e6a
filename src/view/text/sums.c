// SPDX-License-Identifier: GPL-2.0
/* What IPIs cost, and whether that is a storm: the lines above the tables of the first screen. */
#include "view/table/table.h"
#include "view/text/views.h"

/* NO STORM shows the cost that is nearest to a limit, if it is at least this part of the limit. */
#define COST_SHOWN	   0.1
/* At most this many functions are named whose counts are upper bounds. */
#define UPPER_BOUNDS_SHOWN 3

void clauses__add(struct clauses *line, enum style style, const char *format, ...)
{
	int gap = line->column ? (int)strlen(line->gap) : 0, width;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	width = safe__width(text);
	if (line->column && line->column + gap + width > line->columns) {
		fprintf(line->out, "\n   ");
		line->column = 3;
	} else if (gap) {
		fputs(line->gap, line->out);
		line->column += gap;
	}
	/* A clause that is longer than a line is cut, and "~" marks the cut. */
	if (line->column + width > line->columns)
		strcpy(text + safe__fit(text, line->columns - line->column - 1), "~");
	fprintf(line->out, "%s%s%s", style__on(style), text,
		style == STYLE_PLAIN ? "" : style__off());
	line->column += safe__width(text);
}

struct clauses clauses__of(const struct brief_page *page, const char *gap)
{
	return (struct clauses){ .out = page->out, .columns = page->columns, .gap = gap };
}

void clauses__end(struct clauses *line)
{
	putc('\n', line->out);
}

/* Say whether csds or calls were lost. @whole: "of 12.3k", how many there were; @any: not 0. */
static void say_ledger(struct clauses *line, bool closed, uint64_t lost, const char *whole,
		       bool any)
{
	if (!closed)
		clauses__add(line, STYLE_ALERT, "THE LEDGER DOES NOT CLOSE: please report it");
	if (lost)
		clauses__add(line, STYLE_ALERT, "LOST %s %s", units__count(lost).s, whole);
	else if (any)
		clauses__plain(line, "none lost");
}

/* Why csds were lost, in words; JSON and metrics have the names. */
static const char *const lost_why[NR_LOST] = {
	[LOST_QUEUE_UNSEEN] = "queued hidden from BPF",
	[LOST_MAILBOX_FULL] = "found no room",
	[LOST_RUN_UNSEEN] = "ran hidden from BPF",
};

/* Say how many csds were lost, and why; how many csds, sends and waits were only partly seen. */
static void say_csd_ledger(const struct snapshot *snap, struct clauses *line)
{
	const struct ledger *ledger = &snap->ledger;
	uint64_t all = ledger->queued + ledger->carried_in;
	char whole[40];

	snprintf(whole, sizeof(whole), "of %s", units__count(all).s);
	say_ledger(line, ledger__closed(ledger), ledger__lost(ledger), whole, all);
	for (int i = 0; i < NR_LOST; i++)
		if (ledger->lost_by[i])
			clauses__plain(line, "%s %s (%s)", units__count(ledger->lost_by[i]).s,
				       snapshot__is_imported(snap) ? "not in the file" :
								     lost_why[i],
				       lost_names[i]);
	if (ledger->orphans && !snap->how.filtered)
		clauses__plain(line, "%s ran, queued %s",
			       units__counted(ledger->orphans, "more csd").s,
			       snapshot__is_imported(snap) ? "before the file begins, or unseen" :
							     "before ipitrace began, or unseen");
	if (snap->sends_unseen && !snap->how.filtered)
		clauses__add(line, STYLE_ALERT, "%s unseen",
			     units__counted(snap->sends_unseen, "send").s);
	if (snap->waits_unseen)
		clauses__add(line, STYLE_ALERT, "%s unseen",
			     units__counted(snap->waits_unseen, "wait").s);
}

/* "csds queued 1.8k/s in 900/s sync calls, none lost" */
static void print_call_rates(const struct brief_page *page)
{
	const struct call_ledger *ledger = &page->snap->call_ledger;
	struct clauses line = clauses__of(page, ", ");

	clauses__add(&line, STYLE_HEAD, "csds queued %s/s in %s/s sync calls%s",
		     view__rate(page->snap, page->snap->ledger.queued).s,
		     view__rate(page->snap, ledger->begun).s,
		     page->snap->how.filtered ? " that match the filter" : "");
	say_ledger(&line, call_ledger__closed(ledger), call_ledger__lost(ledger), "calls",
		   ledger->begun);
	if (ledger->under_way)
		clauses__plain(&line, "%s under way", units__count(ledger->under_way).s);
	clauses__end(&line);
}

/* Print why the page has dashes if only calls are followed, and which figures are upper bounds. */
static void print_call_source(const struct brief_page *page)
{
	struct clauses line = clauses__of(page, " ");
	int shown = 0;

	clauses__add(&line, STYLE_HEAD, "NOT KNOWN (-):");
	clauses__plain(&line, "delays and runs: no csd tracepoints before Linux 6.5");
	for (size_t i = 0; i < page->snap->nr_fns && shown < UPPER_BOUNDS_SHOWN; i++) {
		const struct fn_stats *fn = &page->snap->fns[i];

		if (!fn->at_most || !fn->count || !fn->func.name)
			continue;
		if (!shown++)
			clauses__plain(&line, "UPPER BOUND (the caller may skip some CPUs):");
		clauses__plain(&line, "%s", safe__cut(fn->func.name, 48).s);
	}
	clauses__end(&line);
}

/* Returns the interrupts of @kind sent a second; "-" if they are not known. */
static struct text rate_sent(const struct brief_page *page, enum ipi_kind kind)
{
	if (page->digest->sent_known[kind])
		return view__rate(page->snap, page->snap->kinds[kind]);
	return (struct text){ "-" };
}

/* Begin the line: "IPIs 2.8k/s (1.8k call, 1.0k reschedule)". */
static void say_kinds(const struct brief_page *page, struct clauses *line)
{
	const bool *known = page->digest->sent_known;
	bool irq_works = page->snap->kinds[KIND_IRQ_WORK];

	if (known[KIND_CALL_FUNCTION] && known[KIND_RESCHEDULE])
		clauses__add(line, STYLE_HEAD, "IPIs %s/s",
			     view__rate(page->snap, page->digest->ipis).s);
	else
		clauses__add(line, STYLE_HEAD, "IPIs not known");
	line->gap = " ";
	if (known[KIND_CALL_FUNCTION] || known[KIND_RESCHEDULE]) {
		clauses__plain(line, "(%s call,", rate_sent(page, KIND_CALL_FUNCTION).s);
		clauses__plain(line, "%s reschedule%s", rate_sent(page, KIND_RESCHEDULE).s,
			       irq_works ? "," : ")");
		if (irq_works)
			clauses__plain(line, "%s irq_work)", rate_sent(page, KIND_IRQ_WORK).s);
	}
	line->gap = "   ";
}

/* "IPIs 2.8k/s (1.8k call, 1.0k reschedule)   csds queued 1.8k/s, none lost" */
static void print_rates(const struct brief_page *page)
{
	const struct snapshot *snap = page->snap;
	const bool *known = page->digest->sent_known;
	struct clauses line = clauses__of(page, ", ");
	bool none = !page->digest->ipis && !snap->ledger.queued;

	if (none && snapshot__is_imported(snap) && snap->ledger.orphans) {
		clauses__add(&line, STYLE_HEAD, "IPIs and csds queued not known");
		say_csd_ledger(snap, &line);
		clauses__end(&line);
		return;
	}
	if (none && known[KIND_CALL_FUNCTION] && known[KIND_RESCHEDULE])
		clauses__add(&line, STYLE_HEAD, "no IPI in %.2f s", window__seconds(&snap->window));
	else if (snap->known.kinds)
		say_kinds(page, &line);
	clauses__plain(&line, "csds queued %s/s%s", view__rate(snap, snap->ledger.queued).s,
		       snap->how.filtered ? " that match the filter" : "");
	line.gap = ", ";
	say_csd_ledger(snap, &line);
	clauses__end(&line);
}

/* "RESCHEDULES 62% by make[77], via pipe_write", where these are most of the IPIs. */
static void print_reschedules(const struct brief_page *page)
{
	const struct snapshot *snap = page->snap;
	struct clauses line = clauses__of(page, " ");
	struct send_share most;

	if (!snap->known.sends || !page->digest->most_reschedules ||
	    !callers__most(snap, KIND_RESCHEDULE, &most))
		return;
	clauses__add(&line, STYLE_HEAD, "RESCHEDULES %s", units__percent(most.share).s);
	if (most.caller.interrupt)
		clauses__plain(&line, "by interrupts,");
	else
		clauses__plain(&line, "by %s,", words__sender(most.caller.call).s);
	clauses__plain(&line, "via %s%s",
		       safe__cut(*most.caller.reason.name ? most.caller.reason.name : NULL, 36).s,
		       words__user(most.caller.user).s);
	clauses__end(&line);
}

/* The IPIs that ipitrace itself sends have a line if they are at least this part of all IPIs. */
#define OWN_SHARE_MIN 0.1

/* Say that reschedules are not timed: they have no function, so only --kinds times them. */
static void say_untimed(const struct brief_page *page, struct clauses *line)
{
	if (!page->digest->most_reschedules) {
		clauses__plain(line, "reschedules not timed");
		return;
	}
	clauses__plain(line, "reschedules, most of the IPIs, not timed");
	/* No option times what another tracer has recorded. */
	if (!snapshot__is_imported(page->snap))
		clauses__plain(line, "(%s--kinds times them)", page->recorded ? "record " : "");
}

/* "COST 1.0% of CPU time: handlers 0.1%, sender wait 0.9%, reschedules not timed" */
static void print_cost(const struct brief_page *page)
{
	const struct digest *digest = page->digest;
	double all = digest->cpu_ns ? digest->cpu_ns : 1;
	struct clauses line = clauses__of(page, " ");
	bool timed = digest->reschedules_timed, unknown = digest->handlers_untimed;
	bool left_out = !timed && page->snap->how.source == SOURCE_CSD &&
			page->snap->kinds[KIND_RESCHEDULE];

	/* If no function ran, the cost is 0; if functions ran untimed, it is not known. */
	if (unknown)
		clauses__add(&line, STYLE_HEAD, "COST not known:");
	else
		clauses__add(
			&line, STYLE_HEAD, "COST %s",
			units__percent((digest->handler + digest->wait + digest->reschedules) / all)
				.s);
	clauses__plain(&line, unknown ? "handlers not timed," : "of CPU time:");
	if (!unknown && (page->snap->how.source == SOURCE_CSD || page->snap->known.irqs))
		clauses__plain(&line, "%s %s,",
			       page->snap->how.source == SOURCE_CALLS ? "interrupts" : "handlers",
			       units__percent(digest->handler / all).s);
	clauses__plain(&line, "sender wait %s%s",
		       snapshot__is_imported(page->snap) ? "not known" :
							   units__percent(digest->wait / all).s,
		       timed || left_out ? "," : "");
	if (timed)
		clauses__plain(&line, "reschedules %s",
			       units__percent(digest->reschedules / all).s);
	else if (left_out)
		say_untimed(page, &line);
	clauses__end(&line);
}

/*
 * Name the functions, and the cause, because the figures are of this cause only. For a storm leave
 * the cause out, because the storm's name says the cause.
 */
static void say_storm_func(const struct storm_nearest *nearest, struct clauses *line,
			   const char *tail)
{
	clauses__plain(line, "%s%s", storm_words__nearest(nearest, !nearest->storm).s, tail);
}

/* "978 csds/s to CPU 0 (limit 8.00k/s)"; @tail comes after the limit. */
static void say_storm_rate(const struct storm_nearest *nearest, struct clauses *line,
			   const char *tail)
{
	/* The cause has set the limit. Without a cause, say why the limit is what it is. */
	const char *why = nearest->cause ? NULL : storm_words__limit(nearest);
	char cpu[32] = "one CPU";

	if (nearest->cpu_known)
		snprintf(cpu, sizeof(cpu), "CPU %u", nearest->cpu);
	clauses__plain(line, "%s%s %s/s to %s", nearest->worst ? "peak " : "",
		       units__rate(nearest->rate).s, storm_words__unit(nearest), cpu);
	clauses__plain(line, "(%s%slimit %s/s)%s", why ? safe(why).s : "", why ? ", " : "",
		       units__rate(nearest->rate_limit).s, tail);
}

/* Say which limits the storm exceeds, and how far. */
static void say_storm_why(const struct storm_nearest *nearest, struct clauses *line)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);

	if (rate >= 1 && cost >= 1)
		clauses__plain(line, "rate %.1f times its limit,", rate);
	else if (rate >= 1)
		clauses__plain(line, "rate %.1f times its limit", rate);
	if (cost >= 1)
		clauses__plain(line, "cost %s, %.1f times its limit",
			       storm_words__cost(&nearest->cost).s, cost);
	else if (rate < 1 && nearest->storm->reason == STORM_BY_RISE)
		clauses__plain(line, "far above the rate before");
	else if (rate < 1)
		clauses__plain(line, "not over yet: %.1f times its limit",
			       rate > cost ? rate : cost);
}

static void say_no_storm(const struct storm_nearest *nearest, struct clauses *line)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);
	bool costs = cost > rate && cost >= COST_SHOWN;
	bool once = storm_words__was_over_once(nearest);

	clauses__add(line, STYLE_HEAD, "NO STORM:");
	clauses__plain(line, "nearest to a limit is");
	say_storm_func(nearest, line, ",");
	say_storm_rate(nearest, line, costs || once ? ";" : "");
	if (costs)
		clauses__plain(line, "cost %s (limit %.3g %%)%s",
			       storm_words__cost(&nearest->cost).s, 100 * nearest->cost.limit,
			       once ? ";" : "");
	/* Without this clause, a figure above its limit would contradict the verdict. */
	if (once)
		clauses__plain(line, "over its limit in one window, and a storm needs two");
}

/* "NO VERDICT: window of 0.11 s, at least 0.2 s needed; previous: no storm" */
static void say_no_verdict(const struct brief_page *page, const struct storm_nearest *nearest,
			   struct clauses *line)
{
	clauses__add(line, STYLE_HEAD, "NO VERDICT:");
	clauses__plain(line, "window of %.2f s, at least %.1f s needed;",
		       window__seconds(&page->snap->window), STORM_INTERVAL_NS / 1e9);
	if (nearest->undecided)
		clauses__plain(line, "previous: perhaps a storm");
	else if (nearest->storm)
		clauses__add(line, STYLE_ALERT, "previous: STORM %s",
			     storm_words__name(nearest->storm));
	else
		clauses__plain(line, "previous: no storm");
}

/*
 * "NOTE text_patching: do_sync_core 127 csds/s to one CPU (limit 50.0/s), too cheap for a storm:
 * 0.11 % of CPU time"
 */
void brief__notes(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct clauses line = clauses__of(page, " ");
	const struct storm_note *note;

	if (!nearest || !nearest->nr_notes)
		return;
	note = &nearest->note;
	clauses__add(&line, STYLE_HEAD, "NOTE %s:", note->name ? safe(note->name).s : "unknown");
	clauses__plain(&line, "%s", safe__cut(note->func.name, 48).s);
	clauses__plain(&line, "%s csds/s to one CPU (limit %s/s),", units__rate(note->rate).s,
		       units__rate(note->rate_limit).s);
	clauses__plain(&line, "too cheap for a storm: %s", storm_words__cost(&note->cost).s);
	if (nearest->nr_notes > 1)
		clauses__plain(&line, "and %zu more", nearest->nr_notes - 1);
	clauses__end(&line);
}

static void print_verdict(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct clauses line = clauses__of(page, " ");

	if (nearest->known && !nearest->judged) {
		say_no_verdict(page, nearest, &line);
	} else if (nearest->known && nearest->undecided) {
		clauses__add(&line, STYLE_HEAD, "A STORM?");
		say_storm_func(nearest, &line, ",");
		say_storm_rate(nearest, &line, ":");
		clauses__plain(&line, "%s",
			       page->snap->window.last ?
				       "over a limit in the last window, and a storm needs two" :
				       "a storm if the next window is over a limit, too");
	} else if (nearest->known && nearest->storm) {
		clauses__add(&line, STYLE_ALERT, "STORM %s:", storm_words__name(nearest->storm));
		say_storm_func(nearest, &line, "");
		say_storm_rate(nearest, &line, ":");
		say_storm_why(nearest, &line);
		if (nearest->nr_storms > 1)
			clauses__add(&line, STYLE_ALERT, "and %s",
				     words__number(nearest->nr_storms - 1, "more storm").s);
	} else if (nearest->known) {
		say_no_storm(nearest, &line);
	} else if (page->snap->ledger.queued) {
		clauses__add(&line, STYLE_HEAD, "NO VERDICT:");
		clauses__plain(&line, "at least %.1f s needed", STORM_INTERVAL_NS / 1e9);
	} else {
		clauses__add(&line, STYLE_HEAD, "NO STORM:");
		clauses__plain(&line, "no csd was sent");
	}
	clauses__end(&line);
}

bool view__includes_interrupts(const struct snapshot *snap)
{
	return snapshot__passes_interrupts(snap) && snap->how.by_key == BY_NONE;
}

static void print_fact(const struct brief_page *page, const char *head, const char *text)
{
	struct clauses line = clauses__of(page, " ");

	clauses__add(&line, STYLE_HEAD, "%s:", head);
	clauses__plain(&line, "%s", text);
	clauses__end(&line);
}

void brief__sums(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct words flushes = storm_words__window_flushes(page->snap);
	struct clauses own = clauses__of(page, " ");
	bool calls = page->snap->how.source == SOURCE_CALLS;

	if (calls)
		print_call_rates(page);
	else
		print_rates(page);
	print_cost(page);
	print_reschedules(page);
	if (page->digest->own >= OWN_SHARE_MIN) {
		clauses__add(&own, STYLE_HEAD, "OWN %s", units__percent(page->digest->own).s);
		clauses__plain(&own, "of the IPIs: this ipitrace or another sends them");
		clauses__end(&own);
	}
	if (calls)
		print_call_source(page);
	/* Say why senders "(interrupt)" pass the filter -p. */
	if (view__includes_interrupts(page->snap))
		print_fact(page, "(interrupt)", INTERRUPTS_INCLUDED);
	if (*flushes.s)
		print_fact(page, "TLB FLUSHES", flushes.s);
	if (page->snap->how.callsites_hidden)
		print_fact(page, "call sites", CALLSITES_HIDDEN);
	if (nearest)
		print_verdict(page, nearest);
}

int view__brief_cost(FILE *out, int columns, const struct snapshot *snap,
		     const struct storm_nearest *nearest)
{
	struct digest digest;
	struct brief_page page = {
		.out = out,
		.snap = snap,
		.digest = &digest,
		.columns = columns > BRIEF_COLUMNS_MIN ? columns : BRIEF_COLUMNS_MIN,
		.recorded = true,
	};
	int err = digest__make(&digest, snap);

	if (!err) {
		brief__sums(&page, nearest);
		brief__notes(&page, nearest);
	}
	digest__free(&digest);
	return err;
}
