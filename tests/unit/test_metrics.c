// SPDX-License-Identifier: GPL-2.0
/* Snapshots added up, and written as text for Prometheus. */
#include <math.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "host/machine.h"
#include "metrics_text.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/names.h"

static int metrics_init(struct metrics *m, size_t max_fns, uint64_t threshold)
{
	const struct metrics_config config = {
		.threshold = threshold,
		.max_fns = max_fns,
		.series = SERIES_DEFAULT,
		.nr_cpus = 4,
	};

	return metrics__init(m, &config, NULL);
}

static int setup(void **state)
{
	return metrics_init(&metrics, 4, THRESHOLD_DEFAULT);
}

/* Add a window, and print. */
static void show(const struct snapshot *snap)
{
	assert_int_equal(metrics__add(&metrics, snap), 0);
	print(METRICS_TEXT);
}

/* The value behind "\n@sample ", which must be there once. */
static double value(const char *sample)
{
	char line[256];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", sample);
	at = strstr(text, line);
	if (!at)
		fail_msg("no %s in\n%s", sample, text);
	if (strstr(at + 1, line))
		fail_msg("%s is there twice", sample);
	return atof(at + strlen(line));
}

static struct fn_stats fn_of(const char *name, const char *module, uint64_t n)
{
	struct fn_stats fn = { .count = n, .local = 2 * n };

	fn.func = (struct symbol){ .addr = 1, .name = name, .module = module };
	hist_put(&fn.handler, 1000, n);
	return fn;
}

static void window_of(struct fn_stats *fns, size_t nr)
{
	show(&(struct snapshot){ .fns = fns, .nr_fns = nr });
}

TEST_F(nothing_before_the_first_window)
{
	print(METRICS_TEXT);
	assert_true(value("ipitrace_build_info{version=\"" VERSION "\"}") == 1);
	assert_true(value("ipitrace_windows_total") == 0);
	assert_lacks(text, "ipitrace_calls", "ipitrace_lost");
}

TEST_F(buckets_are_cumulative_and_exact)
{
	static const uint64_t ns[] = { 0, 127, 128, 255, 256, 1023, 1024, 8589934591, 8589934592 };
	struct cpu_stats cpu = { .cpu = 2 };
	struct snapshot snap = { .cpus = &cpu, .nr_cpus = 1 };
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		hist_put(&cpu.delay, ns[i], 1);
		sum += ns[i];
	}
	cpu.received = 9;
	show(&snap);
	for (size_t b = 0; b < METRICS_BUCKETS; b++) {
		char sample[128];
		int below = 0;

		for (size_t i = 0; i < ARRAY_SIZE(ns); i++)
			below += ns[i] <= metrics_hist__bound(b);
		snprintf(sample, sizeof(sample),
			 "ipitrace_delay_seconds_bucket{cpu=\"2\",le=\"%.10g\"}",
			 metrics_hist__bound(b) / 1e9);
		assert_int_equal(value(sample), below);
	}
	assert_int_equal(value("ipitrace_delay_seconds_bucket{cpu=\"2\",le=\"+Inf\"}"), 9);
	assert_int_equal(value("ipitrace_delay_seconds_count{cpu=\"2\"}"), 9);
	assert_true(value("ipitrace_delay_seconds_sum{cpu=\"2\"}") == sum / 1e9);
	assert_int_equal(value("ipitrace_received_total{cpu=\"2\"}"), 9);
	/* CPUs that never were online are left out. */
	assert_lacks(text, "cpu=\"0\"", "cpu=\"1\"");
}

TEST_F(each_slot_lies_in_one_bucket)
{
	for (uint32_t slot = 0; slot < HIST_SLOTS; slot++)
		for (size_t b = 0; b < METRICS_BUCKETS; b++)
			assert_true(hist_upper(slot) <= metrics_hist__bound(b) ||
				    hist_lower(slot) > metrics_hist__bound(b));
}

/* Each slot becomes one native bucket, which overlaps it; no two slots become the same bucket. */
TEST_F(each_slot_is_one_native_bucket)
{
	double width = exp2(1.0 / (1 << METRICS_NATIVE_SCHEMA));

	for (uint32_t slot = 1; slot < HIST_SLOTS; slot++) {
		double upper = exp2(metrics_hist__native(slot) / 4.0) * 1e9, lower = upper / width;

		if (slot > 1)
			assert_true(metrics_hist__native(slot) > metrics_hist__native(slot - 1));
		/* Slots below 8 ns hold one value each, and buckets there are narrower. */
		if (slot < hist_slot(8) || slot == HIST_SLOTS - 1)
			continue;
		assert_int_equal(metrics_hist__native(slot), metrics_hist__native(slot - 1) + 1);
		assert_true(lower > hist_lower(slot) * 0.89 && lower < hist_upper(slot));
		assert_true(upper > hist_lower(slot) && upper < (hist_upper(slot) + 1) * 1.11);
	}
}

TEST_F(the_worst_delay_is_an_exemplar)
{
	struct cpu_stats cpus[2] = { { .cpu = 0, .sent = 1 }, { .cpu = 1, .sent = 1 } };
	struct fn_stats fns[2] = { fn_of("quick", NULL, 1), fn_of("sl\"ow", NULL, 1) };
	struct snapshot snap = { .cpus = cpus, .nr_cpus = 2, .fns = fns, .nr_fns = 2 };

	snap.window.start.tv_sec = 1795176075;
	hist_put(&cpus[0].delay, 500, 1);
	hist_put(&fns[0].delay, 500, 1);
	hist_put(&cpus[1].delay, 700000, 1);
	hist_put(&cpus[1].delay, 600, 5);
	hist_put(&fns[1].delay, 700000, 1);
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_has(print(METRICS_OPENMETRICS),
		   "ipitrace_delay_seconds_bucket{cpu=\"1\",le=\"0.001048575\"} 6 "
		   "# {dst=\"1\",func=\"sl\\\"ow\"} 0.000700000 1795176075.000\n");
	assert_has(text, "# {dst=\"0\",func=\"quick\"} 0.000000500 ");
	assert_lacks(print(METRICS_TEXT), " # {");
	/* A shorter delay replaces the longest one only when that is old. */
	memset(cpus, 0, sizeof(cpus));
	cpus[1].cpu = 1;
	hist_put(&cpus[1].delay, 800, 1);
	snap.nr_fns = 0;
	snap.window.start.tv_sec += METRICS_WORST_AGE - 1;
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_has(print(METRICS_OPENMETRICS), "} 0.000700000 1795176075.000\n");
	snap.window.start.tv_sec++;
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_lacks(print(METRICS_OPENMETRICS), "} 0.000700000 ");
	assert_has(text, " # {dst=\"1\"} 0.000000800 1795176105.000\n");
}

TEST_F(stalls_are_past_the_threshold)
{
	static const uint64_t ns[] = { 1, 999999, 1048575, 1048576, 2000000, 1ULL << 62 };
	struct cpu_stats cpus[2] = { { .cpu = 0 }, { .cpu = 1 } };
	struct snapshot snap = { .cpus = cpus, .nr_cpus = 2 };

	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		hist_put(&cpus[0].delay, ns[i], 1);
		hist_put(&cpus[1].delay, ns[i], 1);
		hist_put(&cpus[1].handler, ns[i], 2);
		hist_put(&cpus[0].wait, ns[i], 3);
	}
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	show(&snap);
	assert_true(value("ipitrace_stall_threshold_seconds") == 1048576 / 1e9);
	assert_int_equal(value("ipitrace_stalls_total{phase=\"delivery\"}"), 12);
	assert_int_equal(value("ipitrace_stalls_total{phase=\"handler\"}"), 12);
	assert_int_equal(value("ipitrace_stalls_total{phase=\"wait\"}"), 18);
	assert_int_equal(value("ipitrace_wait_seconds_count{cpu=\"0\"}"), 36);
	assert_int_equal(value("ipitrace_wait_seconds_count{cpu=\"1\"}"), 0);
}

TEST_F(thresholds_are_rounded_up)
{
	static const uint64_t ns[] = { 1, 2, 3, 4, 500, 1023, 1024, 500000, 2000000, 1ULL << 40 };
	struct metrics m;

	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		assert_int_equal(metrics_init(&m, 1, ns[i]), 0);
		assert_true(metrics__threshold(&m) > ns[i]);
		assert_true(metrics__threshold(&m) <= ns[i] + (ns[i] + 3) / 4 + 1);
		metrics__free(&m);
	}
	/* Longer than the last bucket's bound. */
	assert_int_equal(metrics_init(&m, 1, UINT64_MAX), 0);
	assert_true(metrics__threshold(&m) > 1ULL << 40);
	metrics__free(&m);
}

TEST_F(windows_that_do_not_come)
{
	const uint64_t s = 1000000000;
	struct snapshot snap = { .window.mono_end = 100 * s };

	assert_int_equal(metrics__late(&metrics, 1, 50 * s, 60 * s), 0);
	assert_int_equal(metrics__late(&metrics, 1, 50 * s, 61 * s), 11 * s);
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_int_equal(metrics__late(&metrics, 1, 50 * s, 110 * s), 0);
	assert_int_equal(metrics__late(&metrics, 1, 50 * s, 110 * s + 1), 10 * s + 1);
	/* If windows last 60 s, the next one may come that much later. */
	assert_int_equal(metrics__late(&metrics, 60, 50 * s, 280 * s), 0);
	assert_int_equal(metrics__late(&metrics, 60, 50 * s, 281 * s), 181 * s);
}

TEST_F(sums_are_exact)
{
	struct cpu_stats cpu = { .sent = 1 };
	struct snapshot snap = { .cpus = &cpu, .nr_cpus = 1 };

	/* Above 2^53 a double cannot represent each ns. */
	cpu.handler.count = 1;
	cpu.handler.sum = 12345678901234567ULL;
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_has(print(METRICS_TEXT), "_sum{cpu=\"0\"} 12345678.901234567\n");
}

TEST_F(what_was_not_seen_adds_up)
{
	struct snapshot snap = { .how.source = SOURCE_CSD,
				 .known = { .begin_unseen = true, .waits_unseen = true },
				 .sends_unseen = 3,
				 .begin_unseen = 4,
				 .waits_unseen = 5 };

	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_has(print(METRICS_TEXT), "\nipitrace_sends_unseen_total 6\n",
		   "\nipitrace_begin_unseen_total 8\n", "\nipitrace_waits_unseen_total 10\n");
}

TEST_F(functions_beyond_the_most_are_summed)
{
	struct fn_stats fns[] = {
		fn_of("e", NULL, 1), fn_of("b", "m", 2),   fn_of("b", NULL, 4),
		fn_of("a", NULL, 8), fn_of("c", NULL, 16), fn_of("d", NULL, 32),
	};

	window_of(fns, ARRAY_SIZE(fns));
	assert_int_equal(value("ipitrace_calls_total{func=\"e\",module=\"\"}"), 1);
	assert_int_equal(value("ipitrace_calls_total{func=\"b\",module=\"m\"}"), 2);
	assert_int_equal(value("ipitrace_calls_total{func=\"b\",module=\"\"}"), 4);
	assert_int_equal(value("ipitrace_calls_total{func=\"a\",module=\"\"}"), 8);
	assert_int_equal(value("ipitrace_calls_total{func=\"other\",module=\"\"}"), 48);
	assert_int_equal(value("ipitrace_local_calls_total{func=\"other\",module=\"\"}"), 96);
	assert_true(value("ipitrace_function_handler_seconds_total{func=\"other\",module=\"\"}") ==
		    48e-6);
	/* The next window has its functions in another order; the rows of the sum keep theirs. */
	window_of(&fns[2], 4);
	window_of(fns, 1);
	assert_int_equal(value("ipitrace_calls_total{func=\"e\",module=\"\"}"), 2);
	assert_int_equal(value("ipitrace_calls_total{func=\"b\",module=\"m\"}"), 2);
	assert_int_equal(value("ipitrace_calls_total{func=\"b\",module=\"\"}"), 8);
	assert_int_equal(value("ipitrace_calls_total{func=\"other\",module=\"\"}"), 96);
}

TEST_F(call_sites_of_a_function_are_one_row)
{
	struct fn_stats fns[] = { fn_of("f", NULL, 3), fn_of("f", NULL, 4) };

	fns[0].callsite.addr = 1;
	fns[1].callsite.addr = 2;
	window_of(fns, 2);
	assert_int_equal(value("ipitrace_calls_total{func=\"f\",module=\"\"}"), 7);
}

TEST_F(addresses_are_nobodys_business)
{
	struct fn_stats fns[] = { fn_of(NULL, NULL, 3), fn_of("f", NULL, 4) };

	fns[0].func.addr = 0xffffffff81000000;
	fns[1].other = true;
	window_of(fns, 2);
	assert_lacks(text, "ffffffff");
	assert_int_equal(value("ipitrace_calls_total{func=\"other\",module=\"\"}"), 7);
}

/* Add a sample of snap->fns[@fn] whose reason is @name; NULL: it has no reason. */
static struct stack_sample sample_of(size_t fn, const char *name)
{
	return (struct stack_sample){ .fn = fn, .nr = 1, .stack[0] = { .addr = 1, .name = name } };
}

/*
 * The csds that the samples represent divide the count of each function among reasons; a remainder
 * is not lost.
 */
TEST_F(reasons_sum_up_to_the_calls)
{
	struct fn_stats fns[] = { fn_of("f", NULL, 100), fn_of("g", NULL, 7), fn_of("h", NULL, 5) };
	struct stack_sample samples[] = {
		sample_of(0, "munmap"), sample_of(0, "munmap"), sample_of(0, "dup_mmap"),
		sample_of(1, "munmap"), sample_of(1, NULL),
	};
	struct snapshot snap = {
		.fns = fns, .nr_fns = 3, .samples = samples, .nr_samples = ARRAY_SIZE(samples)
	};

	samples[2].csds = 4;
	for (int window = 0; window < 2; window++)
		assert_int_equal(metrics__add(&metrics, &snap), 0);
	print(false);
	assert_int_equal(value("ipitrace_reasons_total{reason=\"munmap\"}"), 2 * (33 + 3));
	assert_int_equal(value("ipitrace_reasons_total{reason=\"dup_mmap\"}"), 2 * 67);
	assert_int_equal(value("ipitrace_reasons_total{reason=\"unknown\"}"), 2 * (4 + 5));
	assert_int_equal(value("ipitrace_reasons_total{reason=\"other\"}"), 0);
}

TEST_F(reasons_beyond_the_most_are_summed)
{
	static char names[METRICS_REASONS + 2][16];
	struct fn_stats fn = fn_of("f", NULL, METRICS_REASONS + 2);
	struct stack_sample samples[METRICS_REASONS + 2];
	struct snapshot snap = {
		.fns = &fn, .nr_fns = 1, .samples = samples, .nr_samples = ARRAY_SIZE(samples)
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		snprintf(names[i], sizeof(names[i]), "reason_%zu", i);
		samples[i] = sample_of(0, names[i]);
	}
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	print(false);
	assert_int_equal(metrics.nr_reasons, METRICS_REASONS);
	assert_int_equal(value("ipitrace_reasons_total{reason=\"reason_27\"}"), 1);
	assert_int_equal(value("ipitrace_reasons_total{reason=\"other\"}"), 2);
}

#define SENDS(kind, callback, cause) \
	"ipitrace_sends_total{kind=\"" kind "\",callback=\"" callback "\",cause=\"" cause "\"}"

static struct send_stats send_of(enum ipi_kind kind, const char *func, uint64_t count)
{
	return (struct send_stats){ .kind = kind,
				    .func = { .addr = func ? 1 : 0, .name = func },
				    .count = count };
}

/* Add a sample of snap->sends[@send], with a stack of two frames. */
static struct stack_sample send_sample(size_t send, const char *frame, const char *caller)
{
	return (struct stack_sample){
		.fn = send,
		.nr = 2,
		.stack = { { .addr = 1, .name = frame }, { .addr = 2, .name = caller } },
	};
}

/* The samples of each call site divide the interrupts that it sent among causes; none is lost. */
TEST_F(sends_are_by_callback_and_cause)
{
	struct send_stats sends[] = {
		send_of(KIND_RESCHEDULE, NULL, 100),
		send_of(KIND_RESCHEDULE, NULL, 10),
		send_of(KIND_IRQ_WORK, "sugov_irq_work", 7),
		send_of(KIND_IRQ_WORK, "of_nobody", 5),
		send_of(KIND_IRQ_WORK, NULL, 3),
	};
	struct stack_sample samples[] = {
		send_sample(0, "resched_curr", "try_to_wake_up"),
		send_sample(0, "kick_process", "io_poll_wake"),
		send_sample(3, "irq_work_queue", "somebody"),
	};
	struct snapshot snap = {
		.sends = sends,
		.nr_sends = ARRAY_SIZE(sends),
		.send_samples = samples,
		.nr_send_samples = ARRAY_SIZE(samples),
		.known.sends = true,
	};

	sends[4].func.addr = 0xffffffffc0001000;
	samples[0].csds = 90;
	samples[1].csds = 10;
	for (int window = 0; window < 2; window++)
		show(&snap);
	assert_int_equal(value(SENDS("reschedule", "", "wakeups")), 2 * 90);
	assert_int_equal(value(SENDS("reschedule", "", "io_uring")), 2 * 10);
	assert_int_equal(value(SENDS("reschedule", "", "not_sampled")), 2 * 10);
	/* The function alone shows the cause, without a sample. */
	assert_int_equal(value(SENDS("irq_work", "sugov_irq_work", "schedutil")), 2 * 7);
	assert_int_equal(value(SENDS("irq_work", "of_nobody", "irq_work")), 2 * 5);
	/* No label has a kernel address. */
	assert_lacks(text, "ffffc");
	assert_int_equal(value(SENDS("irq_work", "other", "other")), 2 * 3);
	assert_int_equal(value(SENDS("reschedule", "other", "other")), 0);
	/* OpenMetrics names the family without _total. */
	assert_has(print(METRICS_OPENMETRICS), "# TYPE ipitrace_sends counter\n");
	snap.known.sends = false;
	show(&snap);
	assert_lacks(text, "ipitrace_sends_total");
}

TEST_F(sends_beyond_the_most_are_summed)
{
	static char names[METRICS_SENDS + 2][2 * METRICS_CALLBACK];
	struct send_stats sends[METRICS_SENDS + 2];
	struct snapshot snap = { .sends = sends, .known.sends = true };

	for (; snap.nr_sends < ARRAY_SIZE(sends); snap.nr_sends++) {
		char *name = names[snap.nr_sends];

		/* Hostile bytes, and longer than a label. */
		snprintf(name, sizeof(names[0]), "%02zu\"\\\n%070d", snap.nr_sends, 0);
		sends[snap.nr_sends] = send_of(KIND_IRQ_WORK, name, 1);
	}
	for (int window = 0; window < 3; window++)
		show(&snap);
	assert_int_equal(metrics.nr_sends, METRICS_SENDS);
	assert_int_equal(value(SENDS("irq_work", "other", "other")), 3 * 2);
	assert_int_equal(value(SENDS("irq_work",
				     "09\\\"\\\\\\n000000000000000000000000000000000000000000",
				     "not_sampled")),
			 3);
}

#define ROW(cpu, cause) "ipitrace_isolated_interruptions_total{cpu=\"" cpu "\",cause=\"" cause "\"}"

/* A window with @nr storms of these names and news. */
static void storms_window(const struct signature *sigs, const enum storm_news *news, size_t nr)
{
	metrics__storms_begin(&metrics);
	for (size_t i = 0; i < nr; i++) {
		const struct storm storm = { .sig = &sigs[i], .news = news[i] };

		metrics__storm(&metrics, &storm);
	}
	print(METRICS_TEXT);
}

TEST_F(a_storm_is_1_while_it_lasts)
{
	static const struct signature sigs[] = { { .name = "membarrier" }, { .name = "tlb_exit" } };
	const struct storm unknown = { .news = STORM_BEGAN },
			   note = { .sig = sigs, .news = STORM_BEGAN, .note = true };
	struct snapshot snap = {};

	show(&snap);
	assert_lacks(text, "ipitrace_storm");
	storms_window(NULL, NULL, 0);
	assert_int_equal(value("ipitrace_storm{name=\"other\"}"), 0);
	metrics__storm(&metrics, &note);
	print(METRICS_TEXT);
	assert_lacks(text, "membarrier");
	storms_window(sigs, (enum storm_news[]){ STORM_BEGAN, STORM_BEGAN }, 2);
	assert_int_equal(value("ipitrace_storm{name=\"membarrier\"}"), 1);
	storms_window(sigs, (enum storm_news[]){ STORM_LASTS, STORM_ENDED }, 2);
	assert_int_equal(value("ipitrace_storm{name=\"membarrier\"}"), 1);
	assert_int_equal(value("ipitrace_storm{name=\"tlb_exit\"}"), 0);
	assert_int_equal(value("ipitrace_storms_total{name=\"membarrier\"}"), 1);
	storms_window(NULL, NULL, 0);
	assert_int_equal(value("ipitrace_storm{name=\"membarrier\"}"), 0);
	/* Of two storms with one name, one ends and the other lasts. */
	metrics__storm(&metrics, &unknown);
	metrics__storm(&metrics, &(struct storm){ .news = STORM_ENDED });
	print(METRICS_TEXT);
	assert_int_equal(value("ipitrace_storm{name=\"unknown\"}"), 1);
	assert_int_equal(value("ipitrace_storms_total{name=\"unknown\"}"), 1);
}

TEST_F(storms_beyond_the_most_are_summed)
{
	static struct signature sigs[METRICS_STORMS + 2];
	static char names[METRICS_STORMS + 2][16];
	enum storm_news news[METRICS_STORMS + 2] = {};
	struct snapshot snap = {};

	assert_int_equal(metrics__add(&metrics, &snap), 0);
	for (int i = 0; i < METRICS_STORMS + 2; i++) {
		snprintf(names[i], sizeof(names[i]), "storm_%d", i);
		sigs[i].name = names[i];
	}
	storms_window(sigs, news, METRICS_STORMS + 2);
	assert_int_equal(value("ipitrace_storms_total{name=\"storm_5\"}"), 1);
	assert_int_equal(value("ipitrace_storms_total{name=\"other\"}"), 2);
	assert_int_equal(value("ipitrace_storm{name=\"other\"}"), 1);
	assert_lacks(text, "storm_6");
}

TEST_F(interruptions_are_by_cpu_and_cause)
{
	struct snapshot snap = {};
	char cause[16];

	assert_int_equal(metrics__add(&metrics, &snap), 0);
	print(false);
	assert_lacks(text, "ipitrace_isolated");
	metrics__interrupted(&metrics, 1, "", 0);
	print(false);
	assert_int_equal(value(ROW("other_isolated", "other")), 0);
	metrics__interrupted(&metrics, 1, "tick", 3);
	metrics__interrupted(&metrics, 2, "tick", 4);
	metrics__interrupted(&metrics, 1, "tick", 1);
	for (int i = 2; i < METRICS_INTERRUPTIONS + 2; i++) {
		snprintf(cause, sizeof(cause), "cause_%d", i);
		metrics__interrupted(&metrics, 2, cause, 5);
	}
	metrics.interruptions_lost = 6;
	print(false);
	assert_int_equal(value(ROW("1", "tick")), 4);
	assert_int_equal(value(ROW("2", "tick")), 4);
	assert_int_equal(value(ROW("2", "cause_21")), 5);
	assert_int_equal(value(ROW("other_isolated", "other")), 10);
	assert_int_equal(value(ROW("other_isolated", "lost")), 6);
}

TEST_F(labels_are_escaped)
{
	struct fn_stats fn = fn_of("a\"b\\c\nd", "m", 1);

	window_of(&fn, 1);
	assert_has(print(METRICS_TEXT), "{func=\"a\\\"b\\\\c\\nd\",module=\"m\"} 1\n");
}

/* Check that text has each counter of @before, and none smaller than before. */
static void not_gone_back(char *before)
{
	for (char *line = strtok(before, "\n"); line; line = strtok(NULL, "\n")) {
		char *end = strrchr(line, ' ');

		if (*line == '#' || !strncmp(line, "ipitrace_in_flight", 18))
			continue;
		*end = '\0';
		if (value(line) < atof(end + 1))
			fail_msg("%s went back from %s", line, end + 1);
	}
}

TEST_F(counters_never_go_back)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", NULL };
	static const char *const modules[] = { NULL, "m1", "m2" };
	uint64_t seed = 7;
	char *before = NULL;

	for (int window = 0; window < 300; window++) {
		struct fn_stats fns[8] = {};
		struct cpu_stats cpus[3] = {};
		struct snapshot snap = { .fns = fns, .cpus = cpus, .known.kinds = true };

		snap.nr_fns = random_next(&seed) % ARRAY_SIZE(fns);
		for (size_t i = 0; i < snap.nr_fns; i++)
			fns[i] = fn_of(names[random_next(&seed) % ARRAY_SIZE(names)],
				       modules[random_next(&seed) % ARRAY_SIZE(modules)],
				       random_magnitude(&seed, 20));
		/* CPUs come and go. */
		snap.nr_cpus = random_next(&seed) % (ARRAY_SIZE(cpus) + 1);
		for (size_t i = 0; i < snap.nr_cpus; i++) {
			cpus[i].cpu = i * 2;
			cpus[i].sent = random_magnitude(&seed, 10);
			hist_put(&cpus[i].delay, random_magnitude(&seed, 40), 3);
			hist_put(&cpus[i].handler, random_magnitude(&seed, 40), 3);
		}
		for (int i = 0; i < NR_LOST; i++)
			snap.ledger.lost_by[i] = random_next(&seed) % 3;
		snap.ledger.queued = random_magnitude(&seed, 30);
		snap.ledger.in_flight = random_next(&seed) % 5;
		snap.kinds[KIND_RESCHEDULE] = random_next(&seed) % 100;
		assert_int_equal(metrics__add(&metrics, &snap), 0);
		print(window % 2 ? METRICS_OPENMETRICS : METRICS_TEXT);
		if (window % 2 == 0) {
			if (before)
				not_gone_back(before);
			free(before);
			before = strdup(text);
		}
	}
	free(before);
	assert_int_equal(metrics.nr_fns, 4);
}

TEST_F(what_a_filter_hides_is_absent)
{
	struct snapshot snap = { .how.filtered = true };

	show(&snap);
	assert_lacks(text, "queue_unseen", "ipitrace_orphans", "ipitrace_ipis");
	assert_int_equal(value("ipitrace_lost_total{reason=\"run_unseen\"}"), 0);
}

/* If waits are timed from the csds, no program sees the entry of a call, so none is missed. */
TEST_F(what_is_not_known_of_the_process_is_absent)
{
	const struct metrics_process known[] = { { .cpu_seconds = 1 },
						 { .resident_bytes = 1 },
						 { .start_time = 1 } };
	const char *const families[] = { "ipitrace_process_cpu_seconds_total ",
					 "ipitrace_process_resident_memory_bytes ",
					 "ipitrace_process_start_time_seconds " };

	window_of(NULL, 0);
	print_of(&(struct metrics_process){}, METRICS_TEXT);
	assert_lacks(text, "ipitrace_process_");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		print_of(&known[i], METRICS_TEXT);
		for (size_t j = 0; j < ARRAY_SIZE(families); j++) {
			if (i == j)
				assert_has(text, families[j]);
			else
				assert_lacks(text, families[j]);
		}
	}
}

TEST_F(calls_without_an_entry_are_counted_where_entries_are_seen)
{
	struct snapshot snap = { .begin_unseen = 3 };

	show(&snap);
	assert_lacks(text, "begin_unseen");
	snap.known.begin_unseen = true;
	show(&snap);
	assert_int_equal(value("ipitrace_begin_unseen_total"), 6);
}

/* Before Linux 7.3 calls have no records, so none can find no room. */
TEST_F(waits_without_a_record_are_counted_where_calls_have_records)
{
	struct snapshot snap = { .waits_unseen = 3 };

	show(&snap);
	assert_lacks(text, "waits_unseen");
	snap.known.waits_unseen = true;
	show(&snap);
	assert_int_equal(value("ipitrace_waits_unseen_total"), 6);
}

/* The time that a CPU ran other tasks while its sender waited is not the sender's. */
TEST_F(sums_of_waits_are_the_time_that_was_spun)
{
	struct cpu_stats cpu = { .cpu = 0, .sent = 1, .wait_away = 3000000000 };
	struct fn_stats fn = { .func = { .name = "f" },
			       .count = 1,
			       .wait = { 1, 5000000000, 5000000000, 2000000000 } };
	struct snapshot snap = { .cpus = &cpu, .nr_cpus = 1, .fns = &fn, .nr_fns = 1 };

	hist_put(&cpu.wait, 5000000000, 1);
	show(&snap);
	assert_int_equal(value("ipitrace_cpu_wait_seconds_total{cpu=\"0\"}"), 2);
	assert_int_equal(value("ipitrace_function_wait_seconds_total{func=\"f\",module=\"\"}"), 3);
	assert_int_equal(value("ipitrace_wait_seconds_sum{cpu=\"0\"}"), 5);
}

TEST_F(the_ledger_closes_over_all_windows)
{
	struct snapshot snap = {};

	snap.ledger = (struct ledger){ .queued = 10, .function = 4, .ttwu = 2, .in_flight = 4 };
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	snap.ledger = (struct ledger){
		.queued = 5,
		.carried_in = 4,
		.function = 5,
		.irq_work = 1,
		.in_flight = 2,
		.lost_by[LOST_RUN_UNSEEN] = 1,
	};
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_true(ledger__closed(&metrics.ledger));
	print(METRICS_TEXT);
	assert_int_equal(value("ipitrace_queued_total"), 15);
	assert_int_equal(value("ipitrace_in_flight"), 2);
	assert_int_equal(value("ipitrace_matched_total{how=\"function\"}"), 9);
	assert_int_equal(value("ipitrace_matched_total{how=\"ttwu\"}"), 2);
	assert_int_equal(value("ipitrace_matched_total{how=\"irq_work\"}"), 1);
}

/* A window of SOURCE_CALLS: two CPUs, one synchronous call and its interrupts. */
static struct snapshot calls_window(struct cpu_stats cpus[2], struct fn_stats *fn)
{
	struct snapshot snap = { .cpus = cpus, .nr_cpus = 2, .fns = fn, .nr_fns = 1 };

	memset(cpus, 0, 2 * sizeof(*cpus));
	cpus[1].cpu = 1;
	cpus[0].sent = 3;
	hist_put(&cpus[0].wait, 2 * THRESHOLD_DEFAULT, 1);
	cpus[1].irqs[KIND_CALL_FUNCTION] = (struct irq_sum){ 2, 700, 400 };
	cpus[1].irqs[KIND_RESCHEDULE] = (struct irq_sum){ 5, 300, 100 };
	*fn = (struct fn_stats){ .func = { .addr = 1, .name = "f" }, .count = 3, .at_most = true };
	snap.how.source = SOURCE_CALLS;
	snap.known.irqs = snap.known.entry_unseen = true;
	snap.ledger.queued = 3;
	snap.call_ledger = (struct call_ledger){
		.begun = 4,
		.returned = 2,
		.refused = 1,
		.under_way = 1,
		.lost_by[HOOK_NO_ROOM] = 1,
	};
	return snap;
}

TEST_F(calls_have_no_series_of_runs)
{
	static const char *const unknown[] = { "delay",	  "handler",	  "received",
					       "queued",  "matched",	  "in_flight",
					       "orphans", "sends_unseen", "ipis" };
	struct cpu_stats cpus[2];
	struct fn_stats fn;
	struct snapshot snap = calls_window(cpus, &fn);

	assert_int_equal(metrics__add(&metrics, &snap), 0);
	snap.call_ledger =
		(struct call_ledger){ .begun = 2, .carried_in = 1, .returned = 1, .under_way = 2 };
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	for (int format = 0; format < 2; format++) {
		print(format ? METRICS_OPENMETRICS : METRICS_TEXT);
		for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
			char family[64];

			snprintf(family, sizeof(family), "# TYPE ipitrace_%s", unknown[i]);
			assert_lacks(text, family);
		}
		assert_lacks(text, "# TYPE ipitrace_cpu_delay", "# TYPE ipitrace_cpu_handler",
			     "# TYPE ipitrace_function_handler", "phase=\"delivery\"",
			     "phase=\"handler\"");
	}
	print(METRICS_TEXT);
	assert_int_equal(value("ipitrace_source_info{figures=\"calls\"}"), 1);
	assert_int_equal(value("ipitrace_calls_total{func=\"f\",module=\"\"}"), 6);
	assert_int_equal(value("ipitrace_sent_total{cpu=\"0\"}"), 6);
	assert_int_equal(value("ipitrace_stalls_total{phase=\"wait\"}"), 2);
	assert_int_equal(value("ipitrace_wait_seconds_count{cpu=\"0\"}"), 2);
	assert_int_equal(value("ipitrace_cpu_interrupts_total{cpu=\"1\"}"), 14);
	assert_true(value("ipitrace_cpu_interrupt_seconds_total{cpu=\"1\"}") == 2000 / 1e9);
	assert_int_equal(value("ipitrace_interrupts_total{kind=\"reschedule\"}"), 10);
	assert_true(value("ipitrace_interrupt_seconds_total{kind=\"call_function\"}") ==
		    1400 / 1e9);
	assert_int_equal(value("ipitrace_calls_begun_total"), 6);
	assert_int_equal(value("ipitrace_calls_returned_total"), 3);
	assert_int_equal(value("ipitrace_calls_refused_total"), 1);
	assert_int_equal(value("ipitrace_calls_under_way"), 2);
	assert_int_equal(value("ipitrace_lost_total{reason=\"no_room\"}"), 1);
	assert_int_equal(value("ipitrace_lost_total{reason=\"entry_unseen\"}"), 0);
	assert_true(call_ledger__closed(&metrics.call_ledger));
}

TEST_F(interrupts_that_are_not_seen_have_no_series)
{
	struct cpu_stats cpus[2];
	struct fn_stats fn;
	struct snapshot snap = calls_window(cpus, &fn);

	snap.known.irqs = snap.known.entry_unseen = false;
	snap.how.filtered = true;
	show(&snap);
	assert_lacks(text, "interrupt", "entry_unseen");
	assert_int_equal(value("ipitrace_calls_under_way"), 1);
}

TEST_F(openmetrics_differs_as_it_should)
{
	struct fn_stats fn = fn_of("f", NULL, 1);

	window_of(&fn, 1);
	print(METRICS_OPENMETRICS);
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	assert_has(text, "# TYPE ipitrace_calls counter\n",
		   "# UNIT ipitrace_delay_seconds seconds\n");
	assert_int_equal(value("ipitrace_calls_total{func=\"f\",module=\"\"}"), 1);
	print(METRICS_TEXT);
	assert_lacks(text, "EOF", "# UNIT");
	assert_has(text, "# TYPE ipitrace_calls_total counter\n");
}

TEST_F(online_cpus_are_there_from_the_start)
{
	static struct host host = { .online = { .words = { 0x5 } } };
	struct cpu_stats cpus[] = { { .cpu = 0 }, { .cpu = 1 }, { .cpu = 2 } };
	struct snapshot snap = { .cpus = cpus, .nr_cpus = 3, .host = &host };

	cpuset__add(&metrics.isolated, 2);
	show(&snap);
	assert_int_equal(value("ipitrace_sent_total{cpu=\"0\"}"), 0);
	assert_lacks(text, "cpu=\"1\"");
	assert_int_equal(value("ipitrace_cpu_isolated{cpu=\"0\"}"), 0);
	assert_int_equal(value("ipitrace_cpu_isolated{cpu=\"2\"}"), 1);
	/* A CPU that went offline keeps its metrics. */
	host.online = (struct cpuset){ .words = { 0x1 } };
	show(&snap);
	assert_int_equal(value("ipitrace_sent_total{cpu=\"2\"}"), 0);
}

TEST_MAIN(NULL, NULL)
