// SPDX-License-Identifier: GPL-2.0
/* The lines around the tables of the first screen: what IPIs cost, whether that is a storm. */
#include "view/table/table.h"
#include "view/text/views.h"

/* NO STORM shows the cost that is nearest to a limit, if it is at least this part of the limit. */
#define COST_SHOWN	   0.1
/* At most this many functions are named whose counts are upper bounds. */
#define UPPER_BOUNDS_SHOWN 3

/* A line of clauses; a clause that does not fit begins a further line. */
struct clauses {
	FILE *out;
	int columns; /* of the page */
	const char *gap; /* between two clauses */
	int column; /* the end of the last clause; 0: there is no clause yet */
};

static void __attribute__((format(printf, 3, 4)))
add_clause(struct clauses *line, enum style style, const char *format, ...)
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

#define add_plain(line, ...) add_clause(line, STYLE_PLAIN, __VA_ARGS__)

/* Begin a line of @page, with @gap between two clauses. */
static struct clauses begin_line(const struct brief_page *page, const char *gap)
{
	return (struct clauses){ .out = page->out, .columns = page->columns, .gap = gap };
}

static void end_line(const struct clauses *line)
{
	putc('\n', line->out);
}

/* The kernel's release may be cut to this many columns, to make room for how the run ends. */
#define RELEASE_MIN 8

/* "ipitrace: vm, 2 CPUs, 6.18.44   2026-11-21T19:57:01Z +1.00 s   Ctrl-C ends" */
static void print_page_head(const struct brief_page *page, const struct brief *brief)
{
	const struct window *window = &page->snap->window;
	const struct host *host = page->snap->host;
	/* The last window of a run that the user ends is shorter than the others, too. */
	bool partial = !brief->total &&
		       (window__partial(window, brief->asked) || (brief->ends && window->last));
	const char *ends = window->last ? NULL : brief->ends;
	const char *form = brief->total ? "%s whole run: %.2f s" :
			   partial	? "%s partial: %.2f s" :
					  "%s +%.2f s";
	struct clauses line = begin_line(page, "   ");
	const char *nodename = host__word(host, nodename), *kernel = host__word(host, release);
	/* The file of another tracer has neither. */
	struct safe node = nodename || kernel ? safe__cut(nodename, 16) : safe("host not known");
	struct safe release = nodename || kernel ? safe__cut(kernel, 32) : safe("");
	struct words date = clock__date(&window->start, 0);
	struct words cpus = words__number(page->digest->nr_online, "CPU");
	char when[192];
	int room;

	snprintf(when, sizeof(when), form, date.s, page->digest->seconds);
	room = page->columns - (int)(strlen("ipitrace: , ,    ") + safe__width(node.s) +
				     strlen(cpus.s) + strlen(when));
	/* If there is no room, the kernel's release is cut, down to its version. */
	if (ends && room - (int)strlen(ends) - 3 >= RELEASE_MIN)
		room -= strlen(ends) + 3;
	room = room > 6 ? room : 6;
	if (safe__width(release.s) > (size_t)room)
		strcpy(release.s + safe__fit(release.s, room - 1), "~");
	add_clause(&line, STYLE_HEAD, "ipitrace: %s, %s%s%s", node.s, cpus.s,
		   *release.s ? ", " : "", release.s);
	add_clause(&line, partial || brief->total ? STYLE_HEAD : STYLE_PLAIN, "%s", when);
	if (ends && line.column + 3 + (int)strlen(ends) <= page->columns)
		add_clause(&line, STYLE_DIM, "%s", ends);
	end_line(&line);
}

/* Say whether csds or calls were lost. @whole: "of 12.3k", how many there were; @any: not 0. */
static void say_ledger(struct clauses *line, bool closed, uint64_t lost, const char *whole,
		       bool any)
{
	if (!closed)
		add_clause(line, STYLE_ALERT, "THE LEDGER DOES NOT CLOSE: please report it");
	if (lost)
		add_clause(line, STYLE_ALERT, "LOST %s %s", units__count(lost).s, whole);
	else if (any)
		add_plain(line, "none lost");
}

/* Why csds were lost, in words; JSON and metrics have the names. */
static const char *const lost_why[NR_LOST] = {
	[LOST_QUEUE_UNSEEN] = "queued hidden from BPF",
	[LOST_MAILBOX_FULL] = "found no room",
	[LOST_RUN_UNSEEN] = "ran hidden from BPF",
};

/* Say how many csds were lost, and why; how many csds, sends and waits were only partly seen. */
static void say_csd_ledger(const struct brief_page *page, struct clauses *line)
{
	const struct snapshot *snap = page->snap;
	const struct ledger *ledger = &snap->ledger;
	uint64_t all = ledger->queued + ledger->carried_in;
	bool imported = page->digest->imported;
	struct words orphans = units__counted(ledger->orphans, "csd");
	struct words sends = units__counted(snap->sends_unseen, "send");
	struct words waits = units__counted(snap->waits_unseen, "wait");
	char whole[40];

	snprintf(whole, sizeof(whole), "of %s", units__count(all).s);
	say_ledger(line, ledger__closed(ledger), ledger__lost(ledger), whole, all);
	for (int i = 0; i < NR_LOST; i++)
		if (ledger->lost_by[i])
			add_plain(line, "%s %s (%s)", units__count(ledger->lost_by[i]).s,
				  imported ? "not in the file" : lost_why[i], lost_names[i]);
	if (ledger->orphans && !snap->how.filtered) {
		line->gap = "; ";
		add_plain(line, "%s ran whose queueing was not seen", orphans.s);
		line->gap = ", ";
	}
	if (snap->sends_unseen && !snap->how.filtered)
		add_clause(line, STYLE_ALERT, "%s unseen", sends.s);
	if (snap->waits_unseen)
		add_clause(line, STYLE_ALERT, "%s unseen", waits.s);
}

/* "csds queued 1.8k/s in 900/s sync calls, none lost" */
static void print_call_rates(const struct brief_page *page)
{
	const struct call_ledger *ledger = &page->snap->call_ledger;
	struct clauses line = begin_line(page, ", ");

	add_clause(&line, STYLE_HEAD, "csds queued %s/s in %s/s sync calls%s",
		   units__rate_in(&page->snap->window, page->snap->ledger.queued).s,
		   units__rate_in(&page->snap->window, ledger->begun).s,
		   page->snap->how.filtered ? " that match the filter" : "");
	say_ledger(&line, call_ledger__closed(ledger), call_ledger__lost(ledger), "calls",
		   ledger->begun);
	if (ledger->under_way)
		add_plain(&line, "%s under way", units__count(ledger->under_way).s);
	end_line(&line);
}

/* Print why the page has dashes if only calls are followed, and which figures are upper bounds. */
static void print_call_source(const struct brief_page *page)
{
	struct clauses line = begin_line(page, " ");
	int shown = 0;

	add_clause(&line, STYLE_HEAD, "NOT KNOWN (-):");
	add_plain(&line, "delays and runs: no csd tracepoints before Linux 6.5");
	for (size_t i = 0; i < page->snap->nr_fns && shown < UPPER_BOUNDS_SHOWN; i++) {
		const struct fn_stats *fn = &page->snap->fns[i];

		if (!fn->at_most || !fn->count || !fn->func.name)
			continue;
		if (!shown++)
			add_plain(&line, "UPPER BOUND (the caller may skip some CPUs):");
		add_plain(&line, "%s", safe__cut(fn->func.name, 48).s);
	}
	end_line(&line);
}

/* Begin the line: "IPIs 2.8k/s (1.8k call, 1.0k reschedule)"; "-": how many is not known. */
static void say_kinds(const struct brief_page *page, struct clauses *line)
{
	const struct window *window = &page->snap->window;
	const bool *known = page->digest->sent_known;
	bool irq_works = page->snap->kinds[KIND_IRQ_WORK];
	struct text all = units__rate_in(window, page->digest->ipis), sent[NR_KINDS];

	for (int i = 0; i < NR_KINDS; i++)
		sent[i] = known[i] ? units__rate_in(window, page->snap->kinds[i]) :
				     (struct text){ "-" };
	if (known[KIND_CALL_FUNCTION] && known[KIND_RESCHEDULE])
		add_clause(line, STYLE_HEAD, "IPIs %s/s", all.s);
	else
		add_clause(line, STYLE_HEAD, "IPIs not known");
	line->gap = " ";
	if (known[KIND_CALL_FUNCTION] || known[KIND_RESCHEDULE]) {
		add_plain(line, "(%s call,", sent[KIND_CALL_FUNCTION].s);
		add_plain(line, "%s reschedule%s", sent[KIND_RESCHEDULE].s, irq_works ? "," : ")");
		if (irq_works)
			add_plain(line, "%s irq_work)", sent[KIND_IRQ_WORK].s);
	}
	line->gap = "   ";
}

/* "IPIs 2.8k/s (1.8k call, 1.0k reschedule)   csds queued 1.8k/s, none lost" */
static void print_rates(const struct brief_page *page)
{
	const struct snapshot *snap = page->snap;
	const bool *known = page->digest->sent_known;
	struct clauses line = begin_line(page, ", ");
	bool none = !page->digest->ipis && !snap->ledger.queued, no_ipi;

	if (none && page->digest->imported && snap->ledger.orphans) {
		add_clause(&line, STYLE_HEAD, "IPIs and csds queued not known");
		say_csd_ledger(page, &line);
		end_line(&line);
		return;
	}
	no_ipi = none && known[KIND_CALL_FUNCTION] && known[KIND_RESCHEDULE];
	if (no_ipi)
		add_clause(&line, STYLE_HEAD, "no IPI in %.2f s%s", page->digest->seconds,
			   snap->how.filtered ? " and no csd queued matches the filter" : "");
	else if (snap->known.kinds)
		say_kinds(page, &line);
	if (!no_ipi || !snap->how.filtered)
		add_plain(&line, "csds queued %s/s%s",
			  units__rate_in(&snap->window, snap->ledger.queued).s,
			  snap->how.filtered ? " that match the filter" : "");
	line.gap = ", ";
	say_csd_ledger(page, &line);
	end_line(&line);
}

/* "RESCHEDULES 62% by make[77], via pipe_write", where these are most of the IPIs. */
static void print_reschedules(const struct brief_page *page)
{
	const struct snapshot *snap = page->snap;
	struct clauses line = begin_line(page, " ");
	struct send_share most;

	if (!snap->known.sends || !page->digest->most_reschedules ||
	    !callers__most(snap, KIND_RESCHEDULE, &most))
		return;
	add_clause(&line, STYLE_HEAD, "RESCHEDULES %s", units__percent(most.share).s);
	if (most.caller.interrupt)
		add_plain(&line, "by interrupts,");
	else
		add_plain(&line, "by %s,", words__sender(most.caller.call).s);
	add_plain(&line, "via %s%s",
		  safe__cut(*most.caller.reason.name ? most.caller.reason.name : NULL, 36).s,
		  words__user(most.caller.user).s);
	end_line(&line);
}

/* The IPIs that ipitrace itself sends have a line if they are at least this part of all IPIs. */
#define OWN_SHARE_MIN 0.1

/* Say that reschedules are not timed: they have no function, so only --kinds times them. */
static void say_untimed(const struct brief_page *page, struct clauses *line)
{
	if (!page->digest->most_reschedules) {
		add_plain(line, "reschedules not timed");
		return;
	}
	add_plain(line, "reschedules, most of the IPIs, not timed");
	/* No option times what another tracer has recorded. */
	if (!page->digest->imported)
		add_plain(line, "(%s--kinds times them)", page->recorded ? "record " : "");
}

/* "COST 1.0% of CPU time: handlers 0.1%, sender wait 0.9%, reschedules not timed" */
static void print_cost(const struct brief_page *page)
{
	const struct digest *digest = page->digest;
	double all = digest->cpu_ns ? digest->cpu_ns : 1;
	struct clauses line = begin_line(page, " ");
	bool timed = digest->reschedules_timed, unknown = digest->handlers_untimed;
	bool left_out = !timed && page->snap->how.source == SOURCE_CSD &&
			page->snap->kinds[KIND_RESCHEDULE];

	/* If no function ran, the cost is 0; if functions ran untimed, it is not known. */
	if (unknown)
		add_clause(&line, STYLE_HEAD, "COST not known:");
	else
		add_clause(
			&line, STYLE_HEAD, "COST %s",
			units__percent((digest->handler + digest->wait + digest->reschedules) / all)
				.s);
	add_plain(&line, unknown ? "handlers not timed," : "of CPU time:");
	if (!unknown && (page->snap->how.source == SOURCE_CSD || page->snap->known.irqs))
		add_plain(&line, "%s %s,",
			  page->snap->how.source == SOURCE_CALLS ? "interrupts" : "handlers",
			  units__percent(digest->handler / all).s);
	add_plain(&line, "sender wait %s%s",
		  page->digest->imported ? "not known" : units__percent(digest->wait / all).s,
		  timed || left_out ? "," : "");
	if (timed)
		add_plain(&line, "reschedules %s", units__percent(digest->reschedules / all).s);
	else if (left_out)
		say_untimed(page, &line);
	end_line(&line);
}

/*
 * Name the functions, and the cause, because the figures are of this cause only. For a storm leave
 * the cause out, because the storm's name says the cause.
 */
static void say_storm_func(const struct storm_nearest *nearest, struct clauses *line,
			   const char *tail)
{
	add_plain(line, "%s%s", storm_words__nearest(nearest, !nearest->storm).s, tail);
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
	add_plain(line, "%s%s %s/s to %s", nearest->worst ? "peak " : "",
		  units__rate(nearest->rate).s, storm_words__unit(nearest), cpu);
	add_plain(line, "(%s%slimit %s/s)%s", why ? safe(why).s : "", why ? ", " : "",
		  units__rate(nearest->rate_limit).s, tail);
}

/* Say which limits the storm exceeds, and how far. */
static void say_storm_why(const struct storm_nearest *nearest, struct clauses *line)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);

	if (rate >= 1 && cost >= 1)
		add_plain(line, "rate %.1f times its limit,", rate);
	else if (rate >= 1)
		add_plain(line, "rate %.1f times its limit", rate);
	if (cost >= 1)
		add_plain(line, "cost %s, %.1f times its limit",
			  storm_words__cost(&nearest->cost).s, cost);
	else if (rate < 1 && nearest->storm->reason == STORM_BY_RISE)
		add_plain(line, "far above the rate before");
	else if (rate < 1)
		add_plain(line, "not over yet: %.1f times its limit", rate > cost ? rate : cost);
}

static void say_no_storm(const struct storm_nearest *nearest, struct clauses *line)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);
	bool costs = cost > rate && cost >= COST_SHOWN;
	bool once = storm_words__was_over_once(nearest);

	add_clause(line, STYLE_HEAD, "NO STORM:");
	add_plain(line, "nearest to a limit is");
	say_storm_func(nearest, line, ",");
	say_storm_rate(nearest, line, costs || once ? ";" : "");
	if (costs)
		add_plain(line, "cost %s (limit %.3g %%)%s", storm_words__cost(&nearest->cost).s,
			  100 * nearest->cost.limit, once ? ";" : "");
	/* Without this clause, a figure above its limit would contradict the verdict. */
	if (once)
		add_plain(line, "over a limit in one window, and a storm needs two");
}

/* "NO VERDICT: window of 0.11 s, at least 0.2 s needed; previous: no storm" */
static void say_no_verdict(const struct brief_page *page, const struct storm_nearest *nearest,
			   struct clauses *line)
{
	add_clause(line, STYLE_HEAD, "NO VERDICT:");
	add_plain(line, "window of %.2f s, at least %.1f s needed;", page->digest->seconds,
		  STORM_INTERVAL_NS / 1e9);
	if (nearest->undecided)
		add_plain(line, "previous: perhaps a storm");
	else if (nearest->storm)
		add_clause(line, STYLE_ALERT, "previous: STORM %s",
			   storm_words__name(nearest->storm));
	else
		add_plain(line, "previous: no storm");
}

/*
 * "NOTE text_patching: do_sync_core 127 csds/s to one CPU (limit 50.0/s), too cheap for a storm:
 * 0.11 % of CPU time"
 */
void brief__notes(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct clauses line = begin_line(page, " ");
	const struct storm_note *note;

	if (!nearest || !nearest->nr_notes)
		return;
	note = &nearest->note;
	add_clause(&line, STYLE_HEAD, "NOTE %s:", note->name ? safe(note->name).s : "unknown");
	add_plain(&line, "%s", safe__cut(note->func.name, 48).s);
	add_plain(&line, "%s csds/s to one CPU (limit %s/s),", units__rate(note->rate).s,
		  units__rate(note->rate_limit).s);
	add_plain(&line, "too cheap for a storm: %s", storm_words__cost(&note->cost).s);
	if (nearest->nr_notes > 1)
		add_plain(&line, "and %zu more", nearest->nr_notes - 1);
	end_line(&line);
}

static void print_verdict(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct clauses line = begin_line(page, " ");

	if (nearest->known && !nearest->judged) {
		say_no_verdict(page, nearest, &line);
	} else if (nearest->known && nearest->undecided) {
		add_clause(&line, STYLE_HEAD, "A STORM?");
		say_storm_func(nearest, &line, ",");
		say_storm_rate(nearest, &line, ":");
		add_plain(&line, "%s",
			  page->snap->window.last ?
				  "over a limit in the last window, and a storm needs two" :
				  "a storm if the next window is over a limit, too");
	} else if (nearest->known && nearest->storm) {
		add_clause(&line, STYLE_ALERT, "STORM %s:", storm_words__name(nearest->storm));
		say_storm_func(nearest, &line, "");
		say_storm_rate(nearest, &line, ":");
		say_storm_why(nearest, &line);
		if (nearest->nr_storms > 1)
			add_clause(&line, STYLE_ALERT, "and %s",
				   words__number(nearest->nr_storms - 1, "more storm").s);
	} else if (nearest->known) {
		say_no_storm(nearest, &line);
	} else if (page->snap->ledger.queued || page->digest->seconds < STORM_INTERVAL_NS / 1e9) {
		add_clause(&line, STYLE_HEAD, "NO VERDICT:");
		add_plain(&line, "at least %.1f s needed", STORM_INTERVAL_NS / 1e9);
	} else {
		add_clause(&line, STYLE_HEAD, "NO STORM:");
		add_plain(&line, "%s",
			  page->snap->how.filtered ? "no csd matches the filter" :
						     "no csd was sent");
	}
	end_line(&line);
}

static void print_fact(const struct brief_page *page, const char *head, const char *text)
{
	struct clauses line = begin_line(page, " ");

	add_clause(&line, STYLE_HEAD, "%s:", head);
	add_plain(&line, "%s", text);
	end_line(&line);
}

static void print_sums(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct flushes flushes = {};
	struct words words;
	struct clauses own = begin_line(page, " ");
	bool calls = page->snap->how.source == SOURCE_CALLS;

	if (calls)
		print_call_rates(page);
	else
		print_rates(page);
	print_cost(page);
	print_reschedules(page);
	if (page->digest->own >= OWN_SHARE_MIN) {
		add_clause(&own, STYLE_HEAD, "OWN %s", units__percent(page->digest->own).s);
		add_plain(&own, "of the IPIs: this ipitrace or another sends them");
		end_line(&own);
	}
	if (calls)
		print_call_source(page);
	/* Say why senders "(interrupt)" pass the filter -p. */
	if (page->digest->passes_interrupts && page->snap->how.by_key == BY_NONE)
		print_fact(page, "(interrupt)", INTERRUPTS_INCLUDED);
	flushes__add(&flushes, page->snap);
	words = storm_words__flushes(&flushes, page->digest->seconds);
	if (*words.s)
		print_fact(page, "TLB FLUSHES", words.s);
	if (page->snap->how.callsites_hidden)
		print_fact(page, "call sites", CALLSITES_HIDDEN);
	if (nearest)
		print_verdict(page, nearest);
}

void brief__above(const struct brief_page *page, const struct brief *brief)
{
	struct clauses line = begin_line(page, " ");

	if (!brief->quiet)
		print_page_head(page, brief);
	/* "while make[1234] ran: the IPIs of all senders; its own: --by sender" */
	if (*brief->ran && !brief->quiet) {
		add_clause(&line, STYLE_HEAD, "while %s ran:", safe(brief->ran).s);
		add_plain(&line, "the IPIs of all senders%s",
			  page->snap->how.by_key == BY_SENDER ? "" : "; its own: --by sender");
		end_line(&line);
	}
	print_sums(page, brief->nearest);
}

/*
 * "max run 193us: nohz_csd_func on CPU 0, sent by CPU 1
 * (the host stole 180us of CPU 0's runs)"; what is not known is left out.
 */
static void print_longest(const struct brief_page *page, const struct digest_worst *worst)
{
	bool run = worst == &page->digest->run;
	const struct digest_fn *fn = worst->fn_known ? &page->digest->fns[worst->fn] : NULL;
	struct clauses line = begin_line(page, " ");

	if (!worst->known)
		return;
	add_clause(&line, STYLE_HEAD, "max %s %s:", run ? "run" : "delay", units__ns(worst->ns).s);
	if (fn)
		add_plain(&line, "%s", words__symbol(&fn->func).s);
	add_plain(&line, "on CPU %u%s", worst->dst, worst->src_known ? "," : "");
	if (worst->src_known)
		add_plain(&line, "sent by CPU %u", worst->src);
	if (worst->stolen)
		add_plain(&line, "(the host stole %s of CPU %u's %s)", units__ns(worst->stolen).s,
			  worst->dst, run ? "runs" : "delays");
	end_line(&line);
}

void brief__longest(const struct brief_page *page, bool blank)
{
	const struct digest *digest = page->digest;

	if (blank && (digest->delay.known || digest->run.known))
		putc('\n', page->out);
	print_longest(page, &digest->delay);
	print_longest(page, &digest->run);
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
		print_sums(&page, nearest);
		brief__notes(&page, nearest);
	}
	digest__free(&digest);
	return err;
}
