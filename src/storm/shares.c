// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/callers.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/symbol.h"
#include "storm/groups.h"
#include "storm/shares.h"

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

static void cause_add(struct shares *causes, const struct signature *sig)
{
	size_t i = 0;

	while (i < causes->nr && causes->sig[i] != sig)
		i++;
	if (i == CAUSES_MAX)
		return;
	if (i == causes->nr)
		causes->nr++;
	causes->share[i] += 1;
	for (; i > 0 && causes->share[i - 1] < causes->share[i]; i--) {
		double share = causes->share[i - 1];

		causes->share[i - 1] = causes->share[i];
		causes->share[i] = share;
		causes->sig[i] = causes->sig[i - 1];
		causes->sig[i - 1] = sig;
	}
	causes->sig[i] = sig;
}

/* Drop the parts that are too small, and make shares of the counts. */
static void causes_settle(struct groups *groups, struct shares *causes, size_t samples)
{
	size_t nr = 0;
	double kept = 0;

	for (size_t i = 0; i < causes->nr; i++) {
		double least = PART_LEAST * samples;

		if (causes->sig[i] && groups__storms(groups, causes->sig[i]))
			least /= 2;
		if (nr && causes->share[i] < least)
			continue;
		causes->sig[nr] = causes->sig[i];
		causes->share[nr++] = causes->share[i] / samples;
	}
	causes->nr = nr;
	for (size_t i = 1; i < nr; i++)
		kept += causes->share[i];
	causes->share[0] = 1 - causes->own - kept;
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
	causes->sig[0] = signature_of(causes, NULL);
	causes->share[0] = 1;
}

struct group *shares__group(const struct shares *causes, struct groups *groups,
			    const struct stack_sample *sample)
{
	const struct signature *sig = signature_of(causes, sample);
	size_t i = 0;

	while (i < causes->nr && causes->sig[i] != sig)
		i++;
	if (!causes->nr || is_own(groups, causes, sample))
		return NULL;
	/* A part that is too small was counted with the first. */
	sig = causes->sig[i < causes->nr ? i : 0];
	return groups__find(groups, sig, causes->addr);
}
