// SPDX-License-Identifier: GPL-2.0
/* One list of kinds, out of what was counted, what arrived, and the maps of --kinds. */
#include "abi/hist_slots.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "collect/kinds.h"
#include "collect/read_ipis.h"
#include "host/interrupts.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "unit.h"
#include <stdlib.h>
#include <string.h>

static const struct arrivals x86 = {
	.rows = { { .kind = "nmi", .count = 2 },
		  { .kind = "irq_work", .count = 3 },
		  { .kind = "reschedule", .count = 40 },
		  { .kind = "call_function", .count = 100 },
		  { .kind = "tlb_shootdown", .count = 60 },
		  { .kind = "posted_interrupt", .count = 0 } },
	.nr = 6,
};

static const struct kind_stats *kind(const struct snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->nr_all_kinds; i++)
		if (!strcmp(snap->all_kinds[i].kind, name))
			return &snap->all_kinds[i];
	fail_msg("no kind %s", name);
	return NULL;
}

static struct snapshot snapshot(struct fn_stats *fns, size_t nr)
{
	return (struct snapshot){
		.known.kinds = true,
		.kinds = { [KIND_CALL_FUNCTION] = 99, [KIND_RESCHEDULE] = 41, [KIND_IRQ_WORK] = 3 },
		.fns = fns,
		.nr_fns = nr,
	};
}

static void drop(struct snapshot *snap)
{
	snap->fns = NULL;
	snapshot__free(snap);
}

static void known_is_told_and_the_rest_says_why(void **state)
{
	struct fn_stats fns[] = { { .func.name = "flush_tlb_func", .count = 50 },
				  { .func.name = "ipi_mb", .count = 7 },
				  { .func.name = "flush_tlb_func", .count = 10 } };
	struct snapshot snap = snapshot(fns, 3);
	const struct kind_stats *k;

	(void)state;
	assert_int_equal(kinds__complete(&snap, &x86, "x86_64"), 0);
	/* The three that all architectures have come first. */
	for (int i = 0; i < NR_KINDS; i++)
		assert_string_equal(snap.all_kinds[i].kind, kind_names[i]);
	k = kind(&snap, "call_function");
	assert_true(k->sent_known && k->received_known && !k->timed && !k->why);
	assert_int_equal(k->sent, 99);
	assert_int_equal(k->received, 100);
	k = kind(&snap, "tlb_shootdown");
	assert_true(k->sent_known && k->received_known);
	assert_int_equal(k->sent, 60);
	assert_int_equal(k->received, 60);
	k = kind(&snap, "nmi");
	assert_true(!k->sent_known && k->received_known && k->why);
	assert_int_equal(k->received, 2);
	k = kind(&snap, "cpu_stop");
	assert_true(!k->sent_known && !k->received_known && k->why);
	k = kind(&snap, "tick_broadcast");
	assert_true(!k->sent_known && !k->received_known && k->why);
	drop(&snap);
}

static void a_function_without_a_row_may_be_a_shootdown(void **state)
{
	struct fn_stats fns[] = { { .func.name = "flush_tlb_func", .count = 50 },
				  { .other = true, .count = 1 } };
	struct fn_stats nameless = { .func.addr = 1, .count = 1 };
	struct snapshot snap = snapshot(fns, 2);

	(void)state;
	assert_int_equal(kinds__complete(&snap, &x86, "x86_64"), 0);
	assert_false(kind(&snap, "tlb_shootdown")->sent_known);
	assert_non_null(kind(&snap, "tlb_shootdown")->why);
	drop(&snap);
	snap = snapshot(&nameless, 1);
	assert_int_equal(kinds__complete(&snap, &x86, "x86_64"), 0);
	assert_false(kind(&snap, "tlb_shootdown")->sent_known);
	drop(&snap);
}

static void a_filter_hides_what_arrived(void **state)
{
	struct snapshot snap = snapshot(NULL, 0);

	(void)state;
	snap.how.filtered = true;
	assert_int_equal(kinds__complete(&snap, &x86, "x86_64"), 0);
	for (size_t i = 0; i < snap.nr_all_kinds; i++) {
		assert_false(snap.all_kinds[i].received_known);
		assert_int_equal(snap.all_kinds[i].received, 0);
	}
	drop(&snap);
	snap = snapshot(NULL, 0);
	snap.known.kinds = false;
	assert_int_equal(kinds__complete(&snap, &x86, "x86_64"), 0);
	assert_int_equal(snap.nr_all_kinds, 0);
	drop(&snap);
}

#define CPUS   4096
#define SHARDS 4

struct maps {
	struct ipi_rec recs[CPUS];
	struct ipi_hist_rec hists[SHARDS * IPI_CLASSES];
	struct ipi_reason reasons[IPI_CLASSES];
	struct wake_rec wakes[WAKE_ROWS + 1];
};

static struct ipis over(struct maps *maps)
{
	return (struct ipis){ CPUS, SHARDS, maps->recs, maps->hists, maps->reasons, maps->wakes };
}

static void run(struct maps *maps, int shard, int class, uint64_t ns)
{
	struct ipi_hist_bank *bank = &maps->hists[shard * IPI_CLASSES + class].bank[1];

	bank->delay.slots[hist_slot(ns)]++;
	bank->delay.sum += ns;
	bank->delay.max = ns;
	bank->time.slots[hist_slot(2 * ns)]++;
	bank->time.sum += 2 * ns;
	bank->time.max = 2 * ns;
}

/* As on arm64: what a class is the kernel's text tells; any order. */
static void classes_by_reason(void **state)
{
	struct maps *maps = calloc(1, sizeof(*maps));
	struct ipis ipis = over(maps);
	static const struct arrivals arrivals = {
		.rows = { { .kind = "reschedule", .count = 1 },
			  { .kind = "call_function", .count = 5 },
			  { .kind = "cpu_stop", .count = 0 },
			  { .kind = "cpu_backtrace", .count = 3 },
			  { .kind = "timer_broadcast", .count = 0 } },
		.nr = 5,
	};
	struct snapshot snap = snapshot(NULL, 0);
	const struct kind_stats *k;

	(void)state;
	maps->reasons[0] = (struct ipi_reason){ 1, "Function call interrupts" };
	maps->reasons[1] = (struct ipi_reason){ 2, "CPU stop interrupts" };
	for (int cpu = 0; cpu < CPUS; cpu++)
		maps->recs[cpu].bank[1].sent[0] = 2;
	maps->recs[4095].bank[1].coalesced[0] = 9;
	maps->recs[7].bank[0].sent[0] = 1000;
	run(maps, 0, 0, 100);
	run(maps, 3, 0, 300);
	run(maps, 1, 1, 50);
	assert_int_equal(read_ipis(&ipis, 1, &snap), 0);
	assert_int_equal(kinds__complete(&snap, &arrivals, "aarch64"), 0);
	k = kind(&snap, "call_function");
	assert_true(k->timed && k->sent_known && !k->why);
	assert_int_equal(k->sent, 2 * CPUS);
	assert_int_equal(k->coalesced, 9);
	assert_int_equal(k->delay.count, 2);
	assert_int_equal(k->delay.sum, 400);
	assert_int_equal(k->delay.max, 300);
	assert_int_equal(k->time.sum, 800);
	k = kind(&snap, "cpu_stop");
	assert_true(k->timed && k->sent_known);
	assert_int_equal(k->time.count, 1);
	/* Not to be seen at either end. */
	k = kind(&snap, "cpu_backtrace");
	assert_true(!k->timed && !k->sent_known && k->received_known && k->why);
	/* None was sent, or it would have been seen. */
	k = kind(&snap, "timer_broadcast");
	assert_true(k->timed && k->sent_known);
	assert_int_equal(k->sent, 0);
	drop(&snap);
	/* It is cleared; the other bank is not. */
	snap = snapshot(NULL, 0);
	assert_int_equal(read_ipis(&ipis, 3, &snap), 0);
	assert_int_equal(kind(&snap, "call_function")->sent, 0);
	assert_int_equal(kind(&snap, "call_function")->delay.count, 0);
	drop(&snap);
	snap = snapshot(NULL, 0);
	assert_int_equal(read_ipis(&ipis, 2, &snap), 0);
	assert_int_equal(kind(&snap, "call_function")->sent, 1000);
	drop(&snap);
	free(maps);
}

static void wakes_of_one_key_are_one(void **state)
{
	struct maps *maps = calloc(1, sizeof(*maps));
	struct ipis ipis = over(maps);
	struct snapshot snap = snapshot(NULL, 0);

	(void)state;
	maps->wakes[1] = (struct wake_rec){ .key = 1, .waker = 10, .woken = 20, .count = { 0, 5 } };
	maps->wakes[2] = (struct wake_rec){ .key = 1, .waker = 10, .woken = 20, .count = { 0, 6 } };
	maps->wakes[3] = (struct wake_rec){
		.key = 2, .waker = 99, .woken = 20, .interrupt = 1, .count = { 0, 50 }
	};
	maps->wakes[4] = (struct wake_rec){ .key = 3, .waker = 1, .woken = 2, .count = { 7, 0 } };
	maps->wakes[WAKE_OTHER].count[1] = 2;
	maps->recs[0].bank[1].reschedule_other = 3;
	maps->recs[1].bank[1].reschedule_other = 4;
	maps->recs[2].bank[1].tlb[1] = (struct tlb_bank){ 5, 6, 7 };
	maps->recs[9].bank[1].tlb[1] = (struct tlb_bank){ 1, 1, 1 };
	assert_int_equal(read_ipis(&ipis, 1, &snap), 0);
	assert_int_equal(snapshot__rank(&snap), 0);
	assert_int_equal(snap.nr_wakes, 3);
	assert_true(snap.wakes[0].interrupt);
	assert_int_equal(snap.wakes[0].count, 50);
	assert_int_equal(snap.wakes[1].count, 11);
	assert_true(snap.wakes[2].other);
	assert_int_equal(snap.reschedule_other, 7);
	assert_int_equal(snap.tlb[1].count, 6);
	assert_int_equal(snap.tlb[1].pages, 7);
	assert_int_equal(snap.tlb[1].all, 8);
	drop(&snap);
	free(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_is_told_and_the_rest_says_why),
		cmocka_unit_test(a_function_without_a_row_may_be_a_shootdown),
		cmocka_unit_test(a_filter_hides_what_arrived),
		cmocka_unit_test(classes_by_reason),
		cmocka_unit_test(wakes_of_one_key_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
