// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "abi/hook.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "base/cpuset.h"
#include "collect/hist_bank.h"
#include "collect/hooks/maps.h"
#include "collect/hooks/read_hooks.h"
#include "collect/read_edges.h"
#include "collect/read_tables.h"
#include "model/call_ledger.h"
#include "model/snapshot.h"

/*
 * Calls of @epoch or before that returned since the cut. Returns false if a call leaves at
 * this moment.
 */
static bool calls_left(const struct hook_maps *maps, uint32_t epoch, uint64_t *left)
{
	uint64_t begun = 0;

	*left = 0;
	for (uint32_t cpu = 0; cpu < maps->maps->geo.nr_cpus; cpu++)
		*left += __atomic_load_n(&maps->cpus[cpu].bank[(epoch + 1) & 1].left,
					 __ATOMIC_ACQUIRE);
	for (uint32_t cpu = 0; cpu < maps->maps->geo.nr_cpus; cpu++)
		begun += __atomic_load_n(&maps->cpus[cpu].bank[(epoch + 1) & 1].leave_begun,
					 __ATOMIC_ACQUIRE);
	return begun == *left;
}

/* Calls of @epoch or before that are under way now. */
static uint64_t calls_pending(const struct hook_maps *maps, uint32_t epoch)
{
	uint64_t pending = 0;

	for (uint32_t i = 0; i < maps->slots; i++) {
		const struct hook_call *call = &maps->calls[i];

		/* 1: a call that begins now. */
		if (__atomic_load_n(&call->key, __ATOMIC_ACQUIRE) > 1)
			pending += __atomic_load_n(&call->epoch, __ATOMIC_RELAXED) <= epoch;
	}
	return pending;
}

/* The calls that were under way at the cut that ended @epoch; counts again if one leaves meanwhile. */
static uint64_t under_way(const struct hook_maps *maps, uint32_t epoch)
{
	uint64_t left, again, pending;

	for (;;) {
		bool stable = calls_left(maps, epoch, &left);

		pending = calls_pending(maps, epoch);
		if (stable && calls_left(maps, epoch, &again) && again == left)
			return left + pending;
		sched_yield();
	}
}

/* Whether nothing was counted. */
static bool bank_empty(const struct hook_bank *bank)
{
	static const struct hook_bank empty;

	return !memcmp(bank, &empty, sizeof(empty));
}

static void cpu_read(struct hook_cpu *rec, uint32_t epoch, struct cpu_stats *cpu,
		     struct snapshot *snap)
{
	struct hook_bank *bank = &rec->bank[epoch & 1];
	struct call_ledger *ledger = &snap->call_ledger;

	ledger->begun += bank->begun;
	ledger->returned += bank->returned;
	ledger->refused += bank->refused;
	ledger->local += bank->local;
	for (int i = 0; i < NR_HOOK_LOST; i++)
		ledger->lost_by[i] += bank->lost[i];
	cpu->local = bank->local;
	hist_bank__read(&cpu->wait, &bank->wait);
	hist_bank__read(&cpu->irq_delay, &bank->delay);
	cpu->sent = bank->edges_other;
	snap->edges_other += bank->edges_other;
	for (int i = 0; i < NR_KINDS; i++)
		cpu->irqs[i] = (struct irq_sum){ bank->irqs[i].count, bank->irqs[i].sum,
						 bank->irqs[i].max };
	memset(bank, 0, sizeof(*bank));
}

static int cpus_read(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		     struct snapshot *snap)
{
	uint32_t nr = maps->maps->geo.nr_cpus;

	snap->cpus = calloc(nr, sizeof(*snap->cpus));
	if (!snap->cpus)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		struct cpu_stats *stats = &snap->cpus[snap->nr_cpus];

		/* A CPU may come, count and go between two cuts, which both miss it. */
		if (!cpuset__has(cpus, cpu) && bank_empty(&maps->cpus[cpu].bank[epoch & 1]))
			continue;
		stats->cpu = cpu;
		cpu_read(&maps->cpus[cpu], epoch, stats, snap);
		snap->nr_cpus++;
	}
	snap->call_ledger.under_way = under_way(maps, epoch);
	return 0;
}

/* Two CPUs may have made the same row twice, so a row is found by its key. */
static void at_most_read(const struct hook_maps *maps, struct snapshot *snap)
{
	for (uint32_t row = 0; row < FN_ROWS; row++) {
		const struct fn_key *key = &maps->maps->fn_keys[row];

		if (!__atomic_load_n(&maps->at_most[row], __ATOMIC_RELAXED))
			continue;
		for (size_t i = 0; i < snap->nr_fns; i++)
			if (!snap->fns[i].other && snap->fns[i].func.addr == key->func &&
			    snap->fns[i].callsite.addr == key->callsite)
				snap->fns[i].at_most = true;
	}
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (snap->fns[i].other && maps->at_most[FN_OTHER])
			snap->fns[i].at_most = true;
}

int read_hooks(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
	       struct snapshot *snap)
{
	int err = cpus_read(maps, epoch, cpus, snap);

	if (!err)
		err = read_edges(maps->maps, epoch, snap);
	if (!err)
		err = read_tables(maps->maps, epoch, snap);
	if (err) {
		snapshot__free(snap);
		return err;
	}
	snap->how.source = SOURCE_CALLS;
	at_most_read(maps, snap);
	return 0;
}
