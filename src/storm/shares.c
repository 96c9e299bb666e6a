// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "storm/groups.h"

static bool sample_is_via(const struct stack_sample *sample, const struct signature *sig)
{
	for (uint32_t f = callers__first(sample); f < sample->nr; f++)
		if (sample->stack[f].name && signature__is_via(sig, sample->stack[f].name))
			return true;
	return false;
}

/*
 * A function's csds may have several causes, which only the senders' stacks tell
 * apart (via): its samples share out its csds. A cause with fewer of them than this
 * part is counted with the most frequent one; a storm keeps its name down to half.
 */
#define PART_LEAST 0.2

/* The first of @causes' signatures without via, or whose via @sample has; NULL: none. */
static const struct signature *signature_of(const struct shares *causes,
					    const struct stack_sample *sample)
{
	for (size_t i = 0; i < causes->nr_possible; i++) {
		const struct signature *sig = causes->possible[i];

		if (!sig->via[0] || (sample && sample_is_via(sample, sig)))
			return sig;
	}
	return NULL;
}

/*
 * Whether an ipitrace sent it, as it began or ended: this one, or another. To attach a program to a
 * tracepoint patches the kernel's text, which interrupts all CPUs.
 */
static bool is_own(struct groups *groups, const struct shares *causes,
		   const struct stack_sample *sample)
{
	const struct signature *sig = signature_of(causes, sample);

	return sig && sig->by_tracer &&
	       ((groups->self && sample->tgid == groups->self) ||
		!strncmp(sample->comm, "ipitrace", sizeof(sample->comm)));
}

/* The index of @sig's share; causes->nr: it has none. */
static size_t share_find(const struct shares *causes, const struct signature *sig)
{
	size_t i = 0;

	while (i < causes->nr && causes->of[i].sig != sig)
		i++;
	return i;
}

static void cause_add(struct shares *causes, const struct signature *sig)
{
	size_t i = share_find(causes, sig);
	struct share added = { sig, 1 };

	if (i == CAUSES_MAX)
		return;
	if (i == causes->nr)
		causes->nr++;
	added.part += causes->of[i].part;
	for (; i > 0 && causes->of[i - 1].part < added.part; i--)
		causes->of[i] = causes->of[i - 1];
	causes->of[i] = added;
}

/* Drop the parts that are too small, and make shares of the counts. */
static void causes_settle(struct groups *groups, struct shares *causes, size_t samples)
{
	size_t nr = 0;
	double kept = 0;

	for (size_t i = 0; i < causes->nr; i++) {
		double least = PART_LEAST * samples;

		if (causes->of[i].sig && groups__storms(groups, causes->of[i].sig))
			least /= 2;
		if (nr && causes->of[i].part < least)
			continue;
		causes->of[nr++] =
			(struct share){ causes->of[i].sig, causes->of[i].part / samples };
	}
	causes->nr = nr;
	for (size_t i = 1; i < nr; i++)
		kept += causes->of[i].part;
	causes->of[0].part = 1 - causes->own - kept;
}

/* Whether only stacks can tell the causes of a function apart, or who sent it. */
static bool possible_find(struct shares *causes, const struct symbol *func)
{
	bool by_stack = false;

	for (size_t i = 0; func->name && i < nr_signatures; i++) {
		const struct signature *sig = &signatures[i];

		if (causes->nr_possible == CAUSES_POSSIBLE ||
		    !signature__matches(sig, func->name, func->module))
			continue;
		causes->possible[causes->nr_possible++] = sig;
		by_stack |= sig->via[0] || sig->by_tracer;
	}
	return by_stack;
}

void shares__find(struct shares *causes, struct groups *groups, const struct snapshot *snap,
		  size_t fn)
{
	const struct symbol *func = &snap->fns[fn].func;
	size_t samples = 0, own = 0;
	bool by_stack;

	memset(causes, 0, sizeof(*causes));
	causes->addr = func->addr;
	by_stack = possible_find(causes, func);
	for (size_t i = 0; by_stack && i < snap->nr_samples; i++) {
		const struct stack_sample *sample = &snap->samples[i];

		if (snap->fns[sample->fn].func.addr != func->addr)
			continue;
		samples++;
		if (is_own(groups, causes, sample))
			own++;
		else
			cause_add(causes, signature_of(causes, sample));
	}
	if (samples) {
		causes->own = (double)own / samples;
		if (causes->nr)
			causes_settle(groups, causes, samples);
		return;
	}
	causes->nr = 1;
	causes->of[0] = (struct share){ signature_of(causes, NULL), 1 };
}

struct group *shares__group(const struct shares *causes, struct groups *groups,
			    const struct stack_sample *sample)
{
	const struct signature *sig = signature_of(causes, sample);
	size_t i = share_find(causes, sig);

	if (!causes->nr || is_own(groups, causes, sample))
		return NULL;
	/* A part that is too small was counted with the first. */
	sig = causes->of[i < causes->nr ? i : 0].sig;
	return groups__find(groups, sig, causes->addr);
}
