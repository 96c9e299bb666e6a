// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "abi/limits.h"
#include "base/memory_text.h"
#include "model/digest.h"
#include "model/host.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "view/storm_words.h"
#include "view/table/tables.h"
#include "view/text/brief.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"
#include "view/text/words.h"

/* Lines of commands at the end; on a narrow page the tables need the room. */
#define NEXT_LINES   3
#define NEXT_NARROW  2
/* The least lines of a table, below its heading. */
#define TABLE_MIN    2
/* The kernel's release is cut to this much for ENDS. */
#define RELEASE_MIN  8
#define ENDS	     "Ctrl-C ends"
/* A cost is told from this part of its limit on. */
#define TELLING	     0.1
/* Functions that are told to have counts that are too high, if anything. */
#define AT_MOST_TOLD 3

/* A line of clauses; a clause that does not fit begins a further line. */
struct line {
	FILE *out;
	int columns;
	const char *gap; /* between two clauses */
	int column;
	int lines; /* broken so far */
};

static void __attribute__((format(printf, 3, 4)))
clause(struct line *line, enum style style, const char *format, ...)
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
		line->lines++;
	} else if (gap) {
		fputs(line->gap, line->out);
		line->column += gap;
	}
	/* A clause that is longer than a line is cut. */
	if (line->column + width > line->columns)
		text[safe__fit(text, line->columns - line->column)] = '\0';
	fprintf(line->out, "%s%s%s", style__on(style), text,
		style == STYLE_PLAIN ? "" : style__off());
	line->column += safe__width(text);
}

static struct line line_of(const struct brief_page *page, const char *gap)
{
	return (struct line){ .out = page->out, .columns = page->columns, .gap = gap };
}

static void end(struct line *line)
{
	putc('\n', line->out);
}

/* "ipitrace: vm, 2 CPUs, 6.18.44   19:57:01 +1.00 s   Ctrl-C ends" */
static void head(const struct brief_page *page, const struct brief *brief)
{
	const struct window *window = &page->snap->window;
	const struct host *host = page->snap->host;
	double seconds = window__seconds(window);
	/* Without an end of its own a run is cut by who ends it. */
	bool partial = window__partial(window, brief->asked) || (brief->endless && window->last);
	bool ends = brief->endless && !partial;
	struct line line = line_of(page, "   ");
	struct safe node = safe__cut(host ? host->name.nodename : NULL, 16);
	struct safe release = safe__cut(host ? host->name.release : NULL, 32);
	char clock[16], when[64], cpus[32];
	struct tm tm;
	int room;

	localtime_r(&window->start.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(when, sizeof(when), partial ? "%s partial: %.2f s" : "%s +%.2f s", clock, seconds);
	snprintf(cpus, sizeof(cpus), "%" PRIu32 " CPU%s", page->digest->nr_online,
		 units__plural(page->digest->nr_online));
	room = page->columns - (int)(strlen("ipitrace: , ,    ") + safe__width(node.s) +
				     strlen(cpus) + strlen(when));
	/* The kernel gives way, down to its version. */
	if (ends && room - (int)strlen(ENDS) - 3 >= RELEASE_MIN)
		room -= strlen(ENDS) + 3;
	release.s[safe__fit(release.s, room > 6 ? room : 6)] = '\0';
	clause(&line, STYLE_HEAD, "ipitrace: %s, %s, %s", node.s, cpus, release.s);
	clause(&line, partial ? STYLE_HEAD : STYLE_PLAIN, "%s", when);
	if (ends && line.column + 3 + (int)strlen(ENDS) <= page->columns)
		clause(&line, STYLE_DIM, ENDS);
	end(&line);
}

/* "while make[1234] ran: the IPIs of all senders; its own: --by sender" */
static void ran(const struct brief_page *page, const struct brief *brief)
{
	struct line line = line_of(page, " ");

	clause(&line, STYLE_HEAD, "while %s ran:", safe(brief->ran).s);
	clause(&line, STYLE_PLAIN, "the IPIs of all senders%s",
	       page->snap->how.by_key == BY_SENDER ? "" : "; its own: --by sender");
	end(&line);
}

static struct text rate(const struct brief_page *page, uint64_t n)
{
	double seconds = window__seconds(&page->snap->window);

	return units__rate(seconds > 0 ? n / seconds : 0);
}

/* Why csds were lost, for readers; JSON and metrics have the names. */
static const char *const lost_why[NR_LOST] = {
	[LOST_QUEUE_UNSEEN] = "queued hidden from BPF",
	[LOST_MAILBOX_FULL] = "found no room",
	[LOST_RUN_UNSEEN] = "ran hidden from BPF",
};

static void followed(const struct snapshot *snap, struct line *line)
{
	const struct ledger *ledger = &snap->ledger;
	uint64_t lost = ledger__lost(ledger);

	if (!ledger__closed(ledger))
		clause(line, STYLE_ALERT, "THE LEDGER DOES NOT CLOSE: please report it");
	if (lost)
		clause(line, STYLE_ALERT, "LOST %s of %s", units__count(lost).s,
		       units__count(ledger->queued + ledger->carried_in).s);
	else if (ledger->queued || ledger->carried_in)
		clause(line, STYLE_PLAIN, "none lost");
	for (int i = 0; i < NR_LOST; i++)
		if (ledger->lost_by[i])
			clause(line, STYLE_PLAIN, "%s %s (%s)", units__count(ledger->lost_by[i]).s,
			       lost_why[i], lost_names[i]);
	if (ledger->orphans && !snap->how.filtered)
		clause(line, STYLE_PLAIN, "%s more queued before ipitrace began",
		       units__count(ledger->orphans).s);
	if (snap->sends_unseen && !snap->how.filtered)
		clause(line, STYLE_ALERT, "%s send%s unseen", units__count(snap->sends_unseen).s,
		       units__plural(snap->sends_unseen));
	if (snap->waits_unseen)
		clause(line, STYLE_ALERT, "%s wait%s unseen", units__count(snap->waits_unseen).s,
		       units__plural(snap->waits_unseen));
}

/* "csds 1.8k/s of 900/s calls, none lost" */
static void call_rates(const struct brief_page *page)
{
	const struct call_ledger *ledger = &page->snap->call_ledger;
	uint64_t lost = call_ledger__lost(ledger);
	struct line line = line_of(page, ", ");

	clause(&line, STYLE_HEAD, "csds %s/s of %s/s calls%s",
	       rate(page, page->snap->ledger.queued).s, rate(page, ledger->begun).s,
	       page->snap->how.filtered ? " under the filter" : "");
	if (!call_ledger__closed(ledger))
		clause(&line, STYLE_ALERT, "THE LEDGER DOES NOT CLOSE: please report it");
	if (lost)
		clause(&line, STYLE_ALERT, "LOST %s calls", units__count(lost).s);
	else if (ledger->begun)
		clause(&line, STYLE_PLAIN, "none lost");
	if (ledger->under_way)
		clause(&line, STYLE_PLAIN, "%s under way", units__count(ledger->under_way).s);
	end(&line);
}

/* Where no csd is followed: why the page has dashes. */
static void call_source(const struct brief_page *page)
{
	struct line line = line_of(page, " ");
	int told = 0;

	clause(&line, STYLE_HEAD, "NOT KNOWN (-):");
	clause(&line, STYLE_PLAIN, "delays and runs: no csd tracepoints before Linux 6.5");
	for (size_t i = 0; i < page->snap->nr_fns && told < AT_MOST_TOLD; i++) {
		const struct fn_stats *fn = &page->snap->fns[i];

		if (!fn->at_most || !fn->count || !fn->func.name)
			continue;
		if (!told++)
			clause(&line, STYLE_PLAIN, "AT MOST, a condition chooses among the CPUs:");
		clause(&line, STYLE_PLAIN, "%s", safe__cut(fn->func.name, 48).s);
	}
	end(&line);
}

/* "IPIs 2.8k/s (1.8k function calls, 1.0k reschedules)   csds 1.8k/s, none lost" */
static void rates(const struct brief_page *page)
{
	const struct snapshot *snap = page->snap;
	struct line line = line_of(page, ", ");
	uint64_t ipis = 0;

	for (int i = 0; i < NR_KINDS; i++)
		ipis += snap->kinds[i];
	if (snap->known.kinds && !ipis && !snap->ledger.queued) {
		clause(&line, STYLE_HEAD, "no IPI in %.2f s", window__seconds(&snap->window));
	} else if (snap->known.kinds) {
		clause(&line, STYLE_HEAD, "IPIs %s/s", rate(page, ipis).s);
		line.gap = " ";
		clause(&line, STYLE_PLAIN, "(%s function calls,",
		       rate(page, snap->kinds[KIND_CALL_FUNCTION]).s);
		clause(&line, STYLE_PLAIN, "%s reschedules%s",
		       rate(page, snap->kinds[KIND_RESCHEDULE]).s,
		       snap->kinds[KIND_IRQ_WORK] ? "," : ")");
		if (snap->kinds[KIND_IRQ_WORK])
			clause(&line, STYLE_PLAIN, "%s irq_works)",
			       rate(page, snap->kinds[KIND_IRQ_WORK]).s);
		line.gap = "   ";
	}
	clause(&line, STYLE_PLAIN, "csds %s/s%s", rate(page, snap->ledger.queued).s,
	       snap->how.filtered ? " under the filter" : "");
	line.gap = ", ";
	followed(snap, &line);
	end(&line);
}

/* Reschedules have no function: --kinds alone has their time. NULL: there is nothing to say. */
static const char *cost_left_out(const struct brief_page *page, bool timed)
{
	const uint64_t *kinds = page->snap->kinds;
	uint64_t ipis = 0;

	for (int i = 0; i < NR_KINDS; i++)
		ipis += kinds[i];
	if (timed || page->snap->how.source != SOURCE_CSD || !kinds[KIND_RESCHEDULE])
		return NULL;
	return 2 * kinds[KIND_RESCHEDULE] > ipis ?
		       "reschedules, most of the IPIs, not timed (--kinds)" :
		       "reschedules not timed";
}

/* "COST 1.0% of CPU time: handlers 0.1%, senders waiting 0.9%, reschedules not timed" */
static void cost(const struct brief_page *page)
{
	const struct digest *digest = page->digest;
	double all = digest->cpu_ns ? digest->cpu_ns : 1;
	struct line line = line_of(page, " ");
	uint64_t reschedules;
	bool timed = snapshot__kind_time(page->snap, KIND_RESCHEDULE, &reschedules);
	const char *left_out = cost_left_out(page, timed);

	clause(&line, STYLE_HEAD, "COST %s",
	       units__percent((digest->handler + digest->wait + reschedules) / all).s);
	clause(&line, STYLE_PLAIN, "of CPU time:");
	if (page->snap->how.source == SOURCE_CSD || page->snap->known.irqs)
		clause(&line, STYLE_PLAIN, "%s %s,",
		       page->snap->how.source == SOURCE_CALLS ? "interrupts" : "handlers",
		       units__percent(digest->handler / all).s);
	clause(&line, STYLE_PLAIN, "senders waiting %s%s", units__percent(digest->wait / all).s,
	       timed || left_out ? "," : "");
	if (timed)
		clause(&line, STYLE_PLAIN, "reschedules %s", units__percent(reschedules / all).s);
	else if (left_out)
		clause(&line, STYLE_PLAIN, "%s", left_out);
	end(&line);
}

static void storm_func(const struct storm_nearest *nearest, struct line *line, const char *tail)
{
	char text[256];

	/* The figures are of this cause, not of all that the function is called for; a storm's name is told. */
	storm_words__nearest(nearest, !nearest->storm, text, sizeof(text));
	clause(line, STYLE_PLAIN, "%s%s", text, tail);
}

/* "978/s on CPU 0 (routine, limit 8.00k/s)" */
static void storm_rate(const struct storm_nearest *nearest, struct line *line)
{
	const char *why = storm_words__limit(nearest);
	char cpu[32] = "one CPU";

	if (nearest->cpu_known)
		snprintf(cpu, sizeof(cpu), "CPU %" PRIu32, nearest->cpu);
	clause(line, STYLE_PLAIN, "%s/s on %s", units__rate(nearest->rate).s, cpu);
	clause(line, STYLE_PLAIN, "(%s%slimit %s/s)", why ? safe(why).s : "", why ? ", " : "",
	       units__rate(nearest->rate_limit).s);
}

/* By which limits it is a storm, and how far it is beyond them. */
static void storm_why(const struct storm_nearest *nearest, struct line *line)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);
	char share[80];

	storm_words__cost(&nearest->cost, share, sizeof(share));
	if (rate >= 1 && cost >= 1)
		clause(line, STYLE_PLAIN, "over both limits: rate %.1fx, cost %.1fx (%s)", rate,
		       cost, share);
	else if (rate >= 1)
		clause(line, STYLE_PLAIN, "over the rate's limit: %.1fx", rate);
	else if (cost >= 1)
		clause(line, STYLE_PLAIN, "over the cost's limit: %.1fx (%s)", cost, share);
	else if (nearest->storm->reason == STORM_BY_RISE)
		clause(line, STYLE_PLAIN, "a storm by its rise");
	else
		clause(line, STYLE_PLAIN, "and lasts: %.1fx its limit", rate > cost ? rate : cost);
}

static void storm_is(const struct storm_nearest *nearest, struct line *line)
{
	clause(line, STYLE_ALERT, "STORM %s:", storm_words__name(nearest->storm));
	storm_func(nearest, line, "");
	storm_rate(nearest, line);
	storm_why(nearest, line);
	if (nearest->nr_storms > 1)
		clause(line, STYLE_ALERT, "and %zu more", nearest->nr_storms - 1);
}

static void storm_is_not(const struct storm_nearest *nearest, struct line *line)
{
	double rate = storm_nearest__rate_part(nearest);
	double cost = storm_nearest__cost_part(nearest);
	char share[80];

	clause(line, STYLE_HEAD, "NO STORM:");
	clause(line, STYLE_PLAIN, "nearest is");
	storm_func(nearest, line, ",");
	storm_rate(nearest, line);
	if (nearest->worst)
		clause(line, STYLE_PLAIN, "at its worst");
	if (cost <= rate || cost < TELLING)
		return;
	storm_words__cost(&nearest->cost, share, sizeof(share));
	clause(line, STYLE_PLAIN, "nearer by cost: %s (limit %.3g %%)", share,
	       100 * nearest->cost.limit);
}

/* "NOT JUDGED: 0.11 s are too short, 0.2 s it takes; before: no storm" */
static void not_judged(const struct brief_page *page, const struct storm_nearest *nearest,
		       struct line *line)
{
	clause(line, STYLE_HEAD, "NOT JUDGED:");
	clause(line, STYLE_PLAIN, "%.2f s are too short, a verdict needs %.1f s;",
	       window__seconds(&page->snap->window), STORM_INTERVAL_NS / 1e9);
	if (nearest->undecided)
		clause(line, STYLE_PLAIN, "before: perhaps a storm");
	else if (nearest->storm)
		clause(line, STYLE_ALERT, "before: STORM %s", storm_words__name(nearest->storm));
	else
		clause(line, STYLE_PLAIN, "before: no storm");
}

/* "NOTE text_patching: do_sync_core 127/s on a CPU (limit 50.0/s), 0.11 % of all CPU time" */
static void notes(const struct brief_page *page, const struct storm_nearest *nearest)
{
	const struct storm_note *note = &nearest->note;
	struct line line = line_of(page, " ");
	char share[80];

	if (!nearest->nr_notes)
		return;
	storm_words__cost(&note->cost, share, sizeof(share));
	clause(&line, STYLE_HEAD, "NOTE %s:", note->name ? safe(note->name).s : "unknown");
	clause(&line, STYLE_PLAIN, "%s", safe__cut(note->func.name, 48).s);
	clause(&line, STYLE_PLAIN, "%s/s on one CPU (limit %s/s),", units__rate(note->rate).s,
	       units__rate(note->rate_limit).s);
	clause(&line, STYLE_PLAIN, "costs %s", share);
	if (nearest->nr_notes > 1)
		clause(&line, STYLE_PLAIN, "and %zu more", nearest->nr_notes - 1);
	end(&line);
}

static void verdict(const struct brief_page *page, const struct storm_nearest *nearest)
{
	struct line line = line_of(page, " ");

	if (nearest->known && !nearest->judged) {
		not_judged(page, nearest, &line);
	} else if (nearest->known && nearest->undecided) {
		clause(&line, STYLE_HEAD, "A STORM?");
		storm_func(nearest, &line, ",");
		storm_rate(nearest, &line);
		clause(&line, STYLE_PLAIN, "is one if it lasts: %s",
		       page->snap->window.last ? "the run is over" : "the next window tells");
	} else if (nearest->known && nearest->storm) {
		storm_is(nearest, &line);
	} else if (nearest->known) {
		storm_is_not(nearest, &line);
	} else if (page->snap->ledger.queued) {
		clause(&line, STYLE_HEAD, "A STORM?");
		clause(&line, STYLE_PLAIN, "not known yet: %.1f s have to be seen",
		       STORM_INTERVAL_NS / 1e9);
	} else {
		clause(&line, STYLE_HEAD, "NO STORM:");
		clause(&line, STYLE_PLAIN, "no csd was sent");
	}
	end(&line);
}

/*
 * How much of the delays of the CPU of @worst, or of its runs, the host took, if that may explain most
 * of the longest one; else 0. What was stolen of that one alone, only `trace` tells.
 */
static uint64_t worst_stolen(const struct brief_page *page, const struct digest_worst *worst,
			     bool run)
{
	for (size_t i = 0; i < page->snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &page->snap->cpus[i];
		uint64_t ns = run ? cpu->stolen.handler : cpu->stolen.delay;

		if (cpu->cpu == worst->dst && cpu->stolen.known)
			return 2 * ns >= worst->ns ? ns : 0;
	}
	return 0;
}

/*
 * "! worst run 193us: nohz_csd_func on CPU 0, sent by CPU 1
 * (of all runs there the host stole 180us)"; what is not known is left out.
 */
static void worst(const struct brief_page *page, const struct digest_worst *worst, bool run)
{
	uint64_t stolen = worst_stolen(page, worst, run);
	const struct digest_fn *fn = worst->fn_known ? &page->digest->fns[worst->fn] : NULL;
	struct line line = line_of(page, " ");
	char name[160] = "";

	if (!worst->known)
		return;
	if (fn)
		view__symbol(name, sizeof(name), &fn->func);
	clause(&line, STYLE_HEAD, "! worst %s %s:", run ? "run" : "delay", units__ns(worst->ns).s);
	if (fn)
		clause(&line, STYLE_PLAIN, "%s", name);
	clause(&line, STYLE_PLAIN, "on CPU %" PRIu32 "%s", worst->dst, worst->src_known ? "," : "");
	if (worst->src_known)
		clause(&line, STYLE_PLAIN, "sent by CPU %" PRIu32, worst->src);
	if (stolen)
		clause(&line, STYLE_PLAIN, "(of all %s there the host stole %s)",
		       run ? "runs" : "delays", units__ns(stolen).s);
	end(&line);
}

/* The function that costs most, if a shell takes its name as it is. */
static const char *func_to_paste(const struct digest *digest)
{
	static const char *const plain =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	const char *name = digest->nr_fns && !digest->fns[0].other ? digest->fns[0].func.name :
								     NULL;

	return name && strlen(name) < 100 && strspn(name, plain) == strlen(name) ? name : NULL;
}

/* A command below the report, unless its lines are full. */
static void __attribute__((format(printf, 4, 5)))
next(struct line *line, const struct brief *brief, const char *why, const char *format, ...)
{
	char command[512];
	va_list args;
	size_t len;
	int width;

	va_start(args, format);
	len = vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (len + strlen(brief->filters) + strlen(brief->again) + 6 >= sizeof(command))
		return;
	if (!*brief->again)
		strcat(command, " -d 5");
	strcat(command, brief->filters);
	strcat(command, brief->again);
	width = strlen(why) + strlen(brief->program) + strlen(command) + 3;
	if (line->lines + 1 >= (line->columns < BRIEF_COLUMNS ? NEXT_NARROW : NEXT_LINES) &&
	    line->column + 3 + width > line->columns)
		return;
	if (width > line->columns - 3)
		return;
	clause(line, STYLE_DIM, "%s: %s %s", why, brief->program, command);
}

static void where_next(const struct brief_page *page, const struct brief *brief)
{
	const char *func = func_to_paste(page->digest);
	const struct storm_nearest *nearest = brief->nearest;
	bool storm = nearest && (nearest->storm || nearest->undecided);
	struct line line = line_of(page, "   ");

	if (storm)
		next(&line, brief, "the storm", "storm");
	if (func)
		next(&line, brief, "why", "--stacks -f %s", func);
	if (!storm)
		next(&line, brief, "advice", "storm");
	next(&line, brief, "all figures", "--full");
	next(&line, brief, "who", "--by sender");
	next(&line, brief, "whom", "--by victim");
	next(&line, brief, "calls", "--calls");
	end(&line);
}

/* Text made beforehand, so that its lines can be counted. */
struct part {
	char *text;
	size_t size;
	int lines;
};

static bool part_begin(struct part *part, struct brief_page *page)
{
	page->out = memory_text__open(&part->text, &part->size);
	return page->out;
}

static bool part_end(struct part *part, struct brief_page *page)
{
	if (fclose(page->out))
		return false;
	for (const char *p = part->text; (p = strchr(p, '\n')); p++)
		part->lines++;
	return true;
}

static void sums(const struct brief_page *page, const struct storm_nearest *nearest)
{
	bool calls = page->snap->how.source == SOURCE_CALLS;

	if (calls)
		call_rates(page);
	else
		rates(page);
	cost(page);
	if (calls)
		call_source(page);
	if (!nearest)
		return;
	verdict(page, nearest);
	notes(page, nearest);
}

static bool above(struct part *part, struct brief_page *page, const struct brief *brief)
{
	if (!part_begin(part, page))
		return false;
	if (!brief->quiet)
		head(page, brief);
	if (*brief->ran && !brief->quiet)
		ran(page, brief);
	sums(page, brief->nearest);
	return part_end(part, page);
}

static bool below(struct part *part, struct brief_page *page, const struct brief *brief)
{
	if (!part_begin(part, page))
		return false;
	if (page->digest->delay.known || page->digest->run.known)
		putc('\n', page->out);
	worst(page, &page->digest->delay, false);
	worst(page, &page->digest->run, true);
	/* A table of --by is the last thing: the eye is there. */
	if (!brief->quiet && page->snap->how.by_key == BY_NONE && !brief->by_cpu) {
		putc('\n', page->out);
		where_next(page, brief);
	}
	return part_end(part, page);
}

struct table {
	void (*print)(const struct brief_page *page, size_t lines);
	size_t wanted; /* rows */
	size_t weight;
	size_t lines;
};

/* Share @room among the tables by their weight; what one does not need the others get. */
static void lines_share(struct table *tables, size_t nr, int room)
{
	size_t weights = 0, left, all = 0;

	for (size_t i = 0; i < nr; i++) {
		if (!tables[i].wanted)
			continue;
		room -= 2;
		weights += tables[i].weight;
	}
	left = room > 0 ? room : 0;
	all = left;
	for (size_t i = 0; i < nr; i++) {
		size_t part = weights ? all * tables[i].weight / weights : 0;

		part = part < TABLE_MIN ? TABLE_MIN : part;
		tables[i].lines = part < tables[i].wanted ? part : tables[i].wanted;
		left -= tables[i].lines < left ? tables[i].lines : left;
	}
	for (size_t i = 0; i < nr; i++) {
		size_t more = tables[i].wanted - tables[i].lines;

		more = more < left ? more : left;
		tables[i].lines += more;
		left -= more;
	}
}

static void tables_print(const struct brief_page *page, const struct table *tables, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (tables[i].wanted)
			tables[i].print(page, tables[i].lines);
}

/* The tables around @below: those of --by come last. */
static void tables(const struct brief_page *page, const struct brief *brief,
		   const struct part *below, int room)
{
	bool by = page->snap->how.by_key != BY_NONE;
	struct table all[] = {
		{ brief__functions, page->digest->nr_fns, by || brief->by_cpu ? 1 : 2, 0 },
		{ brief__cpus, page->digest->nr_cpus, 1, 0 },
		{ brief__by, page->snap->nr_by, 2, 0 },
	};
	size_t first = 2, nr = 2;

	if (brief->by_cpu) {
		first = 1;
		all[1].weight = 2;
	} else if (by) {
		/* The CPUs of a group of senders are another question. */
		all[1].wanted = 0;
		nr = 3;
	}
	lines_share(all, nr, room - below->lines);
	tables_print(page, all, first);
	fwrite(below->text, 1, strlen(below->text), page->out);
	tables_print(page, all + first, nr - first);
}

int view__brief(FILE *out, const struct snapshot *snap, const struct brief *brief)
{
	struct part top = {}, bottom = {};
	struct digest digest;
	struct brief_page page = {
		.snap = snap,
		.digest = &digest,
		.columns = brief->columns > BRIEF_COLUMNS_MIN ? brief->columns : BRIEF_COLUMNS_MIN,
	};
	int rows = brief->rows > BRIEF_ROWS_MIN ? brief->rows : BRIEF_ROWS_MIN;
	int err = digest__make(&digest, snap);

	if (!err && (!above(&top, &page, brief) || !below(&bottom, &page, brief)))
		err = -ENOMEM;
	if (!err) {
		page.out = out;
		fwrite(top.text, 1, strlen(top.text), out);
		tables(&page, brief, &bottom, rows - 1 - top.lines);
	}
	free(top.text);
	free(bottom.text);
	digest__free(&digest);
	return err;
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
	};
	int err = digest__make(&digest, snap);

	if (!err)
		sums(&page, nearest);
	digest__free(&digest);
	return err;
}
