// SPDX-License-Identifier: GPL-2.0
/*
 * Each caller of the functions that flush other CPUs' TLBs, in the kernels of tests/vm, has the name in
 * flush_names.h: somebody looked at what the caller does. The VM test "callers" finds callers that
 * flush_callers.h lacks.
 */
#include "caller_walk.h"
#include "flush_callers.h"
#include "flush_names.h"

/* The functions that send the csds, and the function that the other CPUs run. */
static const struct {
	const char *name, *func;
} roots[] = {
	{ "flush_tlb_mm_range", "flush_tlb_func" },
	{ "arch_tlbbatch_flush", "flush_tlb_func" },
	{ "flush_tlb_kernel_range", "do_kernel_range_flush" },
	{ "flush_tlb_all", "do_flush_tlb_all" },
	{ "tlb_remove_table_sync_one", "tlb_remove_table_smp_sync" },
	{ "kick_all_cpus_sync", "do_nothing" },
};

static struct walk walk = { .rows = flush_callers,
			    .nr_rows = ARRAY_SIZE(flush_callers),
			    .names = flush_names,
			    .nr_names = ARRAY_SIZE(flush_names) };

TEST(each_caller_has_the_name_that_somebody_has_looked_at)
{
	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++)
		for (size_t r = 0; r < ARRAY_SIZE(roots); r++)
			walk_from(&walk, kernels[k], roots[r].name, KIND_CALL_FUNCTION,
				  roots[r].func);
	assert_true(walk.nr_callers > 1000);
	assert_int_equal(walk.nr_strange, 0);
	assert_int_equal(walk.nr_nameless, 0);
}

/* The list has no name whose caller got another name, or which is in none of the kernels. */
TEST(each_name_belongs_to_a_caller)
{
	assert_int_equal(count_stale(&walk), 0);
}

/* A row whose callers have no known cause says so. */
TEST(names_without_a_cause_are_of_open_rows)
{
	static const char *const names[] = { "tlb_flush", "tlb_flush_kernel", "page_tables",
					     "kick_all_cpus" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(signature__named(names[i])->open);
}

TEST_MAIN(NULL, NULL)
