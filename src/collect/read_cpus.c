// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "collect/read_bank.h"

#define TYPE_SYNC 0x10 /* CSD_TYPE_SYNC (include/linux/smp_types.h, since 5.8) */

static bool bank_is_touched(const struct cpu_bank *bank)
{
	static const struct cpu_bank empty;

	/*
	 * Compare only the counters before `delay`: each delay has a counter there, but a handler
	 * time may have none, because its function may have been entered in the previous window.
	 */
	return memcmp(bank, &empty, offsetof(struct cpu_bank, delay)) ||
	       hist_bank__touched(&bank->handler);
}

/*
 * Count the csd of @slot, a copy, as lost, and as done because its call would never end otherwise.
 * The slot itself may have another sender's csd by now.
 */
static void slot_count_lost(struct maps *maps, const struct slot *slot, struct ledger *ledger)
{
	ledger->lost_by[LOST_RUN_UNSEEN]++;
	/*
	 * The csd is HORIZON_MARGIN_NS older than the horizon. That is longer than any threshold,
	 * so its sender may have waited too long without being seen.
	 */
	ledger->waits_unseen += slot->type == TYPE_SYNC;
	if (slot->since != NO_CALL)
		read_calls__lost(maps, from_src(slot->from), slot->time - slot->since,
				 slot->flags & SLOT_PART);
}

/*
 * Keep only the distances @found in the bank of @epoch, so that later searches skip the others: the
 * csds that were put into the mailbox of @rec in @epoch or before are at these distances now, and
 * no program adds to this bank. The bit of distance 0 stays: the next sender would set it again.
 */
static void reach_shrink(struct cpu_rec *rec, uint32_t epoch, uint64_t found)
{
	__u64 *reach = &rec->reach[epoch & 1];
	uint64_t was = __atomic_load_n(reach, __ATOMIC_RELAXED);

	found |= was & 1;
	/* Do not write the record of a CPU that was never online: a write would take memory. */
	if (found != was)
		__atomic_store_n(reach, found, __ATOMIC_RELEASE);
}

/*
 * Count the csds in mailbox @box that were queued in @epoch or before and had not run at the cut:
 * they are still in the mailbox, or left it since the cut. A csd older than the horizon has run
 * unseen, and is lost. Count again if a csd of an earlier epoch leaves meanwhile.
 */
static void box_count(struct maps *maps, uint32_t box, uint32_t epoch, struct ledger *ledger)
{
	const struct geometry *geo = &maps->geo;
	struct cpu_rec *rec = &maps->cpus[box];
	struct cpu_bank *next = &rec->bank[(epoch + 1) & 1];
	struct slot *slots = maps->slots + (size_t)box * geo->mailbox_slots;
	uint32_t nr = box == geo->nr_cpus ? geo->irq_work_slots : geo->mailbox_slots;
	uint64_t left, pending, reach, flushed = __atomic_load_n(&rec->flushed, __ATOMIC_RELAXED);

again:
	left = __atomic_load_n(&next->left, __ATOMIC_ACQUIRE);
	if (__atomic_load_n(&next->leave_begun, __ATOMIC_ACQUIRE) != left) {
		sched_yield();
		goto again;
	}
	pending = reach = 0;
	for (uint32_t i = 0; i < nr; i++) {
		struct slot *slot = &slots[i];
		uint64_t csd = __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE);
		struct slot was = *slot;

		/* The target has taken this csd, and may put it back. */
		if (csd == SLOT_TAKEN && was.epoch <= epoch)
			goto again;
		if (!slot_has_csd(csd) || was.epoch > epoch)
			continue;
		if (box != geo->nr_cpus && was.time + HORIZON_MARGIN_NS < flushed &&
		    __atomic_compare_exchange_n(&slot->csd, &csd, SLOT_FREE, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			slot_count_lost(maps, &was, ledger);
			continue;
		}
		/* The bit of the distance from the csd's home to its place in the mailbox. */
		reach |= 1ULL << ((i - csd_home(csd)) & (nr - 1) & (MAILBOX_PROBES - 1));
		pending++;
	}
	if (__atomic_load_n(&next->leave_begun, __ATOMIC_ACQUIRE) != left)
		goto again;
	reach_shrink(rec, epoch, reach);
	ledger->in_flight += left + pending;
}

static void cpu_read(struct cpu_rec *rec, uint32_t epoch, struct cpu_stats *cpu,
		     struct snapshot *snap)
{
	struct cpu_bank *bank = &rec->bank[epoch & 1];
	struct ledger *ledger = &snap->ledger;

	if (!bank_is_touched(bank))
		return;
	cpu->received = bank->function + bank->ttwu + bank->irq_work;
	cpu->local = bank->local;
	hist_bank__read(&cpu->delay, &bank->delay);
	hist_bank__read(&cpu->handler, &bank->handler);
	cpu->stolen.delay = bank->delay_stolen;
	cpu->stolen.handler = bank->handler_stolen;
	cpu->stolen.csds = bank->stolen_csds;
	ledger->function += bank->function;
	ledger->ttwu += bank->ttwu;
	ledger->irq_work += bank->irq_work;
	ledger->orphans += bank->orphans;
	ledger->local += bank->local;
	ledger->exit_unseen += bank->exit_unseen;
	ledger->waits_unseen += bank->waits_unseen;
	for (int i = 0; i < NR_LOST; i++)
		ledger->lost_by[i] += bank->lost[i];
	for (int i = 0; i < NR_KINDS; i++)
		snap->kinds[i] += bank->kinds[i];
	cpu->reschedules_sent = bank->kinds[KIND_RESCHEDULE];
	cpu->irq_works = bank->kinds[KIND_IRQ_WORK];
	snap->kinds[KIND_CALL_FUNCTION] += bank->mask_sent;
	snap->begin_unseen += bank->begin_unseen;
	cpu->sent = bank->edges_other;
	snap->edges_other += bank->edges_other;
	ledger->queued += bank->edges_other;
	memset(bank, 0, sizeof(*bank));
}

int read_cpus(struct maps *maps, uint32_t epoch, const struct cpuset *possible,
	      struct snapshot *snap)
{
	uint32_t nr = maps->geo.nr_cpus;
	struct cpu_stats none = {};
	int err;

	snap->cpus = calloc(nr, sizeof(*snap->cpus));
	if (!snap->cpus)
		return -ENOMEM;
	read_calls__settle(maps, epoch, snap->window.mono_end);
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		struct cpu_stats *stats = &snap->cpus[snap->nr_cpus];

		if (!cpuset__has(possible, cpu))
			continue;
		stats->cpu = cpu;
		cpu_read(&maps->cpus[cpu], epoch, stats, snap);
		read_calls(maps, cpu, epoch, snap->window.mono_end, &stats->wait);
		stats->wait_away = read_calls__away(maps, cpu, epoch);
		snap->nr_cpus++;
	}
	/* The record of irq_works has only the counters of a mailbox. */
	cpu_read(&maps->cpus[nr], epoch, &none, snap);
	for (uint32_t box = 0; box <= nr; box++)
		box_count(maps, box, epoch, &snap->ledger);
	err = read_edges(maps, epoch, snap);
	if (!err)
		err = read_tables(maps, epoch, snap);
	if (err)
		snapshot__free(snap);
	return err;
}

/* Returns the sum over all CPUs of one counter of @epoch, which is at @at in struct cpu_bank. */
static uint64_t counter_sum(const struct maps *maps, uint32_t epoch, size_t at)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < maps->geo.nr_cpus; cpu++) {
		const char *bank = (const char *)&maps->cpus[cpu].bank[epoch & 1];

		sum += __atomic_load_n((const __u64 *)(bank + at), __ATOMIC_RELAXED);
	}
	return sum;
}

uint64_t read_recovered(const struct maps *maps, uint32_t epoch)
{
	return counter_sum(maps, epoch, offsetof(struct cpu_bank, recovered));
}

uint64_t read_delivered(const struct maps *maps, uint32_t epoch)
{
	return counter_sum(maps, epoch, offsetof(struct cpu_bank, function)) +
	       counter_sum(maps, epoch, offsetof(struct cpu_bank, ttwu));
}

uint64_t read_run_unseen(const struct maps *maps, uint32_t epoch)
{
	return counter_sum(maps, epoch, offsetof(struct cpu_bank, lost[LOST_RUN_UNSEEN]));
}

uint64_t read_late_unseen(const struct maps *maps, uint32_t epoch, bool waits)
{
	return counter_sum(maps, epoch,
			   waits ? offsetof(struct cpu_bank, waits_unseen) :
				   offsetof(struct cpu_bank, late_unseen));
}

/*
 * Adds the margin, because the readers of the horizon subtract it. Here no margin is needed: when a
 * CPU goes offline, no sender is between its queue event and the queue, because all CPUs take part
 * in that (stop_machine_cpuslocked()).
 */
void offline__note(struct maps *maps, const struct cpuset *cpus, const struct cpuset *online,
		   uint64_t now)
{
	int cpu;

	for_each_cpu(cpu, cpus)
		if (!cpuset__has(online, cpu))
			__atomic_store_n(&maps->cpus[cpu].flushed, now + HORIZON_MARGIN_NS,
					 __ATOMIC_RELAXED);
}

static uint64_t edge_total(const struct edge_rec *rec, uint32_t epoch)
{
	return rec->count[epoch & 1] + rec->nested[epoch & 1];
}

int read_edges(struct maps *maps, uint32_t epoch, struct snapshot *snap)
{
	size_t all = (size_t)maps->geo.nr_cpus * maps->geo.edge_slots, nr = 0, cpu = 0;

	for (size_t i = 0; i < all; i++)
		nr += edge_total(&maps->edges[i], epoch) != 0;
	snap->edges = calloc(nr ? nr : 1, sizeof(*snap->edges));
	if (!snap->edges)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++) {
		struct edge_rec *rec = &maps->edges[i];
		uint64_t count = edge_total(rec, epoch);
		uint32_t src = i / maps->geo.edge_slots;

		if (!count)
			continue;
		snap->edges[snap->nr_edges++] = (struct edge){
			.src = src,
			.dst = rec->dst - 1,
			.count = count,
		};
		rec->count[epoch & 1] = 0;
		rec->nested[epoch & 1] = 0;
		/*
		 * The csds that a CPU sent are counted only by edge. Edges and CPUs are both
		 * ascending, so go on from the last sender: searching for each edge would take
		 * seconds with 4,096 CPUs.
		 */
		snap->ledger.queued += count;
		while (cpu < snap->nr_cpus && snap->cpus[cpu].cpu < src)
			cpu++;
		if (cpu < snap->nr_cpus && snap->cpus[cpu].cpu == src)
			snap->cpus[cpu].sent += count;
	}
	return 0;
}

static uint64_t count_take(__u64 *count)
{
	uint64_t n = *count;

	*count = 0;
	return n;
}

/* Retire or free the row of a guest that is idle. */
static void guest_retire(struct guest_rec *rec, uint8_t *idle, bool counted)
{
	uint32_t tgid = __atomic_load_n(&rec->tgid, __ATOMIC_ACQUIRE);

	if (row_was_idle(idle, !tgid || counted))
		__atomic_store_n(&rec->tgid, tgid & GUEST_RETIRED ? 0 : tgid | GUEST_RETIRED,
				 __ATOMIC_RELEASE);
}

/* Take the IPIs of each guest. A guest that sends again may have a second row. */
static void guests_read(struct event_maps *maps, uint32_t bank, struct machine_events *events)
{
	struct guest_ipis guests[GUEST_ROWS];
	int nr = 0, at;

	for (int i = 0; i < GUEST_ROWS; i++) {
		uint32_t tgid = maps->guests[i].tgid & ~GUEST_RETIRED;
		uint64_t ipis = count_take(&maps->guests[i].ipis[bank]);

		guest_retire(&maps->guests[i], &maps->guest_idle[i], ipis);
		if (!ipis)
			continue;
		for (at = 0; at < nr && guests[at].tgid != tgid;)
			at++;
		if (at == nr)
			guests[nr++] = (struct guest_ipis){ .tgid = tgid };
		guests[at].ipis += ipis;
	}
	for (int i = 0; i < nr; i++)
		machine_events__guest(events, guests[i]);
}

void read_events(struct event_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		 struct machine_events *events)
{
	uint32_t bank = epoch & 1;
	int cpu;

	for_each_cpu(cpu, cpus)
		for (int i = 0; i < NR_EVENTS; i++)
			events->hits[i] += count_take(&maps->recs[cpu].hits[bank][i]);
	guests_read(maps, bank, events);
}
