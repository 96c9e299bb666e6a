// SPDX-License-Identifier: GPL-2.0
/* The pages that a row opens; the tables of senders, victims and cgroups; the help. */
#include "model/field.h"
#include "view/top/screen.h"

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
	size_t samples, nr = callers__of(snap, fn, ALL_ROWS, found, CALLERS_MAX, &samples);

	table__column(t, NULL, "VIA", 30, true);
	table__column(t, NULL, "samples", 8, false);
	table__column(t, NULL, "task", 24, true);
	table__column(t, NULL, "cgroup", 24, true);
	for (size_t i = 0; i < nr; i++) {
		const struct caller *c = &found[i];
		uint64_t sample = c->call - snap->samples;
		/* The program's function. */
		uint64_t user = c->user ? c->user->addr - c->user->offset : 0;

		table__row(t, c->sender ^ user ^ (c->frame ? c->frame->addr : i) << 20,
			   (struct place){ PAGE_STACK, fn__address(&snap->fns[fn]), sample });
		table__text(t, "%s%s", *c->reason.name ? c->reason.name : "?",
			    words__user(c->user).s);
		table__number(t, CELL_COUNT, c->samples);
		table__text(t, "%s", words__sender(c->call).s);
		if (!c->interrupt && c->call->cgroup_path)
			table__text(t, "%s", c->call->cgroup_path);
		else
			table__number(t, CELL_NONE, 0);
	}
	snprintf(t->note, sizeof(t->note), "of %zu sampled stacks, the 1st, 2nd, 4th, 8th ... csd",
		 samples);
}

/* Returns what @cpu received of the function at @address, from all call sites. */
static struct fn_cpu sum_fn_cpu(const struct snapshot *snap, uint64_t address, uint32_t cpu)
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
 * Add the CPUs that received csds of the function. Each CPU counts only a few functions separately
 * (abi/table.h), so the note says how many of the function's @count csds no row has.
 */
static void fill_targets(const struct snapshot *snap, uint64_t address, uint64_t count,
			 struct table *t)
{
	uint64_t known = 0;
	enum cell_kind timed;

	table__column(t, NULL, "CPU", 7, true);
	table__column(t, NULL, "received", 8, false);
	table__column(t, "handler", "mean", 7, false);
	table__column(t, "handler", "sum", 7, false);
	table__column(t, "everything", "received", 8, false);
	table__column(t, "everything", "sum", 7, false);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];
		struct fn_cpu part = sum_fn_cpu(snap, address, cpu->cpu);

		known += part.received;
		if (!part.received)
			continue;
		table__row(t, cpu->cpu, (struct place){ PAGE_CPU, cpu->cpu, 0 });
		table__row_cpus(t, cpu->cpu, NO_CPU);
		table__text(t, "CPU %" PRIu32, cpu->cpu);
		timed = part.handler ? CELL_NS : CELL_NONE;
		table__number(t, CELL_COUNT, part.received);
		table__number(t, timed, part.handler / part.received);
		table__number(t, timed, part.handler);
		table__number(t, CELL_COUNT, cpu->received);
		table__number(t, cpu->handler.count ? CELL_NS : CELL_NONE, cpu->handler.sum);
	}
	if (known < count)
		snprintf(t->note, sizeof(t->note),
			 "%" PRIu64
			 " have no CPU: under way, or not counted by function (try top -f)",
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

static void fill_stack(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct place place = source->place;
	const struct fn_stats *fn = fn__find(snap, place.a);
	const struct stack_sample *sample;
	const char *end;
	struct table *t;
	bool interrupt;

	if (!fn || place.b >= snap->nr_samples)
		return;
	sample = &snap->samples[place.b];
	if (fn__address(&snap->fns[sample->fn]) != place.a)
		return;
	interrupt = callers__sent_by_interrupt(sample);
	snprintf(page->title, sizeof(page->title), "%s, sent %s%s",
		 fn->func.name ? fn->func.name : "a function",
		 interrupt ? "in an interrupt, on top of " : "by ",
		 sample->kworker && !interrupt ? words__sender(sample).s :
						 safe__comm(sample->comm).s);
	t = add_table(page, "STACK (the innermost frame first)");
	t->headless = true;
	table__column(t, NULL, "", 70, true);
	for (uint32_t f = callers__untraced(sample->stack, sample->nr); f < sample->nr; f++) {
		const struct symbol *frame = &sample->stack[f];

		table__row(t, f, nowhere);
		if (frame->name)
			table__text(t, "%s+0x%" PRIx64 "%s%s%s", frame->name, frame->offset,
				    frame->module ? " [" : "", frame->module ? frame->module : "",
				    frame->module ? "]" : "");
		else
			table__text(t, "0x%" PRIx64, frame->addr);
	}
	/* The program's frames, and the reason why further frames are missing. */
	for (uint32_t f = 0; f < sample->nr_user; f++) {
		table__row(t, STACK_DEPTH + f, nowhere);
		table__text(t, "%s", words__user(&sample->user[f]).s + 1);
	}
	end = words__user_end(sample->user_end);
	if (end) {
		table__row(t, STACK_DEPTH + USER_FRAMES, nowhere);
		table__text(t, "(%s)", end);
	}
}

enum direction { TO_CPU, FROM_CPU };

/* Add the CPUs that sent csds to @cpu, or to which @cpu sent csds. */
static void fill_edges(const struct snapshot *snap, uint32_t cpu, enum direction direction,
		       struct table *t)
{
	bool to = direction == TO_CPU;

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
		table__number(t, CELL_HEAT, edge->count);
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
	fill_edges(snap, place.a, TO_CPU, add_table(page, "WHO INTERRUPTS IT"));
	page->default_sort = 1;
	fill_edges(snap, place.a, FROM_CPU, add_table(page, "WHOM IT INTERRUPTS"));
	cells__histograms(add_table(page, "HISTOGRAMS (csds; wait: calls)"),
			  (const char *const[]){ "delay", "handler", "wait" },
			  (const struct hist *const[]){ &cpu->delay, &cpu->handler, &cpu->wait,
							NULL });
}

static struct table *add_prose(struct page *page)
{
	struct table *t = add_table(page, NULL);

	t->headless = true;
	table__column(t, NULL, "", 70, true);
	return t;
}

/*
 * Returns the first line of the block of a stall. The block of a storm names the culprit first, so
 * the title is a later line: that which begins with STORM or NOTE.
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

/* Show the block of `stalls` or `storm`: one line is the page's title, each other line a row. */
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
	t = add_prose(page);
	for (line = f->text; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (end == line || line == title)
			continue;
		table__row(t, line - f->text, nowhere);
		table__text(t, "%.*s", (int)(end - line), line);
	}
}

/*
 * The rows of --by become the tables of processes and cgroups. The BPF programs count by one key in
 * a run: by sender, victim or cgroup. A sender's row also names the cgroup, so the rows of
 * --by sender fill the tables of senders and of cgroups. A table that another key would fill has a
 * note that says so.
 */

static uint64_t get_process_id(const struct by_stats *by)
{
	return by->other ? BY_OTHERS : by->interrupt ? BY_INTERRUPTS : by->tgid;
}

static uint64_t get_cgroup_id(const struct by_stats *by)
{
	return by->other ? BY_OTHERS : by->interrupt ? BY_INTERRUPTS : by->cgroup;
}

/* Add the processes of *@cgroup; NULL: all processes. */
static void add_processes(const struct snapshot *snap, struct table *t, const struct layout *layout,
			  const uint64_t *cgroup)
{
	table__columns(t, layout);
	for (size_t i = 0; i < snap->nr_by; i++) {
		const struct by_stats *by = &snap->by[i];

		if (cgroup && get_cgroup_id(by) != *cgroup)
			continue;
		table__row(t, get_process_id(by) ^ by->cgroup << 32,
			   (struct place){ PAGE_PROCESS, get_process_id(by), by->cgroup });
		table__cells(t, layout, CELL_CONTEXT(snap, by, NULL));
	}
}

static void note_lack(struct page *page, const char *key)
{
	snprintf(page->tables[0].note, sizeof(page->tables[0].note),
		 "not counted in this run: `ipitrace top --by %s` counts these", key);
	table__column(&page->tables[0], NULL, "", 1, true);
}

static void fill_processes(const struct source *source, struct page *page)
{
	bool victims = source->place.page == PAGE_VICTIMS;

	if (source->snap->how.by_key == (victims ? BY_VICTIM : BY_SENDER))
		add_processes(source->snap, &page->tables[0],
			      victims ? &victims_pane : &senders_pane, NULL);
	else
		note_lack(page, victims ? "victim" : "sender");
}

/* Sum up the rows of the cgroup of snap->by[@i]. False: an earlier row is of the same cgroup. */
static bool sum_cgroup(const struct snapshot *snap, size_t i, struct by_stats *sum)
{
	*sum = snap->by[i];
	for (size_t j = 0; j < snap->nr_by; j++) {
		const struct by_stats *by = &snap->by[j];

		if (j == i || get_cgroup_id(by) != get_cgroup_id(sum))
			continue;
		if (j < i)
			return false;
		form__add(&by_row_form, sum, by);
	}
	return true;
}

#define BY_SORT 6 /* the column of the handlers' sum */

static void fill_cgroups(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];
	struct by_stats sum;

	if (snap->how.by_key != BY_CGROUP && snap->how.by_key != BY_SENDER) {
		note_lack(page, "cgroup");
		return;
	}
	table__columns(t, &cgroups_pane);
	page->default_sort = BY_SORT;
	for (size_t i = 0; i < snap->nr_by; i++) {
		if (!sum_cgroup(snap, i, &sum))
			continue;
		table__row(t, get_cgroup_id(&sum),
			   (struct place){ PAGE_CGROUP, get_cgroup_id(&sum), 0 });
		table__cells(t, &cgroups_pane, CELL_CONTEXT(snap, &sum, NULL));
	}
}

static void add_histograms(struct table *t, const struct by_stats *by)
{
	t->title = "HISTOGRAMS (csds)";
	cells__histograms(t, (const char *const[]){ "delay", "handler" },
			  (const struct hist *const[]){ &by->delay, &by->handler, NULL });
}

/* Add the functions and reasons of the csds that a process sent, each with its latest stack. */
static void fill_sent(const struct source *source, struct table *t)
{
	const struct snapshot *snap = source->snap;
	struct caller callers[16];
	size_t samples;

	t->title = "WHAT IT SENT (by sampled stacks)";
	table__column(t, NULL, "FUNCTION [MODULE]", 24, true);
	table__column(t, NULL, "samples", 8, false);
	table__column(t, NULL, "via", 24, true);
	for (size_t fn = 0; fn < snap->nr_fns; fn++) {
		size_t nr = callers__of(snap, fn, !ALL_ROWS, callers, 16, &samples);

		for (size_t i = 0; i < nr; i++) {
			const struct caller *c = &callers[i];
			char text[CELL_TEXT_BYTES];
			bool of_process = source->place.a == BY_INTERRUPTS ?
						  c->interrupt :
						  !c->interrupt && c->call->tgid == source->place.a;

			if (!of_process)
				continue;
			table__row(t, fn << 8 | i,
				   (struct place){ PAGE_STACK, fn__address(&snap->fns[fn]),
						   c->call - snap->samples });
			function__name(
				&(struct cell_context){ .row = &snap->fns[fn], .text = text });
			table__text(t, "%s", text);
			table__number(t, CELL_COUNT, c->samples);
			table__text(t, "%s", *c->reason.name ? c->reason.name : "?");
		}
	}
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "no stack of it was sampled in this window");
}

/* Add whose the processes or cgroups are that got no row. */
static void add_others(const struct snapshot *snap, struct table *t)
{
	t->title = "BY USER";
	table__columns(t, &others_pane);
	for (size_t i = 0; i < snap->nr_others; i++) {
		const struct by_stats *other = &snap->others[i];

		table__row(t, other->uid_known ? other->uid : BY_OTHERS,
			   (struct place){ PAGE_NONE, 0, 0 });
		table__cells(t, &others_pane, CELL_CONTEXT(snap, other, NULL));
	}
}

static void fill_process(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;

	for (size_t i = 0; i < snap->nr_by; i++) {
		const struct by_stats *by = &snap->by[i];
		char text[CELL_TEXT_BYTES];

		if (get_process_id(by) != source->place.a || by->cgroup != source->place.b)
			continue;
		by__process_name(&(struct cell_context){ .snap = snap, .row = by, .text = text });
		snprintf(page->title, sizeof(page->title), "%.180s%s%s", text,
			 by->cgroup_path ? " in " : "", by->cgroup_path ? by->cgroup_path : "");
		if (by->other)
			add_others(snap, &page->tables[page->nr++]);
		else if (snap->how.by_key == BY_SENDER)
			fill_sent(source, &page->tables[page->nr++]);
		add_histograms(&page->tables[page->nr++], by);
	}
}

static void fill_cgroup(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct by_stats sum;
	char text[CELL_TEXT_BYTES];

	for (size_t i = 0; i < snap->nr_by; i++) {
		struct table *t = &page->tables[0];

		if (get_cgroup_id(&snap->by[i]) != source->place.a || !sum_cgroup(snap, i, &sum))
			continue;
		by__cgroup_name(&(struct cell_context){ .row = &sum, .text = text });
		snprintf(page->title, sizeof(page->title), "%.255s", text);
		if (sum.other) {
			add_others(snap, &page->tables[page->nr++]);
		} else if (snap->how.by_key == BY_SENDER) {
			page->nr = 1;
			t->title = "ITS SENDERS";
			add_processes(snap, t, &cgroup_senders_pane, &source->place.a);
		}
		add_histograms(&page->tables[page->nr++], &sum);
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
	struct table *t = add_prose(page);

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
		[PAGE_SENDERS] = fill_processes,
		[PAGE_VICTIMS] = fill_processes,
		[PAGE_CGROUPS] = fill_cgroups,
		[PAGE_EDGES] = tables__edges,
		[PAGE_KINDS] = tables__kinds,
		[PAGE_STORMS] = tables__storms,
		[PAGE_STALLS] = tables__stalls,
		[PAGE_FUNCTION] = fill_function,
		[PAGE_STACK] = fill_stack,
		[PAGE_CPU] = fill_cpu,
		[PAGE_PROCESS] = fill_process,
		[PAGE_CGROUP] = fill_cgroup,
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
	t = add_prose(page);
	snprintf(
		t->note, sizeof(t->note),
		"nothing of it in this window: [ steps back to one that has it, Backspace goes up");
}
