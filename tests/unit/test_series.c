// SPDX-License-Identifier: GPL-2.0
/* The budget: which series hosts of 2 to 512 CPUs have, and that the sums lose nothing. */
#include "metrics_text.h"
#include "model/host.h"
#include "model/names.h"
#include "skip.h"

#define CPUS_MOST 512
#define BYTES	  60000
#define FUNCTIONS 200

static struct cpu_stats cpus[CPUS_MOST];
static struct fn_stats fns[FUNCTIONS];
static char names[FUNCTIONS][128];
static struct host host;
static struct numa numa;

/* Returns the sum of all samples of @name; seconds are converted to ns. */
static uint64_t sum_of(const char *name)
{
	uint64_t sum = 0;
	char line[128];

	snprintf(line, sizeof(line), "\n%s{", name);
	for (const char *at = text; (at = strstr(at, line)); at++) {
		uint64_t whole, ns = 0;

		/* No label of these tests has a brace. */
		sscanf(strchr(at, '}') + 2, "%" SCNu64 ".%9" SCNu64, &whole, &ns);
		sum += strstr(name, "seconds") && !strstr(name, "_count") ?
			       whole * 1000000000 + ns :
			       whole;
	}
	return sum;
}

static size_t series(void)
{
	size_t nr = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		nr += *line != '#';
	return nr;
}

static bool has(const char *sample)
{
	char line[128];

	snprintf(line, sizeof(line), "\n%s ", sample);
	return strstr(text, line) != NULL;
}

/* Make a host of @nr CPUs on @nodes nodes, whose last @isolated CPUs are isolated. */
static void host_of(size_t nr, size_t nodes, size_t isolated, size_t budget)
{
	struct metrics_config config = {
		.threshold = THRESHOLD_DEFAULT,
		.max_fns = MAX_FUNCTIONS_DEFAULT,
		.series = budget,
		.nr_cpus = nr,
	};

	memset(&host, 0, sizeof(host));
	memset(&numa, 0, sizeof(numa));
	numa.nr_nodes = nodes;
	for (size_t i = 0; i < nodes; i++)
		numa.ids[i] = i;
	for (size_t i = 0; i < nr; i++) {
		cpuset__add(&host.online, i);
		numa.nodes[i] = i * nodes / nr;
		if (i >= nr - isolated)
			cpuset__add(&config.isolated, i);
	}
	metrics__free(&metrics);
	assert_int_equal(metrics__init(&metrics, &config, &numa), 0);
}

/* Returns a window in which each CPU below @nr gets @csds csds, each with a delay of @ns. */
static struct snapshot window_of(size_t nr, uint64_t csds, uint64_t ns)
{
	struct snapshot snap = { .host = &host, .cpus = cpus, .nr_cpus = nr, .fns = fns };

	memset(cpus, 0, sizeof(cpus));
	for (size_t i = 0; i < nr; i++) {
		cpus[i].cpu = i;
		cpus[i].sent = cpus[i].received = csds;
		cpus[i].reschedules_known = true;
		cpus[i].reschedules = csds / 2;
		hist_put(&cpus[i].delay, ns, csds);
		hist_put(&cpus[i].handler, ns / 4, csds);
		hist_put(&cpus[i].wait, 2 * ns, csds);
	}
	snap.known.kinds = true;
	return snap;
}

static void add(const struct snapshot *snap)
{
	assert_int_equal(metrics__add(&metrics, snap), 0);
}

struct totals {
	uint64_t sent, received, reschedules, delay, handler, wait, delays, calls;
};

static void totals_add(struct totals *t, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		t->sent += snap->cpus[i].sent;
		t->received += snap->cpus[i].received;
		t->reschedules += snap->cpus[i].reschedules;
		t->delay += snap->cpus[i].delay.sum;
		t->handler += snap->cpus[i].handler.sum;
		t->wait += snap->cpus[i].wait.sum;
		t->delays += snap->cpus[i].delay.count;
	}
	for (size_t i = 0; i < snap->nr_fns; i++)
		t->calls += snap->fns[i].count;
}

static void totals_are(const struct totals *t)
{
	assert_int_equal(sum_of("ipitrace_sent_total"), t->sent);
	assert_int_equal(sum_of("ipitrace_received_total"), t->received);
	assert_int_equal(sum_of("ipitrace_reschedules_total"), t->reschedules);
	assert_int_equal(sum_of("ipitrace_cpu_delay_seconds_total"), t->delay);
	assert_int_equal(sum_of("ipitrace_delay_seconds_sum"), t->delay);
	assert_int_equal(sum_of("ipitrace_cpu_handler_seconds_total"), t->handler);
	assert_int_equal(sum_of("ipitrace_handler_seconds_sum"), t->handler);
	assert_int_equal(sum_of("ipitrace_cpu_wait_seconds_total"), t->wait);
	assert_int_equal(sum_of("ipitrace_wait_seconds_sum"), t->wait);
	assert_int_equal(sum_of("ipitrace_delay_seconds_count"), t->delays);
	assert_int_equal(sum_of("ipitrace_calls_total"), t->calls);
}

/* Check that text has each counter of @before, and none smaller. */
static void not_gone_back(char *before)
{
	/* Old samples keep their order, so search from the last one on. */
	const char *from = text;

	for (char *line = strtok(before, "\n"); line; line = strtok(NULL, "\n")) {
		char *end = strrchr(line, ' ');
		const char *at;
		char sample[1024];
		double was;

		if (*line == '#' || !strncmp(line, "ipitrace_in_flight", 18))
			continue;
		was = atof(end);
		*end = '\0';
		snprintf(sample, sizeof(sample), "\n%s ", line);
		at = strstr(from, sample);
		if (!at)
			at = strstr(text, sample);
		if (!at)
			fail_msg("%s is gone", line);
		from = at;
		if (atof(at + strlen(sample)) < was)
			fail_msg("%s went back from %f", line, was);
	}
}

/*
 * Add 100 windows of changing load on a host of @nr CPUs. Check the bound, the sums, and that no
 * counter decreases.
 */
static void lives_within(size_t nr, size_t nodes, size_t isolated, size_t budget)
{
	struct totals totals = {};
	uint64_t seed = nr + nodes;
	char *before = NULL, cause[32];

	host_of(nr, nodes, isolated, budget);
	for (int w = 0; w < 100; w++) {
		struct snapshot snap = window_of(nr, 0, 0);

		for (size_t i = 0; i < nr; i++) {
			uint64_t csds = random_next(&seed) % (w / 10 == (int)i % 10 ? 10000 : 50);

			cpus[i].sent = random_next(&seed) % 100;
			cpus[i].received = csds;
			hist_put(&cpus[i].delay, random_magnitude(&seed, 30), csds);
			hist_put(&cpus[i].handler, random_magnitude(&seed, 20), csds);
			hist_put(&cpus[i].wait, random_magnitude(&seed, 20), csds / 2);
		}
		snap.nr_fns = w < 50 ? w : FUNCTIONS;
		for (size_t i = 0; i < snap.nr_fns; i++) {
			/* The longest name of a function, and a short one. */
			memset(names[i], 'f', sizeof(names[i]));
			snprintf(names[i], sizeof(names[i]), i % 3 ? "f%zu" : "%0100zu", i);
			fns[i].func = (struct symbol){ .addr = i + 1,
						       .name = names[i],
						       .module = "kvm_intel" };
			fns[i].count = random_magnitude(&seed, 12);
		}
		snprintf(cause, sizeof(cause), "clocksource_%d", w % 12);
		if (isolated)
			metrics__interrupted(&metrics, nr - 1 - w % isolated, cause, w);
		add(&snap);
		totals_add(&totals, &snap);
		print(METRICS_TEXT);
		if (before)
			not_gone_back(before);
		free(before);
		before = strdup(text);
	}
	free(before);
	totals_are(&totals);
	if (!budget)
		return;
	assert_in_range(series(), 1, budget);
	assert_in_range(strlen(print(METRICS_OPENMETRICS)), 1, budget * (BYTES / SERIES_DEFAULT));
	print_message("# %zu CPUs, %zu nodes, %zu isolated: %zu series, %zu bytes\n", nr, nodes,
		      isolated, series(), strlen(text));
}

TEST(every_host_keeps_the_budget, NULL, teardown)
{
	static const size_t hosts[][3] = {
		{ 1, 1, 0 },   { 2, 1, 0 },    { 3, 1, 1 },	{ 4, 1, 0 },   { 8, 1, 2 },
		{ 16, 1, 0 },  { 64, 2, 0 },   { 64, 1, 60 },	{ 256, 2, 0 }, { 256, 8, 128 },
		{ 512, 4, 0 }, { 512, 32, 8 }, { 512, 2, 511 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		/* Under the sanitizers large hosts take minutes, and find nothing more. */
		if (SANITIZED && hosts[i][0] > 4)
			break;
		lives_within(hosts[i][0], hosts[i][1], hosts[i][2], SERIES_DEFAULT);
		lives_within(hosts[i][0], hosts[i][1], hosts[i][2], SERIES_LEAST);
		lives_within(hosts[i][0], hosts[i][1], hosts[i][2], 5000);
	}
}

TEST(without_a_budget_each_cpu_has_its_own, NULL, teardown)
{
	lives_within(64, 4, 2, 0);
	assert_true(has("ipitrace_delay_seconds_count{cpu=\"63\"}"));
	assert_true(has("ipitrace_received_total{cpu=\"63\"}"));
	assert_lacks(text, "node=", "ipitrace_received_total{cpu=\"other",
		     "func=\"other\",module=\"\"} 1\n");
}

TEST(small_hosts_are_shown_by_cpu, NULL, teardown)
{
	for (size_t nr = 1; nr <= 4; nr++) {
		struct series_needs needs = { SERIES_DEFAULT, nr, 0, 1, MAX_FUNCTIONS_DEFAULT };
		struct series_plan plan;

		series_plan__make(&plan, &needs);
		assert_true(plan.by_cpu);
		assert_int_equal(plan.cpus, nr);
		assert_in_range(plan.fns, 24, MAX_FUNCTIONS_DEFAULT);
	}
}

TEST(eight_cpus_with_a_larger_budget, NULL, teardown)
{
	struct series_needs needs = { 1000, 8, 0, 2, MAX_FUNCTIONS_DEFAULT };
	struct series_plan plan;

	series_plan__make(&plan, &needs);
	assert_true(plan.by_cpu);
	needs.nr_cpus = 9;
	series_plan__make(&plan, &needs);
	assert_members(plan, by_cpu, false, nr_hists, 2);
}

TEST(nodes_share_when_there_are_many, NULL, teardown)
{
	struct snapshot snap;

	host_of(64, 8, 0, SERIES_DEFAULT);
	snap = window_of(64, 1, 1000);
	add(&snap);
	print(METRICS_TEXT);
	assert_true(has("ipitrace_delay_seconds_count{node=\"0-3\"}"));
	assert_true(has("ipitrace_delay_seconds_count{node=\"4-7\"}"));
	assert_lacks(text, "delay_seconds_count{cpu");
	host_of(64, 2, 0, SERIES_DEFAULT);
	snap = window_of(64, 3, 1000);
	add(&snap);
	print(METRICS_TEXT);
	assert_has(text, "ipitrace_delay_seconds_count{node=\"1\"} 96\n");
}

/* A label has room for 31 characters: no number of a node is cut. */
TEST(a_label_of_many_nodes_is_cut_at_a_comma, NULL, teardown)
{
	static struct metrics many = { .nr_nodes = 30, .plan.nodes_each = 30 };
	char label[METRICS_LABEL];

	for (int i = 0; i < 30; i++)
		many.numa.ids[i] = 100 + 2 * i;
	metrics__group_label(&many, 0, label);
	assert_string_equal(label, "100,102,104,106,108,110,112,...");
}

/* Returns which of @nr CPUs are selected, a bit for each. */
static uint64_t bits(const struct standout *all, size_t nr, enum standout_by by)
{
	uint64_t set = 0;

	for (size_t i = 0; i < nr; i++)
		set |= (uint64_t)all[i].selected[by] << i;
	return set;
}

TEST(the_most_hit_and_the_slowest_stand_out, NULL, teardown)
{
	struct standout all[32] = {};

	for (size_t i = 0; i < 32; i++) {
		all[i].candidate = true;
		standout__add(&all[i], i < 8 ? 1000 : 100,
			      (i < 8 ? 1000 : 100) * (i < 24 ? 10 : 90));
	}
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_HIT), 0xff);
	assert_int_equal(bits(all, 32, STANDOUT_SLOW), 0xff000000);
}

TEST(nothing_stands_out_where_nothing_happens, NULL, teardown)
{
	struct standout all[32] = {};

	for (size_t i = 0; i < 32; i++)
		all[i].candidate = i != 3;
	standout__add(&all[3], 1000, 1000);
	standout__add(&all[4], 10, 10);
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_HIT), 1 << 4);
	assert_int_equal(bits(all, 32, STANDOUT_SLOW), 1 << 4);
}

TEST(equals_do_not_take_turns, NULL, teardown)
{
	struct standout all[32] = {};
	uint64_t first, seed = 5;

	for (size_t i = 0; i < 32; i++) {
		all[i].candidate = true;
		for (int w = 0; w < 16; w++)
			standout__add(&all[i], 1000, 10000);
	}
	standouts__select(all, 32);
	first = bits(all, 32, STANDOUT_HIT);
	for (int w = 0; w < 1000; w++) {
		for (size_t i = 0; i < 32; i++)
			standout__add(&all[i], 800 + random_next(&seed) % 400, 10000);
		standouts__select(all, 32);
		assert_int_equal(bits(all, 32, STANDOUT_HIT), first);
	}
	/* A CPU that has twice as much for long enough takes the place of one CPU. */
	for (int w = 0; w < 100; w++)
		for (size_t i = 0; i < 32; i++)
			standout__add(&all[i], i == 31 ? 2500 : 1000, 10000);
	standouts__select(all, 32);
	assert_true(all[31].selected[STANDOUT_HIT]);
	assert_int_equal(__builtin_popcountll(bits(all, 32, STANDOUT_HIT) & first), 7);
}

/* Twice as much is not enough to take a place; anything more is. A CPU that is no candidate leaves. */
TEST(a_place_is_taken_by_more_than_twice_as_much, NULL, teardown)
{
	struct standout all[32] = {};

	for (size_t i = 0; i < 9; i++) {
		all[i].candidate = true;
		all[i].csds = 100 + (i == 3 ? 0 : i);
	}
	all[8].csds = 0;
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_HIT), 0xff);
	all[8].csds = 200;
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_HIT), 0xff);
	/* CPU 0 is the first of the two with the fewest. */
	all[8].csds = 200.5;
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_HIT), 0x1fe);
	all[5].candidate = false;
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_HIT), 0x1df);
}

TEST(one_late_csd_is_no_slow_cpu, NULL, teardown)
{
	struct standout all[32] = {};

	for (int w = 0; w < 50; w++)
		for (size_t i = 0; i < 32; i++) {
			all[i].candidate = true;
			/*
			 * All CPUs receive many csds; those of CPUs 1 to 8 take 3 times as long;
			 * one csd to CPU 0 took 1 ms.
			 */
			if (i == 0)
				standout__add(&all[i], !w, w ? 0 : 1000000);
			else
				standout__add(&all[i], 100, 100 * (i <= 8 ? 30000 : 10000));
		}
	standouts__select(all, 32);
	assert_int_equal(bits(all, 32, STANDOUT_SLOW), 0x1fe);
}

TEST(a_cpu_that_stands_out_gets_series_for_good, NULL, teardown)
{
	struct totals totals = {};
	struct snapshot snap;
	char *before;

	host_of(256, 2, 0, SERIES_DEFAULT);
	for (int w = 0; w < 30; w++) {
		snap = window_of(256, 10, 1000);
		hist_put(&cpus[77].delay, 1 << 20, 90);
		cpus[77].received += 90;
		add(&snap);
		totals_add(&totals, &snap);
	}
	print(METRICS_TEXT);
	assert_true(has("ipitrace_received_total{cpu=\"77\"}"));
	assert_true(has("ipitrace_received_total{cpu=\"other\"}"));
	totals_are(&totals);
	before = strdup(text);
	for (int w = 0; w < 100; w++) {
		snap = window_of(256, 10, 1000);
		cpus[77].received = 0;
		add(&snap);
		totals_add(&totals, &snap);
	}
	print(METRICS_TEXT);
	not_gone_back(before);
	free(before);
	totals_are(&totals);
}

TEST(isolated_cpus_are_told_apart, NULL, teardown)
{
	struct snapshot snap;

	/* Few isolated CPUs: each has series from the start. */
	host_of(64, 1, 4, SERIES_DEFAULT);
	snap = window_of(64, 0, 0);
	add(&snap);
	print(METRICS_TEXT);
	assert_true(has("ipitrace_received_total{cpu=\"60\"}"));
	assert_true(has("ipitrace_cpu_isolated{cpu=\"63\"}"));
	assert_lacks(text, "cpu=\"other_isolated\"");
	/*
	 * Many isolated CPUs: those that receive csds have series; the others are in a separate
	 * sum.
	 */
	host_of(64, 1, 60, SERIES_DEFAULT);
	for (int w = 0; w < 2; w++) {
		snap = window_of(64, 0, 0);
		cpus[50].received = 1;
		add(&snap);
	}
	print(METRICS_TEXT);
	assert_true(has("ipitrace_received_total{cpu=\"50\"}"));
	assert_has(text, "ipitrace_received_total{cpu=\"other_isolated\"} 1\n",
		   "ipitrace_cpu_isolated{cpu=\"other_isolated\"} 1\n");
	assert_false(has("ipitrace_received_total{cpu=\"51\"}"));
}

TEST(a_late_storm_gets_a_name, NULL, teardown)
{
	struct snapshot snap;

	host_of(4, 1, 0, SERIES_DEFAULT);
	for (int w = 0; w < 3; w++) {
		snap = window_of(4, 1, 1);
		snap.nr_fns = 100;
		for (size_t i = 0; i < 100; i++) {
			snprintf(names[i], sizeof(names[i]), "early%zu", i);
			fns[i].func = (struct symbol){ .addr = 1, .name = names[i] };
			fns[i].count = i < 10 ? 1000 : 1;
		}
		add(&snap);
	}
	fns[0].func.name = "storm";
	add(&snap);
	print(METRICS_TEXT);
	assert_true(has("ipitrace_calls_total{func=\"storm\",module=\"\"}"));
	assert_true(metrics.nr_fns < metrics.plan.fns);
}

TEST_MAIN(NULL, NULL)
