// SPDX-License-Identifier: GPL-2.0
/*
 * Each caller of the functions that send reschedules and irq_works, in the kernels of tests/vm, has the name
 * in send_names.h: somebody looked at what the caller does. The VM test "callers" finds callers that
 * send_callers.h lacks.
 */
#include "caller_walk.h"
#include "send_callers.h"
#include "send_names.h"

static const struct {
	const char *name;
	enum ipi_kind kind;
} roots[] = {
	{ "resched_curr", KIND_RESCHEDULE },	  { "__resched_curr", KIND_RESCHEDULE },
	{ "resched_curr_lazy", KIND_RESCHEDULE }, { "resched_cpu", KIND_RESCHEDULE },
	{ "kick_process", KIND_RESCHEDULE },	  { "wake_up_nohz_cpu", KIND_RESCHEDULE },
	{ "irq_work_queue", KIND_IRQ_WORK },	  { "irq_work_queue_on", KIND_IRQ_WORK },
};

static struct walk walk = { .rows = send_callers,
			    .nr_rows = ARRAY_SIZE(send_callers),
			    .names = send_names,
			    .nr_names = ARRAY_SIZE(send_names) };

TEST(each_caller_has_the_name_that_somebody_has_looked_at)
{
	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++)
		for (size_t r = 0; r < ARRAY_SIZE(roots); r++)
			walk_from(&walk, kernels[k], roots[r].name, roots[r].kind, NULL);
	assert_true(walk.nr_callers > 300);
	assert_int_equal(walk.nr_strange, 0);
	assert_int_equal(walk.nr_nameless, 0);
}

/* The list has no name whose caller got another name, or which is in none of the kernels. */
TEST(each_name_belongs_to_a_caller)
{
	assert_int_equal(count_stale(&walk), 0);
}

TEST_MAIN(NULL, NULL)
