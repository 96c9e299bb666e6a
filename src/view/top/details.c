// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/top/source.h"

#define CALLERS_MAX 64

static const struct place nowhere = { .page = PAGE_NONE };

static struct table *add_table(struct page *page, const char *title)
{
	struct table *table = &page->tables[page->nr++];

	table->title = title;
	return table;
}

/* Add the callers of a function, each with the place of its latest stack. */
static void fill_callers(const struct snapshot *snap, size_t fn, struct table *t)
{
	struct caller found[CALLERS_MAX];
	size_t samples, nr = callers__of(snap, fn, true, found, CALLERS_MAX, &samples);

	table__column(t, NULL, "VIA", 30, true);
	table__column(t, NULL, "samples", 8, false);
	table__column(t, NULL, "task", 24, true);
	table__column(t, NULL, "cgroup", 24, true);
	for (size_t i = 0; i < nr; i++) {
		const struct caller *c = &found[i];
		uint64_t sample = c->call - snap->samples;
		uint64_t user = c->user ? c->user->addr - c->user->offset : 0;

		table__row(t, c->sender ^ user ^ (c->frame ? c->frame->addr : i) << 20,
			   (struct place){ PAGE_STACK, fn__address(&snap->fns[fn]), sample });
		table__text(t, "%s%s", *c->reason.name ? c->reason.name : "?",
			    words__user(c->user).s);
		table__count(t, c->samples);
		table__text(t, "%s", words__sender(c->call).s);
		if (!c->interrupt && c->call->cgroup_path)
			table__text(t, "%s", c->call->cgroup_path);
		else
			table__none(t);
	}
	snprintf(t->note, sizeof(t->note), "of %zu sampled stacks, the 1st, 2nd, 4th, 8th ... csd",
		 samples);
}

/* Returns the part of @cpu in the function at @address: all its call sites. */
static struct fn_cpu part_of(const struct snapshot *snap, uint64_t address, uint32_t cpu)
{
	struct fn_cpu sum = { .cpu = cpu };

	for (size_t i = 0; i < snap->nr_fn_cpus; i++) {
		const struct fn_cpu *part = &snap->fn_cpus[i];

		if (part->cpu != cpu || fn__address(&snap->fns[part->fn]) != address)
			continue;
		sum.received += part->received;
		sum.handler += part->handler;
	}
	return sum;
}

/*
 * Add the CPUs that the function hits. A CPU has places of its own for a few functions
 * (abi/table.h): the note says how many of the @count csds are in no such place.
 */
static void fill_targets(const struct snapshot *snap, uint64_t address, uint64_t count,
			 struct table *t)
{
	uint64_t known = 0;

	table__column(t, NULL, "CPU", 7, true);
	table__column(t, NULL, "received", 8, false);
	table__column(t, "handler", "mean", 7, false);
	table__column(t, "handler", "sum", 7, false);
	table__column(t, "everything", "received", 8, false);
	table__column(t, "everything", "sum", 7, false);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];
		struct fn_cpu part = part_of(snap, address, cpu->cpu);

		known += part.received;
		if (!part.received)
			continue;
		table__row(t, cpu->cpu, (struct place){ PAGE_CPU, cpu->cpu, 0 });
		table__row_cpus(t, cpu->cpu, NO_CPU);
		table__text(t, "CPU %" PRIu32, cpu->cpu);
		table__count(t, part.received);
		cells__ns_of(t, part.handler / part.received, part.handler);
		cells__ns_of(t, part.handler, part.handler);
		table__count(t, cpu->received);
		cells__ns_of(t, cpu->handler.sum, cpu->handler.count);
	}
	if (known < count)
		snprintf(t->note, sizeof(t->note),
			 "%" PRIu64
			 " more under way, or counted for all functions only (top -f: for this)",
			 count - known);
}

static void fill_function(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct place place = source->place;
	const struct fn_stats *fn = fn__find(snap, place.a);
	struct fn_stats sum;
	struct table *t;

	if (!fn)
		return;
	snapshot__function(snap, NULL, fn - snap->fns, &sum);
	snprintf(page->title, sizeof(page->title),
		 "%s%s%s%s: %" PRIu64 " csds, %" PRIu64 " locally",
		 fn->other     ? "(other functions)" :
		 fn->func.name ? fn->func.name :
				 "a function without a name",
		 fn->func.module ? " [" : "", fn->func.module ? fn->func.module : "",
		 fn->func.module ? "]" : "", sum.count, sum.local);
	fill_callers(snap, fn - snap->fns, add_table(page, "WHY (Enter: the latest stack)"));
	fill_targets(snap, place.a, sum.count, add_table(page, "WHO IS HIT"));
	t = add_table(page, "HISTOGRAMS (csds)");
	cells__histograms(t, (const char *const[]){ "delay", "handler" },
			  (const struct hist *const[]){ &sum.delay, &sum.handler, NULL });
}

/* Add the program's frames, after those of the kernel, and why there are no more. */
static void fill_user_frames(const struct stack_sample *sample, struct table *t)
{
	const char *end = words__user_end(sample->user_end);

	for (uint32_t f = 0; f < sample->nr_user; f++) {
		table__row(t, STACK_DEPTH + f, nowhere);
		table__text(t, "%s", words__user(&sample->user[f]).s + 1);
	}
	if (!end)
		return;
	table__row(t, STACK_DEPTH + USER_FRAMES, nowhere);
	table__text(t, "(%s)", end);
}

static void fill_stack(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct place place = source->place;
	const struct fn_stats *fn = fn__find(snap, place.a);
	const struct stack_sample *sample;
	struct table *t;
	bool interrupt;

	if (!fn || place.b >= snap->nr_samples)
		return;
	sample = &snap->samples[place.b];
	if (fn__address(&snap->fns[sample->fn]) != place.a)
		return;
	interrupt = callers__interrupt(sample);
	snprintf(page->title, sizeof(page->title), "%s, sent %s%s",
		 fn->func.name ? fn->func.name : "a function",
		 interrupt ? "in an interrupt, on top of " : "by ",
		 sample->kworker && !interrupt ? words__sender(sample).s :
						 safe__comm(sample->comm).s);
	t = add_table(page, "STACK (the innermost frame first)");
	t->headless = true;
	table__column(t, NULL, "", 70, true);
	for (uint32_t f = callers__first(sample); f < sample->nr; f++) {
		const struct symbol *frame = &sample->stack[f];

		table__row(t, f, nowhere);
		if (frame->name)
			table__text(t, "%s+0x%" PRIx64 "%s%s%s", frame->name, frame->offset,
				    frame->module ? " [" : "", frame->module ? frame->module : "",
				    frame->module ? "]" : "");
		else
			table__text(t, "0x%" PRIx64, frame->addr);
	}
	fill_user_frames(sample, t);
}

/* Add the edges of a CPU: to @cpu, or from that CPU. */
static void fill_edges(const struct snapshot *snap, uint32_t cpu, bool to, struct table *t)
{
	table__column(t, NULL, to ? "FROM" : "TO", 9, true);
	table__column(t, NULL, "csds", 9, false);
	for (size_t i = 0; i < snap->nr_edges; i++) {
		const struct edge *edge = &snap->edges[i];
		uint32_t other = to ? edge->src : edge->dst;

		if ((to ? edge->dst : edge->src) != cpu || !edge->count)
			continue;
		table__row(t, other, (struct place){ PAGE_CPU, other, 0 });
		table__row_cpus(t, other, NO_CPU);
		table__text(t, "CPU %" PRIu32, other);
		table__heat(t, edge->count);
	}
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "none in this window");
}

static void fill_cpu(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct place place = source->place;
	const struct cpu_stats *cpu = NULL;

	for (size_t i = 0; i < snap->nr_cpus; i++)
		if (snap->cpus[i].cpu == place.a)
			cpu = &snap->cpus[i];
	if (!cpu)
		return;
	snprintf(page->title, sizeof(page->title),
		 "CPU %" PRIu64 ": %" PRIu64 " received, %" PRIu64 " sent, %" PRIu64 " locally",
		 place.a, cpu->received, cpu->sent, cpu->local);
	fill_edges(snap, place.a, true, add_table(page, "WHO INTERRUPTS IT"));
	page->default_sort = 1;
	fill_edges(snap, place.a, false, add_table(page, "WHOM IT INTERRUPTS"));
	cells__histograms(add_table(page, "HISTOGRAMS (csds; wait: calls)"),
			  (const char *const[]){ "delay", "handler", "wait" },
			  (const struct hist *const[]){ &cpu->delay, &cpu->handler, &cpu->wait,
							NULL });
}

static struct table *add_prose(struct page *page, const char *title)
{
	struct table *t = add_table(page, title);

	t->headless = true;
	table__column(t, NULL, "", 70, true);
	return t;
}

/*
 * Returns the line of the block that names the finding: of a storm, the line after those of its
 * culprit.
 */
static const char *find_title(const struct finding *f)
{
	const char *line = f->text;

	while (f->storm && *line && strncmp(line, "STORM ", 6) && strncmp(line, "NOTE ", 5)) {
		line = strchrnul(line, '\n');
		line += *line != '\0';
	}
	return line;
}

/* Add the block that `stalls` or `storm` prints: the title, and a row for each other line. */
static void fill_finding(const struct source *source, struct page *page)
{
	bool storm = source->place.page == PAGE_STORM;
	const struct finding *f = findings__find(source->findings, storm, source->place.a);
	const char *title, *line, *end;
	struct table *t;

	if (!f)
		return;
	title = find_title(f);
	snprintf(page->title, sizeof(page->title), "%.*s%s", (int)strcspn(title, "\n"), title,
		 storm	  ? (f->ongoing ? ": ongoing" : ": ended") :
		 f->aside ? ", the result of another stall" :
			    "");
	t = add_prose(page, NULL);
	for (line = f->text; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (end == line || line == title)
			continue;
		table__row(t, line - f->text, nowhere);
		table__text(t, "%.*s", (int)(end - line), line);
	}
}

static void fill_help(const struct source *source, struct page *page)
{
	static const char *const lines[] = {
		"1 to 9, Tab     another table",
		"Up, Down        another row; PgUp, PgDn, Home, End",
		"Enter           down: a function, its callers, a stack; a CPU, who interrupts it",
		"Backspace       up again",
		"<, >            sort by another column; r: the other way round",
		"/               filter by typing: a function, a task, CPUs (0,2-5); Escape: all",
		"p, Space        pause, and go on",
		"[, ]            step back and forth through the windows of the last 5 minutes",
		"w               write these windows as a capture, with -o FILE",
		"mouse           a click selects, a second goes down; on a heading it sorts",
		"q, Ctrl-C       end",
		"",
		"csds     function calls queued to other CPUs; locally: run on the sender itself",
		"delay    from the queueing to the function's entry; handler: from entry to exit",
		"waited   senders' time in synchronous calls",
		"handlers their time; waited: senders' time: shares of all CPUs' time",
		"lost     csds that could not be followed; -: unknown, never 0",
	};
	struct table *t = add_prose(page, NULL);

	(void)source;
	snprintf(page->title, sizeof(page->title), "help");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		table__row(t, i, nowhere);
		table__text(t, "%s", lines[i]);
	}
}

void page__make(const struct source *source, struct page *page)
{
	static void (*const make[])(const struct source *source, struct page *page) = {
		[PAGE_FUNCTIONS] = tables__functions,
		[PAGE_CPUS] = tables__cpus,
		[PAGE_SENDERS] = by__senders,
		[PAGE_VICTIMS] = by__victims,
		[PAGE_CGROUPS] = by__cgroups,
		[PAGE_EDGES] = tables__edges,
		[PAGE_KINDS] = tables__kinds,
		[PAGE_STORMS] = tables__storms,
		[PAGE_STALLS] = tables__stalls,
		[PAGE_FUNCTION] = fill_function,
		[PAGE_STACK] = fill_stack,
		[PAGE_CPU] = fill_cpu,
		[PAGE_PROCESS] = by__process,
		[PAGE_CGROUP] = by__cgroup,
		[PAGE_STORM] = fill_finding,
		[PAGE_STALL] = fill_finding,
		[PAGE_HELP] = fill_help,
	};
	struct table *t;

	page->default_sort = NO_SORT;
	page->nr = source->place.page < NR_TABLES;
	make[source->place.page](source, page);
	if (page->nr)
		return;
	t = add_prose(page, NULL);
	snprintf(
		t->note, sizeof(t->note),
		"nothing of it in this window: [ steps back to one that has it, Backspace goes up");
}
