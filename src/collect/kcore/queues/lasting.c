// SPDX-License-Identifier: GPL-2.0
#include "collect/kcore/queues/queues.h"

/* Whether @m has the csd with the same function and target, in the queue or taken from it. */
static bool has_csd(const struct moment *m, uint64_t csd, uint64_t func, uint32_t dst)
{
	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].csd == csd && m->pending[i].dst == dst &&
		    m->pending[i].func == func)
			return true;
	for (size_t i = 0; i < m->nr_running; i++)
		if (m->running[i].csd == csd && m->running[i].dst == dst &&
		    m->running[i].func == func)
			return true;
	return false;
}

/* Whether @cpu has not begun another flush of its queue since @earlier; true if @cpu is unknown. */
static bool is_the_same_flush(const struct moment *earlier, const struct moment *later,
			      uint32_t cpu)
{
	const struct cpu_state *a = moment__cpu(earlier, cpu), *b = moment__cpu(later, cpu);

	return cpu == CPU_UNKNOWN || (a && b && a->calls == b->calls);
}

static void pending_keep(const struct moment *earlier, struct moment *later)
{
	size_t kept = 0;

	for (size_t i = 0; i < later->nr_pending; i++) {
		const struct pending *p = &later->pending[i];

		if (has_csd(earlier, p->csd, p->func, p->dst) &&
		    is_the_same_flush(earlier, later, p->dst))
			later->pending[kept++] = *p;
	}
	later->nr_pending = kept;
}

static void running_keep(const struct moment *earlier, struct moment *later)
{
	size_t kept = 0;

	for (size_t i = 0; i < later->nr_running; i++) {
		const struct running *r = &later->running[i];

		if (has_csd(earlier, r->csd, r->func, r->dst) &&
		    (r->slept || is_the_same_flush(earlier, later, r->dst)))
			later->running[kept++] = *r;
	}
	later->nr_running = kept;
}

/* Whether @m has a csd for which the sender of @w waits. */
static bool is_held(const struct moment *m, const struct waiting *w)
{
	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].call == w->call && m->pending[i].src == w->src)
			return true;
	for (size_t i = 0; i < m->nr_running; i++)
		if (m->running[i].call == w->call && m->running[i].src == w->src)
			return true;
	return false;
}

void lasting__keep(const struct moment *earlier, struct moment *later)
{
	size_t kept = 0;

	pending_keep(earlier, later);
	running_keep(earlier, later);
	for (size_t i = 0; i < later->nr_waiting; i++) {
		struct waiting *w = &later->waiting[i];
		const struct waiting *before = moment__waiting(earlier, w->src, w->call);

		if (!before || before->func != w->func || before->sender.pid != w->sender.pid ||
		    !is_held(later, w))
			continue;
		w->at_least = later->now - earlier->now;
		later->waiting[kept++] = *w;
	}
	later->nr_waiting = kept;
}

/* A csd, waiting or running, as filters see it. */
struct filtered {
	uint32_t src, dst; /* CPU_UNKNOWN: unknown */
	uint64_t func;
	uint64_t call; /* 0: no sender waits */
};

static bool passes_filter(const struct moment *m, const struct queue_filter *f,
			  const struct filtered *csd)
{
	const struct waiting *w = moment__waiting(m, csd->src, csd->call);
	bool func_passes = !f->nr_funcs;

	for (size_t i = 0; i < f->nr_funcs; i++)
		func_passes |= f->funcs[i] == csd->func;
	return func_passes && (!f->src || cpuset__has(f->src, csd->src)) &&
	       (!f->dst || cpuset__has(f->dst, csd->dst)) &&
	       (!f->cpus || cpuset__has(f->cpus, csd->src) || cpuset__has(f->cpus, csd->dst)) &&
	       (!f->tgid || (w && w->sender.tgid == f->tgid));
}

/* Whether a sender waits for @csd that @f may let through: what is unknown may be anything. */
static bool may_hold(const struct moment *m, const struct queue_filter *f,
		     const struct filtered *csd)
{
	const struct waiting *w = moment__waiting(m, csd->src, csd->call);
	struct queue_filter known = *f;

	if (csd->src == CPU_UNKNOWN)
		known.src = known.cpus = NULL;
	if (csd->dst == CPU_UNKNOWN)
		known.dst = known.cpus = NULL;
	if (!w || !w->sender.known)
		known.tgid = 0;
	return csd->call && passes_filter(m, &known, csd);
}

/* Whether @csd stays in @m. If its sender or CPU is unknown, count it where that may matter. */
static bool is_kept(struct moment *m, const struct queue_filter *f, const struct filtered *csd)
{
	bool passes = passes_filter(m, f, csd);

	if (!passes || !moment__waiting(m, csd->src, csd->call))
		m->unplaced += may_hold(m, f, csd);
	return passes;
}

void lasting__filter(struct moment *m, const struct queue_filter *f)
{
	size_t pending = 0, running = 0, waiting = 0;

	for (size_t i = 0; i < m->nr_pending; i++) {
		const struct pending *p = &m->pending[i];

		if (is_kept(m, f, &(struct filtered){ p->src, p->dst, p->func, p->call }))
			m->pending[pending++] = *p;
	}
	for (size_t i = 0; i < m->nr_running; i++) {
		const struct running *r = &m->running[i];

		if (is_kept(m, f, &(struct filtered){ r->src, r->dst, r->func, r->call }))
			m->running[running++] = *r;
	}
	m->nr_pending = pending;
	m->nr_running = running;
	for (size_t i = 0; i < m->nr_waiting; i++)
		if (is_held(m, &m->waiting[i]))
			m->waiting[waiting++] = m->waiting[i];
	m->nr_waiting = waiting;
}

void lasting__stuck(const struct moment *m, struct cpuset *stuck)
{
	*stuck = (struct cpuset){};
	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].call)
			cpuset__add(stuck, m->pending[i].dst);
	for (size_t i = 0; i < m->nr_running; i++)
		if (!m->running[i].slept && m->running[i].dst != CPU_UNKNOWN)
			cpuset__add(stuck, m->running[i].dst);
	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].overdue)
			cpuset__add(stuck, m->cpus[i].cpu);
}
