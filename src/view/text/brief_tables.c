// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "model/callers.h"
#include "model/digest.h"
#include "model/hist.h"
#include "model/snapshot.h"
#include "model/stolen.h"
#include "model/window.h"
#include "view/text/brief_tables.h"
#include "view/text/safe.h"
#include "view/text/style.h"
#include "view/text/units.h"
#include "view/text/words.h"

#define CALLERS_MAX 16
/* Columns from which a page is wide, so that it has callers, and more of each CPU. */
#define WIDE	    110
/* Columns below which the longest delay and the longest run share a column. */
#define NARROW	    80

/* Columns of one row of functions or of --by. */
struct widths {
	bool narrow;
	int who;
	int func;
	int via; /* 0: none */
};

/* Columns of a CPU's figures on a wide page; the least of a name behind them. */
#define CPU_WIDE  86
#define WHOSE_MIN 18

/* The columns of numbers, with the blank before each and the mark behind the last ones. */
#define NUMBERS	       39
#define NUMBERS_NARROW 30

static struct widths widths(int columns)
{
	struct widths w = { .narrow = columns < NARROW };
	int left = columns - 1 - (w.narrow ? NUMBERS_NARROW : NUMBERS);

	if (columns >= WIDE) {
		w.who = 24;
		w.func = left / 3 < 24 ? 24 : left / 3 > 40 ? 40 : left / 3;
		w.via = left - w.who - w.func - 1;
		return w;
	}
	w.who = w.narrow ? left / 2 : left * 9 / 20;
	w.func = left - w.who;
	return w;
}

static double seconds_of(const struct brief_page *page)
{
	double seconds = window__seconds(&page->snap->window);

	return seconds > 0 ? seconds : 1;
}

static struct text share(const struct brief_page *page, uint64_t ns)
{
	return units__percent(page->digest->cpu_ns ? (double)ns / page->digest->cpu_ns : 0);
}

/* "comm[1234] +2", where the name is cut and the number is not. */
static struct safe who_task(const struct stack_sample *call, int others, int width)
{
	char tail[48];
	char name[SAFE_BYTES];
	int room;

	snprintf(tail, sizeof(tail), call->tgid ? "[%" PRIu32 "]" : "", call->tgid);
	if (others)
		snprintf(tail + strlen(tail), sizeof(tail) - strlen(tail), " +%d", others);
	room = width - (int)strlen(tail);
	snprintf(name, sizeof(name), "%s", call->tgid ? safe__comm(call->comm).s : "(idle)");
	name[safe__fit(name, room > 1 ? room : 1)] = '\0';
	strncat(name, tail, sizeof(name) - strlen(name) - 1);
	return safe__column(name, width);
}

static bool same_sender(const struct caller *a, const struct caller *b)
{
	return a->interrupt == b->interrupt && (a->interrupt || a->call->tgid == b->call->tgid);
}

/* The sender of most samples; how many others there are, unless the page is @narrow. */
static struct safe who(const struct brief_page *page, const struct digest_fn *fn, int width,
		       bool narrow)
{
	struct caller callers[CALLERS_MAX];
	size_t samples, nr = 0;
	char text[48] = "-";
	int others = 0;

	if (!fn->other)
		nr = callers__of(page->snap, fn->row, true, callers, CALLERS_MAX, &samples);
	for (size_t i = 1; i < nr && !narrow; i++) {
		bool before = false;

		for (size_t j = 0; j < i && !before; j++)
			before = same_sender(&callers[i], &callers[j]);
		others += !before;
	}
	if (nr && !callers[0].interrupt)
		return who_task(callers[0].call, others, width);
	if (nr && others)
		snprintf(text, sizeof(text), "(interrupt) +%d", others);
	else if (nr)
		snprintf(text, sizeof(text), "(interrupt)");
	return safe__column(text, width);
}

/* Why a csd was sent: "munmap < arena_purge (libjemalloc.so.2)". */
struct why {
	char s[256];
};

static struct why why_of(const struct caller *caller)
{
	struct why why;
	char user[160];

	view__user(user, sizeof(user), caller->user);
	snprintf(why.s, sizeof(why.s), "%.96s%s",
		 safe__cut(*caller->reason.name ? caller->reason.name : NULL, 48).s, user);
	return why;
}

/* Join callers that have the reason in common. Returns how many are left. */
static size_t reasons_join(struct caller *callers, size_t nr)
{
	size_t left = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t at = 0;

		while (at < left && strcmp(why_of(&callers[at]).s, why_of(&callers[i]).s))
			at++;
		if (at < left)
			callers[at].samples += callers[i].samples;
		else
			callers[left++] = callers[i];
	}
	return left;
}

/* Why: "munmap < arena_purge (libjemalloc.so.2) 7/10, exit_mmap 3/10". */
static struct safe via(const struct brief_page *page, const struct digest_fn *fn, int width)
{
	struct caller callers[CALLERS_MAX];
	char text[SAFE_BYTES] = "";
	size_t samples, nr = 0, len = 0;

	if (!fn->other)
		nr = callers__of(page->snap, fn->row, true, callers, CALLERS_MAX, &samples);
	nr = reasons_join(callers, nr);
	for (size_t i = 0; i < nr && len < sizeof(text); i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%s %zu/%zu", i ? ", " : "",
				why_of(&callers[i]).s, callers[i].samples, samples);
	return safe__column(text, width);
}

/* The row's longest delay and run; the window's own are marked. */
struct worsts {
	bool delay_known, run_known;
	uint64_t delay, run;
	bool delay_worst, run_worst;
};

static void mark(const struct brief_page *page, bool worst)
{
	if (worst)
		fprintf(page->out, "%s!%s", style__on(STYLE_HEAD), style__off());
}

/* In a narrow page the longer one of both. */
static void worsts(const struct brief_page *page, const struct widths *w, const struct worsts *of)
{
	bool run = of->run_known && (!of->delay_known || of->run > of->delay);

	if (w->narrow) {
		fprintf(page->out, " %7s",
			units__ns_of(run ? of->run : of->delay, of->delay_known || of->run_known).s);
		mark(page, run ? of->run_worst : of->delay_worst);
		return;
	}
	fprintf(page->out, " %7s", units__ns_of(of->delay, of->delay_known).s);
	mark(page, of->delay_worst);
	fprintf(page->out, "%*s%7s", of->delay_worst ? 0 : 1, "",
		units__ns_of(of->run, of->run_known).s);
	mark(page, of->run_worst);
}

static bool is_worst(const struct digest_worst *worst, const struct brief_page *page,
		     const struct digest_fn *fn)
{
	return worst->fn_known && fn == &page->digest->fns[worst->fn];
}

static void function(const struct brief_page *page, const struct widths *w,
		     const struct digest_fn *fn)
{
	const struct worsts worst = {
		.delay_known = fn->delayed,
		.run_known = fn->ran,
		.delay = fn->delay_max,
		.run = fn->run_max,
		.delay_worst = is_worst(&page->digest->delay, page, fn),
		.run_worst = is_worst(&page->digest->run, page, fn),
	};
	char name[160] = "(other functions)";

	if (!fn->other)
		view__symbol(name, sizeof(name), &fn->func);
	fprintf(page->out, "%s %s %6s %6s %6s", who(page, fn, w->who, w->narrow).s,
		safe__column(name, w->func).s, units__rate(fn->count / seconds_of(page)).s,
		fn->waited ? share(page, fn->wait).s : "-",
		fn->ran ? share(page, fn->handler).s : "-");
	worsts(page, w, &worst);
	if (w->via)
		fprintf(page->out, "%*s%s%s%s", worst.run_worst ? 1 : 2, "", style__on(STYLE_DIM),
			via(page, fn, w->via).s, style__off());
	putc('\n', page->out);
}

static const char *worst_head(const struct widths *w)
{
	return w->narrow ? "  WORST" : "WORST DELAY/RUN";
}

void brief__functions(const struct brief_page *page, size_t lines)
{
	const struct digest *digest = page->digest;
	struct widths w = widths(page->columns);
	size_t shown = digest->nr_fns <= lines ? digest->nr_fns : lines - 1;
	uint64_t rest = 0;

	if (!digest->nr_fns)
		return;
	fprintf(page->out, "\n%s%-*s %-*s %6s %6s %6s %s%s%s\n", style__on(STYLE_HEAD), w.who,
		"WHO", w.func, "FUNCTION", "PER S", "WAIT", "STOLEN", worst_head(&w),
		w.via ? "  VIA (samples)" : "", style__off());
	for (size_t i = 0; i < shown; i++)
		function(page, &w, &digest->fns[i]);
	for (size_t i = shown; i < digest->nr_fns; i++)
		rest += digest->fns[i].count;
	if (shown < digest->nr_fns)
		fprintf(page->out, "%s %6s\n",
			safe__column("(all others, which cost less)", w.who + 1 + w.func).s,
			units__rate(rest / seconds_of(page)).s);
}

/* Columns of a name behind a CPU's figures, one for its longest delay, one for its run; 0: none. */
static int whose_width(int columns)
{
	int width = (columns - CPU_WIDE) / 2 - 2;

	return width < WHOSE_MIN ? 0 : width > 40 ? 40 : width;
}

/* The function of a CPU's longest delay, or run; "-" if that is not known. */
static void whose(const struct brief_page *page, const struct hist *hist, bool run, int width)
{
	const struct digest_fn *fn = hist->count ? digest__whose(page->digest, hist->max, run) :
						   NULL;
	char name[160] = "-";

	if (fn)
		view__symbol(name, sizeof(name), &fn->func);
	fprintf(page->out, "  %s", safe__column(name, width).s);
}

static void cpu(const struct brief_page *page, const struct cpu_stats *cpu)
{
	const struct digest *digest = page->digest;
	double ns = (double)(page->snap->window.mono_end - page->snap->window.mono_start);
	bool delay = digest->delay.known && digest->delay.dst == cpu->cpu;
	bool run = digest->run.known && digest->run.dst == cpu->cpu;
	bool known = page->snap->how.source == SOURCE_CSD || page->snap->known.irqs;
	const char *gap = page->columns < NARROW ? "" : " ";
	int width = whose_width(page->columns);

	fprintf(page->out, "%5" PRIu32 " %s%10s %s%12s %s%6s %s%11s", cpu->cpu, gap,
		known ? units__rate(stolen__received(cpu) / seconds_of(page)).s : "-", gap,
		cpu->reschedules_known ? units__rate(cpu->reschedules / seconds_of(page)).s : "-",
		gap, known ? units__percent(ns > 0 ? stolen__ns(cpu) / ns : 0).s : "-", gap,
		units__ns_of(cpu->delay.max, cpu->delay.count).s);
	mark(page, delay);
	fprintf(page->out, "%*s%s%9s", delay ? 0 : 1, "", gap,
		units__ns_of(stolen__worst(cpu), stolen__worst(cpu)).s);
	mark(page, run);
	if (page->columns >= WIDE)
		fprintf(page->out, "%*s %10s  %8s", run ? 0 : 1, "",
			units__rate(cpu->sent / seconds_of(page)).s,
			cpu->wait.count ? units__percent(ns > 0 ? cpu_stats__spun(cpu) / ns : 0).s :
					  "-");
	if (width) {
		whose(page, &cpu->delay, false, width);
		whose(page, &cpu->handler, true, width);
	}
	putc('\n', page->out);
}

void brief__cpus(const struct brief_page *page, size_t lines)
{
	const struct digest *digest = page->digest;
	size_t shown = digest->nr_cpus <= lines ? digest->nr_cpus : lines - 1;
	const char *gap = page->columns < NARROW ? "" : " ";
	int width = whose_width(page->columns);
	bool irqs = page->snap->how.source == SOURCE_CALLS;
	uint64_t calls = 0;

	if (!digest->nr_cpus)
		return;
	fprintf(page->out, "\n%s%5s %s%10s %s%12s %s%6s %s%11s %s%9s%s", style__on(STYLE_HEAD),
		"CPU", gap, irqs ? "IPIS IN/S" : "CSDS IN/S", gap, "RESCHED IN/S", gap, "STOLEN",
		gap, "WORST DELAY", gap, irqs ? "WORST IRQ" : "WORST RUN",
		page->columns >= WIDE ? "  CSDS OUT/S  WAITING" : "");
	if (width)
		fprintf(page->out, "  %-*s  %s", width, "WORST DELAY OF", "WORST RUN OF");
	fprintf(page->out, "%s\n", style__off());
	for (size_t i = 0; i < shown; i++)
		cpu(page, digest->cpus[i]);
	for (size_t i = shown; i < digest->nr_cpus; i++)
		calls += stolen__received(digest->cpus[i]);
	if (shown < digest->nr_cpus)
		fprintf(page->out, "and %zu more CPU%s, hit less: %s %s/s\n",
			digest->nr_cpus - shown, units__plural(digest->nr_cpus - shown),
			units__rate(calls / seconds_of(page)).s, irqs ? "IPIs" : "csds");
}

/* The end of a cgroup's path, which names the unit or container. */
static struct safe path_end(const char *path, int width)
{
	return safe__column(path ? safe__tail(safe(path).s, width).s : "", width);
}

/* Columns of a process, which has its cgroup behind it ("-": gone, unknown), in @width. */
static int by_task_width(int width)
{
	return width / 2;
}

static void by_name(const struct brief_page *page, const struct by_stats *by, int width)
{
	struct stack_sample task = { .tgid = by->tgid };
	int name = by_task_width(width);
	char id[40];

	if (by->other || by->interrupt) {
		fputs(safe__column(by->other ? "(others)" : "(in interrupts)", width).s, page->out);
	} else if (page->snap->how.by_key == BY_CGROUP) {
		snprintf(id, sizeof(id), "cgroup %" PRIu64, by->cgroup);
		fputs(path_end(by->cgroup_path ? by->cgroup_path : id, width).s, page->out);
	} else {
		memcpy(task.comm, by->comm, sizeof(task.comm));
		fprintf(page->out, "%s %s%s%s", who_task(&task, 0, name).s, style__on(STYLE_DIM),
			path_end(by->cgroup_path ? by->cgroup_path : "-", width - name - 1).s,
			style__off());
	}
}

static void by_head(const struct brief_page *page, const struct widths *w, int width)
{
	enum by_key key = page->snap->how.by_key;
	int task = by_task_width(width);

	fprintf(page->out, "\n%s", style__on(STYLE_HEAD));
	if (key == BY_CGROUP)
		fprintf(page->out, "%-*s", width, "SENT FROM CGROUP");
	else
		fprintf(page->out, "%-*s %-*s", task, key == BY_SENDER ? "SENT BY" : "INTERRUPTED",
			width - task - 1, "CGROUP");
	fprintf(page->out, " %6s%s %6s %s%s\n", "PER S", by_key_sends(key) ? "   WAIT" : "",
		"STOLEN", worst_head(w), style__off());
}

void brief__by(const struct brief_page *page, size_t lines)
{
	const struct snapshot *snap = page->snap;
	struct widths w = widths(page->columns);
	size_t shown = snap->nr_by <= lines ? snap->nr_by : lines - 1;
	/* An interrupted process sent none of its row's csds, and waits for none. */
	bool sends = by_key_sends(snap->how.by_key);
	int name = w.who + 1 + w.func + (sends ? 0 : 7);

	if (!snap->nr_by)
		return;
	by_head(page, &w, name);
	for (size_t i = 0; i < shown; i++) {
		const struct by_stats *by = &snap->by[i];
		const struct worsts worst = {
			.delay_known = by->delay.count,
			.run_known = by->handler.count,
			.delay = by->delay.max,
			.run = by->handler.max,
		};

		by_name(page, by, name);
		fprintf(page->out, " %6s", units__rate(by->count / seconds_of(page)).s);
		if (sends)
			fprintf(page->out, " %6s",
				by->wait.count ? share(page, wait_sum__spun(&by->wait)).s : "-");
		fprintf(page->out, " %6s",
			by->handler.count ? share(page, by->handler.sum).s : "-");
		worsts(page, &w, &worst);
		putc('\n', page->out);
	}
	if (shown < snap->nr_by)
		fprintf(page->out, "and %zu more, with less\n", snap->nr_by - shown);
}
