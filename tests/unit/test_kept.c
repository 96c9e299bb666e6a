// SPDX-License-Identifier: GPL-2.0
/* A kept window owns its names: symbol tables and paths change behind it. */
#include "model/snapshot.h"
#include "unit.h"

#define NR_NAMES 24

static char names[NR_NAMES][8];
static size_t nr_names;

static const char *name(void)
{
	assert_true(nr_names < NR_NAMES);
	snprintf(names[nr_names], sizeof(names[0]), "name%zu", nr_names);
	return names[nr_names++];
}

static struct symbol symbol(void)
{
	struct symbol s = { .addr = 1 };

	s.name = name();
	s.module = name();
	return s;
}

static void check(const char *string, size_t *i)
{
	char want[8];

	snprintf(want, sizeof(want), "name%zu", (*i)++);
	assert_string_equal(string, want);
}

static void check_symbol(const struct symbol *s, size_t *i)
{
	check(s->name, i);
	check(s->module, i);
}

TEST(names_that_change_stay_as_they_were)
{
	struct fn_stats fn = {};
	struct send_stats send = {};
	struct by_stats by = {};
	struct kind_stats kind = {};
	struct stack_sample sample = { .nr = 1, .nr_user = 1 }, of_send = sample;
	struct snapshot snap = {
		.fns = &fn,
		.nr_fns = 1,
		.sends = &send,
		.nr_sends = 1,
		.send_samples = &of_send,
		.nr_send_samples = 1,
		.by = &by,
		.nr_by = 1,
		.all_kinds = &kind,
		.nr_all_kinds = 1,
		.samples = &sample,
		.nr_samples = 1,
	};
	struct kept *kept;
	size_t i = 0;

	nr_names = 0;
	fn.func = symbol();
	fn.callsite = symbol();
	send.func = symbol();
	send.callsite = symbol();
	of_send.stack[0] = symbol();
	by.cgroup_path = name();
	kind.why = name();
	sample.cgroup_path = name();
	sample.stack[0] = symbol();
	sample.user[0] = symbol();
	snap.cost[1].name = name();
	kept = kept__new(&snap);
	assert_non_null(kept);
	memset(names, 'x', sizeof(names));
	check_symbol(&kept->snap.fns[0].func, &i);
	check_symbol(&kept->snap.fns[0].callsite, &i);
	check_symbol(&kept->snap.sends[0].func, &i);
	check_symbol(&kept->snap.sends[0].callsite, &i);
	check_symbol(&kept->snap.send_samples[0].stack[0], &i);
	check(kept->snap.by[0].cgroup_path, &i);
	check(kept->snap.all_kinds[0].why, &i);
	check(kept->snap.samples[0].cgroup_path, &i);
	check_symbol(&kept->snap.samples[0].stack[0], &i);
	check_symbol(&kept->snap.samples[0].user[0], &i);
	check(kept->snap.cost[1].name, &i);
	assert_int_equal(i, nr_names);
	kept__free(kept);
}

TEST(a_name_that_many_have_is_there_once)
{
	static const char shared[] = "flush_tlb_func";
	struct fn_stats fns[2] = { { .func.name = shared }, { .func.name = shared } };
	struct snapshot snap = { .fns = fns, .nr_fns = 2 };
	struct kept *kept = kept__new(&snap);

	assert_non_null(kept);
	assert_ptr_equal(kept->snap.fns[0].func.name, kept->snap.fns[1].func.name);
	assert_ptr_not_equal(kept->snap.fns[0].func.name, shared);
	assert_null(kept->snap.fns[0].func.module);
	kept__free(kept);
}

/* Who keeps windows bounds their bytes: names are among them. */
TEST(names_count_as_bytes)
{
	struct fn_stats fn = { .func.name = "f" };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };
	struct kept *kept = kept__new(&snap);
	size_t bytes;

	assert_non_null(kept);
	bytes = kept->bytes;
	kept__free(kept);
	fn.func.name = "flush_tlb_func";
	kept = kept__new(&snap);
	assert_non_null(kept);
	assert_int_equal(kept->bytes - bytes, strlen("flush_tlb_func") - strlen("f"));
	kept__free(kept);
}

TEST_MAIN(NULL, NULL)
