// SPDX-License-Identifier: GPL-2.0
#include "abi/mailbox.h"
#include "import/parts.h"

/*
 * The queue events of two senders may be in another order than the llist_add() that follows each
 * event, and a file may have only microseconds.
 */
#define RACE_NS 1000

/* A function that runs now. */
struct running_call {
	uint64_t func;
	uint64_t csd;
	enum {
		RUNS_UNPAIRED, /* a local run, or the queue event was not seen */
		RUNS_PAIRED,
		/* the entry belongs to one of two instances; @slot is the newer one */
		RUNS_IN_DOUBT,
	} what;
	struct pair pair;
	uint32_t slot;
};

struct cpu_pairs {
	/* Csds that were queued before this minus HORIZON_MARGIN_NS have left the queue. */
	uint64_t flushed;
	uint64_t flush_queued; /* when the first csd of the current flush was queued */
	uint64_t flush_entered; /* when that csd was entered */
	/* The latest batch of wake-ups. */
	bool batch;
	uint64_t batch_entered;
	uint64_t batch_queued; /* time of the batch's first queue event; 0 if not seen */
	/* last entry or exit before the batch; the CPU may have taken its list before that */
	uint64_t batch_after;
	uint64_t touched; /* time of the latest entry or exit */
	uint64_t queue_time; /* time of the CPU's latest queue event, as a sender */
	uint32_t depth;
	struct running_call running[FRAMES];
};

struct pairing {
	pair_fn *news;
	void *ctx;
	struct outstanding_set *set;
	struct cpu_pairs *cpus[MAX_CPUS]; /* NULL if nothing ran on the CPU */
	struct ledger sums;
	uint64_t carried_in;
	uint64_t now;
	bool lossy; /* events are missing, and more may be: a file reports a gap only after it */
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

/* Returns the functions of @cpu; NULL if there is no memory, or no such CPU. */
static struct cpu_pairs *get_cpu_pairs(struct pairing *p, uint32_t cpu)
{
	if (cpu < MAX_CPUS && !p->cpus[cpu])
		p->cpus[cpu] = calloc(1, sizeof(*p->cpus[cpu]));
	return cpu < MAX_CPUS ? p->cpus[cpu] : NULL;
}

static struct outstanding *get_slot(struct pairing *p, uint32_t at)
{
	return &p->set->slots[at];
}

/* End @pair; @ended: when its function ended, PAIR_UNKNOWN if that was not seen or has no event. */
static void end_pair(struct pairing *p, struct pair *pair, uint64_t ended)
{
	pair->ended = ended;
	p->news(p->ctx, pair, PAIR_ENDED);
}

/* Count the csd in the slot @at as lost. */
static void lose_slot(struct pairing *p, uint32_t at)
{
	struct pair pair = outstanding__take(p->set, at);

	p->sums.lost_by[LOST_RUN_UNSEEN]++;
	p->news(p->ctx, &pair, PAIR_LOST);
}

/* Note that the csd in the slot @at was entered at @entered. Returns the csd. */
static struct pair enter_slot(struct pairing *p, uint32_t at, uint64_t entered)
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

/* Note that the csd in the slot @at was entered at @entered, and has no exit of its own. */
static void run_slot(struct pairing *p, uint32_t at, uint64_t entered)
{
	struct pair pair = enter_slot(p, at, entered);

	end_pair(p, &pair, PAIR_UNKNOWN);
}

/*
 * Doubt. A csd of unknown type may have two queued instances: the first one was unlocked and is
 * about to run (MARK_ASYNC), or its run was not seen. Then an entry belongs to the older instance
 * if a second entry follows before the csd is queued again, and otherwise to the newer instance.
 */

static struct running_call *find_running_in_doubt(struct cpu_pairs *cpu, uint32_t at)
{
	for (uint32_t i = 0; cpu && i < cpu->depth; i++)
		if (cpu->running[i].what == RUNS_IN_DOUBT && cpu->running[i].slot == at)
			return &cpu->running[i];
	return NULL;
}

/* Give the entry in doubt, which the slot @newer has, to the csd in the slot @whose. */
static void settle_doubt(struct pairing *p, uint32_t newer, uint32_t whose)
{
	struct outstanding *slot = get_slot(p, newer);
	struct running_call *running = find_running_in_doubt(p->cpus[slot->pair.dst], newer);
	uint64_t entered = slot->doubt_entered, ended = slot->doubt_ended;
	struct pair pair;

	slot->doubt_entered = slot->doubt_ended = PAIR_UNKNOWN;
	pair = enter_slot(p, whose, entered);
	if (running) {
		running->what = RUNS_PAIRED;
		running->pair = pair;
		return;
	}
	p->sums.exit_unseen += ended == PAIR_UNKNOWN;
	end_pair(p, &pair, ended);
}

static bool is_in_doubt(struct pairing *p, uint32_t at)
{
	return at != NO_SLOT && get_slot(p, at)->doubt_entered != PAIR_UNKNOWN;
}

/* End the doubt: no second entry came, so the older instances ran unseen. */
static void end_doubt(struct pairing *p, const struct instances *csd)
{
	settle_doubt(p, csd->newest, csd->newest);
	if (csd->oldest != csd->newest)
		lose_slot(p, csd->oldest);
}

/* Drop the doubt: nothing shows to which instance the entry belongs, so it counts as an orphan. */
static void drop_doubt(struct pairing *p, uint32_t at)
{
	struct outstanding *slot = get_slot(p, at);
	struct running_call *running = find_running_in_doubt(p->cpus[slot->pair.dst], at);

	if (running)
		running->what = RUNS_UNPAIRED;
	slot->doubt_entered = PAIR_UNKNOWN;
	p->sums.orphans++;
}

/*
 * Batches. All wake-ups of a flush have one entry and exit, with the csd of the first wake-up. The
 * others were queued after the first one, and before the first one of the next batch.
 */

/*
 * Note that the wake-up in the slot @at has run, in the latest batch of its CPU if @sure. If events
 * are missing, no batch is sure: a later batch may be among the missing events, which a file
 * reports only after the gap. A wake-up for which an IPI was sent found the queue empty, so it is
 * the first of a batch, whose entry is missing: ftrace of Linux 6.18 lacks some entries of idle
 * CPUs that flush their queue after an interrupt.
 */
static void run_member(struct pairing *p, uint32_t at, bool sure)
{
	const struct pair *pair = &get_slot(p, at)->pair;
	const struct cpu_pairs *cpu = p->cpus[pair->dst];

	sure &= !p->lossy && cpu->batch_queued && pair->queued >= cpu->batch_queued &&
		pair->sent == PAIR_UNKNOWN;
	run_slot(p, at, sure ? cpu->batch_entered : PAIR_UNKNOWN);
}

/* Decide if the wake-up in the slot @at, which has left its queue, ran: no later batch was seen. */
static void settle_member(struct pairing *p, uint32_t at)
{
	const struct pair *pair = &get_slot(p, at)->pair;
	const struct cpu_pairs *cpu = p->cpus[pair->dst];

	if (cpu && cpu->batch && pair->queued < cpu->batch_entered)
		run_member(p, at, true);
	else
		lose_slot(p, at);
}

/*
 * Settle the members of the previous batch, because a batch begins. Its first csd was queued at
 * @queued; 0 if unknown. Wake-ups queued before @queued, and before the entry of the previous
 * batch, were in the previous batch.
 */
static void settle_members(struct pairing *p, const struct cpu_pairs *cpu, uint32_t nr,
			   uint64_t queued)
{
	uint32_t at = p->set->first[nr][LIST_WAKE_UPS], next;

	for (; cpu->batch && at != NO_SLOT; at = next) {
		const struct pair *pair = &get_slot(p, at)->pair;
		bool sure = queued && pair->queued + RACE_NS <= queued;

		next = get_slot(p, at)->next;
		if (pair->queued >= cpu->batch_entered || (queued && pair->queued > queued))
			break;
		run_member(p, at, sure);
	}
}

/* The horizon: the csds before it have left their queue, even if no event shows that. */

static bool is_beyond_horizon(const struct cpu_pairs *cpu, const struct pair *pair)
{
	return cpu && pair->queued + HORIZON_MARGIN_NS < cpu->flushed;
}

static void expire_slot(struct pairing *p, uint32_t at)
{
	const struct pair *pair = &get_slot(p, at)->pair;
	struct instances csd;

	if (pair->type == MARK_IRQ_WORK) {
		run_slot(p, at, PAIR_UNKNOWN);
	} else if (pair->type == MARK_TTWU) {
		settle_member(p, at);
	} else {
		csd = outstanding__find(p->set, pair->csd, pair->dst, LIST_CSDS);
		if (is_in_doubt(p, csd.newest))
			end_doubt(p, &csd);
		else
			lose_slot(p, at);
	}
}

/*
 * Advance the horizon of @cpu, by the rule of bpf/mailbox.bpf.h. @queued: when the csd that is
 * entered now was queued.
 */
static void advance_horizon(struct pairing *p, struct cpu_pairs *cpu, uint32_t nr, uint64_t queued)
{
	if (queued <= cpu->flush_entered)
		return;
	cpu->flushed = cpu->flush_queued;
	cpu->flush_queued = queued;
	cpu->flush_entered = p->now;
	for (int list = 0; list < NR_LISTS; list++) {
		uint32_t at;

		while ((at = p->set->first[nr][list]) != NO_SLOT &&
		       is_beyond_horizon(cpu, &get_slot(p, at)->pair))
			expire_slot(p, at);
	}
}

/* Functions that run now. */

/* End @running, whose exit was not seen. */
static void lose_running(struct pairing *p, struct running_call *running)
{
	if (running->what != RUNS_PAIRED)
		return;
	p->sums.exit_unseen++;
	end_pair(p, &running->pair, PAIR_UNKNOWN);
}

/* The function has no queue event: it runs without an IPI, or the event is missing. */
static void see_unqueued(struct pairing *p, const struct mark *mark, enum pair_news news)
{
	const struct pair pair = { .csd = mark->csd,
				   .func = mark->func,
				   .queued = PAIR_UNKNOWN,
				   .sent = PAIR_UNKNOWN,
				   .entered = mark->time,
				   .ended = PAIR_UNKNOWN,
				   .src = mark->cpu,
				   .dst = mark->cpu,
				   .type = MARK_UNKNOWN };

	if (news == PAIR_LOCAL)
		p->sums.local++;
	else
		p->sums.orphans++;
	p->news(p->ctx, &pair, news);
}

static struct running_call *push_running(struct pairing *p, struct cpu_pairs *cpu,
					 const struct mark *mark)
{
	struct running_call *running;

	if (cpu->depth == FRAMES) {
		lose_running(p, &cpu->running[0]);
		cpu->depth--;
		memmove(&cpu->running[0], &cpu->running[1], cpu->depth * sizeof(*cpu->running));
	}
	running = &cpu->running[cpu->depth++];
	running->func = mark->func;
	running->csd = mark->csd;
	running->what = RUNS_UNPAIRED;
	return running;
}

static bool set_time(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	if (!cpu)
		return false;
	p->now = mark->time;
	return true;
}

/* Events. */

/* The csd of @mark is queued again: settle its older instances that must have run. */
static void settle_queued(struct pairing *p, const struct mark *mark)
{
	enum outstanding_list list = outstanding__list(mark->type);
	struct instances csd = outstanding__find(p->set, mark->csd, mark->dst, list);

	if (is_in_doubt(p, csd.newest)) {
		end_doubt(p, &csd);
		csd = outstanding__find(p->set, mark->csd, mark->dst, list);
	}
	while (csd.oldest != NO_SLOT) {
		const struct pair *pair = &get_slot(p, csd.oldest)->pair;

		if (list == LIST_WORKS)
			run_slot(p, csd.oldest, PAIR_UNKNOWN);
		else if (list == LIST_WAKE_UPS)
			settle_member(p, csd.oldest);
		else if (csd.oldest == csd.newest &&
			 (pair->type == MARK_ASYNC || pair->type == MARK_UNKNOWN) &&
			 !is_beyond_horizon(p->cpus[mark->dst], pair))
			return;
		else
			lose_slot(p, csd.oldest);
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
	if (mark->csd && get_cpu_pairs(p, mark->dst) &&
	    set_time(p, get_cpu_pairs(p, mark->cpu), mark)) {
		p->cpus[mark->cpu]->queue_time = mark->time;
		settle_queued(p, mark);
		if (outstanding__add(p->set, &pair))
			return;
	}
	p->sums.lost_by[LOST_MAILBOX_FULL]++;
	p->news(p->ctx, &pair, PAIR_LOST);
}

void pairing__send(struct pairing *p, uint32_t src, uint32_t dst, uint64_t time)
{
	struct pair *latest = NULL;

	if (dst >= MAX_CPUS)
		return;
	for (int list = 0; list < NR_LISTS; list++) {
		uint32_t at = p->set->last[dst][list];
		struct pair *pair = at != NO_SLOT ? &get_slot(p, at)->pair : NULL;

		if (!pair || pair->src != src || pair->sent != PAIR_UNKNOWN)
			continue;
		/* The IPI of a wake-up follows its queue event. */
		if (pair->type == MARK_TTWU && pair->queued != p->cpus[src]->queue_time)
			continue;
		if (!latest || pair->queued > latest->queued)
			latest = pair;
	}
	if (latest)
		latest->sent = time;
}

static void enter_batch(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	struct instances csd = outstanding__find(p->set, mark->csd, mark->cpu, LIST_WAKE_UPS);
	struct running_call *running;
	uint64_t queued = 0;

	/* A csd that was queued to another CPU meanwhile is not the csd that is entered here. */
	if (csd.oldest != NO_SLOT && get_slot(p, csd.oldest)->pair.dst != mark->cpu)
		csd.oldest = NO_SLOT;
	/*
	 * The wake-up was queued before the entry of the previous batch. Either the CPU had taken
	 * that batch's list before; or the wake-up was a member of that batch, and its next queue
	 * event is missing.
	 */
	if (csd.oldest != NO_SLOT && cpu->batch && p->lossy &&
	    get_slot(p, csd.oldest)->pair.queued < cpu->batch_entered) {
		run_member(p, csd.oldest, false);
		csd.oldest = NO_SLOT;
	}
	running = push_running(p, cpu, mark);
	if (csd.oldest == NO_SLOT) {
		see_unqueued(p, mark, PAIR_ORPHAN);
	} else {
		running->pair = enter_slot(p, csd.oldest, mark->time);
		running->what = RUNS_PAIRED;
		queued = running->pair.queued;
	}
	settle_members(p, cpu, mark->cpu, queued);
	cpu->batch = true;
	cpu->batch_entered = mark->time;
	cpu->batch_queued = queued;
	cpu->batch_after = cpu->touched;
	if (queued)
		advance_horizon(p, cpu, mark->cpu, queued);
}

static void enter_csd(struct pairing *p, struct cpu_pairs *cpu, const struct mark *mark)
{
	struct instances csd = outstanding__find(p->set, mark->csd, mark->cpu, LIST_CSDS);
	struct running_call *running = push_running(p, cpu, mark);

	if (csd.oldest == NO_SLOT) {
		see_unqueued(p, mark, PAIR_ORPHAN);
		return;
	}
	if (is_in_doubt(p, csd.newest)) {
		settle_doubt(p, csd.newest, csd.oldest);
		csd.oldest = csd.newest;
	} else if (csd.oldest != csd.newest &&
		   (get_slot(p, csd.oldest)->pair.type == MARK_UNKNOWN ||
		    get_slot(p, csd.newest)->pair.type == MARK_UNKNOWN)) {
		/* The entry may belong to either of the two instances. */
		get_slot(p, csd.newest)->doubt_entered = mark->time;
		running->what = RUNS_IN_DOUBT;
		running->slot = csd.newest;
		return;
	}
	running->pair = enter_slot(p, csd.oldest, mark->time);
	running->what = RUNS_PAIRED;
	advance_horizon(p, cpu, mark->cpu, running->pair.queued);
}

void pairing__entry(struct pairing *p, const struct mark *mark)
{
	struct cpu_pairs *cpu = get_cpu_pairs(p, mark->cpu);
	struct instances wake_up;

	if (!set_time(p, cpu, mark))
		return;
	wake_up = outstanding__find(p->set, mark->csd, mark->cpu, LIST_WAKE_UPS);
	if (!mark->csd) {
		push_running(p, cpu, mark);
		see_unqueued(p, mark, PAIR_LOCAL);
	} else if (mark->type == MARK_TTWU || wake_up.oldest != NO_SLOT) {
		enter_batch(p, cpu, mark);
	} else {
		enter_csd(p, cpu, mark);
	}
	cpu->touched = mark->time;
}

void pairing__exit(struct pairing *p, const struct mark *mark)
{
	struct cpu_pairs *cpu = get_cpu_pairs(p, mark->cpu);
	uint32_t at;

	if (!set_time(p, cpu, mark))
		return;
	cpu->touched = mark->time;
	for (at = cpu->depth; at; at--)
		if (cpu->running[at - 1].func == mark->func &&
		    cpu->running[at - 1].csd == mark->csd)
			break;
	if (!at)
		return;
	/* The exits of the functions called by this one were not seen. */
	while (cpu->depth > at)
		lose_running(p, &cpu->running[--cpu->depth]);
	cpu->depth--;
	if (cpu->running[cpu->depth].what == RUNS_PAIRED)
		end_pair(p, &cpu->running[cpu->depth].pair, mark->time);
	else if (cpu->running[cpu->depth].what == RUNS_IN_DOUBT)
		get_slot(p, cpu->running[cpu->depth].slot)->doubt_ended = mark->time;
}

void pairing__lost(struct pairing *p, uint32_t nr)
{
	struct cpu_pairs *cpu = get_cpu_pairs(p, nr);
	uint32_t at;

	if (!cpu)
		return;
	p->lossy = true;
	/* The run of an irq_work has no event, so none is missing. */
	for (int list = 0; list < NR_LISTS; list++)
		while (list != LIST_WORKS && (at = p->set->first[nr][list]) != NO_SLOT) {
			if (is_in_doubt(p, at))
				drop_doubt(p, at);
			lose_slot(p, at);
		}
	while (cpu->depth)
		lose_running(p, &cpu->running[--cpu->depth]);
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
			lose_slot(p, at);
		/* Times of this CPU are times of the old clock. */
		free(p->cpus[cpu]);
		p->cpus[cpu] = NULL;
	}
	p->now = 0;
}

void pairing__end(struct pairing *p)
{
	for (uint32_t nr = 0; nr < MAX_CPUS; nr++) {
		struct cpu_pairs *cpu = p->cpus[nr];
		uint32_t at, next;

		if (!cpu)
			continue;
		for (at = p->set->first[nr][LIST_WAKE_UPS]; at != NO_SLOT; at = next) {
			uint64_t queued = get_slot(p, at)->pair.queued;

			next = get_slot(p, at)->next;
			/*
			 * A wake-up that was queued before the latest batch was in that batch. This
			 * is certain only if no function ran between the two: otherwise the CPU may
			 * have taken the list before the wake-up was queued.
			 */
			if (cpu->batch && queued + RACE_NS <= cpu->batch_entered &&
			    queued > cpu->batch_after)
				run_member(p, at, true);
		}
		for (at = p->set->first[nr][LIST_CSDS]; at != NO_SLOT; at = next) {
			struct instances csd =
				outstanding__find(p->set, get_slot(p, at)->pair.csd, nr, LIST_CSDS);

			/* The older instance comes first, and the newer one ends with it. */
			next = get_slot(p, at)->next;
			if (!is_in_doubt(p, csd.newest))
				continue;
			while (next == csd.newest && next != NO_SLOT)
				next = get_slot(p, next)->next;
			end_doubt(p, &csd);
		}
		while (cpu->depth)
			lose_running(p, &cpu->running[--cpu->depth]);
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
