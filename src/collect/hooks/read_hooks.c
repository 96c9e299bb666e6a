// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/shared_copy.h"
#include "collect/hooks/hooks.h"
#include "collect/read_bank.h"
#include "host/machine.h"

/*
 * Count in *@left the calls of @epoch or before that returned since the cut. Returns false if a
 * program is removing such a call at this moment.
 */
static bool calls_left_count(const struct hook_maps *maps, uint32_t epoch, uint64_t *left)
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

/* Returns the number of calls of @epoch or before that are under way now. */
static uint64_t calls_pending_count(const struct hook_maps *maps, uint32_t epoch)
{
	uint64_t pending = 0;

	for (uint32_t i = 0; i < maps->slots; i++) {
		const struct hook_call *call = &maps->calls[i];

		/* 1: a program is filling the record of a new call. */
		if (__atomic_load_n(&call->key, __ATOMIC_ACQUIRE) > 1)
			pending += __atomic_load_n(&call->epoch, __ATOMIC_RELAXED) <= epoch;
	}
	return pending;
}

/* Returns the calls under way at @epoch's end. Counts again if a call leaves meanwhile. */
static uint64_t under_way_count(const struct hook_maps *maps, uint32_t epoch)
{
	uint64_t left, again, pending;

	for (;;) {
		bool stable = calls_left_count(maps, epoch, &left);

		pending = calls_pending_count(maps, epoch);
		if (stable && calls_left_count(maps, epoch, &again) && again == left)
			return left + pending;
		sched_yield();
	}
}

static void hook_cpu_read(struct hook_cpu *rec, uint32_t epoch, struct cpu_stats *cpu,
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

static int hook_cpus_read(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
			  struct snapshot *snap)
{
	static const struct hook_bank empty;
	uint32_t nr = maps->maps->geo.nr_cpus;

	snap->cpus = calloc(nr, sizeof(*snap->cpus));
	if (!snap->cpus)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		struct cpu_stats *stats = &snap->cpus[snap->nr_cpus];

		/* @cpus lacks a CPU that came online, counted and went offline between two cuts. */
		if (!cpuset__has(cpus, cpu) &&
		    !memcmp(&maps->cpus[cpu].bank[epoch & 1], &empty, sizeof(empty)))
			continue;
		stats->cpu = cpu;
		hook_cpu_read(&maps->cpus[cpu], epoch, stats, snap);
		snap->nr_cpus++;
	}
	snap->call_ledger.under_way = under_way_count(maps, epoch);
	return 0;
}

/* Set at_most. Two CPUs may have made two rows of one key: find the rows in @snap by key. */
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
	int err = hook_cpus_read(maps, epoch, cpus, snap);

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

/* Copy the call at @source. Returns false if there is no call, or if the call ends meanwhile. */
static bool call_copy(struct hook_call *call, const struct hook_call *source)
{
	uint64_t key = __atomic_load_n(&source->key, __ATOMIC_ACQUIRE);

	/* 1: a program is filling the record of a new call. */
	if (key <= 1)
		return false;
	shared_copy__load(call, source, sizeof(*call));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&source->key, __ATOMIC_ACQUIRE) == key &&
	       __atomic_load_n(&source->begun, __ATOMIC_ACQUIRE) == call->begun;
}

/*
 * Whether the call has returned unseen, because the kernel skips a program that would run inside
 * itself. A sender waits with preemption off (before 7.3), so a sender that still waits has got its
 * CPU no further time since the call began. If that is unknown, the sender counts as waiting.
 */
static bool has_left(const struct under_way *source, const struct hook_call *call)
{
	uint64_t slices;

	return call->slices && thread_file__slices(source->root, call->tgid, call->pid, &slices) &&
	       slices != call->slices;
}

static void call_note(const struct under_way *source, const struct hook_call *call,
		      struct moment *moment)
{
	struct waiting *waiting = &moment->waiting[moment->nr_waiting];

	if (!moment__has_room(moment, moment->nr_waiting, MOMENT_WAITING) || has_left(source, call))
		return;
	*waiting = (struct waiting){
		.call = call->begun,
		.func = call->func,
		.src = call->src,
		.wait_in = call->wait_in,
		.nr_targets = call->at_most ? 0 : call->targets,
		.dst = call->dst,
		.sender = { .known = true, .pid = call->pid, .tgid = call->tgid },
	};
	thread_file__comm(waiting->sender.comm, call->tgid, call->pid);
	moment->nr_waiting++;
}

static void interrupt_read(const struct hook_cpu *source, uint32_t cpu, uint64_t threshold,
			   struct moment *moment)
{
	uint64_t start = __atomic_load_n(&source->irq_begun, __ATOMIC_ACQUIRE);
	uint64_t kind = __atomic_load_n(&source->irq_kind, __ATOMIC_ACQUIRE);

	if (!start || moment->now < start + threshold ||
	    __atomic_load_n(&source->irq_begun, __ATOMIC_ACQUIRE) != start ||
	    !moment__has_room(moment, moment->nr_interrupting, MOMENT_IRQS))
		return;
	moment->interrupting[moment->nr_interrupting++] =
		(struct interrupting){ .cpu = cpu, .kind = kind, .start = start };
}

void read_under_way(const void *ctx, uint64_t threshold, struct moment *moment)
{
	const struct under_way *source = ctx;

	moment__begin(moment, mono_ns());
	for (uint32_t i = 0; i < source->maps->slots; i++) {
		struct hook_call call;

		if (call_copy(&call, &source->maps->calls[i]) && call.wait_in &&
		    moment->now >= call.begun + threshold)
			call_note(source, &call, moment);
	}
	for (uint32_t cpu = 0; source->interrupts && cpu < source->maps->maps->geo.nr_cpus; cpu++)
		interrupt_read(&source->maps->cpus[cpu], cpu, threshold, moment);
}
