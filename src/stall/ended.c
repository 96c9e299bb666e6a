// SPDX-License-Identifier: GPL-2.0
#include "stall/incident.h"

/* Stalls held or released; a released stall stays in the ring as a possible cause of others. */
#define RING 128

struct held {
	uint64_t due;
	struct incident incident;
	struct target_time targets[TARGETS_MAX];
};

struct ended {
	/* Stalls since the beginning; each number modulo RING is an index of the ring. */
	uint64_t added;
	uint64_t released;
	struct held ring[RING];
};

struct ended *ended__new(void)
{
	return calloc(1, sizeof(struct ended));
}

static struct incident *get_incident(struct ended *ended, uint64_t i)
{
	return &ended->ring[i % RING].incident;
}

static uint64_t find_oldest(const struct ended *ended)
{
	return ended->added > RING ? ended->added - RING : 0;
}

static bool is_same_call(const struct incident *a, const struct incident *b)
{
	return a->call && a->call == b->call && a->src == b->src;
}

/* Whether @root lasted on the same CPU for most of @incident's time. */
static bool has_kept_cpu(const struct incident *incident, const struct incident *root)
{
	return incident->dst_known && incident->dst == root->dst &&
	       incident__overlap(incident, root) >= (incident__duration(incident) + 1) / 2;
}

/* How well one stall explains another; a better explanation has a higher value. */
enum fit {
	FIT_NONE,
	FIT_EARLIER, /* an earlier delivery, late for the same reason */
	FIT_HANDLER, /* a handler that kept the CPU */
	FIT_SAME_CALL, /* a target of the same call */
	FIT_LAST_TARGET, /* the last target of the same call */
};

/* Returns how well @root explains @incident. */
static enum fit rate_root(const struct incident *incident, const struct incident *root)
{
	if (root == incident || root->phase == PHASE_WAIT || incident->phase == PHASE_HANDLER ||
	    incident->phase == PHASE_INTERRUPT)
		return FIT_NONE;
	/* Senders wait only for an interrupt that brings functions to its CPU. */
	if (root->phase == PHASE_INTERRUPT && incident->phase == PHASE_WAIT && root->irq_known &&
	    root->irq == KIND_CALL_FUNCTION && has_kept_cpu(incident, root))
		return FIT_HANDLER;
	if (root->phase == PHASE_INTERRUPT)
		return FIT_NONE;
	if (incident->phase == PHASE_WAIT && is_same_call(incident, root))
		return !incident->dst_known || incident->dst == root->dst ? FIT_LAST_TARGET :
									    FIT_SAME_CALL;
	if (!has_kept_cpu(incident, root))
		return FIT_NONE;
	if (root->phase == PHASE_HANDLER)
		return FIT_HANDLER;
	return root->start < incident->start ? FIT_EARLIER : FIT_NONE;
}

/* Returns the stall that explains @incident best, of equally good ones the longest; NULL: none. */
static struct incident *find_root(struct ended *ended, const struct incident *incident)
{
	struct incident *best = NULL;
	enum fit best_fit = FIT_NONE;

	for (uint64_t i = find_oldest(ended); i < ended->added; i++) {
		struct incident *root = get_incident(ended, i);
		enum fit fit = rate_root(incident, root);

		if (fit > best_fit || (fit && fit == best_fit &&
				       incident__duration(root) > incident__duration(best))) {
			best = root;
			best_fit = fit;
		}
	}
	return best;
}

/*
 * Returns how much of @incident's time handlers on its CPU took, ns. Several handlers in a row may
 * delay @incident, while each of them is too short to be its root.
 */
static uint64_t sum_handlers(struct ended *ended, const struct incident *incident)
{
	uint64_t ns = 0;

	for (uint64_t i = find_oldest(ended); i < ended->added; i++) {
		const struct incident *other = get_incident(ended, i);

		if (other->phase == PHASE_HANDLER && other->dst == incident->dst)
			ns += incident__overlap(incident, other);
	}
	return ns;
}

/* Set the cause of @incident, and what the report says about that cause. */
static void find_cause(struct ended *ended, struct incident *incident)
{
	const struct incident *root = find_root(ended, incident);

	incident->others = sum_handlers(ended, incident);
	if (!root)
		return;
	incident->cause = root->key;
	if (root->phase == PHASE_INTERRUPT) {
		incident->irq_known = true;
		incident->irq = root->irq;
		incident->doing_since = root->start;
		return;
	}
	incident->covered = true;
	if (root->phase != PHASE_HANDLER)
		return;
	incident->doing = root->func;
	incident->doing_since = root->start;
}

/* Add to @incident its sender, and the senders of other stalls that @incident explains. */
static void find_waiters(struct ended *ended, struct incident *incident)
{
	struct waiter own = { .task = incident->sender,
			      .src = incident->src,
			      .call = incident->call,
			      .until = incident->time };
	size_t more = 0;

	if (incident->call)
		incident__add_waiter(incident, &own);
	for (uint64_t i = find_oldest(ended); i < ended->added; i++) {
		const struct incident *other = get_incident(ended, i);
		struct waiter waiter = {
			.task = other->sender,
			.src = other->src,
			.call = other->call,
			.until = other->time,
			.wait_in = other->wait_in,
			.behind = incident->phase != PHASE_INTERRUPT &&
				  !is_same_call(incident, other),
		};

		if (!other->call || other->phase == PHASE_HANDLER || !rate_root(other, incident))
			continue;
		if (!incident__add_waiter(incident, &waiter))
			more++;
		if (other->phase == PHASE_WAIT && is_same_call(incident, other) &&
		    other->dst == incident->dst) {
			incident->nr_targets = other->nr_targets;
			incident->straggler = other->straggler;
		}
	}
	if (more > incident->more_waiters)
		incident->more_waiters = more;
}

static void release_oldest(struct ended *ended, ended_fn *fn, void *ctx)
{
	struct incident *incident = get_incident(ended, ended->released++);

	find_cause(ended, incident);
	if (incident->phase != PHASE_WAIT)
		find_waiters(ended, incident);
	fn(ctx, incident);
}

void ended__add(struct ended *ended, const struct incident *incident, uint64_t now, ended_fn *fn,
		void *ctx)
{
	struct held *held = &ended->ring[ended->added % RING];

	if (ended->added - ended->released == RING)
		release_oldest(ended, fn, ctx);
	held->due = now + ENDED_HOLD_NS;
	held->incident = *incident;
	if (incident->nr_listed)
		memcpy(held->targets, incident->targets,
		       incident->nr_listed * sizeof(*held->targets));
	held->incident.targets = held->targets;
	ended->added++;
}

void ended__release(struct ended *ended, uint64_t now, ended_fn *fn, void *ctx)
{
	while (ended->released < ended->added && ended->ring[ended->released % RING].due <= now)
		release_oldest(ended, fn, ctx);
}
