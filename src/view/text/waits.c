// SPDX-License-Identifier: GPL-2.0
/*
 * The text of `waits`: a tree of the CPUs that wait for each other, or, if no look found a wait,
 * how many waits there were.
 */
#include "view/text/views.h"

#define DEPTH_MAX    8 /* links of a chain of waits */
#define ROOTS_MAX    24
#define BRANCHES_MAX 16 /* senders below a CPU */

struct tree {
	const struct moment *moment;
	struct block block;
	const struct naming *naming;
	uint32_t path[DEPTH_MAX]; /* the CPUs from the root down to the current CPU */
	unsigned int depth;
	struct cpuset in_trees; /* the CPUs that a tree shows, or counts in its "and N more" */
	size_t nr_roots;
};

#define add_line(t, ...) block__format(&(t)->block, 0, __VA_ARGS__)

/* Whether the call in which the sender @w waits has queued the csd. */
#define IS_FOR(w, csd) ((csd)->call == (w)->call && (csd)->src == (w)->src)

/* Whether @cpu runs a csd of the call in which @w waits. */
static bool runs_csd_for(const struct moment *moment, const struct waiting *w, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_running; i++)
		if (moment->running[i].dst == cpu && IS_FOR(w, &moment->running[i]))
			return true;
	return false;
}

/* Whether @w waits for @cpu: a csd of the call is queued to @cpu, or runs there. */
static bool waits_for(const struct moment *moment, const struct waiting *w, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_pending; i++)
		if (moment->pending[i].dst == cpu && IS_FOR(w, &moment->pending[i]))
			return true;
	return runs_csd_for(moment, w, cpu);
}

/* Whether at least one CPU for which @w waits is known. */
static bool knows_target(const struct moment *moment, const struct waiting *w)
{
	for (size_t i = 0; i < moment->nr_running; i++)
		if (moment->running[i].dst != CPU_UNKNOWN && IS_FOR(w, &moment->running[i]))
			return true;
	for (size_t i = 0; i < moment->nr_pending; i++)
		if (IS_FOR(w, &moment->pending[i]))
			return true;
	return false;
}

/* Whether a sender on @cpu waits for another CPU. */
static bool is_waiting(const struct moment *moment, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_waiting; i++)
		if (moment->waiting[i].src == cpu && knows_target(moment, &moment->waiting[i]))
			return true;
	return false;
}

/* Whether a sender waits for @cpu. */
static bool is_waited_for(const struct moment *moment, uint32_t cpu)
{
	for (size_t i = 0; i < moment->nr_waiting; i++)
		if (waits_for(moment, &moment->waiting[i], cpu))
			return true;
	return false;
}

static struct words format_func(const struct tree *t, uint64_t addr)
{
	struct symbol symbol = { .addr = addr };

	t->naming->symbol(t->naming->ctx, &symbol, true);
	return words__symbol(&symbol);
}

/* Returns a CPU's own state: "; it runs comm[12], its timer is 1.2 s late"; "": unknown. */
static struct words format_state(const struct tree *t, uint32_t cpu)
{
	const struct cpu_state *state = moment__cpu(t->moment, cpu);
	struct words text = {};
	int len = 0;

	if (state && state->task.known && state->task.pid)
		len = snprintf(text.s, sizeof(text.s), "; it runs %.48s",
			       words__task(&state->task).s);
	if (state && state->overdue)
		snprintf(text.s + len, sizeof(text.s) - len, "%s its next timer is %s late",
			 len ? "," : ";", view__duration(state->overdue).s);
	return text;
}

/*
 * Returns how long a sender has waited: "48 ms"; "30 ms to 1.2 s", "30 ms or longer" from the
 * queues, "up to 1.2 s" from a dump.
 */
static struct words format_wait(const struct moment *moment, const struct waiting *w)
{
	struct words text;

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

static void add_cpu(struct tree *t, uint32_t cpu)
{
	const struct running *r = moment__running_on(t->moment, cpu);
	const struct cpu_state *state = moment__cpu(t->moment, cpu);
	struct words state_words = format_state(t, cpu);

	block__add(&t->block, "%s", style__on(STYLE_HEAD));
	if (r && r->slept)
		state_words.s[0] = '\0';
	if (r && r->slept && r->sleeper.known)
		snprintf(state_words.s, sizeof(state_words.s), "; %.48s sleeps there",
			 words__task(&r->sleeper).s);
	if (!r)
		add_line(t, "CPU %u has not begun what is queued to it: %s%s", cpu,
			 state && state->overdue ? "it does not respond to interrupts" :
						   "the cause is unknown",
			 state_words.s);
	else
		add_line(t, "CPU %u %s %s%s%s%s", cpu,
			 r->slept ? "sleeps, or has slept, in" : "is in", format_func(t, r->func).s,
			 r->start ? " for " : "",
			 r->start ? view__duration(t->moment->now - r->start).s : "",
			 state_words.s);
	block__add(&t->block, "%s", style__off());
}

/* Whether @cpu is on the path from the root to the current CPU: then CPUs wait in a circle. */
static bool is_above(const struct tree *t, uint32_t cpu)
{
	for (unsigned int i = 0; i < t->depth; i++)
		if (t->path[i] == cpu)
			return true;
	return false;
}

static void add_branches(struct tree *t, uint32_t cpu);

static void add_branch(struct tree *t, const struct waiting *w, uint32_t cpu)
{
	int indent = 2 + 3 * (t->depth - 1);
	const char *in = wait_in__name(w->wait_in);
	bool runs = runs_csd_for(t->moment, w, cpu);

	block__add(&t->block, "%*s- ", indent - 2, "");
	block__format(&t->block, indent, "%s on CPU %u has waited %s%s%s for %s%s",
		      words__task(&w->sender).s, w->src, format_wait(t->moment, w).s,
		      in ? " in " : "", in ? in : "", runs ? "it" : format_func(t, w->func).s,
		      runs || !moment__running_on(t->moment, cpu) ? "" : ", behind it");
	if (is_above(t, w->src)) {
		block__add(&t->block, "%*s%s", indent, "", style__on(STYLE_ALERT));
		block__format(&t->block, indent, "CPU %u is above: they wait for each other",
			      w->src);
		block__add(&t->block, "%s", style__off());
	} else if (t->depth < DEPTH_MAX && is_waited_for(t->moment, w->src)) {
		add_branches(t, w->src);
	}
}

/* Add the senders that wait for @cpu; below each sender, those that wait for the sender's CPU. */
static void add_branches(struct tree *t, uint32_t cpu)
{
	size_t shown = 0, more = 0;

	t->path[t->depth++] = cpu;
	for (size_t i = 0; i < t->moment->nr_waiting; i++) {
		const struct waiting *w = &t->moment->waiting[i];

		if (!waits_for(t->moment, w, cpu))
			continue;
		if (w->src < CPUSET_MAX)
			cpuset__add(&t->in_trees, w->src);
		if (shown++ < BRANCHES_MAX)
			add_branch(t, w, cpu);
		else
			more++;
	}
	if (more)
		block__add(&t->block, "%*s- and %zu more\n", 3 * (t->depth - 1), "", more);
	t->depth--;
}

/*
 * Add @cpu as a root, unless a tree has @cpu. @only_free: nor if a sender on @cpu waits for another
 * CPU.
 */
static void add_root(struct tree *t, uint32_t cpu, bool only_free)
{
	if (cpu >= CPUSET_MAX || cpuset__has(&t->in_trees, cpu) || !is_waited_for(t->moment, cpu) ||
	    (only_free && is_waiting(t->moment, cpu)))
		return;
	cpuset__add(&t->in_trees, cpu);
	if (t->nr_roots++ >= ROOTS_MAX)
		return;
	add_cpu(t, cpu);
	add_branches(t, cpu);
}

static void add_roots(struct tree *t, bool only_free)
{
	for (size_t i = 0; i < t->moment->nr_running; i++)
		add_root(t, t->moment->running[i].dst, only_free);
	for (size_t i = 0; i < t->moment->nr_pending; i++)
		add_root(t, t->moment->pending[i].dst, only_free);
}

/*
 * Add "the dump of Linux 6.12.1, taken at 2026-11-21T03:10:05Z: nobody waits", without a time that
 * is unknown.
 */
static void add_dump(struct tree *t)
{
	const struct moment *moment = t->moment;
	int64_t realtime = wall_clock__realtime();

	block__add(&t->block, "the dump of Linux %s",
		   *moment->release ? moment->release : "of an unknown release");
	if (moment->now && realtime)
		block__add(&t->block, ", taken at %s", clock__date_at(moment->now + realtime).s);
	block__add(&t->block, "%s\n", moment->nr_waiting ? "" : ": nobody waits");
}

size_t view__waits(char *buf, size_t size, const struct moment *moment, const struct naming *naming)
{
	struct tree t = { .moment = moment, .naming = naming };

	block__begin(&t.block, buf, size);
	if (moment->vmcore)
		add_dump(&t);
	/* CPUs that wait for nobody are to blame. CPUs below none of these wait in a circle. */
	add_roots(&t, true);
	add_roots(&t, false);
	if (t.nr_roots > ROOTS_MAX)
		add_line(&t, "and %s that others wait for",
			 words__number(t.nr_roots - ROOTS_MAX, "more CPU").s);
	for (size_t i = 0; i < moment->nr_waiting; i++) {
		const struct waiting *w = &moment->waiting[i];

		if (!knows_target(moment, w))
			add_line(&t, "%s on CPU %u has waited %s for %s, on an unknown CPU",
				 words__task(&w->sender).s, w->src, format_wait(moment, w).s,
				 format_func(&t, w->func).s);
	}
	/* Add the CPUs that are stuck, though nobody is known to wait for them. */
	for (size_t i = 0; i < moment->nr_cpus; i++) {
		uint32_t cpu = moment->cpus[i].cpu;

		if (moment->cpus[i].overdue && !is_waited_for(moment, cpu))
			add_line(&t, "CPU %u does not respond to interrupts%s", cpu,
				 format_state(&t, cpu).s);
	}
	if (moment->torn)
		add_line(&t, "%s changed while being read: there may be more",
			 words__number(moment->torn, "queue").s);
	if (moment->vmcore && moment->unread)
		add_line(&t, "%s could not be read: there may be more",
			 words__number(moment->unread, "CPU").s);
	if (moment->vmcore && moment->blocked)
		add_line(&t, "%s may wait until the csd of an earlier call is free",
			 words__number(moment->blocked, "more sender").s);
	if (moment->dropped)
		add_line(&t, "and %zu more found no room", moment->dropped);
	return t.block.len;
}

/* Say how many of all waits were longer than the threshold. */
static void say_counts(struct block *words, const struct wait_counts *counts)
{
	struct text threshold = view__duration(counts->threshold);

	if (!counts->at_least && !counts->waits)
		block__add(words, "nobody waited longer than %s: no sender waited", threshold.s);
	else if (!counts->at_least)
		block__add(words, "nobody waited longer than %s: %s, the longest %s", threshold.s,
			   words__number(counts->waits, "wait").s,
			   view__duration(counts->longest).s);
	else if (counts->at_least == counts->at_most)
		block__add(words, "%" PRIu64 " of %s %s longer than %s", counts->at_least,
			   words__number(counts->waits, "wait").s,
			   counts->at_least == 1 ? "was" : "were", threshold.s);
	else
		block__add(words, "%" PRIu64 " to %" PRIu64 " of %s were longer than %s",
			   counts->at_least, counts->at_most,
			   words__number(counts->waits, "wait").s, threshold.s);
	if (counts->at_least)
		block__add(words, ", the longest %s", view__duration(counts->longest).s);
}

size_t view__wait_counts(char *buf, size_t size, const struct wait_counts *counts)
{
	struct block lines, words = BLOCK(400);

	block__begin(&lines, buf, size);
	say_counts(&words, counts);
	if (counts->at_least)
		block__add(&words,
			   "; none caught in %s: waits shorter than %s can pass between looks; "
			   "ipitrace stalls -t %s counts each",
			   words__number(counts->looks, "look").s,
			   view__duration(counts->look_period).s,
			   view__time_option(counts->threshold).s);
	block__wrap(&lines, words.buf, 0);
	if (counts->lost)
		block__format(&lines, 0, "%s could not be followed: waits may be missing",
			      words__number(counts->lost, "csd").s);
	return lines.len;
}
