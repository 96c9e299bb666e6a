// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "abi/call.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"
#include "stall/incident.h"
#include "stall/ongoing.h"

#define TRACKED_MAX 256

/* Beyond the threshold, how long to wait for a wait's cause to pass it too. */
#define HOLD_MAX_NS 4000000ULL

struct tracked {
	bool used;
	bool here; /* in this moment */
	bool told;
	uint64_t gone; /* when it was first missed; 0: it was not */
	struct incident incident;
};

struct ongoing {
	uint64_t threshold;
	size_t missed; /* of this moment, that found no room */
	size_t dropped; /* the most of one moment */
	struct tracked tracked[TRACKED_MAX];
};

struct ongoing *ongoing__new(uint64_t threshold)
{
	struct ongoing *l = calloc(1, sizeof(*l));

	if (l)
		l->threshold = threshold;
	return l;
}

void ongoing__free(struct ongoing *l)
{
	free(l);
}

size_t ongoing__dropped(const struct ongoing *l)
{
	return l->dropped;
}

static uint64_t age(const struct moment *m, uint64_t since)
{
	return since < m->now ? m->now - since : 0;
}

/* What has been queued to @cpu for longest. */
static const struct pending *pending_to(const struct moment *m, uint32_t cpu)
{
	const struct pending *first = NULL;

	for (size_t i = 0; i < m->nr_pending; i++)
		if (m->pending[i].dst == cpu && (!first || m->pending[i].queued < first->queued))
			first = &m->pending[i];
	return first;
}

static void of_running(struct incident *in, const struct running *r)
{
	in->phase = PHASE_HANDLER;
	in->key = incident__key(PHASE_HANDLER, r->dst, r->csd, r->start);
	in->start = r->start;
	in->src = r->src;
	in->dst = r->dst;
	in->dst_known = true;
	in->func.addr = r->func;
	in->callsite.addr = r->callsite;
	in->csd = r->csd;
	in->call = r->call;
	in->queued = r->queued;
	in->sender = r->sender;
	in->slept = r->slept;
}

static void of_pending(struct incident *in, const struct pending *p)
{
	in->phase = PHASE_DELIVERY;
	in->key = incident__key(PHASE_DELIVERY, p->dst, p->csd, p->queued);
	in->start = in->queued = p->queued;
	in->src = p->src;
	in->dst = p->dst;
	in->dst_known = true;
	in->func.addr = p->func;
	in->callsite.addr = p->callsite;
	in->csd = p->csd;
	in->call = p->call;
	in->sender = p->sender;
}

/* What a CPU does not come to because of something else there. */
static void cause_of_pending(const struct ongoing *l, const struct moment *m, struct incident *in)
{
	const struct running *r = moment__running_on(m, in->dst);
	const struct pending *p = pending_to(m, in->dst);

	if (r) {
		in->cause = incident__key(PHASE_HANDLER, r->dst, r->csd, r->start);
		in->covered = age(m, r->start) >= l->threshold;
		in->late = LATE_BEHIND;
		in->doing.addr = r->func;
		in->doing_since = r->start;
	} else if (p && (p->csd != in->csd || p->queued != in->queued)) {
		in->cause = incident__key(PHASE_DELIVERY, p->dst, p->csd, p->queued);
		in->covered = age(m, p->queued) >= l->threshold;
	}
}

/* The target that has kept a sender for longest, and how many are not done. */
static void target_of_wait(const struct moment *m, struct incident *in, struct incident *target)
{
	uint64_t since = UINT64_MAX;

	in->nr_targets = 0;
	for (size_t i = 0; i < m->nr_running; i++) {
		const struct running *r = &m->running[i];

		if (r->call != in->call || r->src != in->src)
			continue;
		in->nr_targets++;
		if (r->start < since) {
			of_running(target, r);
			since = r->start;
		}
	}
	for (size_t i = 0; i < m->nr_pending; i++) {
		const struct pending *p = &m->pending[i];

		if (p->call != in->call || p->src != in->src)
			continue;
		in->nr_targets++;
		/* One that runs will end first: what has not begun is to blame. */
		if (p->queued < since || target->phase == PHASE_HANDLER) {
			of_pending(target, p);
			since = p->queued;
		}
	}
}

static void cause_of_wait(const struct ongoing *l, const struct moment *m, struct incident *in)
{
	struct incident target = { .phase = NR_PHASES };

	target_of_wait(m, in, &target);
	in->dst_known = in->nr_targets > 0;
	if (!in->dst_known)
		return;
	in->dst = target.dst;
	in->cause = target.key;
	in->covered = age(m, target.start) >= l->threshold;
	if (target.phase == PHASE_HANDLER) {
		in->doing = target.func;
		in->doing_since = target.start;
		return;
	}
	cause_of_pending(l, m, &target);
	in->late = target.late;
	in->doing = target.doing;
	in->doing_since = target.doing_since;
	/* Its delivery has a cause in turn: the root of it all. */
	if (target.cause && target.covered) {
		in->cause = target.cause;
		in->covered = true;
	}
}

static void of_waiting(struct incident *in, const struct waiting *w)
{
	in->phase = PHASE_WAIT;
	in->key = incident__key(PHASE_WAIT, w->src, 0, w->call);
	in->start = in->call = w->call;
	in->src = w->src;
	in->func.addr = w->func;
	in->sender = w->sender;
	in->wait_in = w->wait_in;
}

static void seen_waiter(struct incident *in, const struct moment *m, uint32_t src, uint64_t call,
			const struct task_id *task, bool behind, size_t *more)
{
	const struct waiting *w = moment__waiting(m, src, call);
	struct waiter waiter = {
		.task = *task,
		.src = src,
		.call = call,
		.until = m->now,
		.wait_in = w ? w->wait_in : WAIT_UNKNOWN,
		.behind = behind,
	};

	if (w && w->sender.known)
		waiter.task = w->sender;
	if (!incident__add_waiter(in, &waiter))
		++*more;
}

/* Everyone that cannot go on because of @in's CPU. */
static void waiters_of(struct incident *in, const struct moment *m)
{
	size_t more = 0, behind = 0;

	if (in->call)
		seen_waiter(in, m, in->src, in->call, &in->sender, false, &more);
	for (size_t i = 0; i < m->nr_pending; i++) {
		const struct pending *p = &m->pending[i];

		if (p->dst != in->dst || (p->csd == in->csd && p->queued == in->queued))
			continue;
		if (p->call)
			seen_waiter(in, m, p->src, p->call, &p->sender, true, &more);
		else
			behind++;
	}
	if (more > in->more_waiters)
		in->more_waiters = more;
	if (behind > in->queued_behind)
		in->queued_behind = behind;
}

static struct tracked *tracked_of(struct ongoing *l, uint64_t key)
{
	struct tracked *free = NULL;

	for (size_t i = 0; i < TRACKED_MAX; i++) {
		struct tracked *t = &l->tracked[i];

		if (t->used && t->incident.key == key)
			return t;
		if (!t->used && !free)
			free = t;
	}
	return free;
}

/* @in is as it is now: keep that, and what was seen of it before. */
static void see(struct ongoing *l, const struct moment *m, struct incident *in)
{
	struct tracked *t = tracked_of(l, in->key);

	if (!t) {
		l->missed++;
		return;
	}
	if (t->used) {
		const struct incident *before = &t->incident;

		memcpy(in->waiters, before->waiters, sizeof(in->waiters));
		in->nr_waiters = before->nr_waiters;
		in->more_waiters = before->more_waiters;
		in->queued_behind = before->queued_behind;
	} else {
		t->told = false;
	}
	t->used = t->here = true;
	t->gone = 0;
	in->ongoing = true;
	in->time = m->now;
	if (in->phase != PHASE_WAIT)
		waiters_of(in, m);
	t->incident = *in;
}

static void look(struct ongoing *l, const struct moment *m)
{
	for (size_t i = 0; i < m->nr_running; i++) {
		struct incident in = {};

		if (age(m, m->running[i].start) < l->threshold)
			continue;
		of_running(&in, &m->running[i]);
		see(l, m, &in);
	}
	for (size_t i = 0; i < m->nr_pending; i++) {
		struct incident in = {};

		if (age(m, m->pending[i].queued) < l->threshold)
			continue;
		of_pending(&in, &m->pending[i]);
		cause_of_pending(l, m, &in);
		see(l, m, &in);
	}
	for (size_t i = 0; i < m->nr_waiting; i++) {
		struct incident in = {};

		if (age(m, m->waiting[i].call) < l->threshold)
			continue;
		of_waiting(&in, &m->waiting[i]);
		cause_of_wait(l, m, &in);
		see(l, m, &in);
	}
}

/*
 * A wait passes the threshold just before what causes it does: then it is
 * told in its cause's report, if that comes soon.
 */
static bool hold(const struct ongoing *l, const struct incident *in)
{
	uint64_t most = l->threshold / 4 < HOLD_MAX_NS ? l->threshold / 4 : HOLD_MAX_NS;

	return in->phase == PHASE_WAIT && in->cause && !in->covered &&
	       incident__duration(in) < l->threshold + most;
}

/* It is gone. If nothing tells of its end, say so after a while. */
static void miss(struct tracked *t, const struct moment *m, uint64_t drained, ongoing_fn *fn,
		 void *ctx)
{
	/* What found no room in the moment may be it. */
	if (m->dropped && !t->gone)
		return;
	if (!t->gone)
		t->gone = m->now;
	/* Its event may still wait for a reader that is held up. */
	if (m->now - t->gone < ONGOING_GRACE_NS || drained < t->gone + ONGOING_GRACE_NS / 2)
		return;
	t->incident.ongoing = false;
	t->incident.end_unseen = true;
	t->used = t->told && !fn(ctx, &t->incident);
}

void ongoing__moment(struct ongoing *l, const struct moment *m, uint64_t drained, ongoing_fn *fn,
		     void *ctx)
{
	static const enum stall_phase order[] = { PHASE_HANDLER, PHASE_DELIVERY, PHASE_WAIT };

	for (size_t i = 0; i < TRACKED_MAX; i++)
		l->tracked[i].here = false;
	l->missed = m->dropped;
	look(l, m);
	if (l->missed > l->dropped)
		l->dropped = l->missed;
	for (size_t phase = 0; phase < NR_PHASES; phase++) {
		for (size_t i = 0; i < TRACKED_MAX; i++) {
			struct tracked *t = &l->tracked[i];

			if (!t->used || t->incident.phase != order[phase])
				continue;
			if (!t->here)
				miss(t, m, drained, fn, ctx);
			else if (!t->told && !hold(l, &t->incident))
				t->told = fn(ctx, &t->incident);
		}
	}
}

void ongoing__merge(const struct ongoing *l, struct incident *in)
{
	const struct incident *seen = NULL;

	for (size_t i = 0; i < TRACKED_MAX && !seen; i++)
		if (l->tracked[i].used && l->tracked[i].incident.key == in->key)
			seen = &l->tracked[i].incident;
	if (!seen)
		return;
	for (size_t i = 0; i < seen->nr_waiters; i++)
		incident__add_waiter(in, &seen->waiters[i]);
	if (seen->more_waiters > in->more_waiters)
		in->more_waiters = seen->more_waiters;
	if (seen->queued_behind > in->queued_behind)
		in->queued_behind = seen->queued_behind;
	in->queued = in->queued ? in->queued : seen->queued;
}
