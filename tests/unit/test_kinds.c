// SPDX-License-Identifier: GPL-2.0
/* The list of kinds, made from counts, arrivals and the maps of --kinds. */
#include "abi/hist_slots.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "collect/collector.h"
#include "host/machine.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "unit.h"

static const struct arrivals x86 = {
	.rows = { { .kind = "nmi", .count = 2, .whole = true },
		  { .kind = "irq_work", .count = 3, .whole = true },
		  { .kind = "reschedule", .count = 40, .whole = true },
		  { .kind = "call_function", .count = 100, .whole = true },
		  { .kind = "tlb_shootdown", .count = 60, .whole = true },
		  { .kind = "posted_interrupt", .count = 0, .whole = true } },
	.nr = 6,
};

static const struct collect_config unfiltered;

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

/* The functions are the test's own. */
static void drop(struct snapshot *snap)
{
	snap->fns = NULL;
	snapshot__free(snap);
}

TEST(each_kind_has_its_counts_or_a_reason)
{
	struct fn_stats fns[] = { { .func.name = "flush_tlb_func", .count = 50 },
				  { .func.name = "ipi_mb", .count = 7 },
				  { .func.name = "flush_tlb_func", .count = 10 } };
	struct snapshot snap = snapshot(fns, 3);
	const struct kind_stats *row;

	assert_int_equal(kinds__complete(&snap, &unfiltered, &x86, "x86_64"), 0);
	/* The three kinds that all architectures have come first. */
	for (int i = 0; i < NR_KINDS; i++)
		assert_string_equal(snap.all_kinds[i].kind, kind_names[i]);
	row = kind(&snap, "call_function");
	assert_true(row->sent_known && row->received_known && !row->timed && !row->why);
	assert_members(*row, sent, 99, received, 100);
	row = kind(&snap, "tlb_shootdown");
	assert_true(row->sent_known && row->received_known);
	assert_members(*row, sent, 60, received, 60);
	row = kind(&snap, "nmi");
	assert_true(!row->sent_known && row->received_known && row->why);
	assert_int_equal(row->received, 2);
	row = kind(&snap, "cpu_stop");
	assert_true(!row->sent_known && !row->received_known && row->why);
	row = kind(&snap, "tick_broadcast");
	assert_true(!row->sent_known && !row->received_known && row->why);
	drop(&snap);
}

/* The reschedules of each CPU, known if the file always had the CPU and no filter is set. */
TEST(reschedules_are_those_of_the_cpu)
{
	struct cpu_stats cpus[] = { { .cpu = 0 }, { .cpu = 1 }, { .cpu = 2 } };
	struct arrivals since = { .reschedules = { 7, 0, 9 } };
	struct snapshot snap = snapshot(NULL, 0);

	snap.cpus = cpus;
	snap.nr_cpus = 3;
	cpuset__add(&since.counted, 0);
	cpuset__add(&since.counted, 1);
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_true(cpus[0].reschedules_known && cpus[1].reschedules_known);
	assert_int_equal(cpus[0].reschedules, 7);
	assert_int_equal(cpus[1].reschedules, 0);
	assert_members(cpus[2], reschedules_known, false, reschedules, 0);
	snap.how.filtered = true;
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_members(cpus[0], reschedules_known, false, reschedules, 0);
	snap.cpus = NULL;
	drop(&snap);
}

/* What a CPU received is not known in a window in which it was online for a part of the time only. */
TEST(received_is_unknown_where_a_cpu_went_or_came)
{
	struct cpu_stats cpus[] = { { .cpu = 0, .sent = 5 }, { .cpu = 2 } };
	struct arrivals since = x86;
	struct snapshot snap = snapshot(NULL, 0);

	snap.cpus = cpus;
	snap.nr_cpus = 2;
	/* CPU 2 is offline all the time: nothing was counted there. */
	cpuset__add(&since.shown, 0);
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_members(*kind(&snap, "call_function"), received_known, true, received, 100);
	/* CPU 2 was online between the two readings. */
	cpus[1].local = 1;
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_members(*kind(&snap, "call_function"), received_known, false, received, 0);
	cpus[1] = (struct cpu_stats){ .cpu = 2, .reschedules_sent = 1 };
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_members(*kind(&snap, "nmi"), received_known, false, received, 0);
	cpuset__add(&since.shown, 2);
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_members(*kind(&snap, "nmi"), received_known, true, received, 2);
	/* The row of one kind did not have the same CPUs at both readings. */
	since.rows[3].whole = false;
	assert_int_equal(kinds__complete(&snap, &unfiltered, &since, "x86_64"), 0);
	assert_members(*kind(&snap, "call_function"), received_known, false, received, 0);
	assert_members(*kind(&snap, "irq_work"), received_known, true, received, 3);
	snap.cpus = NULL;
	drop(&snap);
}

/* 300 reschedules came to CPU 0, 100 to CPU 1, 600 to CPU 2. */
static struct most_hit most(const struct collect_config *config, uint64_t sent)
{
	struct arrivals since = { .reschedules = { 300, 100, 600 } };
	struct snapshot snap = snapshot(NULL, 0);
	struct most_hit hit;

	snap.kinds[KIND_RESCHEDULE] = sent;
	for (uint32_t cpu = 0; cpu < 3; cpu++)
		cpuset__add(&since.counted, cpu);
	assert_int_equal(kinds__complete(&snap, config, &since, "x86_64"), 0);
	hit = kind(&snap, "reschedule")->most_hit;
	drop(&snap);
	return hit;
}

static void assert_most(const struct collect_config *config, uint64_t sent, uint32_t cpu,
			double part)
{
	struct most_hit hit = most(config, sent);

	assert_members(hit, cpu_known, true, cpu, cpu);
	assert_true(hit.part > part - 0.001 && hit.part < part + 0.001);
}

/* A filter passes some of what arrived: all at some CPUs, and at others a share of the rest. */
TEST(the_cpu_most_hit_is_known_under_a_filter)
{
	struct cpuset one = {}, two = {};
	const struct collect_config dst = { .dst = &one }, dsts = { .dst = &two },
				    cpus = { .cpus = &one }, src = { .src = &one },
				    pid = { .tgid = 7 };

	cpuset__add(&one, 1);
	cpuset__add(&two, 0);
	cpuset__add(&two, 1);
	assert_most(&unfiltered, 1000, 2, 0.6);
	assert_most(&dst, 100, 1, 1);
	assert_most(&dsts, 400, 0, 0.75);
	/* 100 to CPU 1; those that it sent are spread as all of the others are. */
	assert_most(&cpus, 100, 1, 1);
	assert_most(&cpus, 1000, 2, 0.6);
	/* CPU 1 does not send to itself. */
	assert_most(&src, 90, 2, 600 / 900.0);
	assert_most(&pid, 10, 2, 0.6);
	assert_false(most(&pid, 0).cpu_known);
	assert_true(most(&pid, 0).part == 0);
}

TEST(a_function_without_a_row_may_be_a_shootdown)
{
	struct fn_stats fns[] = { { .func.name = "flush_tlb_func", .count = 50 },
				  { .other = true, .count = 1 } };
	struct fn_stats nameless = { .func.addr = 1, .count = 1 };
	struct snapshot snap = snapshot(fns, 2);

	assert_int_equal(kinds__complete(&snap, &unfiltered, &x86, "x86_64"), 0);
	assert_false(kind(&snap, "tlb_shootdown")->sent_known);
	assert_non_null(kind(&snap, "tlb_shootdown")->why);
	drop(&snap);
	snap = snapshot(&nameless, 1);
	assert_int_equal(kinds__complete(&snap, &unfiltered, &x86, "x86_64"), 0);
	assert_false(kind(&snap, "tlb_shootdown")->sent_known);
	drop(&snap);
}

TEST(a_filter_hides_what_arrived)
{
	struct snapshot snap = snapshot(NULL, 0);

	snap.how.filtered = true;
	assert_int_equal(kinds__complete(&snap, &unfiltered, &x86, "x86_64"), 0);
	for (size_t i = 0; i < snap.nr_all_kinds; i++)
		assert_members(snap.all_kinds[i], received_known, false, received, 0);
	drop(&snap);
	snap = snapshot(NULL, 0);
	snap.known.kinds = false;
	kinds__row(&snap, "reschedule")->timed = true;
	assert_int_equal(kinds__complete(&snap, &unfiltered, &x86, "x86_64"), 0);
	assert_int_equal(snap.nr_all_kinds, 0);
	drop(&snap);
}

/* As many rows in /proc/interrupts as are read, and none is of a common kind. */
TEST(no_kind_is_too_many)
{
	struct snapshot snap = snapshot(NULL, 0);
	struct arrivals many = { .nr = KINDS_MAX };
	char name[KIND_NAME];

	for (int i = 0; i < KINDS_MAX; i++) {
		snprintf(many.rows[i].kind, sizeof(many.rows[i].kind), "kind_%d", i);
		many.rows[i].count = 100 + i;
		many.rows[i].whole = true;
	}
	assert_int_equal(kinds__complete(&snap, &unfiltered, &many, "x86_64"), 0);
	for (int i = 0; i < KINDS_MAX; i++) {
		snprintf(name, sizeof(name), "kind_%d", i);
		assert_int_equal(kind(&snap, name)->received, 100 + i);
	}
	assert_int_equal(kind(&snap, "call_function")->sent, 99);
	assert_non_null(kind(&snap, "cpu_stop")->why);
	drop(&snap);
}

#define CPUS   4096
#define SHARDS 4

struct kinds_memory {
	struct ipi_rec recs[CPUS];
	struct ipi_hist_rec hists[SHARDS * IPI_CLASSES];
	struct ipi_reason reasons[IPI_CLASSES];
	struct wake_rec wakes[WAKE_ROWS + 1];
};

static struct ipis ipis_of(struct kinds_memory *memory)
{
	return (struct ipis){
		.nr_cpus = CPUS,
		.shards = SHARDS,
		.recs = memory->recs,
		.hists = memory->hists,
		.reasons = memory->reasons,
		.wakes = memory->wakes,
	};
}

/* One interrupt: a delay of @ns, and twice that in its handler. */
static void run(struct kinds_memory *memory, int shard, int class, uint64_t ns)
{
	struct ipi_hist_bank *bank = &memory->hists[shard * IPI_CLASSES + class].bank[1];

	bank->delay.slots[hist_slot(ns)]++;
	bank->delay.sum += ns;
	bank->delay.max = ns;
	bank->time.slots[hist_slot(2 * ns)]++;
	bank->time.sum += 2 * ns;
	bank->time.max = 2 * ns;
}

/* As on arm64: the kernel's text names a class, and classes come in any order. */
TEST(classes_by_reason)
{
	struct kinds_memory *memory = calloc(1, sizeof(*memory));
	struct ipis ipis = ipis_of(memory);
	static const struct arrivals arrivals = {
		.rows = { { .kind = "reschedule", .count = 1, .whole = true },
			  { .kind = "call_function", .count = 5, .whole = true },
			  { .kind = "cpu_stop", .count = 0, .whole = true },
			  { .kind = "cpu_backtrace", .count = 3, .whole = true },
			  { .kind = "timer_broadcast", .count = 0, .whole = true } },
		.nr = 5,
	};
	struct snapshot snap = snapshot(NULL, 0);
	const struct kind_stats *row;

	memory->reasons[0] = (struct ipi_reason){ 1, "Function call interrupts" };
	memory->reasons[1] = (struct ipi_reason){ 2, "CPU stop interrupts" };
	for (int cpu = 0; cpu < CPUS; cpu++)
		memory->recs[cpu].bank[1].sent[0] = 2;
	memory->recs[4095].bank[1].coalesced[0] = 9;
	memory->recs[7].bank[0].sent[0] = 1000;
	run(memory, 0, 0, 100);
	run(memory, 3, 0, 300);
	run(memory, 1, 1, 50);
	assert_int_equal(read_ipis(&ipis, 1, &snap), 0);
	assert_int_equal(kinds__complete(&snap, &unfiltered, &arrivals, "aarch64"), 0);
	row = kind(&snap, "call_function");
	assert_true(row->timed && row->sent_known && !row->why);
	assert_members(*row, sent, 2 * CPUS, coalesced, 9, delay.count, 2, delay.sum, 400,
		       delay.max, 300, time.sum, 800);
	row = kind(&snap, "cpu_stop");
	assert_true(row->timed && row->sent_known);
	assert_int_equal(row->time.count, 1);
	/* No event shows that an interrupt of this kind is sent or arrives. */
	row = kind(&snap, "cpu_backtrace");
	assert_true(!row->timed && !row->sent_known && row->received_known && row->why);
	/* A class would show if any had been sent. */
	row = kind(&snap, "timer_broadcast");
	assert_true(row->timed && row->sent_known);
	assert_int_equal(row->sent, 0);
	drop(&snap);
	/* The bank is clear now; the other bank is not. */
	snap = snapshot(NULL, 0);
	assert_int_equal(read_ipis(&ipis, 3, &snap), 0);
	assert_members(*kind(&snap, "call_function"), sent, 0, delay.count, 0);
	drop(&snap);
	snap = snapshot(NULL, 0);
	assert_int_equal(read_ipis(&ipis, 2, &snap), 0);
	assert_int_equal(kind(&snap, "call_function")->sent, 1000);
	drop(&snap);
	free(memory);
}

TEST(wakes_of_one_key_are_one_row)
{
	struct kinds_memory *memory = calloc(1, sizeof(*memory));
	struct ipis ipis = ipis_of(memory);
	struct snapshot snap = snapshot(NULL, 0);

	memory->wakes[1] =
		(struct wake_rec){ .key = 1, .waker = 10, .woken = 20, .count = { 0, 5 } };
	memory->wakes[2] =
		(struct wake_rec){ .key = 1, .waker = 10, .woken = 20, .count = { 0, 6 } };
	memory->wakes[3] = (struct wake_rec){
		.key = 2, .waker = 99, .woken = 20, .interrupt = 1, .count = { 0, 50 }
	};
	memory->wakes[4] = (struct wake_rec){ .key = 3, .waker = 1, .woken = 2, .count = { 7, 0 } };
	memory->wakes[WAKE_OTHER].count[1] = 2;
	memory->recs[0].bank[1].reschedule_other = 3;
	memory->recs[1].bank[1].reschedule_other = 4;
	memory->recs[2].bank[1].tlb[1] = (struct tlb_bank){ 5, 6, 7 };
	memory->recs[9].bank[1].tlb[1] = (struct tlb_bank){ 1, 1, 1 };
	assert_int_equal(read_ipis(&ipis, 1, &snap), 0);
	assert_int_equal(snapshot__rank(&snap), 0);
	assert_int_equal(snap.nr_wakes, 3);
	assert_true(snap.wakes[0].interrupt);
	assert_members(snap, wakes[0].count, 50, wakes[1].count, 11);
	assert_true(snap.wakes[2].other);
	assert_members(snap, reschedule_other, 7, tlb[1].count, 6, tlb[1].pages, 7, tlb[1].all, 8);
	drop(&snap);
	free(memory);
}

/* A row that is idle is given back, but not while a program that found the row may count there. */
TEST(an_idle_row_of_wakes_is_free_again)
{
	struct kinds_memory *memory = calloc(1, sizeof(*memory));
	struct ipis ipis = ipis_of(memory);
	struct wake_rec *idle = &memory->wakes[1], *busy = &memory->wakes[2];
	uint32_t epoch = 1;

	*idle = (struct wake_rec){ .key = 1, .waker = 10, .woken = 20, .count = { 0, 5 } };
	*busy = (struct wake_rec){ .key = 2, .waker = 11, .woken = 21, .waker_comm = "b" };
	for (int i = 0; i < 12; i++, epoch++) {
		struct snapshot snap = snapshot(NULL, 0);
		bool late = i == 4;

		busy->count[epoch & 1] = i % 2;
		/* A program that found the row before the key was marked. */
		idle->count[epoch & 1] += late;
		assert_int_equal(read_ipis(&ipis, epoch, &snap), 0);
		assert_int_equal(snap.nr_wakes, (i % 2) + (!i || late));
		if (late)
			assert_members(snap.wakes[0], count, 1, waker, 10, woken, 20);
		assert_int_equal(busy->key, 2);
		if (i < 2)
			assert_int_equal(idle->key, 1);
		else if (i < 6)
			assert_int_equal(idle->key, 1 | WAKE_RETIRED);
		drop(&snap);
	}
	assert_members(*idle, key, 0, waker, 0, woken, 0);
	assert_string_equal(busy->waker_comm, "b");
	free(memory);
}

TEST_MAIN(NULL, NULL)
