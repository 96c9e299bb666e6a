// SPDX-License-Identifier: GPL-2.0
/*
 * The reading of a bank at rest: everything in that bank is read and cleared,
 * and the other bank stays as it was. test_mailbox.c tests the mailboxes.
 */
#include "abi/cpu.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "maps_memory.h"
#include "base/cpuset.h"
#include "collect/maps.h"
#include "collect/read_bank.h"
#include "model/hist.h"
#include "model/snapshot.h"

static const uint32_t machines[] = { 1, 2, 3, 4, 16, 65, 256, 300, 1024 };

static const struct cpu_bank zero_cpu;

static void hist_fill(struct hist_bank *hist, uint64_t *seed)
{
	hist->sum = random_magnitude(seed, 40) + 1;
	hist->max = random_magnitude(seed, 40);
	for (int i = 0; i < HIST_SLOTS; i++)
		hist->slots[i] = random_magnitude(seed, 20);
}

/* Give every counter a random number; no csd is about to leave. */
static void cpu_fill(struct cpu_bank *bank, uint64_t *seed)
{
	uint64_t *counters = (uint64_t *)bank;

	for (size_t i = 0; i < sizeof(*bank) / sizeof(*counters); i++)
		counters[i] = random_magnitude(seed, 32) + 1;
	bank->leave_begun = bank->left;
	hist_fill(&bank->delay, seed);
	hist_fill(&bank->handler, seed);
}

static void cpus_fill(struct maps *maps, uint64_t *seed)
{
	for (uint32_t cpu = 0; cpu < maps->geo.nr_cpus; cpu++)
		for (int parity = 0; parity < NR_BANKS; parity++)
			cpu_fill(&maps->cpus[cpu].bank[parity], seed);
	/* In the irq_works' record the programs use these two counters. */
	for (int parity = 0; parity < NR_BANKS; parity++) {
		struct cpu_bank *bank = &maps->cpus[maps->geo.nr_cpus].bank[parity];

		bank->leave_begun = bank->left = random_magnitude(seed, 32) + 1;
	}
}

static struct cpu_rec *cpus_copy(const struct maps *maps)
{
	size_t size = (maps->geo.nr_cpus + 1) * sizeof(struct cpu_rec);
	struct cpu_rec *copy = aligned_alloc(CACHE_LINE, size);

	assert_non_null(copy);
	return memcpy(copy, maps->cpus, size);
}

static void check_hist(const struct hist *hist, const struct hist_bank *bank)
{
	uint64_t count = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		count += bank->slots[i];
	assert_members(*hist, count, count, sum, bank->sum, max, bank->max);
	assert_memory_equal(hist->slots, bank->slots, sizeof(bank->slots));
}

static void check_cpu(const struct cpu_stats *cpu, const struct cpu_bank *bank)
{
	assert_members(*cpu, sent, bank->edges_other, received,
		       bank->function + bank->ttwu + bank->irq_work, local, bank->local,
		       reschedules_sent, bank->kinds[KIND_RESCHEDULE], irq_works,
		       bank->kinds[KIND_IRQ_WORK]);
	assert_members(cpu->stolen, delay, bank->delay_stolen, handler, bank->handler_stolen, csds,
		       bank->stolen_csds);
	check_hist(&cpu->delay, &bank->delay);
	check_hist(&cpu->handler, &bank->handler);
}

static void ledger_add(struct snapshot *want, const struct cpu_bank *bank)
{
	struct ledger *ledger = &want->ledger;

	ledger->queued += bank->edges_other;
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
		want->kinds[i] += bank->kinds[i];
	want->kinds[KIND_CALL_FUNCTION] += bank->mask_sent;
	want->begin_unseen += bank->begin_unseen;
	want->edges_other += bank->edges_other;
}

/* @snap has the counts of @before, a copy of the CPUs' records before the reading. */
static void check_cpus(const struct snapshot *snap, const struct cpu_rec *before, uint32_t nr,
		       uint32_t epoch)
{
	struct snapshot want = {};

	assert_int_equal(snap->nr_cpus, nr);
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		assert_int_equal(snap->cpus[cpu].cpu, cpu);
		check_cpu(&snap->cpus[cpu], &before[cpu].bank[epoch & 1]);
		ledger_add(&want, &before[cpu].bank[epoch & 1]);
	}
	/* All mailboxes are empty: the csds in flight have left since the cut. */
	for (uint32_t cpu = 0; cpu <= nr; cpu++)
		want.ledger.in_flight += before[cpu].bank[!(epoch & 1)].left;
	assert_memory_equal(&snap->ledger, &want.ledger, sizeof(want.ledger));
	assert_memory_equal(snap->kinds, want.kinds, sizeof(want.kinds));
	assert_members(*snap, edges_other, want.edges_other, begin_unseen, want.begin_unseen);
}

TEST(cpus_are_read_from_the_epochs_bank_only)
{
	uint64_t seed = 7;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(machines); i++) {
		uint32_t nr = machines[i / 2], epoch = 4 + i;
		struct maps maps = maps_make(geometry__of(nr));
		struct cpu_rec *before;
		struct snapshot snap;
		uint64_t delivered;

		cpus_fill(&maps, &seed);
		before = cpus_copy(&maps);
		delivered = read_delivered(&maps, epoch);
		snap = banks_read(&maps, epoch);
		check_cpus(&snap, before, nr, epoch);
		assert_int_equal(delivered, snap.ledger.function + snap.ledger.ttwu);
		snapshot__free(&snap);
		/* This bank is clear now, the other bank is as it was. */
		for (uint32_t cpu = 0; cpu <= nr; cpu++)
			memset(&before[cpu].bank[epoch & 1], 0, sizeof(zero_cpu));
		assert_memory_equal(maps.cpus, before, (nr + 1) * sizeof(*before));
		/* A second reading finds only the csds in flight. */
		snap = banks_read(&maps, epoch);
		check_cpus(&snap, before, nr, epoch);
		snapshot__free(&snap);
		free(before);
		maps_free(&maps);
	}
}

TEST(each_counter_is_read_even_if_all_others_are_0)
{
	struct maps maps = maps_make(geometry__of(2));
	size_t nr = offsetof(struct cpu_bank, delay) / sizeof(uint64_t);
	struct cpu_bank *bank = &maps.cpus[1].bank[1];

	for (size_t i = 0; i < nr; i++) {
		struct snapshot snap, want = {};

		((uint64_t *)bank)[i] = 3;
		ledger_add(&want, bank);
		snap = banks_read(&maps, 1);
		assert_memory_equal(&snap.ledger, &want.ledger, sizeof(want.ledger));
		assert_int_equal(snap.begin_unseen, want.begin_unseen);
		assert_memory_equal(bank, &zero_cpu, sizeof(zero_cpu));
		snapshot__free(&snap);
	}
	maps_free(&maps);
}

TEST(a_handler_time_without_a_counter_is_read)
{
	struct maps maps = maps_make(geometry__of(2));
	struct snapshot snap;

	maps.cpus[1].bank[0].handler = (struct hist_bank){ .sum = 9, .max = 9, .slots[8] = 1 };
	snap = banks_read(&maps, 2);
	assert_members(snap.cpus[1].handler, count, 1, sum, 9);
	assert_memory_equal(&maps.cpus[1].bank[0], &zero_cpu, sizeof(zero_cpu));
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(holes_among_the_possible_cpus_are_left_out)
{
	static const struct cpuset possible = { .words = { 1 << 1 | 1 << 4 | 1 << 5 } };
	static const uint32_t cpus[] = { 1, 4, 5 };
	struct maps maps = maps_make(geometry__of(6));
	struct snapshot snap = {};

	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		maps.cpus[cpus[i]].bank[1].edges_other = 10 + cpus[i];
	assert_int_equal(read_cpus(&maps, 1, &possible, &snap), 0);
	assert_int_equal(snap.nr_cpus, ARRAY_SIZE(cpus));
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		assert_members(snap.cpus[i], cpu, cpus[i], sent, 10 + cpus[i]);
	assert_int_equal(snap.ledger.queued, 11 + 14 + 15);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(recovered_is_the_sum_of_one_bank)
{
	struct maps maps = maps_make(geometry__of(5));
	struct snapshot snap;

	for (uint32_t cpu = 0; cpu < 5; cpu++) {
		maps.cpus[cpu].bank[0].recovered = 1 << cpu;
		maps.cpus[cpu].bank[1].recovered = 100 << cpu;
	}
	assert_int_equal(read_recovered(&maps, 2), 31);
	assert_int_equal(read_recovered(&maps, 3), 3100);
	snap = banks_read(&maps, 3);
	assert_int_equal(read_recovered(&maps, 3), 0);
	assert_int_equal(read_recovered(&maps, 2), 31);
	snapshot__free(&snap);
	maps_free(&maps);
}

/* The edge from @src to @dst, in the place where the programs put it. */
static struct edge_rec *edge_at(struct maps *maps, uint32_t src, uint32_t dst)
{
	uint32_t nr = maps->geo.edge_slots;
	struct edge_rec *edge = &maps->edges[src * nr + (dst & (nr - 1))];

	assert_true(!edge->dst || edge->dst == dst + 1);
	edge->dst = dst + 1;
	return edge;
}

static uint64_t edge_count_of(uint32_t src, uint32_t dst, int parity)
{
	/* A third of the edges counts only in one window, a third only in the other. */
	if ((src + dst) % 3 == (uint32_t)parity)
		return 0;
	return 1 + 8192ULL * src + 2 * dst + parity;
}

/* Every third csd is one that csd_queue_twin() saw. */
static void edge_put(struct edge_rec *edge, int parity, uint64_t count)
{
	edge->nested[parity] = count / 3;
	edge->count[parity] = count - count / 3;
}

static void check_edges(struct maps *maps, uint32_t epoch, uint32_t nr_dsts)
{
	struct snapshot snap = banks_read(maps, epoch);
	struct edge *edge = snap.edges;

	for (uint32_t src = 0; src < maps->geo.nr_cpus; src++) {
		for (uint32_t dst = 0; dst < nr_dsts; dst++) {
			uint64_t count = edge_count_of(src, dst, epoch & 1);

			if (!count)
				continue;
			assert_true(edge < snap.edges + snap.nr_edges);
			assert_members(*edge, src, src, dst, dst, count, count);
			assert_members(*edge_at(maps, src, dst), count[epoch & 1], 0,
				       nested[epoch & 1], 0);
			edge++;
		}
	}
	assert_int_equal(edge - snap.edges, snap.nr_edges);
	snapshot__free(&snap);
}

TEST(edges_are_read_by_sender_then_destination)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct maps maps = maps_make(geometry__of(machines[i]));
		uint32_t places = maps.geo.edge_slots;
		uint32_t nr_dsts = machines[i] < places ? machines[i] : places;

		for (uint32_t src = 0; src < machines[i]; src++)
			for (uint32_t dst = 0; dst < nr_dsts; dst++)
				for (int parity = 0; parity < NR_BANKS; parity++)
					edge_put(edge_at(&maps, src, dst), parity,
						 edge_count_of(src, dst, parity));
		/* The second reading shows that the first left the other bank alone. */
		check_edges(&maps, 6, nr_dsts);
		check_edges(&maps, 7, nr_dsts);
		maps_free(&maps);
	}
}

TEST(far_destinations_keep_their_number)
{
	struct maps maps = maps_make(geometry__of(MAX_CPUS));
	struct snapshot snap;

	edge_at(&maps, 4095, 4094)->count[1] = 5;
	edge_at(&maps, 4095, 4095)->count[0] = 7;
	snap = banks_read(&maps, 1);
	assert_members(snap, nr_edges, 1, edges[0].src, 4095, edges[0].dst, 4094, edges[0].count,
		       5);
	snapshot__free(&snap);
	/* The place stays the destination's own. */
	assert_int_equal(edge_at(&maps, 4095, 4094)->count[1], 0);
	assert_int_equal(edge_at(&maps, 4095, 4095)->count[0], 7);
	maps_free(&maps);
}

/* The largest machine, with every place of every sender in use; takes no search. */
TEST(all_to_all_on_4096_cpus)
{
	struct maps maps = maps_make(geometry__of(MAX_CPUS));
	struct snapshot snap;

	for (uint32_t src = 0; src < MAX_CPUS; src++)
		for (uint32_t dst = 0; dst < EDGE_MAX_2048; dst++)
			edge_at(&maps, src, dst)->count[1] = src + 1;
	snap = banks_read(&maps, 1);
	assert_members(snap, nr_edges, MAX_CPUS * EDGE_MAX_2048, nr_cpus, MAX_CPUS);
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++)
		assert_int_equal(snap.cpus[cpu].sent, (cpu + 1) * EDGE_MAX_2048);
	assert_int_equal(snap.ledger.queued, MAX_CPUS * (MAX_CPUS + 1ULL) / 2 * EDGE_MAX_2048);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(empty_maps_are_an_empty_snapshot)
{
	static const struct ledger empty;

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct maps maps = maps_make(geometry__of(machines[i]));
		struct snapshot snap = banks_read(&maps, 1);

		assert_members(snap, nr_cpus, machines[i], nr_edges, 0, nr_fns, 0);
		assert_memory_equal(&snap.ledger, &empty, sizeof(empty));
		assert_true(ledger__closed(&snap.ledger));
		snapshot__free(&snap);
		maps_free(&maps);
	}
}

TEST_MAIN(NULL, NULL)
