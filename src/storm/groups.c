// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/callers.h"
#include "model/host.h"
#include "model/names.h"
#include "model/signature.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/symbol.h"
#include "storm/detector.h"
#include "storm/groups.h"
#include "storm/signatures.h"

/*
 * Stopper runs for each reschedule, above which these are the stoppers': one
 * move takes several, to wake the stopper, and to preempt there and here.
 */
#define STOPS_PER_KIND 0.1
#define MOVES_PER_KIND 1.5
/* A CPU that gets less than such a part of what the first one gets has none of it. */
#define FEW	       50

/* Call sites of kernel/smp.c and others that queue to one CPU at a time. */
static const char *const single_sites[] = {
	"generic_exec_single",	  "__smp_call_single_queue", "__smp_call_function_single",
	"ttwu_queue_wakelist",	  "irq_work_queue_on",	     "smp_call_function_single_async",
	"__irq_work_queue_local",
};

static bool is_single(const struct fn_stats *fn)
{
	for (size_t i = 0; fn->callsite.name && i < sizeof(single_sites) / sizeof(char *); i++)
		if (!strcmp(fn->callsite.name, single_sites[i]))
			return true;
	return false;
}

static bool call_is_via(const struct stack_sample *call, const struct signature *sig)
{
	for (uint32_t f = callers__first(call); f < call->nr; f++)
		if (call->stack[f].name && signature__is_via(sig, call->stack[f].name))
			return true;
	return false;
}

/* Whether most of the function's samples went through one of @sig's frames. */
static bool mostly_via(const struct snapshot *snap, size_t fn, const struct signature *sig)
{
	size_t samples = 0, via = 0;

	for (size_t i = 0; i < snap->nr_samples; i++) {
		const struct stack_sample *call = &snap->samples[i];

		if (snap->fns[call->fn].func.addr != snap->fns[fn].func.addr)
			continue;
		samples++;
		via += call_is_via(call, sig);
	}
	return 2 * via > samples;
}

static const struct signature *sig_of_fn(const struct snapshot *snap, size_t fn)
{
	const struct symbol *func = &snap->fns[fn].func;

	for (size_t i = 0; func->name && i < nr_signatures; i++) {
		const struct signature *sig = &signatures[i];

		if (signature__matches(sig, func->name, func->module) &&
		    (!sig->via[0] || mostly_via(snap, fn, sig)))
			return sig;
	}
	return NULL;
}

static bool is_group(const struct group *group, const struct signature *sig, uint64_t addr)
{
	return group->used && group->sig == sig && (sig || group->addr == addr);
}

static bool is_storm(const struct groups *groups, const struct signature *sig)
{
	for (size_t i = 0; i < STORM_GROUPS; i++)
		if (is_group(&groups->at[i], sig, 0))
			return groups->at[i].storm;
	return false;
}

/*
 * Whether reschedules come of tasks that are moved. A running one needs the
 * stopper. One that only waits does not; but a wake-up, which may move its
 * task too, takes an IPI for each at the most.
 */
static bool tasks_are_moved(const struct task_moves *moved, uint64_t count, bool storm)
{
	/* A storm keeps its name while the parts go up and down. */
	double less = storm ? 4 : 1;

	if (!moved)
		return false;
	return (moved->stops_known && moved->stops > count * STOPS_PER_KIND / less) ||
	       (moved->moves_known && moved->moves > count * MOVES_PER_KIND / less);
}

static const struct signature *sig_of_kind(const struct groups *groups, enum ipi_kind kind,
					   uint64_t count, const struct task_moves *moved)
{
	for (size_t i = 0; i < nr_signatures; i++) {
		const struct signature *sig = &signatures[i];

		if (sig->kinds & 1U << kind &&
		    (!sig->stops || tasks_are_moved(moved, count, is_storm(groups, sig))))
			return sig;
	}
	return NULL;
}

/* Its place; a new one where it has none, if need be that of the one longest gone. */
static struct group *group_get(struct groups *groups, const struct signature *sig, uint64_t addr)
{
	struct group *oldest = NULL;

	for (size_t i = 0; i < STORM_GROUPS; i++)
		if (is_group(&groups->at[i], sig, addr))
			return &groups->at[i];
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		struct group *group = &groups->at[i];

		if (group->storm || (group->used && group->look == groups->look))
			continue;
		if (!oldest || !group->used || (oldest->used && group->look < oldest->look))
			oldest = group;
	}
	if (oldest)
		*oldest = (struct group){ .used = true, .sig = sig, .addr = addr };
	return oldest;
}

struct group *groups__of(struct groups *groups, const struct snapshot *snap, size_t fn)
{
	const struct signature *sig = sig_of_fn(snap, fn);

	for (size_t i = 0; i < STORM_GROUPS && !snap->fns[fn].other; i++)
		if (is_group(&groups->at[i], sig, snap->fns[fn].func.addr))
			return &groups->at[i];
	return NULL;
}

/* @name NULL: an interrupt of @kind, without a function. */
static void func_add(struct group *group, const struct symbol *func, enum ipi_kind kind,
		     uint64_t count)
{
	struct storm_func one = { .kind = kind, .count = count }, *at;
	int i = 0;

	if (func && func->name)
		snprintf(one.name, sizeof(one.name), "%s", func->name);
	else if (func)
		snprintf(one.name, sizeof(one.name), "0x%llx", (unsigned long long)func->addr);
	if (func && func->module)
		snprintf(one.module, sizeof(one.module), "%s", func->module);
	while (i < group->nr_funcs && (strcmp(group->funcs[i].name, one.name) ||
				       strcmp(group->funcs[i].module, one.module)))
		i++;
	if (i == STORM_FUNCS)
		return;
	at = &group->funcs[i];
	if (i == group->nr_funcs)
		group->nr_funcs++;
	else
		one.count += at->count;
	for (; i > 0 && group->funcs[i - 1].count < one.count; i--)
		group->funcs[i] = group->funcs[i - 1];
	group->funcs[i] = one;
}

static uint32_t online(const struct snapshot *snap)
{
	uint32_t nr = snap->host ? cpuset__count(&snap->host->online) : 0;

	if (nr)
		return nr;
	return snap->nr_cpus ? snap->nr_cpus : 1;
}

/* Of all csds and of all handler time, the part of the CPU that has most. */
struct victim {
	double csds;
	double handler;
};

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / whole : 0;
}

static struct victim victim_of(const struct snapshot *snap)
{
	uint64_t csds = 0, most_csds = 0, handler = 0, most_handler = 0;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		csds += cpu->received;
		handler += cpu->handler.sum;
		if (cpu->received > most_csds)
			most_csds = cpu->received;
		if (cpu->handler.sum > most_handler)
			most_handler = cpu->handler.sum;
	}
	return (struct victim){ ratio(most_csds, csds), ratio(most_handler, handler) };
}

static void fn_add(struct groups *groups, const struct snapshot *snap, size_t i,
		   const struct victim *victim)
{
	const struct fn_stats *fn = &snap->fns[i];
	const struct signature *sig;
	struct group *group;

	groups->all += fn->count;
	/* The sum of what found no row is of any function. */
	if (fn->other || (!fn->count && !fn->handler.count && !fn->wait.count))
		return;
	sig = sig_of_fn(snap, i);
	group = group_get(groups, sig, fn->func.addr);
	if (!group)
		return;
	group->look = groups->look;
	group->now.count += fn->count;
	group->now.handler_ns += fn->handler.sum;
	if (!is_single(fn))
		group->now.many += fn->count;
	group->now.wait_ns += fn->wait.sum;
	/* A row of csds does not tell their destinations: as all csds have them. */
	group->now.victim += fn->count * victim->csds;
	group->now.victim_ns += fn->handler.sum * victim->handler;
	func_add(group, &fn->func, NR_KINDS, fn->count);
}

/* The part of a kind that the CPU has which gets most; all have alike where that is not known. */
static double kind_victim(const struct snapshot *snap, enum ipi_kind kind, uint32_t nr_online)
{
	const struct kind_stats *row = snapshot__kind(snap, kind_names[kind]);

	return row && row->received_most ? ratio(row->received_most, row->received) :
					   1.0 / nr_online;
}

/* Interrupts that are no csd's. */
static void kind_add(struct groups *groups, const struct snapshot *snap, enum ipi_kind kind,
		     uint32_t nr_online, const struct task_moves *moved)
{
	uint64_t count = snap->kinds[kind];
	const struct signature *sig = sig_of_kind(groups, kind, count, moved);
	struct group *group;

	groups->all += count;
	if (!count || !sig)
		return;
	group = group_get(groups, sig, 0);
	if (!group)
		return;
	group->look = groups->look;
	group->now.count += count;
	group->now.victim += count * kind_victim(snap, kind, nr_online);
	func_add(group, NULL, kind, count);
}

void groups__add(struct groups *groups, const struct snapshot *snap, const struct task_moves *moved)
{
	uint32_t nr_online = online(snap);
	struct victim victim = victim_of(snap);
	uint64_t ns = snap->window.mono_end - snap->window.mono_start;

	if (!groups->ns)
		groups->start = snap->window.mono_start;
	groups->end = snap->window.mono_end;
	groups->ns += ns;
	groups->cpu_ns += ns * nr_online;
	for (size_t i = 0; i < snap->nr_fns; i++)
		fn_add(groups, snap, i, &victim);
	if (!snap->known.kinds)
		return;
	kind_add(groups, snap, KIND_RESCHEDULE, nr_online, moved);
	kind_add(groups, snap, KIND_IRQ_WORK, nr_online, moved);
}

void groups__next(struct groups *groups)
{
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		struct group *group = &groups->at[i];

		group->prev = group->now;
		group->now = (struct storm_sums){};
		group->nr_funcs = 0;
	}
	groups->look++;
	groups->ns = 0;
	groups->cpu_ns = 0;
	groups->all = 0;
}
