// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "abi/mailbox.h"
#include "import/outstanding.h"
#include "import/pairing.h"

/*
 * Two senders' queue events may come in another order than their llist_add() behind them, and a
 * file may have no more than microseconds.
 */
#define RACE_NS 1000

/* A function that runs. */
struct running {
	uint64_t func;
	uint64_t csd;
	enum {
		RUNS_UNPAIRED, /* local, or its queue event was not seen */
		RUNS_PAIRED,
		RUNS_IN_DOUBT, /* the entry is one of two instances': @slot is the newer one */
	} what;
	struct pair pair;
	uint32_t slot;
};

struct cpu_pairs {
	/* As in struct cpu_rec (abi/cpu.h): what was queued before `flushed` less a margin is out. */
	uint64_t flushed;
	uint64_t flush_queued;
	uint64_t flush_entered;
	/* The latest batch of wake-ups. */
	bool batch;
	uint64_t batch_entered;
	uint64_t batch_queued; /* its first csd; 0: that queue event was not seen */
	uint64_t batch_after; /* the last entry or exit before the batch: its list was taken behind that, or before */
	uint64_t touched; /* the latest entry or exit */
	uint32_t depth;
	struct running running[FRAMES];
};

struct pairing {
	pair_fn *news;
	void *ctx;
	struct outstanding_set *set;
	struct cpu_pairs *cpus[MAX_CPUS]; /* NULL: nothing ran there */
	struct ledger sums;
	uint64_t carried_in;
	uint64_t now;
	bool lossy; /* events were missing, and may be again, which is told behind them */
};

struct pairing *pairing__new(pair_fn *news, void *ctx)
{
	struct pairing *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->news = news;
	p->ctx = ctx;
	p->set = outstanding__new();
	if (p->set)
		return p;
	free(p);
	return NULL;
}

void pairing__free(struct pairing *p)
{
	if (!p)
		return;
	for (int i = 0; i < MAX_CPUS; i++)
		free(p->cpus[i]);
	outstanding__free(p->set);
	free(p);
}

/* NULL: no memory, or no such CPU. */
static struct cpu_pairs *cpu_at(struct pairing *p, uint32_t cpu)
{
	if (cpu < MAX_CPUS && !p->cpus[cpu])
		p->cpus[cpu] = calloc(1, sizeof(*p->cpus[cpu]));
	return cpu < MAX_CPUS ? p->cpus[cpu] : NULL;
}

static struct outstanding *slot_at(struct pairing *p, uint32_t at)
{
	return &p->set->slots[at];
}

/* The end of @pair's function, PAIR_UNKNOWN: was not seen, or there is none. */
static void pair_end(struct pairing *p, struct pair *pair, uint64_t ended)
{
	pair->ended = ended;
	p->news(p->ctx, pair, PAIR_ENDED);
}

/* The csd in the slot @at was lost. */
static void slot_lose(struct pairing *p, uint32_t at)
{
	struct pair pair = outstanding__take(p->set, at);

	p->sums.lost_by[LOST_RUN_UNSEEN]++;
	p->news(p->ctx, &pair, PAIR_LOST);
}

/* The csd in the slot @at was entered at @entered; returns it. */
static struct pair slot_enter(struct pairing *p, uint32_t at, uint64_t entered)
{
	struct pair pair = outstanding__take(p->set, at);

	pair.entered = entered;
	if (pair.type == MARK_TTWU)
		p->sums.ttwu++;
	else if (pair.type == MARK_IRQ_WORK)
		p->sums.irq_work++;
	else
		p->sums.function++;
	p->news(p->ctx, &pair, PAIR_ENTERED);
	return pair;
}

/* The same, without an exit of its own. */
static void slot_ran(struct pairing *p, uint32_t at, uint64_t entered)
{
	struct pair pair = slot_enter(p, at, entered);

	pair_end(p, &pair, PAIR_UNKNOWN);
}

/*
 * Doubt. Of a csd whose type is not known two instances may be queued: the first was unlocked and
 * is about to run (MARK_ASYNC), or its run was not seen. An entry then is the older one's if a
 * second entry follows before the csd is queued again, and else the newer one's.
 */

static struct running *running_in_doubt(struct cpu_pairs *cpu, uint32_t at)
{
	for (uint32_t i = 0; cpu && i < cpu->depth; i++)
		if (cpu->running[i].what == RUNS_IN_DOUBT && cpu->running[i].slot == at)
			return &cpu->running[i];
	return NULL;
}

/* The entry in doubt, noted in the slot @newer, is that of the slot @whose. */
static void doubt_settle(struct pairing *p, uint32_t newer, uint32_t whose)
{
	struct outstanding *slot = slot_at(p, newer);
	struct running *running = running_in_doubt(p->cpus[slot->pair.dst], newer);
	uint64_t entered = slot->doubt_entered, ended = slot->doubt_ended;
	struct pair pair;

	slot->doubt_entered = slot->doubt_ended = PAIR_UNKNOWN;
	pair = slot_enter(p, whose, entered);
	if (running) {
		running->what = RUNS_PAIRED;
		running->pair = pair;
		return;
	}
	p->sums.exit_unseen += ended == PAIR_UNKNOWN;
	pair_end(p, &pair, ended);
}

static bool in_doubt(struct pairing *p, uint32_t at)
{
	return at != NO_SLOT && slot_at(p, at)->doubt_entered != PAIR_UNKNOWN;
}

/* No second entry came: the older instances ran unseen. */
static void doubt_end(struct pairing *p, const struct instances *csd)
{
	doubt_settle(p, csd->newest, csd->newest);
	if (csd->oldest != csd->newest)
		slot_lose(p, csd->oldest);
}

/* Nothing tells whose the entry was. */
static void doubt_drop(struct pairing *p, uint32_t at)
{
	struct outstanding *slot = slot_at(p, at);
	struct running *running = running_in_doubt(p->cpus[slot->pair.dst], at);

	if (running)
		running->what = RUNS_UNPAIRED;
	slot->doubt_entered = PAIR_UNKNOWN;
	p->sums.orphans++;
}

/*
 * Batches. All wake-ups of a flush are one entry and exit, with the csd of the first. The others
 * were queued behind that one, and before the first of the next batch.
 */

/*
 * The wake-up in the slot @at has run, in the latest batch of its CPU if that is @sure. Where events
 * are missing it is not: a later batch may be among them, and that is told only behind it.
 */
static void member_ran(struct pairing *p, uint32_t at, bool sure)
{
	const struct pair *pair = &slot_at(p, at)->pair;
	const struct cpu_pairs *cpu = p->cpus[pair->dst];

	sure &= !p->lossy && cpu->batch_queued && pair->queued >= cpu->batch_queued;
	slot_ran(p, at, sure ? cpu->batch_entered : PAIR_UNKNOWN);
}

/* The wake-up in the slot @at is out of its queue, and no later batch was seen: settle it. */
static void member_settle(struct pairing *p, uint32_t at)
{
	const struct pair *pair = &slot_at(p, at)->pair;
	const struct cpu_pairs *cpu = p->cpus[pair->dst];

	if (cpu && cpu->batch && pair->queued < cpu->batch_entered)
		member_ran(p, at, true);
	else
		slot_lose(p, at);
}

/*
 * A batch begins whose first csd was queued at @queued; 0: not known. Those queued before it, and
 * before the entry of the batch before, were in that one.
 */
static void members_settle(struct pairing *p, const struct cpu_pairs *cpu, uint32_t nr,
			   uint64_t queued)
{
	uint32_t at = p->set->first[nr][LIST_WAKE_UPS], next;

	for (; cpu->batch && at != NO_SLOT; at = next) {
		const struct pair *pair = &slot_at(p, at)->pair;
		bool sure = queued && pair->queued + RACE_NS <= queued;

		next = slot_at(p, at)->next;
		if (pair->queued >= cpu->batch_entered || (queued && pair->queued > queued))
			break;
		member_ran(p, at, sure);
	}
}

static void batch_begin(struct cpu_pairs *cpu, uint64_t now, uint64_t queued)
{
	cpu->batch = true;
	cpu->batch_entered = now;
	cpu->batch_queued = queued;
	cpu->batch_after = cpu->touched;
}

/*
 * The wake-up @pair, first of a batch that is entered now, was queued before the entry of the batch
 * before: behind the moment at which that took the list, or it was a member there, and its next
 * queue event is one of those that are missing.
 */
static bool first_doubtful(const struct pairing *p, const struct cpu_pairs *cpu,
			   const struct pair *pair)
{
	return cpu->batch && pair->queued < cpu->batch_entered && p->lossy;
}

/* The horizon: what has left its queue without a sign. */

static bool horizon_passed(const struct cpu_pairs *cpu, const struct pair *pair)
{
	return cpu && pair->queued + HORIZON_MARGIN_NS < cpu->flushed;
}

static void slot_expire(struct pairing *p, uint32_t at)
{
	const struct pair *pair = &slot_at(p, at)->pair;
	struct instances csd;

	if (pair->type == MARK_IRQ_WORK) {
		slot_ran(p, at, PAIR_UNKNOWN);
	} else if (pair->type == MARK_TTWU) {
		member_settle(p, at);
	} else {
		csd = outstanding__find(p->set, pair->csd, pair->dst, LIST_CSDS);
		if (in_doubt(p, csd.newest))
			doubt_end(p, &csd);
		else
			slot_lose(p, at);
	}
}

/* @queued: of a csd that is entered now; the rule is in bpf/mailbox.bpf.h. */
static void horizon_advance(struct pairing *p, struct cpu_pairs *cpu, uint32_t nr, uint64_t queued)
{
	if (queued <= cpu->flush_entered)
		return;
	cpu->flushed = cpu->flush_queued;
	cpu->flush_queued = queued;
	cpu->flush_entered = p->now;
	for (int list = 0; list < NR_LISTS; list++) {
		uint32_t at;

		while ((at = p->set->first[nr][list]) != NO_SLOT &&
		       horizon_passed(cpu, &slot_at(p, at)->pair))
			slot_expire(p, at);
	}
}

/* What runs. */

/* The exit of @running was not seen. */
static void running_lose(struct pairing *p, struct running *running)
{
	if (running->what != RUNS_PAIRED)
		return;
	p->sums.exit_unseen++;
	pair_end(p, &running->pair, PAIR_UNKNOWN);
}

static struct running *running_push(struct pairing *p, struct cpu_pairs *cpu,
				    const struct mark *mark)
{
	struct running *running;

	if (cpu->depth == FRAMES) {
		running_lose(p, &cpu->running[0]);
		cpu->depth--;
		memmove(&cpu->running[0], &cpu->running[1], cpu->depth * sizeof(*cpu->running));
	}
	running = &cpu->running[cpu->depth++];
	running->func = mark->func;
	running->csd = mark->csd;
	running->what = RUNS_UNPAIRED;
	return running;
}

static bool time_set(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	if (!cpu)
		return false;
	p->now = mark->time;
	return true;
}

/* The events. */

static bool may_be_twice(enum mark_type type)
{
	return type == MARK_ASYNC || type == MARK_UNKNOWN;
}

/* @mark is queued again: its instances that must have run are settled. */
static void queue_settle(struct pairing *p, const struct mark *mark)
{
	enum outstanding_list list = outstanding__list(mark->type);
	struct instances csd = outstanding__find(p->set, mark->csd, mark->dst, list);

	if (in_doubt(p, csd.newest)) {
		doubt_end(p, &csd);
		csd = outstanding__find(p->set, mark->csd, mark->dst, list);
	}
	while (csd.oldest != NO_SLOT) {
		const struct pair *pair = &slot_at(p, csd.oldest)->pair;

		if (list == LIST_WORKS)
			slot_ran(p, csd.oldest, PAIR_UNKNOWN);
		else if (list == LIST_WAKE_UPS)
			member_settle(p, csd.oldest);
		else if (csd.oldest == csd.newest && may_be_twice(pair->type) &&
			 !horizon_passed(p->cpus[mark->dst], pair))
			return;
		else
			slot_lose(p, csd.oldest);
		csd = outstanding__find(p->set, mark->csd, mark->dst, list);
	}
}

void pairing__queue(struct pairing *p, const struct mark *mark)
{
	struct pair pair = {
		.csd = mark->csd,
		.func = mark->func,
		.callsite = mark->callsite,
		.queued = mark->time,
		.sent = PAIR_UNKNOWN,
		.entered = PAIR_UNKNOWN,
		.ended = PAIR_UNKNOWN,
		.src = mark->cpu,
		.dst = mark->dst,
		.type = mark->type,
		.task = mark->task,
	};

	p->sums.queued++;
	if (mark->csd && cpu_at(p, mark->dst) && time_set(p, cpu_at(p, mark->cpu), mark)) {
		queue_settle(p, mark);
		if (outstanding__add(p->set, &pair))
			return;
	}
	p->sums.lost_by[LOST_MAILBOX_FULL]++;
	p->news(p->ctx, &pair, PAIR_LOST);
}

void pairing__send(struct pairing *p, uint32_t src, uint32_t dst, uint64_t time)
{
	if (dst >= MAX_CPUS)
		return;
	for (int list = 0; list < NR_LISTS; list++) {
		uint32_t at = p->set->last[dst][list];

		if (at != NO_SLOT && slot_at(p, at)->pair.src == src &&
		    slot_at(p, at)->pair.sent == PAIR_UNKNOWN) {
			slot_at(p, at)->pair.sent = time;
			return;
		}
	}
}

static void entry_local(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	const struct pair pair = { .func = mark->func,
				   .queued = PAIR_UNKNOWN,
				   .sent = PAIR_UNKNOWN,
				   .entered = mark->time,
				   .ended = PAIR_UNKNOWN,
				   .src = mark->cpu,
				   .dst = mark->cpu,
				   .type = MARK_UNKNOWN };

	running_push(p, cpu, mark);
	p->sums.local++;
	p->news(p->ctx, &pair, PAIR_LOCAL);
}

static void entry_of_batch(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	struct instances csd = outstanding__find(p->set, mark->csd, mark->cpu, LIST_WAKE_UPS);
	struct running *running;
	uint64_t queued = 0;

	/* It may be queued to another CPU meanwhile, but not enter here then. */
	if (csd.oldest != NO_SLOT && slot_at(p, csd.oldest)->pair.dst != mark->cpu)
		csd.oldest = NO_SLOT;
	if (csd.oldest != NO_SLOT && first_doubtful(p, cpu, &slot_at(p, csd.oldest)->pair)) {
		member_ran(p, csd.oldest, false);
		csd.oldest = NO_SLOT;
	}
	running = running_push(p, cpu, mark);
	if (csd.oldest == NO_SLOT) {
		p->sums.orphans++;
	} else {
		running->pair = slot_enter(p, csd.oldest, mark->time);
		running->what = RUNS_PAIRED;
		queued = running->pair.queued;
	}
	members_settle(p, cpu, mark->cpu, queued);
	batch_begin(cpu, mark->time, queued);
	if (queued)
		horizon_advance(p, cpu, mark->cpu, queued);
}

/* The entry is one of two instances', and nothing says of which. */
static bool entry_doubtful(struct pairing *p, const struct instances *csd)
{
	return csd->oldest != csd->newest && (slot_at(p, csd->oldest)->pair.type == MARK_UNKNOWN ||
					      slot_at(p, csd->newest)->pair.type == MARK_UNKNOWN);
}

static void entry_of_csd(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	struct instances csd = outstanding__find(p->set, mark->csd, mark->cpu, LIST_CSDS);
	struct running *running = running_push(p, cpu, mark);

	if (csd.oldest == NO_SLOT) {
		p->sums.orphans++;
		return;
	}
	if (in_doubt(p, csd.newest)) {
		doubt_settle(p, csd.newest, csd.oldest);
		csd.oldest = csd.newest;
	} else if (entry_doubtful(p, &csd)) {
		slot_at(p, csd.newest)->doubt_entered = mark->time;
		running->what = RUNS_IN_DOUBT;
		running->slot = csd.newest;
		return;
	}
	running->pair = slot_enter(p, csd.oldest, mark->time);
	running->what = RUNS_PAIRED;
	horizon_advance(p, cpu, mark->cpu, running->pair.queued);
}

void pairing__entry(struct pairing *p, const struct mark *mark)
{
	struct cpu_pairs *cpu = cpu_at(p, mark->cpu);
	struct instances wake_up;

	if (!time_set(p, cpu, mark))
		return;
	wake_up = outstanding__find(p->set, mark->csd, mark->cpu, LIST_WAKE_UPS);
	if (!mark->csd)
		entry_local(p, cpu, mark);
	else if (mark->type == MARK_TTWU || wake_up.oldest != NO_SLOT)
		entry_of_batch(p, cpu, mark);
	else
		entry_of_csd(p, cpu, mark);
	cpu->touched = mark->time;
}

void pairing__exit(struct pairing *p, const struct mark *mark)
{
	struct cpu_pairs *cpu = cpu_at(p, mark->cpu);
	uint32_t at;

	if (!time_set(p, cpu, mark))
		return;
	cpu->touched = mark->time;
	for (at = cpu->depth; at; at--)
		if (cpu->running[at - 1].func == mark->func &&
		    cpu->running[at - 1].csd == mark->csd)
			break;
	if (!at)
		return;
	/* The exits of those above were not seen. */
	while (cpu->depth > at)
		running_lose(p, &cpu->running[--cpu->depth]);
	cpu->depth--;
	if (cpu->running[cpu->depth].what == RUNS_PAIRED)
		pair_end(p, &cpu->running[cpu->depth].pair, mark->time);
	else if (cpu->running[cpu->depth].what == RUNS_IN_DOUBT)
		slot_at(p, cpu->running[cpu->depth].slot)->doubt_ended = mark->time;
}

void pairing__lost(struct pairing *p, uint32_t nr)
{
	struct cpu_pairs *cpu = cpu_at(p, nr);
	uint32_t at;

	if (!cpu)
		return;
	p->lossy = true;
	/* No event tells of a work's run, so none of them is missing. */
	for (int list = 0; list < NR_LISTS; list++)
		while (list != LIST_WORKS && (at = p->set->first[nr][list]) != NO_SLOT) {
			if (in_doubt(p, at))
				doubt_drop(p, at);
			slot_lose(p, at);
		}
	while (cpu->depth)
		running_lose(p, &cpu->running[--cpu->depth]);
	cpu->batch = false;
}

void pairing__lost_all(struct pairing *p)
{
	uint32_t at;

	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!p->cpus[cpu])
			continue;
		pairing__lost(p, cpu);
		while ((at = p->set->first[cpu][LIST_WORKS]) != NO_SLOT)
			slot_lose(p, at);
		/* Its times are of the old clock. */
		free(p->cpus[cpu]);
		p->cpus[cpu] = NULL;
	}
	p->now = 0;
}

/*
 * The wake-up in the slot @at was in the latest batch, if it was queued before that began. Surely
 * only if no function ran between: else the list may have been taken before it was queued.
 */
static void member_end(struct pairing *p, const struct cpu_pairs *cpu, uint32_t at)
{
	const struct pair *pair = &slot_at(p, at)->pair;

	if (cpu->batch && pair->queued + RACE_NS <= cpu->batch_entered &&
	    pair->queued > cpu->batch_after)
		member_ran(p, at, true);
}

void pairing__end(struct pairing *p)
{
	for (uint32_t nr = 0; nr < MAX_CPUS; nr++) {
		struct cpu_pairs *cpu = p->cpus[nr];
		uint32_t at, next;

		if (!cpu)
			continue;
		for (at = p->set->first[nr][LIST_WAKE_UPS]; at != NO_SLOT; at = next) {
			next = slot_at(p, at)->next;
			member_end(p, cpu, at);
		}
		for (at = p->set->first[nr][LIST_CSDS]; at != NO_SLOT; at = next) {
			struct instances csd =
				outstanding__find(p->set, slot_at(p, at)->pair.csd, nr, LIST_CSDS);

			/* The older one comes first, and its newer one goes with it. */
			next = slot_at(p, at)->next;
			if (!in_doubt(p, csd.newest))
				continue;
			while (next == csd.newest && next != NO_SLOT)
				next = slot_at(p, next)->next;
			doubt_end(p, &csd);
		}
		while (cpu->depth)
			running_lose(p, &cpu->running[--cpu->depth]);
	}
}

void pairing__cut(struct pairing *p, struct ledger *ledger)
{
	*ledger = p->sums;
	ledger->carried_in = p->carried_in;
	ledger->in_flight = p->carried_in = p->set->nr;
	p->sums = (struct ledger){};
}

void pairing__pending(const struct pairing *p, void (*each)(void *ctx, const struct pair *pair),
		      void *ctx)
{
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++)
		for (int list = 0; p->cpus[cpu] && list < NR_LISTS; list++)
			for (uint32_t at = p->set->first[cpu][list]; at != NO_SLOT;
			     at = p->set->slots[at].next)
				each(ctx, &p->set->slots[at].pair);
}
