// SPDX-License-Identifier: GPL-2.0
/* What a window of each run adds to the rows of a comparison, to the last figure. */
#include "abi/hist_slots.h"
#include "model/diff.h"
#include "unit.h"

static struct diff diff;
static char text[8192];

static int teardown(void **state)
{
	diff__free(&diff);
	memset(&diff, 0, sizeof(diff));
	return 0;
}

/* Returns @nr times of @ns each. */
static struct hist times(uint64_t nr, uint64_t ns)
{
	struct hist hist = { .count = nr, .sum = nr * ns, .max = nr ? ns : 0 };

	hist.slots[hist_slot(ns)] = nr;
	return hist;
}

static const char *rows_text(void)
{
	static const char *const groups[] = { "totals",	 "functions", "delays",	 "handlers",
					      "senders", "receivers", "callers", "storms" };
	static const char *const units[] = { "/s", "ns", "ns/s" };

	*text = '\0';
	for (size_t i = 0; i < diff.nr; i++) {
		const struct diff_row *r = &diff.rows[i];

		text_append(text, sizeof(text), "%s: %s%s %s", groups[r->group], r->name,
			    r->of_waits ? " (waits)" : "", units[r->unit]);
		for (int s = 0; s < 2; s++)
			text_append(text, sizeof(text), " | %d %.6g %.6g %.6g",
				    (int)r->series[s].nr, r->series[s].weight, r->series[s].mean,
				    r->series[s].squares);
		for (int s = 0; r->hists && s < 2; s++)
			text_append(text, sizeof(text), " | %d of %d ns", (int)r->hists[s].count,
				    (int)r->hists[s].sum);
		text_append(text, sizeof(text), "\n");
	}
	return text;
}

TEST(a_series_has_the_weighted_mean_and_the_squares)
{
	struct series s = {};

	series__add(&s, 10, 1);
	series__add(&s, 99, 0);
	series__add(&s, 99, -1);
	series__add(&s, 20, 3);
	assert_int_equal(s.nr, 2);
	assert_true(s.weight == 4);
	assert_true(s.mean == 17.5);
	assert_true(s.squares == 75);
}

#define STACK(...)                                                              \
	.nr = sizeof((struct symbol[]){ __VA_ARGS__ }) / sizeof(struct symbol), \
	.stack = { __VA_ARGS__ }

/*
 * Two CPUs; a function with two call sites in a module, one of the kernel, one without a name, one that
 * did nothing, and the sum of the others.
 */
static struct cpu_stats cpus[2];
static struct fn_stats fns[6];
static struct stack_sample samples[8];

static struct snapshot window_of(uint64_t ns, uint64_t nr)
{
	cpus[0] = (struct cpu_stats){ .cpu = 3,
				      .sent = nr,
				      .received = 2 * nr,
				      .delay = times(3, 100),
				      .handler = times(4, 40) };
	cpus[1] = (struct cpu_stats){ .cpu = 12, .sent = 3 * nr, .wait = times(5, 1000) };
	cpus[1].delay = times(1, 900);
	memset(fns, 0, sizeof(fns));
	fns[0] = (struct fn_stats){ .func = { 16, 0, "flush", "kvm" },
				    .count = nr,
				    .delay = times(2, 60) };
	fns[1] = (struct fn_stats){ .func = { 32, 0, "sy%%nc" },
				    .count = 10,
				    .handler = times(3, 7) };
	fns[2] = fns[0];
	fns[2].count = 2 * nr;
	fns[3] = (struct fn_stats){ .func = { 48 }, .count = 7, .delay = times(1, 1) };
	fns[4] = (struct fn_stats){ .func = { 64, 0, "idle" } };
	fns[5] = (struct fn_stats){ .other = true, .count = 5 };
	return (struct snapshot){
		.window = { .start = { 77, 5 }, .mono_start = 1000, .mono_end = 1000 + ns },
		.ledger.queued = 4 * nr,
		.how.wait_source = WAITS_CSD,
		.cpus = cpus,
		.nr_cpus = 2,
		.fns = fns,
		.nr_fns = 6,
	};
}

TEST(each_figure_of_a_window_is_in_its_row, NULL, teardown)
{
	static const struct host host = { .name.nodename = "first" };
	struct snapshot snap = window_of(2000000000, 100);

	snap.host = &host;
	assert_int_equal(diff__window(&diff, 0, &snap), 0);
	snap = window_of(500000000, 50);
	assert_int_equal(diff__window(&diff, 1, &snap), 0);
	snap = window_of(1500000000, 300);
	snap.window.start.tv_sec = 99;
	snap.how.wait_source = WAITS_UNKNOWN;
	snap.host = &host;
	assert_int_equal(diff__window(&diff, 1, &snap), 0);
	assert_text(
		rows_text(),
		"totals: csds /s | 1 2 200 0 | 2 2 700 60000\n"
		"senders: CPU 3 /s | 1 2 50 0 | 2 2 175 3750\n"
		"receivers: CPU 3 /s | 1 2 100 0 | 2 2 350 15000\n"
		"senders: CPU 12 /s | 1 2 150 0 | 2 2 525 33750\n"
		"receivers: CPU 12 /s | 1 2 0 0 | 2 2 0 0\n"
		"totals: delay mean ns | 1 4 300 0 | 2 8 300 0\n"
		"totals: delay p99 ns | 1 4 900 0 | 2 8 900 0 | 4 of 1200 ns | 8 of 2400 ns\n"
		"totals: handler mean ns | 1 4 40 0 | 2 8 40 0\n"
		"totals: handler p99 ns | 1 4 40 0 | 2 8 40 0 | 4 of 160 ns | 8 of 320 ns\n"
		"totals: wait mean ns | 1 5 1000 0 | 2 10 1000 0\n"
		"totals: wait p99 ns | 1 5 1000 0 | 2 10 1000 0 | 5 of 5000 ns | 10 of 10000 ns\n"
		"totals: time in handlers ns/s | 1 2 80 0 | 2 2 160 17066.7\n"
		"totals: time of senders (waits) ns/s | 1 2 2500 0 | 1 0.5 10000 0\n"
		"functions: flush [kvm] /s | 1 2 150 0 | 2 2 525 33750\n"
		"delays: flush [kvm] ns | 1 4 60 0 | 2 8 60 0 | 4 of 240 ns | 8 of 480 ns\n"
		"functions: sy%%nc /s | 1 2 5 0 | 2 2 10 66.6667\n"
		"handlers: sy%%nc ns | 1 3 7 0 | 2 6 7 0 | 3 of 21 ns | 6 of 42 ns\n"
		"functions: (other functions) /s | 1 2 2.5 0 | 2 2 5 16.6667\n");
	assert_members(diff.side[0], windows, 1, csds, 400, samples, 0, waits_unknown, false,
		       watched, false, start.tv_sec, 77, start.tv_nsec, 5, host.name.nodename,
		       "first");
	/* The host is that of the first window. */
	assert_members(diff.side[1], windows, 2, csds, 1400, samples, 0, waits_unknown, true,
		       start.tv_sec, 77, host.name.nodename, "");
	assert_true(diff.side[0].seconds == 2 && diff.side[1].seconds == 2);
}

TEST(a_window_without_time_adds_nothing, NULL, teardown)
{
	struct snapshot snap = window_of(0, 100);

	assert_int_equal(diff__window(&diff, 0, &snap), 0);
	assert_int_equal(diff.nr, 0);
	assert_members(diff.side[0], windows, 0, csds, 0);
}

/*
 * The csds of a row are divided by what its samples stand for. Samples of ipitrace itself and samples
 * that show no reason take their part, and have no row.
 */
TEST(the_csds_of_a_row_are_divided_among_its_callers, NULL, teardown)
{
	struct snapshot snap = window_of(2000000000, 100);

	samples[0] =
		(struct stack_sample){ .csds = 1, .comm = "java", STACK({ .name = "zap_it" }) };
	samples[1] = (struct stack_sample){
		.csds = 2, .interrupt = true, .comm = "java", STACK({ .name = "zap_it" })
	};
	samples[2] = (struct stack_sample){
		.csds = 3, .kworker = true, .comm = "kworker/3:1", STACK({ .name = "zap_it" })
	};
	samples[3] = (struct stack_sample){ .csds = 4, .own = true, STACK({ .name = "zap_it" }) };
	samples[4] = (struct stack_sample){ .csds = 10, .comm = "java" };
	/* The other call site of the function, another function, and one without a name. */
	samples[5] = (struct stack_sample){
		.fn = 2, .csds = 1, .comm = "java", STACK({ .name = "zap_it" })
	};
	samples[6] =
		(struct stack_sample){ .fn = 1, .comm = "sshd", STACK({ .name = "fork%%it" }) };
	samples[7] =
		(struct stack_sample){ .fn = 3, .comm = "sshd", STACK({ .name = "fork%%it" }) };
	snap.samples = samples;
	snap.nr_samples = ARRAY_SIZE(samples);
	snap.nr_cpus = 0;
	assert_int_equal(diff__window(&diff, 1, &snap), 0);
	assert_has(rows_text(), "callers: flush: zap_it of java /s | 0 0 0 0 | 1 2 102.5 0\n"
				"callers: flush: zap_it of an interrupt /s | 0 0 0 0 | 1 2 5 0\n"
				"callers: flush: zap_it of kworker /s | 0 0 0 0 | 1 2 7.5 0\n"
				"callers: sy%%nc: fork%%it of sshd /s | 0 0 0 0 | 1 2 5 0\n");
	assert_int_equal(count_words(text, "callers:"), 4);
	assert_int_equal(diff.side[1].samples, 8);
	/* The sums of a window do not remain for the next. */
	assert_int_equal(diff__window(&diff, 1, &snap), 0);
	assert_has(rows_text(), "callers: flush: zap_it of java /s | 0 0 0 0 | 2 4 102.5 0\n"
				"callers: flush: zap_it of an interrupt /s | 0 0 0 0 | 2 4 5 0\n"
				"callers: flush: zap_it of kworker /s | 0 0 0 0 | 2 4 7.5 0\n"
				"callers: sy%%nc: fork%%it of sshd /s | 0 0 0 0 | 2 4 5 0\n");
	snap.nr_samples = 1;
	assert_int_equal(diff__window(&diff, 1, &snap), 0);
	assert_has(rows_text(), "callers: flush: zap_it of java /s | 0 0 0 0 | 3 6 85 3675\n"
				"callers: flush: zap_it of an interrupt /s | 0 0 0 0 | 2 4 5 0\n");
}

/* A name of a capture may be longer than a row's. */
TEST(long_names_are_cut, NULL, teardown)
{
	static char name[200], module[200];
	struct fn_stats fn = { .func = { 16, 0, name, module }, .count = 1 };
	struct stack_sample sample = { .csds = 1, STACK({ .name = name }) };
	struct snapshot snap = { .window.mono_end = 1000000000, .fns = &fn, .nr_fns = 1 };

	memset(name, 'n', sizeof(name) - 1);
	memset(module, 'm', sizeof(module) - 1);
	memset(sample.comm, 'c', sizeof(sample.comm) - 1);
	snap.samples = &sample;
	snap.nr_samples = 1;
	assert_int_equal(diff__window(&diff, 0, &snap), 0);
	assert_int_equal(diff__storm(&diff, 0, name, NULL, 1), 0);
	assert_int_equal(diff__storm(&diff, 0, "unknown", name, 1), 0);
	assert_has(
		rows_text(),
		"functions: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn "
		"[mmmmmmmmmmmmmmmmmmmmmmmmmmmmmm] /s",
		"callers: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn "
		"of ccccccccccccccc /s",
		"storms: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn /s",
		"storms: unknown, nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn /s");
}

static char asked[2048];

static bool note_question(const void *ctx, enum diff_group group, const char *func, uint32_t cpu)
{
	text_append(asked, sizeof(asked), "%d %s %d%s\n", group, func ?: "-", (int)cpu,
		    (const char *)ctx);
	return false;
}

TEST(a_row_is_asked_for_by_its_function_or_cpu, NULL, teardown)
{
	struct snapshot snap = window_of(2000000000, 100);

	samples[0] =
		(struct stack_sample){ .csds = 1, .comm = "java", STACK({ .name = "zap_it" }) };
	snap.samples = samples;
	snap.nr_samples = 1;
	diff.wanted = note_question;
	diff.ctx = "!";
	*asked = '\0';
	assert_int_equal(diff__window(&diff, 0, &snap), 0);
	assert_int_equal(diff__storm(&diff, 0, "mem%%barrier", "ipi_mb", 7), 0);
	assert_text(asked, "0 - 0!\n"
			   "4 - 3!\n5 - 3!\n4 - 12!\n5 - 12!\n"
			   "0 - 0!\n"
			   "1 flush 0!\n1 sy%%nc 0!\n1 - 0!\n"
			   "6 flush 0!\n"
			   "7 ipi_mb 0!\n");
	assert_int_equal(diff.nr, 0);
	assert_true(diff.side[0].watched);
	/* All csds count, whoever asked. */
	assert_members(diff.side[0], csds, 400, samples, 1);
}

/* A storm of another group, function or name is another row. */
TEST(a_storm_has_its_largest_rate, NULL, teardown)
{
	static const struct {
		const char *name, *func;
		double rate;
	} storms[] = {
		{ "mem%%barrier", "ipi_mb", 20 }, { "mem%%barrier", NULL, 30 },
		{ "mem%%barrier", "f", 10 },	  { "unknown", "f", 5 },
		{ "unknown", "g%%", 6 },	  { "unknown", NULL, 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(storms); i++)
		assert_int_equal(diff__storm(&diff, i > 3, storms[i].name, storms[i].func,
					     storms[i].rate),
				 0);
	assert_text(rows_text(), "storms: mem%%barrier /s | 1 1 30 0 | 0 0 0 0\n"
				 "storms: unknown, f /s | 1 1 5 0 | 0 0 0 0\n"
				 "storms: unknown, g%% /s | 0 0 0 0 | 1 1 6 0\n"
				 "storms: unknown /s | 0 0 0 0 | 1 1 7 0\n");
}

#define MANY 1000

/* The rows are found by a hash, which grows. */
TEST(each_of_many_names_has_one_row, NULL, teardown)
{
	char name[16];

	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "storm%d", i);
			assert_int_equal(diff__storm(&diff, turn, name, NULL, 10 * i + turn), 0);
			/* Half of the places are free, and the first 64 are there at once. */
			assert_in_range(diff.nr_places, 2 * diff.nr,
					diff.nr > 16 ? 4 * diff.nr : 64);
		}
	assert_int_equal(diff.nr, MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "storm%d", i);
		assert_string_equal(diff.rows[i].name, name);
		assert_true(diff.rows[i].series[0].mean == 10 * i);
		assert_true(diff.rows[i].series[1].mean == 10 * i + 1);
	}
	diff__free(&diff);
	assert_members(diff, nr, 0, nr_places, 0);
	assert_true(!diff.rows && !diff.places);
}

TEST_MAIN(NULL, NULL)
