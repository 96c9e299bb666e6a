// SPDX-License-Identifier: GPL-2.0
/* --self: how often each program ran in a window, and for how long, by the kernel's own counts. */
#include <bpf/bpf.h>
#include "rig.h"

static struct collect_config with_self = { .keep_sums = true, .self = true };

static uint64_t runs_of(const char *prog)
{
	for (size_t i = 0; i < NR_PROGS; i++)
		if (rig.snap.cost[i].name && !strcmp(rig.snap.cost[i].name, prog))
			return rig.snap.cost[i].runs;
	return UINT64_MAX;
}

static bool refuses_stats;

int __real_bpf_enable_stats(enum bpf_stats_type type);
int __wrap_bpf_enable_stats(enum bpf_stats_type type)
{
	errno = EBUSY;
	return refuses_stats ? -1 : __real_bpf_enable_stats(type);
}

TEST(a_kernel_that_counts_no_runs_opens_nothing)
{
	const struct collect_config config = { .self = true, .no_attach = true };
	const int before = list_fds(NULL);
	struct collector *collector = NULL;

	refuses_stats = true;
	assert_int_equal(collector__open(&collector, &config), -EBUSY);
	refuses_stats = false;
	assert_null(collector);
	assert_int_equal(list_fds(NULL), before);
}

/* @nr csds from CPU 0 to itself run, and the window ends. */
static void pass_csds(int nr)
{
	for (int i = 0; i < nr; i++)
		rig__pass_csd(&rig, 0, 0, FUNC, rig__csd(&rig, 0, 0));
	rig__cut(&rig);
}

RIG_TEST(runs_of_programs_are_those_of_the_window, with_self)
{
	struct prog_cost sum;

	pass_csds(3);
	assert_true(rig.snap.known.self);
	assert_int_equal(runs_of("csd_queue"), 3);
	assert_int_equal(runs_of("csd_queue_twin"), 3);
	assert_int_equal(runs_of("csd_entry"), 3);
	assert_int_equal(runs_of("csd_exit"), 3);
	sum = snapshot__self_cost(&rig.snap);
	assert_in_range(sum.runs, 12, UINT64_MAX);
	assert_in_range(sum.ns, 12, UINT64_MAX);
	pass_csds(1);
	assert_int_equal(runs_of("csd_queue"), 1);
	assert_int_equal(runs_of("csd_exit"), 1);
	assert_true(snapshot__self_cost(&rig.snap).runs < sum.runs);
	pass_csds(0);
	assert_int_equal(runs_of("csd_queue"), 0);
	assert_int_equal(runs_of("no such program"), UINT64_MAX);
}

TEST(without_the_option_nothing_is_counted, rig__setup, rig__teardown)
{
	pass_csds(2);
	assert_false(rig.snap.known.self);
	assert_int_equal(runs_of("csd_queue"), UINT64_MAX);
}

TEST_MAIN(NULL, NULL)
