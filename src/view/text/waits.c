// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/text/block.h"
#include "view/text/stall.h"
#include "view/text/style.h"
#include "view/text/waits.h"

/* A CPU that waits for one that waits for one ... */
#define DEPTH_MAX    8
#define ROOTS_MAX    24
#define BRANCHES_MAX 16

struct tree {
	const struct moment *m;
	struct block b;
	waits_name_fn *name;
	void *ctx;
	uint32_t path[DEPTH_MAX]; /* the CPUs above */
	unsigned int depth;
};

bool view__waits_any(const struct moment *m, uint64_t threshold)
{
	for (size_t i = 0; i < m->nr_waiting; i++)
		if (m->waiting[i].call + threshold <= m->now)
			return true;
	return false;
}

static bool runs_for(const struct moment *m, const struct waiting *w, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_running; i++)
		if (m->running[i].dst == cpu && m->running[i].call == w->call &&
		    m->running[i].src == w->src)
			return true;
	return false;
}

static bool queued_for(const struct moment *m, const struct waiting *w, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].dst == cpu && m->pending[i].call == w->call &&
		    m->pending[i].src == w->src)
			return true;
	return false;
}

static bool waits_for(const struct moment *m, const struct waiting *w, uint32_t cpu)
{
	return runs_for(m, w, cpu) || queued_for(m, w, cpu);
}

static bool kept_by_any(const struct moment *m, const struct waiting *w)
{
	for (size_t i = 0; i < m->nr_running; i++)
		if (waits_for(m, w, m->running[i].dst))
			return true;
	for (size_t i = 0; i < m->nr_pending; i++)
		if (waits_for(m, w, m->pending[i].dst))
			return true;
	return false;
}

/* Whether a sender on @cpu waits itself. */
static bool waits_itself(const struct moment *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_waiting; i++)
		if (m->waiting[i].src == cpu && kept_by_any(m, &m->waiting[i]))
			return true;
	return false;
}

static bool keeps_others(const struct moment *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->nr_waiting; i++)
		if (waits_for(m, &m->waiting[i], cpu))
			return true;
	return false;
}

static void func_text(struct tree *t, char *buf, size_t size, uint64_t addr)
{
	struct symbol symbol = { .addr = addr };

	t->name(t->ctx, &symbol);
	view__symbol(buf, size, &symbol);
}

static void cpu_line(struct tree *t, uint32_t cpu)
{
	const struct running *r = moment__running_on(t->m, cpu);
	char func[160], text[320];

	if (!r) {
		snprintf(text, sizeof(text),
			 "CPU %" PRIu32 " has not begun what is queued to it: its interrupts are "
			 "off, or it is not run by a hypervisor",
			 cpu);
	} else {
		func_text(t, func, sizeof(func), r->func);
		snprintf(text, sizeof(text), "CPU %" PRIu32 " %s %s for %s", cpu,
			 r->slept ? "sleeps, or has slept, in" : "is in", func,
			 view__duration(t->m->now - r->start).s);
	}
	block__add(&t->b, "%s", style__on(STYLE_HEAD));
	block__wrap(&t->b, text, 0);
	block__add(&t->b, "%s", style__off());
}

static bool above(const struct tree *t, uint32_t cpu)
{
	for (unsigned int i = 0; i < t->depth; i++)
		if (t->path[i] == cpu)
			return true;
	return false;
}

static void branches(struct tree *t, uint32_t cpu);

static void branch(struct tree *t, const struct waiting *w, uint32_t cpu)
{
	int indent = 2 + 3 * (t->depth - 1);
	char task[48], func[160], text[400];
	bool runs = runs_for(t->m, w, cpu);

	view__task(task, sizeof(task), &w->sender);
	func_text(t, func, sizeof(func), w->func);
	snprintf(text, sizeof(text), "%s on CPU %" PRIu32 " has waited %s%s%s for %s%s", task,
		 w->src, view__duration(t->m->now - w->call).s,
		 wait_in__name(w->wait_in) ? " in " : "",
		 wait_in__name(w->wait_in) ? wait_in__name(w->wait_in) : "", runs ? "it" : func,
		 runs || !moment__running_on(t->m, cpu) ? "" : ", behind it");
	block__add(&t->b, "%*s- ", indent - 2, "");
	block__wrap(&t->b, text, indent);
	if (above(t, w->src))
		block__add(&t->b, "%*s%sCPU %" PRIu32 " is above: they wait for each other%s\n",
			   indent, "", style__on(STYLE_ALERT), w->src, style__off());
	else if (t->depth < DEPTH_MAX && keeps_others(t->m, w->src))
		branches(t, w->src);
}

/* Everyone that waits for @cpu, and for them in turn. */
static void branches(struct tree *t, uint32_t cpu)
{
	size_t shown = 0, more = 0;

	t->path[t->depth++] = cpu;
	for (size_t i = 0; i < t->m->nr_waiting; i++) {
		if (!waits_for(t->m, &t->m->waiting[i], cpu))
			continue;
		if (shown++ < BRANCHES_MAX)
			branch(t, &t->m->waiting[i], cpu);
		else
			more++;
	}
	if (more)
		block__add(&t->b, "%*s- and %zu more\n", 3 * (t->depth - 1), "", more);
	t->depth--;
}

static void root(struct tree *t, uint32_t *roots, size_t *nr, uint32_t cpu, bool free)
{
	for (size_t i = 0; i < *nr; i++)
		if (roots[i] == cpu)
			return;
	if (*nr == ROOTS_MAX || !keeps_others(t->m, cpu) || (free && waits_itself(t->m, cpu)))
		return;
	roots[(*nr)++] = cpu;
	cpu_line(t, cpu);
	branches(t, cpu);
}

static void roots_all(struct tree *t, uint32_t *roots, size_t *nr, bool free)
{
	for (size_t i = 0; i < t->m->nr_running; i++)
		root(t, roots, nr, t->m->running[i].dst, free);
	for (size_t i = 0; i < t->m->nr_pending; i++)
		root(t, roots, nr, t->m->pending[i].dst, free);
}

size_t view__waits(char *buf, size_t size, const struct moment *m, waits_name_fn *name, void *ctx)
{
	struct tree t = { .m = m, .name = name, .ctx = ctx };
	uint32_t roots[ROOTS_MAX];
	size_t nr = 0;

	block__begin(&t.b, buf, size);
	/* Those that wait for nobody are to blame; if there is none, all are. */
	roots_all(&t, roots, &nr, true);
	if (!nr)
		roots_all(&t, roots, &nr, false);
	for (size_t i = 0; i < m->nr_waiting; i++) {
		const struct waiting *w = &m->waiting[i];
		char task[48];

		if (kept_by_any(m, w))
			continue;
		view__task(task, sizeof(task), &w->sender);
		block__add(&t.b, "%s on CPU %" PRIu32 " waits %s, for whom is not told\n", task,
			   w->src, view__duration(m->now - w->call).s);
	}
	if (m->dropped)
		block__add(&t.b, "and %zu more found no room\n", m->dropped);
	return t.b.len;
}
