// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "abi/stall_event.h"
#include "model/incident.h"
#include "stall/ended.h"
#include "stall/incident.h"

/* What was told stays a while: others may be due to it. */
#define RING 128

struct held {
	uint64_t due;
	struct incident incident;
	struct target_time targets[TARGETS_MAX];
};

struct ended {
	uint64_t added; /* since the beginning */
	uint64_t told;
	struct held ring[RING];
};

struct ended *ended__new(void)
{
	return calloc(1, sizeof(struct ended));
}

void ended__free(struct ended *e)
{
	free(e);
}

static struct incident *at(struct ended *e, uint64_t i)
{
	return &e->ring[i % RING].incident;
}

static uint64_t oldest(const struct ended *e)
{
	return e->added > RING ? e->added - RING : 0;
}

static bool same_call(const struct incident *a, const struct incident *b)
{
	return a->call && a->call == b->call && a->src == b->src;
}

/* Whether @root, at the same CPU, kept @in for most of its time. */
static bool kept(const struct incident *in, const struct incident *root)
{
	return in->dst_known && in->dst == root->dst &&
	       incident__overlap(in, root) >= (incident__duration(in) + 1) / 2;
}

/*
 * How well @root explains @in; 0: not at all. What its own call did, at the
 * target that was last, before what others did there.
 */
static int explains(const struct incident *in, const struct incident *root)
{
	bool handler = root->phase == PHASE_HANDLER;

	if (root == in || root->phase == PHASE_WAIT || in->phase == PHASE_HANDLER)
		return 0;
	if (in->phase == PHASE_WAIT && same_call(in, root))
		return !in->dst_known || in->dst == root->dst ? 4 : 3;
	if (!kept(in, root))
		return 0;
	if (handler)
		return 2;
	/* Two that are late for the same reason: the first stands for both. */
	return root->start < in->start;
}

static struct incident *root_of(struct ended *e, const struct incident *in)
{
	struct incident *best = NULL;
	int how = 0;

	for (uint64_t i = oldest(e); i < e->added; i++) {
		struct incident *root = at(e, i);
		int this = explains(in, root);

		if (this > how ||
		    (this && this == how && incident__duration(root) > incident__duration(best))) {
			best = root;
			how = this;
		}
	}
	return best;
}

/* Of several functions, one behind the other, each may have kept @in for too little to be its root. */
static uint64_t others_of(struct ended *e, const struct incident *in)
{
	uint64_t ns = 0;

	for (uint64_t i = oldest(e); i < e->added; i++) {
		const struct incident *other = at(e, i);

		if (other->phase == PHASE_HANDLER && other->dst == in->dst)
			ns += incident__overlap(in, other);
	}
	return ns;
}

static void cause_find(struct ended *e, struct incident *in)
{
	const struct incident *root = root_of(e, in);

	in->others = others_of(e, in);
	if (!root)
		return;
	in->cause = root->key;
	in->covered = true;
	if (root->phase != PHASE_HANDLER)
		return;
	in->doing = root->func;
	in->doing_since = root->start;
}

static void waiters_find(struct ended *e, struct incident *in)
{
	struct waiter own = {
		.task = in->sender, .src = in->src, .call = in->call, .until = in->time
	};
	size_t more = 0;

	if (in->call)
		incident__add_waiter(in, &own);
	for (uint64_t i = oldest(e); i < e->added; i++) {
		const struct incident *other = at(e, i);
		struct waiter waiter = {
			.task = other->sender,
			.src = other->src,
			.call = other->call,
			.until = other->time,
			.wait_in = other->wait_in,
			.behind = !same_call(in, other),
		};

		if (!other->call || other->phase == PHASE_HANDLER || !explains(other, in))
			continue;
		if (!incident__add_waiter(in, &waiter))
			more++;
		if (other->phase == PHASE_WAIT && same_call(in, other) && other->dst == in->dst) {
			in->nr_targets = other->nr_targets;
			in->straggler = other->straggler;
		}
	}
	if (more > in->more_waiters)
		in->more_waiters = more;
}

static void tell_one(struct ended *e, ended_fn *fn, void *ctx)
{
	struct incident *in = at(e, e->told++);

	cause_find(e, in);
	if (in->phase != PHASE_WAIT)
		waiters_find(e, in);
	fn(ctx, in);
}

void ended__add(struct ended *e, const struct incident *in, uint64_t now, ended_fn *fn, void *ctx)
{
	struct held *held = &e->ring[e->added % RING];

	if (e->added - e->told == RING)
		tell_one(e, fn, ctx);
	held->due = now + ENDED_HOLD_NS;
	held->incident = *in;
	if (in->nr_listed)
		memcpy(held->targets, in->targets, in->nr_listed * sizeof(*held->targets));
	held->incident.targets = held->targets;
	e->added++;
}

void ended__due(struct ended *e, uint64_t now, ended_fn *fn, void *ctx)
{
	while (e->told < e->added && e->ring[e->told % RING].due <= now)
		tell_one(e, fn, ctx);
}
