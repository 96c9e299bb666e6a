// SPDX-License-Identifier: GPL-2.0
/* Two runs: each change is reported with its factor, and chance is not reported as a change. */
#include <math.h>
#include "abi/hist_slots.h"
#include "model/diff.h"
#include "unit.h"
#include "view/text/views.h"

#define WINDOWS 20

static uint64_t seed = 7;
static struct diff diff;

/* Returns @n, varied by up to a tenth. */
static uint64_t about(uint64_t n)
{
	return n * (90 + random_next(&seed) % 21) / 100;
}

static void hist_fill(struct hist *hist, uint64_t nr, uint64_t ns)
{
	for (uint64_t i = 0; i < nr; i++) {
		uint64_t v = about(ns);

		hist->count++;
		hist->sum += v;
		hist->max = v > hist->max ? v : hist->max;
		hist->slots[hist_slot(v)]++;
	}
}

/* Add a window in which the function @name has @rate csds a second, each with a delay of @ns. */
static void window_add(int which, const char *name, uint64_t rate, uint64_t ns, double seconds)
{
	struct cpu_stats cpus[2] = { { .cpu = 0 }, { .cpu = 1 } };
	struct fn_stats fn = { .func = { 16, 0, name, "kvm" } };
	struct snapshot snap = {
		.window = { .mono_end = seconds * 1e9 },
		.cpus = cpus,
		.nr_cpus = 2,
		.fns = &fn,
		.nr_fns = 1,
	};

	fn.count = snap.ledger.queued = cpus[0].sent = cpus[1].received = about(rate) * seconds;
	hist_fill(&cpus[1].delay, 50, ns);
	fn.delay = fn.handler = cpus[1].delay;
	assert_int_equal(diff__window(&diff, which, &snap), 0);
}

static const struct diff_row *row(enum diff_group group, const char *name)
{
	for (size_t i = 0; i < diff.nr; i++)
		if (diff.rows[i].group == group && !strcmp(diff.rows[i].name, name))
			return &diff.rows[i];
	return NULL;
}

static int teardown(void **state)
{
	diff__free(&diff);
	memset(&diff, 0, sizeof(diff));
	return 0;
}

static void near(double got, double want, double share)
{
	if (fabs(got - want) > share * want)
		fail_msg("%g is not about %g", got, want);
}

TEST(half_the_rate, NULL, teardown)
{
	const struct diff_row *r;

	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, "flush", 1000, 10000, 1);
		window_add(1, "flush", 500, 10000, 1);
	}
	diff__judge(&diff, 0.1);
	r = row(DIFF_FUNCTIONS, "flush [kvm]");
	assert_int_equal(r->change, DIFF_FELL);
	near(r->factor, 0.5, 0.05);
	assert_true(r->noise > 0.001 && r->noise < 0.05);
	assert_int_equal(row(DIFF_TOTALS, "csds")->change, DIFF_FELL);
	assert_int_equal(row(DIFF_SENDERS, "CPU 0")->change, DIFF_FELL);
	assert_null(row(DIFF_SENDERS, "CPU 1"));
	assert_int_equal(row(DIFF_RECEIVERS, "CPU 1")->change, DIFF_FELL);
	assert_int_equal(row(DIFF_TOTALS, "delay mean")->change, DIFF_SAME);
	assert_int_equal(row(DIFF_TOTALS, "delay p99")->change, DIFF_SAME);
	assert_members(diff, rose, 0, fell, 4);
	for (size_t i = 1; diff.rows[i].group == DIFF_TOTALS; i++)
		assert_true(strcmp(diff.rows[i - 1].name, diff.rows[i].name) < 0);
	assert_int_equal(diff.rows[2].group, DIFF_TOTALS);
	assert_in_range(diff.side[0].csds, WINDOWS * 900, WINDOWS * 1100);
}

/* Windows may be of any length. */
TEST(equal_runs, NULL, teardown)
{
	for (int n = 0; n < 100; n++) {
		for (int i = 0; i < WINDOWS; i++) {
			window_add(0, "flush", 1000, 10000, i % 3 + 0.5);
			window_add(1, "flush", 1000, 10000, i % 2 + 0.3);
		}
		diff__judge(&diff, 0.1);
		assert_int_equal(diff.rose + diff.fell, 0);
		near(row(DIFF_TOTALS, "csds")->factor, 1, 0.05);
		teardown(NULL);
	}
}

/*
 * A capture of another tracer does not have the senders' waits: their time is not known, and not 0.
 */
TEST(waits_of_one_run, NULL, teardown)
{
	struct cpu_stats cpu = {};
	struct snapshot snap = { .window = { .mono_end = 1e9 }, .cpus = &cpu, .nr_cpus = 1 };

	for (int unknown = 0; unknown < 2; unknown++) {
		for (int i = 0; i < WINDOWS; i++) {
			memset(&cpu, 0, sizeof(cpu));
			hist_fill(&cpu.wait, 50, 10000);
			snap.how.wait_source = WAITS_CSD;
			assert_int_equal(diff__window(&diff, unknown, &snap), 0);
			memset(&cpu, 0, sizeof(cpu));
			snap.how.wait_source = WAITS_UNKNOWN;
			assert_int_equal(diff__window(&diff, !unknown, &snap), 0);
		}
		diff__judge(&diff, 0.1);
		assert_int_equal(diff_row__verdict(row(DIFF_TOTALS, "time of senders")),
				 DIFF_VERDICT_NONE);
		assert_false(diff_row__is_judged(row(DIFF_TOTALS, "time of senders")));
		assert_int_equal(!strcmp(view__diff_words(row(DIFF_TOTALS, "time of senders")).a.s,
					 "-"),
				 unknown);
		assert_members(diff, rose, 0, fell, 0);
		teardown(NULL);
	}
}

/* A gate does not pass if the second run does not know how long its csds took. */
TEST(times_that_the_second_run_does_not_know, NULL, teardown)
{
	static const uint64_t csds[] = { 99, 100 };

	for (size_t n = 0; n < ARRAY_SIZE(csds); n++) {
		struct snapshot snap = { .window = { .mono_end = 1e9 }, .ledger.queued = csds[n] };
		const struct diff_row *mean;

		for (int i = 0; i < WINDOWS; i++)
			window_add(0, "flush", 1000, 10000, 1);
		/* Fewer csds have no 99th percentile either. */
		assert_int_equal(diff__window(&diff, 1, &snap), 0);
		diff__judge(&diff, 0.1);
		mean = row(DIFF_TOTALS, "delay mean");
		assert_int_equal(mean->change, n ? DIFF_UNSURE : DIFF_SAME);
		assert_int_equal(diff_row__verdict(mean),
				 n ? DIFF_VERDICT_UNSURE : DIFF_VERDICT_NONE);
		assert_string_equal(view__diff_words(mean).b.s, "-");
		if (n)
			assert_string_equal(diff_row__doubt(mean, &diff),
					    "the second file has no such figure");
		assert_int_equal(diff.unsure, n ? 2 : 0);
		teardown(NULL);
	}
}

TEST(slower_delivery, NULL, teardown)
{
	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, "flush", 1000, 10000, 1);
		window_add(1, "flush", 1000, 20000, 1);
	}
	diff__judge(&diff, 0.1);
	assert_int_equal(row(DIFF_TOTALS, "delay mean")->change, DIFF_ROSE);
	near(row(DIFF_TOTALS, "delay mean")->factor, 2, 0.05);
	assert_int_equal(row(DIFF_TOTALS, "delay p99")->change, DIFF_ROSE);
	assert_int_equal(row(DIFF_TOTALS, "csds")->change, DIFF_SAME);
	assert_int_equal(diff.rose, 4);
}

/* A change by a fifth is a change, but not with a tolerance of a quarter. */
TEST(the_tolerance, NULL, teardown)
{
	static const struct {
		double tolerance;
		enum diff_change change;
	} cases[] = { { 0.1, DIFF_ROSE }, { 0.3, DIFF_SAME } };

	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		for (int i = 0; i < 4 * WINDOWS; i++) {
			window_add(0, "flush", 1000, 10000, 1);
			window_add(1, "flush", 1200, 10000, 1);
		}
		diff__judge(&diff, cases[c].tolerance);
		assert_int_equal(row(DIFF_TOTALS, "csds")->change, cases[c].change);
		teardown(NULL);
	}
}

/*
 * The function is in few windows of one run. The others count as 0, so the noise is too large for a
 * change.
 */
TEST(a_function_now_and_then, NULL, teardown)
{
	const struct diff_row *r;

	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, i % 10 ? "flush" : "rare", 1000, 10000, 1);
		window_add(1, "flush", 1000, 10000, 1);
	}
	diff__judge(&diff, 0.1);
	r = row(DIFF_FUNCTIONS, "rare [kvm]");
	near(r->value[0], 100, 0.2);
	assert_true(r->value[1] == 0);
	assert_int_equal(r->change, DIFF_SAME);
	assert_int_equal(row(DIFF_FUNCTIONS, "flush [kvm]")->change, DIFF_SAME);
}

/* A function that became slower is found, whatever the other functions do. */
TEST(slower_function, NULL, teardown)
{
	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, "flush", 1000, 10000, 1);
		window_add(0, "sync", 1000, 90000, 1);
		window_add(1, "flush", 1000, 30000, 1);
		window_add(1, "sync", 1000, 90000, 1);
		window_add(1, "new", 1000, 500, 1);
	}
	diff__judge(&diff, 0.1);
	assert_int_equal(row(DIFF_HANDLERS, "flush [kvm]")->change, DIFF_ROSE);
	near(row(DIFF_HANDLERS, "flush [kvm]")->factor, 3, 0.3);
	assert_int_equal(row(DIFF_DELAYS, "flush [kvm]")->change, DIFF_ROSE);
	assert_int_equal(row(DIFF_HANDLERS, "sync [kvm]")->change, DIFF_SAME);
	/* The function is only in one run, so only its csds have a row. */
	assert_null(row(DIFF_HANDLERS, "new [kvm]"));
	assert_int_equal(row(DIFF_FUNCTIONS, "new [kvm]")->change, DIFF_ROSE);
}

static bool wanted(const void *ctx, enum diff_group group, const char *func, uint32_t cpu)
{
	return group == DIFF_FUNCTIONS ? func && !strcmp(func, ctx) :
					 group == DIFF_SENDERS && cpu == 0;
}

TEST(rows_that_are_asked_for, NULL, teardown)
{
	diff.wanted = wanted;
	diff.ctx = "flush";
	for (int i = 0; i < 2 * WINDOWS; i++)
		window_add(i % 2, i % 4 < 2 ? "flush" : "sync", 1000, 10000, 1);
	diff__judge(&diff, 0.1);
	assert_non_null(row(DIFF_FUNCTIONS, "flush [kvm]"));
	assert_non_null(row(DIFF_HANDLERS, "flush [kvm]"));
	assert_non_null(row(DIFF_SENDERS, "CPU 0"));
	/* All other rows are unchanged: csds, time, delay and handler of the function; a CPU. */
	assert_int_equal(diff.nr, 4);
}

/* One window shows no spread, so only a change beyond the ordinary factor is certain. */
TEST(one_window_each, NULL, teardown)
{
	static const struct {
		uint64_t rate;
		enum diff_change change;
	} cases[] = {
		{ 1000, DIFF_SAME }, { 3000, DIFF_UNSURE }, { 6000, DIFF_ROSE }, { 500, DIFF_SAME }
	};

	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		const struct diff_row *r;

		window_add(0, "flush", 1000, 10000, 10);
		window_add(1, "flush", cases[c].rate, 10000, 10);
		diff__judge(&diff, 0.3);
		r = row(DIFF_TOTALS, "csds");
		assert_true(r->noise < 0);
		assert_int_equal(r->change, cases[c].change);
		near(r->limits[0], 0.25, 1e-9);
		near(r->limits[1], 4, 1e-9);
		assert_true(r->vague == (r->factor > 1.3 && r->factor < 4) || r->factor < 0.7);
		teardown(NULL);
	}
}

/* A function in one window of eight is new, but only many csds of it are an alarm. */
TEST(new_in_a_burst, NULL, teardown)
{
	static const uint64_t bursts[] = { 1000, 10000 };

	for (size_t c = 0; c < ARRAY_SIZE(bursts); c++) {
		const struct diff_row *r;

		for (int i = 0; i < 8; i++) {
			window_add(0, "flush", 1000, 10000, 1);
			window_add(1, i ? "flush" : "burst", i ? 1000 : bursts[c], 10000, 1);
		}
		diff__judge(&diff, 0.1);
		r = row(DIFF_FUNCTIONS, "burst [kvm]");
		assert_int_equal(diff_row__verdict(r), DIFF_VERDICT_NEW);
		assert_int_equal(r->change, c ? DIFF_UNSURE : DIFF_SAME);
		assert_true((diff.unsure > 0) == (c > 0));
		assert_int_equal(diff.rose, 0);
		teardown(NULL);
	}
}

/* A window of 1 s with 1000 csds of a function, and @rare of another. */
static void two_add(int which, uint64_t rare)
{
	struct fn_stats fns[2] = { { .func = { 16, 0, "flush", NULL }, .count = 1000 },
				   { .func = { 32, 0, "rare", NULL }, .count = rare } };
	struct snapshot snap = {
		.window = { .mono_end = 1e9 },
		.ledger.queued = 1000 + rare,
		.fns = fns,
		.nr_fns = rare ? 2 : 1,
	};

	assert_int_equal(diff__window(&diff, which, &snap), 0);
}

/* A difference of a few csds is chance, however regular the csds are. */
TEST(rare_functions, NULL, teardown)
{
	static const struct {
		uint64_t a, b;
		enum diff_change change;
		enum diff_verdict verdict;
	} cases[] = {
		{ 10, 30, DIFF_SAME, DIFF_VERDICT_SAME },   { 6, 30, DIFF_ROSE, DIFF_VERDICT_ROSE },
		{ 0, 30, DIFF_SAME, DIFF_VERDICT_NEW },	    { 30, 0, DIFF_SAME, DIFF_VERDICT_GONE },
		{ 100, 300, DIFF_ROSE, DIFF_VERDICT_ROSE }, { 0, 300, DIFF_ROSE, DIFF_VERDICT_NEW },
		{ 300, 0, DIFF_FELL, DIFF_VERDICT_GONE },
	};

	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		const uint64_t rates[2] = { cases[c].a, cases[c].b };
		const struct diff_row *r;

		for (int i = 0; i < 16; i++)
			two_add(i % 2, rates[i % 2]);
		diff__judge(&diff, 0.1);
		r = row(DIFF_FUNCTIONS, "rare");
		if (r->change != cases[c].change || diff_row__verdict(r) != cases[c].verdict)
			fail_msg("case %zu: change %d, verdict %d", c, r->change,
				 diff_row__verdict(r));
		teardown(NULL);
	}
}

/* A run has a storm or has none; without a storm detector it is not known. */
TEST(storms, NULL, teardown)
{
	for (int looked = 0; looked < 2; looked++) {
		for (int i = 0; i < 8; i++) {
			window_add(0, "flush", 1000, 10000, 1);
			window_add(1, "flush", 1000, 10000, 1);
		}
		assert_int_equal(diff__storm(&diff, 1, "membarrier", "ipi_mb", 3000), 0);
		assert_int_equal(diff__storm(&diff, 1, "membarrier", "ipi_mb", 2000), 0);
		assert_int_equal(diff__storm(&diff, 1, "unknown", "f", 10), 0);
		if (looked) {
			assert_int_equal(diff__storm(&diff, 0, "unknown", "f", 500), 0);
			assert_int_equal(diff__storm(&diff, 0, "tlb_munmap", NULL, 5), 0);
		}
		diff__judge(&diff, 0.1);
		near(row(DIFF_STORMS, "membarrier")->value[1], 3000, 1e-9);
		assert_true(row(DIFF_STORMS, "membarrier")->noise < 0);
		assert_true(row(DIFF_STORMS, "membarrier")->factor == 0);
		assert_int_equal(diff_row__verdict(row(DIFF_STORMS, "membarrier")),
				 looked ? DIFF_VERDICT_NEW : DIFF_VERDICT_UNSURE);
		if (looked) {
			assert_int_equal(diff_row__verdict(row(DIFF_STORMS, "unknown, f")),
					 DIFF_VERDICT_BOTH);
			assert_int_equal(diff_row__verdict(row(DIFF_STORMS, "tlb_munmap")),
					 DIFF_VERDICT_GONE);
		}
		assert_members(diff, rose, (size_t)looked, fell, (size_t)looked, unsure,
			       looked ? (size_t)0 : (size_t)2);
		teardown(NULL);
	}
}

/* Add a window with samples of a stack from @reason, which stand for @csds; none if that is 0. */
static void caller_add(int which, const char *reason, const char *comm, double csds)
{
	struct cpu_stats cpus[1] = { { .sent = 1000, .received = 1000 } };
	struct fn_stats fn = { .func = { 16, 0, "flush", NULL }, .count = 1000 };
	struct stack_sample sample = {
		.tgid = 1 + which,
		.csds = csds / 2,
		.nr = 2,
		.stack = { { 16, 0, "smp_call_function", NULL }, { 16, 0, reason, NULL } },
	};
	struct stack_sample samples[2];
	struct snapshot snap = {
		.window = { .mono_end = 1e9 },
		.ledger.queued = 1000,
		.cpus = cpus,
		.nr_cpus = 1,
		.fns = &fn,
		.nr_fns = 1,
		.samples = samples,
		.nr_samples = csds > 0 ? 2 : 0,
	};

	snprintf(sample.comm, sizeof(sample.comm), "%s", comm);
	samples[0] = samples[1] = sample;
	assert_int_equal(diff__window(&diff, which, &snap), 0);
}

/* The same function, from another caller in another process. */
TEST(new_callers, NULL, teardown)
{
	for (int i = 0; i < 8; i++) {
		caller_add(0, "zap_it", "java", 900);
		caller_add(1, i % 2 ? "zap_it" : "fork_it", "java", 900);
	}
	diff__judge(&diff, 0.1);
	near(row(DIFF_CALLERS, "flush: zap_it of java")->value[0], 1000, 1e-9);
	near(row(DIFF_CALLERS, "flush: zap_it of java")->value[1], 500, 1e-9);
	assert_int_equal(diff_row__verdict(row(DIFF_CALLERS, "flush: fork_it of java")),
			 DIFF_VERDICT_NEW);
	teardown(NULL);
	/* A run without stacks has rows of callers too. */
	for (int i = 0; i < 8; i++) {
		caller_add(0, "zap_it", "java", 0);
		caller_add(1, "zap_it", "java", 900);
	}
	diff__judge(&diff, 0.1);
	assert_null(row(DIFF_CALLERS, "flush: zap_it of java"));
}

/* A difference between few durations is chance. */
TEST(few_times, NULL, teardown)
{
	window_add(0, "flush", 1000, 10000, 1);
	window_add(1, "flush", 1000, 90000, 1);
	diff__judge(&diff, 0.1);
	assert_int_equal(diff_row__verdict(row(DIFF_TOTALS, "delay p99")), DIFF_VERDICT_FEW);
	assert_int_equal(row(DIFF_TOTALS, "delay p99")->change, DIFF_SAME);
	assert_int_equal(diff_row__verdict(row(DIFF_TOTALS, "delay mean")), DIFF_VERDICT_FEW);
}

/* Equal runs of eight windows on a machine with bursts have no change, certain or uncertain. */
TEST(equal_runs_with_bursts, NULL, teardown)
{
	int alarms = 0;

	for (int n = 0; n < 200; n++) {
		for (int i = 0; i < 16; i++) {
			bool burst = random_next(&seed) % 4 == 0;

			window_add(i % 2, burst ? "burst" : "flush",
				   burst ? 300 + random_next(&seed) % 700 : 1000,
				   8000 + random_next(&seed) % 4000, 1);
		}
		diff__judge(&diff, 0.1);
		alarms += diff.rose + diff.unsure > 0;
		teardown(NULL);
	}
	if (alarms > 10)
		fail_msg("%d of 200", alarms);
}

/* A row has changed exactly if its factor is beyond the limits that the row shows. */
TEST(the_limits_are_those_of_the_verdict, NULL, teardown)
{
	static const uint64_t counts[] = { 500, 900, 920, 1000, 1050, 1120, 1300, 3000 };
	size_t changes = 0, rows = 0;

	for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
		for (int i = 0; i < WINDOWS; i++) {
			window_add(0, "flush", 1000 + 150 * (i % 2), 10000, 1);
			window_add(1, "flush", counts[c] + 150 * (i % 2), 10000 + counts[c], 1);
		}
		diff__judge(&diff, 0.05);
		for (size_t i = 0; i < diff.nr; i++) {
			const struct diff_row *r = &diff.rows[i];

			if (r->factor <= 0)
				continue;
			assert_true(r->limits[0] < 1 && r->limits[1] > 1);
			assert_int_equal(r->change == DIFF_ROSE, r->factor > r->limits[1]);
			assert_int_equal(r->change == DIFF_FELL, r->factor < r->limits[0]);
			changes += r->change != DIFF_SAME;
			rows++;
		}
		teardown(NULL);
	}
	assert_true(changes > 10 && changes < rows - 10);
}

/* The function is missing in most windows of one run: with that noise no rise is certain. */
TEST(noise_without_an_upper_limit, NULL, teardown)
{
	const struct diff_row *r;

	for (int i = 0; i < 3; i++) {
		window_add(0, i ? "flush" : "rare", 1000, 10000, 1);
		window_add(1, i ? "flush" : "rare", 1200, 10000, 1);
	}
	diff__judge(&diff, 0.1);
	r = row(DIFF_FUNCTIONS, "rare [kvm]");
	assert_true(isinf(r->limits[1]) && r->limits[0] == 0);
	assert_int_equal(r->change, DIFF_SAME);
}

/* The larger of both values decides the place, whichever row came first. */
TEST(rows_are_in_the_order_of_their_larger_value, NULL, teardown)
{
	for (int turn = 0; turn < 2; turn++) {
		const struct diff_row *gone, *kept;

		for (int i = 0; i < 2 * WINDOWS; i++)
			if (i / WINDOWS == turn)
				window_add(0, "gone", 3000, 10000, 1);
			else
				window_add(1, "kept", 1000, 10000, 1);
		diff__judge(&diff, 0.1);
		gone = row(DIFF_FUNCTIONS, "gone [kvm]");
		kept = row(DIFF_FUNCTIONS, "kept [kvm]");
		assert_true(gone < kept);
		/* No factor of nothing. The windows without the function count. */
		assert_true(kept->factor == 0);
		assert_int_equal(gone->series[1].nr, WINDOWS);
		teardown(NULL);
	}
}

TEST_MAIN(NULL, NULL)
