// SPDX-License-Identifier: GPL-2.0
/* The plan of a budget, to the last series; and which CPUs stand out. */
#include "model/metrics.h"
#include "unit.h"

TEST(a_budget_is_divided)
{
	/* The budget, CPUs, isolated CPUs, nodes, functions. */
	static const struct {
		struct series_needs needs;
		const char *plan;
	} cases[] = {
		{ { 0, 64, 40, 4, 50 },
		  "by cpu, 0 each, 64 hists, 64 cpus, 32 isolated, 50 functions, all bytes" },
		{ { 0, 3, 0, 0, 7 },
		  "by cpu, 0 each, 3 hists, 3 cpus, 0 isolated, 7 functions, all bytes" },
		{ { 600, 1, 0, 1, 50 },
		  "by cpu, 0 each, 1 hists, 1 cpus, 0 isolated, 50 functions, 3600 bytes" },
		{ { 600, 4, 1, 1, 50 },
		  "by cpu, 0 each, 4 hists, 4 cpus, 1 isolated, 24 functions, 3600 bytes" },
		{ { 600, 8, 0, 1, 50 },
		  "by node, 1 each, 1 hists, 8 cpus, 0 isolated, 50 functions, 3600 bytes" },
		{ { 1000, 8, 5, 2, 500 },
		  "by cpu, 0 each, 8 hists, 8 cpus, 4 isolated, 27 functions, 6000 bytes" },
		{ { 5000, 9, 0, 3, 200 },
		  "by node, 1 each, 3 hists, 9 cpus, 0 isolated, 200 functions, 30000 bytes" },
		{ { 600, 64, 0, 8, 50 },
		  "by node, 4 each, 2 hists, 24 cpus, 0 isolated, 30 functions, 3600 bytes" },
		{ { 600, 64, 40, 7, 50 },
		  "by node, 4 each, 2 hists, 24 cpus, 12 isolated, 30 functions, 3600 bytes" },
		{ { 300, 256, 3, 0, 50 },
		  "by node, 1 each, 1 hists, 4 cpus, 2 isolated, 13 functions, 1800 bytes" },
		{ { 300, 4, 0, 1, 50 },
		  "by node, 1 each, 1 hists, 4 cpus, 0 isolated, 16 functions, 1800 bytes" },
		{ { 252, 256, 0, 1, 50 },
		  "by node, 1 each, 1 hists, 4 cpus, 0 isolated, 1 functions, 1512 bytes" },
		{ { 256, 2, 0, 1, 3 },
		  "by node, 1 each, 1 hists, 2 cpus, 0 isolated, 3 functions, 1536 bytes" },
		{ { 2000, 64, 0, 3, 90 },
		  "by node, 1 each, 3 hists, 64 cpus, 0 isolated, 90 functions, 12000 bytes" },
		{ { 100, 64, 64, 2, 50 },
		  "by node, 2 each, 1 hists, 4 cpus, 2 isolated, 0 functions, 600 bytes" },
		{ { 320, 5, 1, 2, 50 },
		  "by node, 2 each, 1 hists, 5 cpus, 1 isolated, 18 functions, 1920 bytes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct series_plan plan;
		char got[256], bytes[32] = "all";

		series_plan__make(&plan, &cases[i].needs);
		if (plan.name_bytes != SIZE_MAX)
			snprintf(bytes, sizeof(bytes), "%zu", plan.name_bytes);
		snprintf(got, sizeof(got),
			 "by %s, %zu each, %zu hists, %zu cpus, %zu isolated, %zu functions, "
			 "%s bytes",
			 plan.by_cpu ? "cpu" : "node", plan.nodes_each, plan.nr_hists, plan.cpus,
			 plan.isolated, plan.fns, bytes);
		assert_text(got, cases[i].plan);
	}
}

/* The budget is used up to a series: with one less, a function has none of its own. */
TEST(a_function_has_4_series_and_a_cpu_7)
{
	struct series_plan plan;

	/* 112 that are fixed, 4 CPUs of 7, a histogram of 90, a sum of 4 and 16 functions of 4. */
	series_plan__make(&plan, &(struct series_needs){ 298, 4, 0, 1, 50 });
	assert_members(plan, cpus, 4, fns, 16);
	series_plan__make(&plan, &(struct series_needs){ 297, 4, 0, 1, 50 });
	assert_members(plan, cpus, 4, fns, 15);
	/* 64 CPUs of 7. With fewer there are two sums of CPUs, too. */
	series_plan__make(&plan, &(struct series_needs){ 654 + 30 * 4, 64, 0, 1, 30 });
	assert_members(plan, cpus, 64, fns, 30);
	series_plan__make(&plan, &(struct series_needs){ 653 + 30 * 4, 64, 0, 1, 30 });
	assert_members(plan, cpus, 61, fns, 30);
}

/* The newest of the windows counts a sixteenth. */
TEST(an_average_follows_its_figures)
{
	struct standout cpu = {};

	standout__add(&cpu, 160, 3200);
	assert_true(cpu.csds == 10 && cpu.time == 200);
	standout__add(&cpu, 26, 40);
	assert_true(cpu.csds == 11 && cpu.time == 190);
}

static struct standout cpus[STANDOUTS + 2];

/* @nr CPUs with 100 csds of 10 ns each, all candidates. */
static int setup(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		cpus[i] = (struct standout){ .csds = 100, .time = 1000, .candidate = true };
	return 0;
}

/* Returns the numbers of those that are selected. */
static const char *selected(enum standout_by by)
{
	static char text[64];

	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		if (cpus[i].selected[by])
			text_append(text, sizeof(text), "%zu ", i);
	return text;
}

TEST(the_first_of_equals_are_selected, setup, NULL)
{
	standouts__select(cpus, ARRAY_SIZE(cpus));
	assert_text(selected(STANDOUT_HIT), "0 1 2 3 4 5 6 7 ");
	assert_text(selected(STANDOUT_SLOW), "0 1 2 3 4 5 6 7 ");
}

/* Ten csds of the mean time are added, so that one long csd does not make a CPU slow. */
TEST(a_cpu_of_few_csds_has_the_time_of_the_others, setup, NULL)
{
	struct standout pair[2] = { { .csds = 100, .time = 1000, .candidate = true },
				    { .csds = 1, .time = 130, .candidate = true } };

	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		cpus[i] = pair[i == 9];
	for (size_t i = 0; i < 8; i++)
		cpus[i].selected[STANDOUT_SLOW] = true;
	/* The mean of 901 csds is 10.13 ns: so it has 21.03 ns, and each other CPU 10.01 ns. */
	standouts__select(cpus, ARRAY_SIZE(cpus));
	assert_text(selected(STANDOUT_SLOW), "1 2 3 4 5 6 7 9 ");
	setup(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		cpus[i] = pair[i == 9];
	for (size_t i = 0; i < 8; i++)
		cpus[i].selected[STANDOUT_SLOW] = true;
	/* With 110 ns it has 19.19 ns, which is less than twice as much. */
	cpus[9].time = 110;
	standouts__select(cpus, ARRAY_SIZE(cpus));
	assert_text(selected(STANDOUT_SLOW), "0 1 2 3 4 5 6 7 ");
}

TEST(a_cpu_that_is_no_candidate_counts_nowhere, setup, NULL)
{
	/* Else the mean would be so long that CPU 9 is not slow beside it. */
	cpus[0] = (struct standout){ .csds = 1000, .time = 1e9, .selected = { true, true } };
	cpus[9] = (struct standout){ .csds = 5, .time = 500, .candidate = true };
	for (size_t i = 1; i < 9; i++)
		cpus[i].selected[STANDOUT_SLOW] = true;
	standouts__select(cpus, ARRAY_SIZE(cpus));
	assert_text(selected(STANDOUT_SLOW), "2 3 4 5 6 7 8 9 ");
	assert_text(selected(STANDOUT_HIT), "1 2 3 4 5 6 7 8 ");
}

TEST(a_cpu_without_csds_has_no_place, setup, NULL)
{
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		if (i != 4)
			cpus[i].csds = cpus[i].time = 0;
	standouts__select(cpus, ARRAY_SIZE(cpus));
	assert_text(selected(STANDOUT_HIT), "4 ");
	assert_text(selected(STANDOUT_SLOW), "4 ");
}

TEST_MAIN(NULL, NULL)
