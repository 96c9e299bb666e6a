// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/cpuset.h"
#include "model/calls.h"
#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/naming.h"
#include "view/text/block.h"
#include "view/text/style.h"
#include "view/text/units.h"
#include "view/text/waits.h"
#include "view/text/words.h"

#define DEPTH_MAX    8 /* links of a chain of waits */
#define ROOTS_MAX    24
#define BRANCHES_MAX 16 /* senders below a CPU */

struct tree {
	const struct moment *moment;
	struct block block;
	const struct naming *naming;
	uint32_t path[DEPTH_MAX]; /* the CPUs from the root down to the current CPU */
	unsigned int depth;
	struct cpuset roots;
	size_t more_roots; /* CPUs beyond ROOTS_MAX */
};

static void __attribute__((format(printf, 2, 3))) line(struct tree *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	block__vwrap(&t->block, 0, format, args);
	va_end(args);
}

/* Whether @cpu runs a csd of the call in which @w waits. */
static bool runs_for(const struct moment *moment, const struct waiting *w, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_running; i++)
		if (moment->running[i].dst == cpu && moment->running[i].call == w->call &&
		    moment->running[i].src == w->src)
			return true;
	return false;
}

static bool queued_for(const struct moment *moment, const struct waiting *w, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_pending; i++)
		if (moment->pending[i].dst == cpu && moment->pending[i].call == w->call &&
		    moment->pending[i].src == w->src)
			return true;
	return false;
}

static bool waits_for(const struct moment *moment, const struct waiting *w, uint32_t cpu)
{
	return runs_for(moment, w, cpu) || queued_for(moment, w, cpu);
}

static bool held_by_any(const struct moment *moment, const struct waiting *w)
{
	for (size_t i = 0; i < moment->nr_running; i++)
		if (moment->running[i].dst != CPU_UNKNOWN &&
		    waits_for(moment, w, moment->running[i].dst))
			return true;
	for (size_t i = 0; i < moment->nr_pending; i++)
		if (waits_for(moment, w, moment->pending[i].dst))
			return true;
	return false;
}

/* Whether a sender on @cpu waits for another CPU. */
static bool waits_itself(const struct moment *moment, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_waiting; i++)
		if (moment->waiting[i].src == cpu && held_by_any(moment, &moment->waiting[i]))
			return true;
	return false;
}

static bool holds_others(const struct moment *moment, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_waiting; i++)
		if (waits_for(moment, &moment->waiting[i], cpu))
			return true;
	return false;
}

static void func_text(struct tree *t, char *buf, size_t size, uint64_t addr)
{
	struct symbol symbol = { .addr = addr };

	t->naming->symbol(t->naming->ctx, &symbol, true);
	view__symbol(buf, size, &symbol);
}

struct state_text {
	char s[160];
};

/* A CPU's own state in words: "; it runs comm[12], its timer is 1.2 s late"; "": unknown. */
static struct state_text state_text(const struct tree *t, uint32_t cpu)
{
	const struct cpu_state *state = moment__cpu(t->moment, cpu);
	struct state_text text = {};
	char task[48];
	int len = 0;

	if (state && state->task.known && state->task.pid) {
		view__task(task, sizeof(task), &state->task);
		len = snprintf(text.s, sizeof(text.s), "; it runs %s", task);
	}
	if (state && state->overdue)
		snprintf(text.s + len, sizeof(text.s) - len, "%s its next timer is %s late",
			 len ? "," : ";", view__duration(state->overdue).s);
	return text;
}

/* "; comm[12] sleeps there"; "": unknown. */
static struct state_text sleeper_text(const struct running *r)
{
	struct state_text text = {};
	char task[48];

	if (r->sleeper.known) {
		view__task(task, sizeof(task), &r->sleeper);
		snprintf(text.s, sizeof(text.s), "; %s sleeps there", task);
	}
	return text;
}

struct wait_text {
	char s[64];
};

/* How long a sender has waited: "48 ms"; "30 ms to 1.2 s", "30 ms or longer" from the queues, "up to 1.2 s" from a dump. */
static struct wait_text wait_text(const struct moment *moment, const struct waiting *w)
{
	struct wait_text text;

	if (!moment->from_queues)
		snprintf(text.s, sizeof(text.s), "%s", view__duration(moment->now - w->call).s);
	else if (!w->at_least && w->at_most)
		snprintf(text.s, sizeof(text.s), "up to %s", view__duration(w->at_most).s);
	else if (!w->at_least)
		snprintf(text.s, sizeof(text.s), "for an unknown time");
	else if (w->at_most > w->at_least)
		snprintf(text.s, sizeof(text.s), "%s to %s", view__duration(w->at_least).s,
			 view__duration(w->at_most).s);
	else
		snprintf(text.s, sizeof(text.s), "%s or longer", view__duration(w->at_least).s);
	return text;
}

static void cpu_line(struct tree *t, uint32_t cpu)
{
	const struct running *r = moment__running_on(t->moment, cpu);
	const struct cpu_state *state = moment__cpu(t->moment, cpu);
	char func[160], text[400];

	if (!r) {
		snprintf(text, sizeof(text),
			 "CPU %" PRIu32 " has not begun what is queued to it: %s%s", cpu,
			 state && state->overdue ? "it takes no interrupts" :
						   "the cause is unknown",
			 state_text(t, cpu).s);
	} else {
		func_text(t, func, sizeof(func), r->func);
		snprintf(text, sizeof(text), "CPU %" PRIu32 " %s %s%s%s%s", cpu,
			 r->slept ? "sleeps, or has slept, in" : "is in", func,
			 r->start ? " for " : "",
			 r->start ? view__duration(t->moment->now - r->start).s : "",
			 r->slept ? sleeper_text(r).s : state_text(t, cpu).s);
	}
	block__add(&t->block, "%s", style__on(STYLE_HEAD));
	block__wrap(&t->block, text, 0);
	block__add(&t->block, "%s", style__off());
}

static bool above(const struct tree *t, uint32_t cpu)
{
	for (unsigned int i = 0; i < t->depth; i++)
		if (t->path[i] == cpu)
			return true;
	return false;
}

static void branches(struct tree *t, uint32_t cpu);

static void circle(struct tree *t, uint32_t cpu, int indent)
{
	char text[64];

	snprintf(text, sizeof(text), "CPU %" PRIu32 " is above: they wait for each other", cpu);
	block__add(&t->block, "%*s%s", indent, "", style__on(STYLE_ALERT));
	block__wrap(&t->block, text, indent);
	block__add(&t->block, "%s", style__off());
}

static void branch(struct tree *t, const struct waiting *w, uint32_t cpu)
{
	int indent = 2 + 3 * (t->depth - 1);
	char task[48], func[160], text[400];
	bool runs = runs_for(t->moment, w, cpu);

	view__task(task, sizeof(task), &w->sender);
	func_text(t, func, sizeof(func), w->func);
	snprintf(text, sizeof(text), "%s on CPU %" PRIu32 " has waited %s%s%s for %s%s", task,
		 w->src, wait_text(t->moment, w).s, wait_in__name(w->wait_in) ? " in " : "",
		 wait_in__name(w->wait_in) ? wait_in__name(w->wait_in) : "", runs ? "it" : func,
		 runs || !moment__running_on(t->moment, cpu) ? "" : ", behind it");
	block__add(&t->block, "%*s- ", indent - 2, "");
	block__wrap(&t->block, text, indent);
	if (above(t, w->src))
		circle(t, w->src, indent);
	else if (t->depth < DEPTH_MAX && holds_others(t->moment, w->src))
		branches(t, w->src);
}

/* The senders that wait for @cpu, and below each the senders that wait for its CPU. */
static void branches(struct tree *t, uint32_t cpu)
{
	size_t shown = 0, more = 0;

	t->path[t->depth++] = cpu;
	for (size_t i = 0; i < t->moment->nr_waiting; i++) {
		if (!waits_for(t->moment, &t->moment->waiting[i], cpu))
			continue;
		if (shown++ < BRANCHES_MAX)
			branch(t, &t->moment->waiting[i], cpu);
		else
			more++;
	}
	if (more)
		block__add(&t->block, "%*s- and %zu more\n", 3 * (t->depth - 1), "", more);
	t->depth--;
}

/* @free: only if no sender on @cpu waits itself. */
static void root(struct tree *t, uint32_t cpu, bool free)
{
	if (cpu >= CPUSET_MAX || cpuset__has(&t->roots, cpu) || !holds_others(t->moment, cpu) ||
	    (free && waits_itself(t->moment, cpu)))
		return;
	cpuset__add(&t->roots, cpu);
	if (cpuset__count(&t->roots) > ROOTS_MAX) {
		t->more_roots++;
		return;
	}
	cpu_line(t, cpu);
	branches(t, cpu);
}

static void roots_all(struct tree *t, bool free)
{
	for (size_t i = 0; i < t->moment->nr_running; i++)
		root(t, t->moment->running[i].dst, free);
	for (size_t i = 0; i < t->moment->nr_pending; i++)
		root(t, t->moment->pending[i].dst, free);
}

/* CPUs that take no interrupts, though nobody is known to wait for them. */
static void stuck_lines(struct tree *t)
{
	for (size_t i = 0; i < t->moment->nr_cpus; i++) {
		const struct cpu_state *cpu = &t->moment->cpus[i];

		if (!cpu->overdue || holds_others(t->moment, cpu->cpu))
			continue;
		line(t, "CPU %" PRIu32 " takes no interrupts%s", cpu->cpu,
		     state_text(t, cpu->cpu).s);
	}
}

size_t view__waits(char *buf, size_t size, const struct moment *moment, const struct naming *naming)
{
	struct tree t = { .moment = moment, .naming = naming };

	block__begin(&t.block, buf, size);
	if (moment->vmcore)
		block__add(&t.block, "the dump of Linux %s%s\n",
			   *moment->release ? moment->release : "of an unknown release",
			   moment->nr_waiting ? "" : ": nobody waits");
	/* CPUs that wait for nobody are to blame. Without such a CPU they wait in a circle: show all. */
	roots_all(&t, true);
	if (!cpuset__count(&t.roots))
		roots_all(&t, false);
	if (t.more_roots)
		line(&t, "and %zu more CPU%s that others wait for", t.more_roots,
		     units__plural(t.more_roots));
	for (size_t i = 0; i < moment->nr_waiting; i++) {
		const struct waiting *w = &moment->waiting[i];
		char task[48], func[160];

		if (held_by_any(moment, w))
			continue;
		view__task(task, sizeof(task), &w->sender);
		func_text(&t, func, sizeof(func), w->func);
		line(&t, "%s on CPU %" PRIu32 " has waited %s for %s, on an unknown CPU", task,
		     w->src, wait_text(moment, w).s, func);
	}
	stuck_lines(&t);
	if (moment->torn)
		line(&t, "%zu queue%s changed while being read: there may be more", moment->torn,
		     units__plural(moment->torn));
	if (moment->dropped)
		line(&t, "and %zu more found no room", moment->dropped);
	return t.block.len;
}

static void say_longer(struct block *words, const struct wait_counts *counts)
{
	struct duration threshold = view__duration(counts->threshold);

	if (!counts->at_least && !counts->waits)
		block__add(words, "nobody waited longer than %s: no sender waited", threshold.s);
	else if (!counts->at_least)
		block__add(words,
			   "nobody waited longer than %s: %" PRIu64 " wait%s, the longest %s",
			   threshold.s, counts->waits, units__plural(counts->waits),
			   view__duration(counts->longest).s);
	else if (counts->at_least == counts->at_most)
		block__add(words, "%" PRIu64 " of %" PRIu64 " wait%s %s longer than %s",
			   counts->at_least, counts->waits, units__plural(counts->waits),
			   counts->at_least == 1 ? "was" : "were", threshold.s);
	else
		block__add(words,
			   "%" PRIu64 " to %" PRIu64 " of %" PRIu64 " wait%s were longer than %s",
			   counts->at_least, counts->at_most, counts->waits,
			   units__plural(counts->waits), threshold.s);
	if (counts->at_least)
		block__add(words, ", the longest %s", view__duration(counts->longest).s);
}

size_t view__wait_counts(char *buf, size_t size, const struct wait_counts *counts)
{
	char text[400];
	struct block lines, words;

	block__begin(&lines, buf, size);
	block__begin(&words, text, sizeof(text));
	say_longer(&words, counts);
	block__add(&words, "; none caught in %" PRIu64 " look%s", counts->looks,
		   units__plural(counts->looks));
	if (counts->at_least)
		block__add(&words,
			   ": waits shorter than %s can pass between looks; "
			   "ipitrace stalls reports each",
			   view__duration(counts->look_period).s);
	block__wrap(&lines, text, 0);
	if (!counts->lost)
		return lines.len;
	block__begin(&words, text, sizeof(text));
	block__add(&words, "%" PRIu64 " csd%s could not be followed: waits may be missing",
		   counts->lost, units__plural(counts->lost));
	block__wrap(&lines, text, 0);
	return lines.len;
}
