// SPDX-License-Identifier: GPL-2.0
/* Each figure of a window is in one sum: of a CPU or of the rest, of a node, of a function, of the host. */
#include "metrics_text.h"
#include "model/host.h"

#define CPUS 64
#define ISOLATED \
	2 /* the last two, which have series of their own; the budget is too small for all */

static struct host host;
static struct cpu_stats cpus[CPUS];
static struct fn_stats fns[3];

static int setup(void **state)
{
	struct metrics_config config = {
		.threshold = 1000, .max_fns = 2, .series = SERIES_DEFAULT, .nr_cpus = CPUS
	};
	struct numa numa = { .nr_nodes = 2, .ids = { 4, 9 } };

	host = (struct host){};
	for (uint32_t i = 0; i < CPUS; i++) {
		cpuset__add(&host.online, i);
		numa.nodes[i] = i >= CPUS / 2;
		if (i >= CPUS - ISOLATED)
			cpuset__add(&config.isolated, i);
	}
	return metrics__init(&metrics, &config, &numa);
}

/* A window of 2 s, which each CPU has something of. */
static struct snapshot window(void)
{
	memset(cpus, 0, sizeof(cpus));
	memset(fns, 0, sizeof(fns));
	for (uint32_t i = 0; i < CPUS; i++) {
		cpus[i] = (struct cpu_stats){ .cpu = i,
					      .sent = 1,
					      .received = 10,
					      .reschedules_known = i == 5,
					      .reschedules = 100,
					      .wait_away = 30,
					      .stolen = {
						      .known = i == 6, .delay = 2, .handler = 3 } };
		hist_put(&cpus[i].delay, 1000 + i, 1);
		hist_put(&cpus[i].handler, 2000 + i, 2);
		hist_put(&cpus[i].wait, 3000 + i, 3);
		cpus[i].irqs[KIND_RESCHEDULE] = (struct irq_sum){ 4, 40, 400 };
		cpus[i].irqs[KIND_IRQ_WORK] = (struct irq_sum){ 1, 7, 700 };
	}
	fns[0] = (struct fn_stats){ .func.name = "f%%", .count = 5, .local = 6 };
	fns[0].wait = (struct wait_sum){ .count = 1, .sum = 70, .away = 20 };
	hist_put(&fns[0].delay, 1063, 1);
	hist_put(&fns[0].handler, 2031, 2);
	fns[1] = (struct fn_stats){ .func = { .name = "g", .module = "kvm" }, .count = 1 };
	fns[2] = (struct fn_stats){ .func.name = "h", .count = 8, .local = 9 };
	fns[2].wait = (struct wait_sum){ .count = 1, .sum = 700, .away = 100 };
	hist_put(&fns[2].handler, 33, 1);
	return (struct snapshot){
		.host = &host,
		.window = { .start.tv_sec = 100, .mono_start = 1000000000, .mono_end = 3000000000 },
		.ledger = { .queued = 9, .carried_in = 4, .ttwu = 1, .in_flight = 5 },
		.how.source = SOURCE_CSD,
		.kinds = { [KIND_RESCHEDULE] = 6, [KIND_IRQ_WORK] = 7 },
		.cpus = cpus,
		.nr_cpus = CPUS,
		.fns = fns,
		.nr_fns = 3,
	};
}

static void add(const struct snapshot *snap)
{
	assert_int_equal(metrics__add(&metrics, snap), 0);
}

TEST_F(each_cpu_is_in_a_sum)
{
	struct snapshot snap = window();
	const struct metrics_sums *rest = &metrics.rest[0].sums, *own;

	add(&snap);
	add(&snap);
	assert_members(metrics, nr_cpus, CPUS, nr_online, CPUS, nr_groups, 2, plan.cpus, 40,
		       plan.isolated, ISOLATED, rest[0].shown, true, rest[1].shown, false,
		       rest[1].sums.sent, 0, windows, 2);
	assert_members(*rest, sent, 124, received, 1240, reschedules, 12400, delay,
		       2 * (62 * 1000 + 1891), handler, 4 * (62 * 2000 + 1891), wait,
		       2 * (3 * (62 * 3000 + 1891) - 62 * 30), interrupts, 620, interrupt_ns,
		       124 * 47);
	for (uint32_t i = 0; i < CPUS; i++)
		assert_members(metrics.cpus[i], shown, true, own, i >= CPUS - ISOLATED);
	own = &metrics.cpus[63].sums;
	assert_members(*own, sent, 2, received, 20, reschedules, 200, delay, 2 * 1063, handler,
		       4 * 2063, wait, 2 * (3 * 3063 - 30), interrupts, 10, interrupt_ns, 94);
	/* Of the rest only csds make a CPU stand out; an isolated one has its reschedules, too. */
	assert_true(metrics.recent[63].csds > metrics.recent[61].csds * 10.9);
	assert_true(metrics.recent[61].csds == 10 / 16. + (10 - 10 / 16.) / 16);
	assert_members(metrics.recent[61], candidate, true);
	assert_members(metrics.recent[62], candidate, false);
}

TEST_F(a_host_has_the_sum_of_its_cpus)
{
	struct snapshot snap = window();

	snap.sends_unseen = 1;
	add(&snap);
	assert_members(metrics.irqs[KIND_RESCHEDULE], count, 256, sum, 2560, max, 0);
	assert_members(metrics.irqs[KIND_IRQ_WORK], count, 64, sum, 448);
	assert_members(metrics, reschedules_known, true, stolen.known, true, stolen.delay, 128,
		       stolen.handler, 192, kinds[KIND_RESCHEDULE], 6, kinds[KIND_IRQ_WORK], 7,
		       sends_unseen, 1, mono_end, 3000000000);
	assert_members(metrics.ledger, queued, 9, ttwu, 1, in_flight, 5);
	/* Of 1000 ns on the next slot begins with 1024: the delays of the CPUs from 24 on. */
	assert_int_equal(metrics__threshold(&metrics), 1024);
	assert_members(metrics.stalls, delivery, 40, handler, 128, wait, 192);
	/* What was known once stays so; the ledger's csds in flight are the last window's. */
	cpus[5].reschedules_known = cpus[6].stolen.known = false;
	snap.ledger.in_flight = 2;
	snap.window.mono_end++;
	add(&snap);
	assert_members(metrics, reschedules_known, true, stolen.known, true, stolen.delay, 256,
		       kinds[KIND_IRQ_WORK], 14, sends_unseen, 2, mono_end, 3000000001);
	assert_members(metrics.ledger, queued, 18, in_flight, 2);
	snap.host = NULL;
	add(&snap);
	assert_int_equal(metrics.nr_online, 0);
}

TEST_F(a_node_has_its_cpus)
{
	struct snapshot snap = window();
	char label[METRICS_LABEL];

	add(&snap);
	for (int i = 0; i < 2; i++) {
		const struct metrics_group *group = &metrics.groups[i];
		uint64_t numbers = i ? 1520 : 496; /* the sum of its CPUs' numbers */

		assert_members(*group, shown, true, delay.count, 32, delay.sum, 32000 + numbers,
			       handler.count, 64, handler.sum, 2 * (64000 + numbers), wait.count,
			       96, wait.sum, 3 * (96000 + numbers));
		assert_int_equal(group->handler.slots[hist_slot(2000)], i ? 2 * 16 : 2 * 32);
		metrics__group_label(&metrics, i, label);
		assert_string_equal(label, i ? "9" : "4");
	}
	assert_has(print(METRICS_TEXT), "\nipitrace_delay_seconds_sum{node=\"4\"} 0.000032496\n",
		   "\nipitrace_delay_seconds_sum{node=\"9\"} 0.000033520\n");
	/* The longest of each, at the end of the window. */
	assert_members(metrics.groups[1].delay.worst, ns, 1063, dst, 63, func, "f%%", time, 102);
	assert_members(metrics.groups[0].delay.worst, ns, 1031, dst, 31, func, "");
	assert_members(metrics.groups[0].handler.worst, ns, 2031, dst, 31, func, "f%%");
	assert_int_equal(metrics.groups[0].wait.worst.ns, 0);
}

/* It stays for as long as it is the longest of the last 30 s. */
TEST_F(the_longest_is_replaced_by_a_longer_or_after_a_while)
{
	struct snapshot snap = window();
	const struct metrics_worst *worst = &metrics.groups[1].delay.worst;

	add(&snap);
	snap.window.start.tv_sec += 1;
	cpus[40].delay.max = 1063;
	add(&snap);
	assert_members(*worst, dst, 63, time, 102);
	cpus[40].delay.max = 1064;
	add(&snap);
	assert_members(*worst, ns, 1064, dst, 40, time, 103, func, "");
	for (uint32_t i = 0; i < CPUS; i++)
		cpus[i].delay.max = i == 50 ? 7 : 0;
	snap.window.start.tv_sec += 29;
	add(&snap);
	assert_members(*worst, ns, 1064, dst, 40, time, 103);
	snap.window.start.tv_sec += 1;
	add(&snap);
	assert_members(*worst, ns, 7, dst, 50, time, 133);
}

TEST_F(a_function_has_a_row_or_is_in_the_sum_of_the_others)
{
	struct snapshot snap = window();

	add(&snap);
	add(&snap);
	assert_members(metrics, nr_fns, 2, name_bytes, 3 + 4);
	assert_members(metrics.fns[0], func, "f%%", module, "", calls, 10, local, 12, handler,
		       4 * 2031, wait, 100);
	assert_members(metrics.fns[1], func, "g", module, "kvm", calls, 2, local, 0, handler, 0,
		       wait, 0);
	assert_members(metrics.other, calls, 16, local, 18, handler, 66, wait, 1200);
	assert_null(metrics.other.func);
}

/* A window of nothing, of a CPU that is not online. */
TEST_F(a_cpu_is_shown_once_it_had_a_figure)
{
	struct cpu_stats one = { .cpu = 7 };
	struct snapshot snap = { .cpus = &one, .nr_cpus = 1 };

	add(&snap);
	assert_members(metrics, nr_cpus, 8, cpus[7].shown, false, cpus[7].own, false,
		       groups[0].shown, false);
	for (int figure = 0; figure < 5; figure++) {
		one = (struct cpu_stats){ .cpu = 8 + figure };
		one.sent = figure == 0;
		one.received = figure == 1;
		one.handler.sum = figure == 2;
		one.wait.count = figure == 3;
		if (figure == 4)
			cpuset__add(&host.online, one.cpu);
		snap.host = figure == 4 ? &host : NULL;
		add(&snap);
		assert_members(metrics, nr_cpus, 9 + figure, cpus[8 + figure].shown, true,
			       cpus[8 + figure].own, true, groups[0].shown, true, groups[1].shown,
			       false);
	}
	/* It stays shown. */
	one = (struct cpu_stats){ .cpu = 8 };
	snap.host = NULL;
	add(&snap);
	assert_members(metrics, cpus[8].shown, true, nr_cpus, 13);
}

TEST_F(a_cpu_beyond_the_nodes_of_the_plan_is_in_the_last_group)
{
	struct cpu_stats one = { .cpu = 63, .sent = 1 };
	struct snapshot snap = { .cpus = &one, .nr_cpus = 1 };

	metrics.numa.nodes[63] = 2;
	add(&snap);
	assert_members(metrics, groups[0].shown, false, groups[1].shown, true);
}

static const char *own_cpus(void)
{
	static char text[CPUSET_TEXT];
	struct cpuset own = {};

	for (uint32_t i = 0; i < CPUS; i++)
		if (metrics.cpus[i].own)
			cpuset__add(&own, i);
	cpuset__format(&own, text, sizeof(text));
	return text;
}

/* CPU 5 receives most, and CPU 6 is slow; the others of the 8 places are of the first, and of the slowest. */
TEST_F(a_cpu_that_is_hit_or_slow_gets_its_own_series)
{
	struct snapshot snap = window();

	cpus[5].received = 1000;
	cpus[6].delay.sum = 1000000;
	for (int i = 0; i < STANDOUTS_WINDOWS; i++) {
		add(&snap);
		assert_text(own_cpus(), "62-63");
	}
	add(&snap);
	assert_text(own_cpus(), "0-7,55-63");
	/* They keep it, and no other CPU gets a place that is theirs. */
	cpus[5].received = 0;
	cpus[9].received = 100000;
	for (int i = 0; i < 20; i++)
		add(&snap);
	assert_text(own_cpus(), "0-7,9,55-63");
	assert_int_equal(metrics.cpus[9].sums.received % 100000, 0);
}

TEST_F(a_label_has_the_nodes_that_there_are)
{
	struct metrics three = { .nr_nodes = 3,
				 .plan.nodes_each = 2,
				 .numa.ids = { 4, 9, 11, 77 } };
	char label[METRICS_LABEL];

	metrics__group_label(&three, 0, label);
	assert_string_equal(label, "4,9");
	metrics__group_label(&three, 1, label);
	assert_string_equal(label, "11");
	three.nr_nodes = 0;
	metrics__group_label(&three, 0, label);
	assert_string_equal(label, "0");
	three.plan.by_cpu = true;
	metrics__group_label(&three, 12, label);
	assert_string_equal(label, "12");
}

/* A label has the first 47 characters of the name. */
TEST_F(callbacks_are_the_same_by_what_a_label_has)
{
	static char names[3][60];
	struct send_stats sends[3];
	struct snapshot snap = { .sends = sends, .nr_sends = 3, .known.sends = true };

	for (int i = 0; i < 3; i++) {
		memset(names[i], 'c', sizeof(names[i]) - 1);
		/* No name is a format. */
		names[i][0] = names[i][1] = '%';
		sends[i] = (struct send_stats){ .kind = KIND_IRQ_WORK,
						.func = { .addr = 1, .name = names[i] },
						.count = 1 + i };
	}
	names[1][46] = 'd';
	names[2][47] = 'd';
	add(&snap);
	assert_members(metrics, nr_sends, 2, sends[0].count, 4, sends[1].count, 2);
	assert_int_equal(strlen(metrics.sends[0].callback), 47);
	assert_memory_equal(metrics.sends[1].callback, names[1], 47);
	metrics__interrupted(&metrics, 3, "timer%%", 2);
	metrics__interrupted(&metrics, 3, "timer%%", 3);
	assert_members(metrics, nr_interruptions, 1, interruptions[0].cause, "timer%%",
		       interruptions[0].count, 5);
}

/* One that got no row may be over, too; a note is no storm. */
TEST_F(a_storm_without_a_row_lasts_in_the_sum)
{
	static const char *const names[METRICS_STORMS + 1] = { "a", "b", "c", "d", "e", "f", "g" };
	struct signature sigs[METRICS_STORMS + 1] = {};

	metrics__storms_begin(&metrics);
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
		struct storm storm = { .sig = &sigs[i], .news = STORM_BEGAN, .note = true };

		sigs[i].name = names[i];
		metrics__storm(&metrics, &storm);
		storm.note = false;
		metrics__storm(&metrics, &storm);
	}
	assert_members(metrics, nr_storms, METRICS_STORMS, storms[5].name, "f", storms[5].lasts, 1,
		       storms[5].begun, 1, storms_other.lasts, 1, storms_other.begun, 1);
	metrics__storms_begin(&metrics);
	assert_members(metrics, storms[5].lasts, 0, storms[5].begun, 1, storms_other.lasts, 0,
		       storms_other.begun, 1);
}

TEST_F(metrics_that_are_freed_are_as_new)
{
	static const struct metrics none;
	struct snapshot snap = window();

	add(&snap);
	metrics__free(&metrics);
	assert_memory_equal(&metrics, &none, sizeof(none));
}

TEST_MAIN(NULL, NULL)
