// SPDX-License-Identifier: GPL-2.0
#include "base/shared_copy.h"
#include "stall/incident.h"

#define TRACKED_MAX 256

/*
 * The report of a wait is held back for at most this long after the threshold, until its cause
 * passes the threshold, too.
 */
#define HOLD_MAX_NS 4000000ULL

/* The part of an entry that the other watchers read. */
struct shown {
	uint64_t key;
	struct looks looks;
};

struct tracked {
	bool used;
	bool present; /* the latest moment has the stall */
	bool reported;
	uint32_t turn; /* odd while "shown" is being written */
	struct shown shown; /* a copy of what "incident" has */
	uint64_t gone; /* time of the first moment without the stall; 0: none yet */
	struct incident incident;
};

struct ongoing {
	uint64_t threshold;
	bool any; /* an entry of tracked[] is in use */
	bool last; /* the next moment is the last one */
	size_t missed; /* stalls of the latest moment that found no room */
	size_t dropped; /* the highest "missed" of a moment */
	struct tracked tracked[TRACKED_MAX];
};

struct ongoing *ongoing__new(uint64_t threshold)
{
	struct ongoing *ongoing = calloc(1, sizeof(*ongoing));

	if (ongoing)
		ongoing->threshold = threshold;
	return ongoing;
}

size_t ongoing__dropped(const struct ongoing *ongoing)
{
	return ongoing->dropped;
}

static uint64_t get_age(const struct moment *moment, uint64_t since)
{
	return since < moment->now ? moment->now - since : 0;
}

/* Returns the csd that has been queued to @cpu for longest. */
static const struct pending *find_oldest_pending(const struct moment *moment, uint32_t cpu)
{
	const struct pending *first = NULL;

	for (size_t i = 0; i < moment->nr_pending; i++)
		if (moment->pending[i].dst == cpu &&
		    (!first || moment->pending[i].queued < first->queued))
			first = &moment->pending[i];
	return first;
}

static struct incident *fill_from_running(struct incident *incident, const struct running *r)
{
	*incident = (struct incident){
		.phase = PHASE_HANDLER,
		.key = incident__key(PHASE_HANDLER, r->dst, r->csd, r->start),
		.start = r->start,
		.src = r->src,
		.dst = r->dst,
		.dst_known = true,
		.func.addr = r->func,
		.callsite.addr = r->callsite,
		.csd = r->csd,
		.call = r->call,
		.queued = r->queued,
		.sender = r->sender,
		.slept = r->slept,
	};
	return incident;
}

static struct incident *fill_from_pending(struct incident *incident, const struct pending *p)
{
	*incident = (struct incident){
		.phase = PHASE_DELIVERY,
		.key = incident__key(PHASE_DELIVERY, p->dst, p->csd, p->queued),
		.start = p->queued,
		.queued = p->queued,
		.src = p->src,
		.dst = p->dst,
		.dst_known = true,
		.func.addr = p->func,
		.callsite.addr = p->callsite,
		.csd = p->csd,
		.call = p->call,
		.sender = p->sender,
	};
	return incident;
}

/* Set the cause of a late csd: a function that runs on its CPU, or an older csd queued there. */
static void set_pending_cause(const struct ongoing *ongoing, const struct moment *moment,
			      struct incident *incident)
{
	const struct running *r = moment__running_on(moment, incident->dst);
	const struct pending *p = find_oldest_pending(moment, incident->dst);

	if (r) {
		incident->cause = incident__key(PHASE_HANDLER, r->dst, r->csd, r->start);
		incident->covered = get_age(moment, r->start) >= ongoing->threshold;
		incident->late = LATE_BEHIND;
		incident->doing.addr = r->func;
		incident->doing_since = r->start;
	} else if (p && (p->csd != incident->csd || p->queued != incident->queued)) {
		incident->cause = incident__key(PHASE_DELIVERY, p->dst, p->csd, p->queued);
		incident->covered = get_age(moment, p->queued) >= ongoing->threshold;
	}
}

/* Find the target that has kept the sender for longest, and count the targets that are not done. */
static void find_wait_target(const struct moment *moment, struct incident *incident,
			     struct incident *target)
{
	uint64_t since = UINT64_MAX;

	incident->nr_targets = 0;
	for (size_t i = 0; i < moment->nr_running; i++) {
		const struct running *r = &moment->running[i];

		if (r->call != incident->call || r->src != incident->src)
			continue;
		incident->nr_targets++;
		if (r->start < since) {
			fill_from_running(target, r);
			since = r->start;
		}
	}
	for (size_t i = 0; i < moment->nr_pending; i++) {
		const struct pending *p = &moment->pending[i];

		if (p->call != incident->call || p->src != incident->src)
			continue;
		incident->nr_targets++;
		/* A function that has not begun ends later than functions that run. */
		if (p->queued < since || target->phase == PHASE_HANDLER) {
			fill_from_pending(target, p);
			since = p->queued;
		}
	}
}

/* Set the cause of a wait for one CPU to the interrupt for function calls that this CPU is in. */
static void set_interrupt_cause(const struct moment *moment, struct incident *incident)
{
	const struct waiting *w = moment__waiting(moment, incident->src, incident->call);
	const struct interrupting *irq;

	if (!w || w->nr_targets != 1)
		return;
	incident->nr_targets = 1;
	incident->dst_known = true;
	incident->dst = w->dst;
	irq = moment__interrupting(moment, w->dst);
	if (!irq)
		return;
	incident->cause = incident__key(PHASE_INTERRUPT, irq->cpu, 0, irq->start);
	incident->irq_known = true;
	incident->irq = irq->kind;
	incident->doing_since = irq->start;
}

static void set_wait_cause(const struct ongoing *ongoing, const struct moment *moment,
			   struct incident *incident)
{
	struct incident target = { .phase = NR_PHASES };

	find_wait_target(moment, incident, &target);
	if (!incident->nr_targets) {
		set_interrupt_cause(moment, incident);
		return;
	}
	incident->dst_known = true;
	incident->dst = target.dst;
	incident->cause = target.key;
	incident->covered = get_age(moment, target.start) >= ongoing->threshold;
	if (target.phase == PHASE_HANDLER) {
		incident->doing = target.func;
		incident->doing_since = target.start;
		return;
	}
	set_pending_cause(ongoing, moment, &target);
	incident->late = target.late;
	incident->doing = target.doing;
	incident->doing_since = target.doing_since;
	/* The delivery has a cause itself, which is the cause of the wait, too. */
	if (target.cause && target.covered) {
		incident->cause = target.cause;
		incident->covered = true;
	}
}

static void add_seen_waiter(struct incident *incident, const struct moment *moment, uint32_t src,
			    uint64_t call, const struct task_id *task, bool behind, size_t *more)
{
	const struct waiting *w = moment__waiting(moment, src, call);
	struct waiter waiter = {
		.task = *task,
		.src = src,
		.call = call,
		.until = moment->now,
		.wait_in = w ? w->wait_in : WAIT_UNKNOWN,
		.behind = behind,
	};

	if (w && w->sender.known)
		waiter.task = w->sender;
	if (!incident__add_waiter(incident, &waiter))
		++*more;
}

/* Add the senders that wait for @incident, an interrupt: those of calls to its CPU only. */
static void add_interrupt_waiters(struct incident *incident, const struct moment *moment)
{
	size_t more = 0;

	for (size_t i = 0; i < moment->nr_waiting; i++) {
		const struct waiting *w = &moment->waiting[i];

		if (incident->irq == KIND_CALL_FUNCTION && w->nr_targets == 1 &&
		    w->dst == incident->dst)
			add_seen_waiter(incident, moment, w->src, w->call, &w->sender, false,
					&more);
	}
	if (more > incident->more_waiters)
		incident->more_waiters = more;
}

/* Add every sender that waits for @incident's CPU. */
static void add_waiters(struct incident *incident, const struct moment *moment)
{
	size_t more = 0, behind = 0;

	if (incident->call)
		add_seen_waiter(incident, moment, incident->src, incident->call, &incident->sender,
				false, &more);
	for (size_t i = 0; i < moment->nr_pending; i++) {
		const struct pending *p = &moment->pending[i];

		if (p->dst != incident->dst ||
		    (p->csd == incident->csd && p->queued == incident->queued))
			continue;
		if (p->call)
			add_seen_waiter(incident, moment, p->src, p->call, &p->sender, true, &more);
		else
			behind++;
	}
	if (more > incident->more_waiters)
		incident->more_waiters = more;
	if (behind > incident->queued_behind)
		incident->queued_behind = behind;
}

static struct tracked *find_tracked(struct ongoing *ongoing, uint64_t key)
{
	struct tracked *free = NULL;

	for (size_t i = 0; i < TRACKED_MAX; i++) {
		struct tracked *t = &ongoing->tracked[i];

		if (t->used && t->incident.key == key)
			return t;
		if (!t->used && !free)
			free = t;
	}
	return free;
}

/*
 * Store the state of @incident at @moment, if it is a stall by then, with its cause and with the
 * waiters and looks of earlier moments. @pending: the csd of a delivery; NULL: the stall is no
 * delivery.
 */
static void track(struct ongoing *ongoing, const struct moment *moment, struct incident *incident,
		  const struct pending *pending)
{
	struct shown shown;
	struct tracked *t;

	if (get_age(moment, incident->start) < ongoing->threshold)
		return;
	if (pending)
		set_pending_cause(ongoing, moment, incident);
	else if (incident->phase == PHASE_WAIT)
		set_wait_cause(ongoing, moment, incident);
	t = find_tracked(ongoing, incident->key);
	if (!t) {
		ongoing->missed++;
		return;
	}
	if (t->used) {
		const struct incident *before = &t->incident;

		memcpy(incident->waiters, before->waiters, sizeof(incident->waiters));
		incident->nr_waiters = before->nr_waiters;
		incident->more_waiters = before->more_waiters;
		incident->queued_behind = before->queued_behind;
		incident__add_looks(incident, &before->looks);
	} else {
		t->reported = false;
	}
	t->used = t->present = ongoing->any = true;
	t->gone = 0;
	incident->ongoing = true;
	incident->time = moment->now;
	if (pending)
		incident__look(incident, pending, moment->now);
	incident__set_why(incident);
	if (incident->phase == PHASE_INTERRUPT)
		add_interrupt_waiters(incident, moment);
	else if (incident->phase != PHASE_WAIT)
		add_waiters(incident, moment);
	t->incident = *incident;
	/* Let the other watchers read the entry's looks. */
	shown = (struct shown){ incident->key, incident->looks };
	__atomic_store_n(&t->turn, t->turn + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	shared_copy__store(&t->shown, &shown, sizeof(shown));
	__atomic_store_n(&t->turn, t->turn + 1, __ATOMIC_RELEASE);
}

static void track_all(struct ongoing *ongoing, const struct moment *moment)
{
	struct incident incident;

	for (size_t i = 0; i < moment->nr_running; i++)
		track(ongoing, moment, fill_from_running(&incident, &moment->running[i]), NULL);
	for (size_t i = 0; i < moment->nr_pending; i++)
		track(ongoing, moment, fill_from_pending(&incident, &moment->pending[i]),
		      &moment->pending[i]);
	for (size_t i = 0; i < moment->nr_interrupting; i++) {
		const struct interrupting *irq = &moment->interrupting[i];

		incident = (struct incident){
			.phase = PHASE_INTERRUPT,
			.key = incident__key(PHASE_INTERRUPT, irq->cpu, 0, irq->start),
			.start = irq->start,
			.dst = irq->cpu,
			.dst_known = true,
			.irq_known = true,
			.irq = irq->kind,
		};
		track(ongoing, moment, &incident, NULL);
	}
	for (size_t i = 0; i < moment->nr_waiting; i++) {
		const struct waiting *w = &moment->waiting[i];

		incident = (struct incident){
			.phase = PHASE_WAIT,
			.key = incident__key(PHASE_WAIT, w->src, 0, w->call),
			.start = w->call,
			.call = w->call,
			.src = w->src,
			.func.addr = w->func,
			.sender = w->sender,
			.wait_in = w->wait_in,
		};
		track(ongoing, moment, &incident, NULL);
	}
}

/*
 * Whether the report of @incident must wait: a wait passes the threshold just before its cause
 * does, and the report of the cause covers the wait.
 */
static bool is_held_back(const struct ongoing *ongoing, const struct incident *incident)
{
	uint64_t most = ongoing->threshold / 4 < HOLD_MAX_NS ? ongoing->threshold / 4 : HOLD_MAX_NS;

	if (ongoing->last)
		return false;
	return incident->phase == PHASE_WAIT && incident->cause && !incident->covered &&
	       incident__duration(incident) < ongoing->threshold + most;
}

/* Report that the stall ended unseen. Returns what @fn returns. */
static bool report_unseen(struct tracked *t, ongoing_fn *fn, void *ctx)
{
	t->incident.ongoing = false;
	t->incident.end_unseen = true;
	return fn(ctx, &t->incident);
}

/* The moment lacks the stall: report its end as not seen if no event of the end comes. */
static void check_absent(struct tracked *t, const struct moment *moment, uint64_t events_read,
			 ongoing_fn *fn, void *ctx)
{
	/* The moment had no room for some stalls: this stall may be one of them. */
	if (moment->dropped && !t->gone)
		return;
	if (!t->gone) {
		t->gone = moment->now;
		t->incident.at_most = (moment->read > moment->now ? moment->read : moment->now) -
				      t->incident.start;
	}
	/* The watcher that reads events may be held up, and the stall's end not be read yet. */
	if (moment->now - t->gone < ONGOING_GRACE_NS ||
	    events_read < t->gone + ONGOING_GRACE_NS / 2)
		return;
	t->used = t->reported && !report_unseen(t, fn, ctx);
}

void ongoing__moment(struct ongoing *ongoing, const struct moment *moment, uint64_t events_read,
		     ongoing_fn *fn, void *ctx)
{
	static const enum stall_phase order[] = { PHASE_HANDLER, PHASE_INTERRUPT, PHASE_DELIVERY,
						  PHASE_WAIT };

	/* Most moments are empty, and tracked[] is large: do not touch its cache lines. */
	if (!ongoing->any && moment__empty(moment))
		return;
	for (size_t i = 0; i < TRACKED_MAX; i++)
		ongoing->tracked[i].present = false;
	ongoing->missed = moment->dropped;
	track_all(ongoing, moment);
	if (ongoing->missed > ongoing->dropped)
		ongoing->dropped = ongoing->missed;
	for (size_t phase = 0; phase < NR_PHASES; phase++) {
		for (size_t i = 0; i < TRACKED_MAX; i++) {
			struct tracked *t = &ongoing->tracked[i];

			if (!t->used || t->incident.phase != order[phase])
				continue;
			if (!t->present)
				check_absent(t, moment, events_read, fn, ctx);
			else if (!t->reported && !is_held_back(ongoing, &t->incident))
				t->reported = fn(ctx, &t->incident);
		}
	}
	ongoing->any = false;
	for (size_t i = 0; i < TRACKED_MAX && !ongoing->any; i++)
		ongoing->any = ongoing->tracked[i].used;
}

void ongoing__last(struct ongoing *ongoing)
{
	ongoing->last = true;
}

void ongoing__end(struct ongoing *ongoing, ongoing_fn *fn, void *ctx)
{
	for (size_t i = 0; i < TRACKED_MAX && ongoing->any; i++) {
		struct tracked *t = &ongoing->tracked[i];

		if (t->used && t->reported && t->gone)
			report_unseen(t, fn, ctx);
	}
}

void ongoing__each(const struct ongoing *ongoing, ongoing_fn *fn, void *ctx)
{
	for (size_t i = 0; i < TRACKED_MAX && ongoing->any; i++) {
		const struct tracked *t = &ongoing->tracked[i];

		if (t->used && t->present && t->reported)
			fn(ctx, &t->incident);
	}
}

void ongoing__merge(const struct ongoing *ongoing, struct incident *incident)
{
	const struct incident *seen = NULL;

	for (size_t i = 0; i < TRACKED_MAX && ongoing->any && !seen; i++)
		if (ongoing->tracked[i].used && ongoing->tracked[i].incident.key == incident->key)
			seen = &ongoing->tracked[i].incident;
	if (!seen)
		return;
	for (size_t i = 0; i < seen->nr_waiters; i++)
		incident__add_waiter(incident, &seen->waiters[i]);
	if (seen->more_waiters > incident->more_waiters)
		incident->more_waiters = seen->more_waiters;
	if (seen->queued_behind > incident->queued_behind)
		incident->queued_behind = seen->queued_behind;
	incident->queued = incident->queued ? incident->queued : seen->queued;
}

void ongoing__merge_looks(const struct ongoing *ongoing, struct incident *incident)
{
	for (size_t i = 0; i < TRACKED_MAX; i++) {
		const struct tracked *t = &ongoing->tracked[i];
		uint32_t turn = __atomic_load_n(&t->turn, __ATOMIC_ACQUIRE);
		struct shown shown;

		shared_copy__load(&shown, &t->shown, sizeof(shown));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (turn & 1 || __atomic_load_n(&t->turn, __ATOMIC_RELAXED) != turn ||
		    shown.key != incident->key)
			continue;
		incident__add_looks(incident, &shown.looks);
		return;
	}
}
