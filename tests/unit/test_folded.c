// SPDX-License-Identifier: GPL-2.0
/* The csds of all stacks are exactly the csds of the rows. */
#include "model/callers.h"
#include "unit.h"

static uint64_t sum;
static size_t stacks;
static char last[FOLDED_BYTES];

static void count(const char *stack, uint64_t nr)
{
	assert_true(strcmp(last, stack) < 0);
	assert_null(strchr(stack, '\n'));
	strcpy(last, stack);
	sum += nr;
	stacks++;
	if (!strcmp(stack, "a:b;main;[lib:.so];outer;inner;flush"))
		assert_int_equal(nr, 666);
	else if (!strcmp(stack, "(interrupt);asm_common_interrupt;inner;flush"))
		assert_int_equal(nr, 334);
	else if (!strcmp(stack, "(not sampled);0x20"))
		assert_int_equal(nr, 7);
	else
		assert_string_equal(stack, "(not sampled);(other functions)");
}

TEST(csds_are_shared_among_samples)
{
	struct fn_stats fns[] = {
		{ .func = { 16, 0, "flush", NULL }, .count = 1000 },
		{ .func = { .addr = 32 }, .count = 7 },
		{ .other = true, .count = 3 },
		{ .func = { 48, 0, "local", NULL }, .local = 5 },
	};
	struct stack_sample samples[] = {
		{ .comm = "a;b",
		  .nr = 2,
		  .stack = { { 1, 0, "inner", NULL }, { 2, 0, "outer", NULL } },
		  .nr_user = 2,
		  .user = { { 5, 5, NULL, "lib;.so" }, { 6, 0, "main", "a" } } },
		{ .comm = "a;b",
		  .nr = 2,
		  .stack = { { 1, 0, "inner", NULL }, { 2, 9, "outer", NULL } },
		  .nr_user = 2,
		  .user = { { 7, 7, NULL, "lib;.so" }, { 8, 2, "main", "a" } } },
		{ .nr = 2,
		  .stack = { { 1, 0, "inner", NULL }, { 3, 0, "asm_common_interrupt", NULL } } },
	};
	const struct snapshot snap = {
		.fns = fns,
		.nr_fns = 4,
		.samples = samples,
		.nr_samples = 3,
	};
	struct folded *folded = folded__new();

	/*
	 * 1000 csds of three samples are 333, 333 and 334 in order; the first two samples have the
	 * same stack.
	 */
	samples[2].comm[0] = '\0';
	assert_int_equal(folded__add(folded, &snap), 0);
	folded__each(folded, count);
	assert_int_equal(sum, 1010);
	assert_int_equal(stacks, 4);
	folded__free(folded);
}

static void count_weighed(const char *stack, uint64_t nr)
{
	sum += nr;
	assert_int_equal(nr, !strcmp(stack, "often;a;flush") ? 990 : 10);
}

/* Both stacks have as many samples, which represent csds of CPUs that send more and less. */
TEST(samples_have_the_csds_that_they_represent)
{
	struct fn_stats fn = { .func = { 16, 0, "flush", NULL }, .count = 1000 };
	struct stack_sample samples[] = {
		{ .comm = "often", .csds = 99, .nr = 1, .stack = { { 1, 0, "a", NULL } } },
		{ .comm = "rarely", .csds = 1, .nr = 1, .stack = { { 1, 0, "a", NULL } } },
	};
	const struct snapshot snap = {
		.fns = &fn, .nr_fns = 1, .samples = samples, .nr_samples = 2
	};
	struct folded *folded = folded__new();

	sum = 0;
	assert_int_equal(folded__add(folded, &snap), 0);
	folded__each(folded, count_weighed);
	assert_int_equal(sum, 1000);
	folded__free(folded);
}

static char senders[256];

static void add_sender(const char *stack, uint64_t nr)
{
	(void)nr;
	strncat(senders, stack, strcspn(stack, ";"));
	strcat(senders, "|");
}

TEST(a_worker_sends_for_the_task_that_queued_its_work)
{
	struct fn_stats fns[] = { { .func = { 16, 0, "flush", NULL }, .count = 4 } };
	struct stack_sample samples[] = {
		{ .comm = "kworker/1:7",
		  .kworker = true,
		  .queued_by = { .known = true, .pid = 8, .tgid = 8, .comm = "chronyd" } },
		{ .comm = "kworker/1:7", .kworker = true },
		{ .comm = "rcu_exp_gp_kthr",
		  .kworker = true,
		  .queued_by = { .known = true, .pid = 8, .tgid = 8, .comm = "chronyd" } },
		{ .comm = "task" },
	};
	const struct snapshot snap = {
		.fns = fns, .nr_fns = 1, .samples = samples, .nr_samples = 4
	};
	struct folded *folded = folded__new();

	assert_int_equal(folded__add(folded, &snap), 0);
	folded__each(folded, add_sender);
	assert_string_equal(senders, "kworker for (unknown)|kworker for chronyd|"
				     "rcu_exp_gp_kthr for chronyd|task|");
	folded__free(folded);
}

TEST_MAIN(NULL, NULL)
