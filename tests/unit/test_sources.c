// SPDX-License-Identifier: GPL-2.0
/* A storm's sources, one by one: the chain of frames, the program's frame, the order, the CPUs. */
#include "model/callers.h"
#include "storm/groups.h"
#include "unit.h"

#define NR_CPUS 3

static uint64_t sent[NR_CPUS], arrived[NR_CPUS];
static struct storm storm;
static struct stack_sample sample;

static int setup(void **state)
{
	memset(sent, 0, sizeof(sent));
	memset(arrived, 0, sizeof(arrived));
	storm = (struct storm){ .nr_cpus = NR_CPUS, .src = sent, .dst = arrived };
	sample = (struct stack_sample){ .tgid = 42, .comm = "task" };
	return 0;
}

/* Add a frame to the sample. */
static void frame(const char *name, const char *module)
{
	sample.stack[sample.nr++] = (struct symbol){ .name = name, .module = module };
}

/* Add a sample of @csds whose reason is @name. */
static void add(const char *name, double csds)
{
	sample.nr = 0;
	sample.csds = csds;
	frame(name, NULL);
	sources__add(&storm, &sample);
}

static void check_chain(const char *const *frames, int nr)
{
	assert_int_equal(storm.sources[0].nr_chain, nr);
	for (int i = 0; i < nr; i++)
		assert_string_equal(storm.sources[0].chain[i], frames[i]);
}

#define CHECK_CHAIN(...) check_chain((const char *const[]){ __VA_ARGS__ }, NR_WORDS(__VA_ARGS__))

/* The frames from the reason on that explain something; a function in two parts is one. */
TEST(a_chain_has_the_frames_that_explain, setup)
{
	frame("smp_call_function_many_cond", NULL);
	frame("try_to_wake_up", NULL);
	frame("futex_wake", NULL);
	frame("futex_wake", NULL);
	frame("bpf_trampoline_1", "bpf");
	frame(NULL, NULL);
	frame("kick", "kvm");
	frame("kick", "vhost");
	frame("mutex_unlock", NULL);
	frame("do_futex", NULL);
	sources__add(&storm, &sample);
	CHECK_CHAIN("futex_wake", "kick [kvm]", "kick [vhost]", "do_futex");
	assert_members(storm.sources[0], caller, "try_to_wake_up", reason, "futex_wake", why, "",
		       tgid, 42, comm, "task", samples, 1, has_user, false);
	assert_members(storm, samples, 1, nr_sources, 1, nr_whys, 1);
}

/* A module of a user's own may have any names; a name is no format. */
TEST(names_may_have_percent_signs, setup)
{
	strcpy(sample.comm, "ta%%sk");
	sample.cgroup_path = "/a%%b";
	sample.nr_user = 1;
	sample.user[0] = (struct symbol){ .name = "fn%%", .module = "lib%%", .offset = 7 };
	frame("kick%%it", "mod%%");
	frame("next%%", NULL);
	sources__add(&storm, &sample);
	CHECK_CHAIN("kick%%it [mod%%]", "next%%");
	assert_members(storm.sources[0], caller, "kick%%it", reason, "kick%%it", comm, "ta%%sk",
		       cgroup, "/a%%b", user_func, "fn%%", user_module, "lib%%", user_offset, 7,
		       has_user, true);
	assert_members(storm.whys[0], reason, "kick%%it", why, "", samples, 1);
}

TEST(a_chain_has_five_frames, setup)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		frame(names[i], NULL);
	sources__add(&storm, &sample);
	CHECK_CHAIN("a", "b", "c", "d", "e");
}

/* A stack that is all plumbing still has a reason. */
TEST(a_chain_of_plumbing_has_its_reason, setup)
{
	frame("ttwu_queue", NULL);
	frame("try_to_wake_up", NULL);
	sources__add(&storm, &sample);
	assert_string_equal(storm.sources[0].reason, "try_to_wake_up");
	CHECK_CHAIN("try_to_wake_up");
}

TEST(a_chain_ends_with_its_interrupt, setup)
{
	frame("tick_handle", NULL);
	frame("hrtimer_interrupt", NULL);
	frame("asm_sysvec_apic_timer_interrupt", NULL);
	frame("copy_page", NULL);
	sources__add(&storm, &sample);
	CHECK_CHAIN("tick_handle", "hrtimer_interrupt");
	assert_members(storm.sources[0], interrupt, true, tgid, 0, comm, "", cgroup, "");
}

TEST(a_source_has_the_frame_of_the_program, setup)
{
	frame("do_madvise", NULL);
	sample.nr_user = 2;
	sample.user[0] = (struct symbol){ .name = "give_back", .module = "app", .offset = 0x12 };
	sample.user[1] = (struct symbol){ .name = "main", .module = "app", .offset = 0x34 };
	sources__add(&storm, &sample);
	assert_members(storm.sources[0], has_user, true, user_offset, 0x12, user_func, "give_back",
		       user_module, "app");
	/* The file has no name for the address, or there is no file. */
	sample.user[0].name = NULL;
	sources__add(&storm, &sample);
	assert_members(storm.sources[0], has_user, true, user_func, "", user_module, "app");
	sample.nr_user = 1;
	sample.user[0].module = NULL;
	sources__add(&storm, &sample);
	assert_members(storm.sources[0], has_user, true, user_func, "", user_module, "", samples,
		       3);
	assert_int_equal(storm.nr_sources, 1);
}

/* Sources are sorted by their csds; a sample that says nothing of csds is one. */
TEST(sources_are_in_the_order_of_their_csds, setup)
{
	add("a", 5);
	add("b", 3);
	add("c", 0);
	add("b", 3);
	assert_members(storm, nr_sources, 3, samples, 4);
	assert_true(storm.csds == 12);
	assert_members(storm.sources[0], reason, "b", samples, 2);
	assert_true(storm.sources[0].csds == 6);
	assert_members(storm.sources[1], reason, "a", samples, 1);
	assert_members(storm.sources[2], reason, "c", samples, 1);
	assert_true(storm.sources[2].csds == 1);
	/* Another sender of the same reason is another source, after a source of as many csds. */
	sample.tgid = 43;
	add("b", 5);
	assert_int_equal(storm.nr_sources, 4);
	assert_members(storm.sources[1], reason, "a", tgid, 42);
	assert_members(storm.sources[2], reason, "b", tgid, 43);
}

/* A full list takes a source with as many csds as its last one, and none with fewer. */
TEST(a_full_list_keeps_sources_of_more_csds, setup)
{
	static const char *const names[STORM_SOURCES] = { "a", "b", "c", "d", "e", "f", "g", "h" };

	for (int i = 0; i < STORM_SOURCES; i++)
		add(names[i], 10);
	add("few", 9);
	assert_string_equal(storm.sources[STORM_SOURCES - 1].reason, "h");
	add("as_many", 10);
	assert_string_equal(storm.sources[STORM_SOURCES - 1].reason, "as_many");
	add("more", 11);
	assert_string_equal(storm.sources[0].reason, "more");
	assert_string_equal(storm.sources[1].reason, "a");
	assert_string_equal(storm.sources[STORM_SOURCES - 1].reason, "g");
	assert_members(storm, nr_sources, STORM_SOURCES, samples, STORM_SOURCES + 3);
	/* The reasons count all samples. */
	assert_members(storm.whys[0], samples, STORM_SOURCES + 3);
	assert_true(storm.whys[0].csds == 110);
}

/* The reason of most csds is the one that leads all others. */
TEST(the_reason_of_most_csds_leads, setup)
{
	static const struct {
		const char *reason;
		double csds, lead;
		const char *leader;
	} rows[] = {
		{ "a", 3, 3, "a" }, { "b", 5, 2, "b" }, { "a", 1, 1, "b" }, { "b", 4, 5, "b" },
		{ "a", 5, 0, "b" }, { "a", 1, 1, "a" }, { "a", 2, 3, "a" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		add(rows[i].reason, rows[i].csds);
		assert_members(storm, nr_whys, 1);
		assert_members(storm.whys[0], why, "", reason, rows[i].leader, samples, i + 1);
		assert_true(storm.whys[0].lead == rows[i].lead);
	}
}

static void check_cpus(const uint64_t *cpus, uint64_t a, uint64_t b, uint64_t c)
{
	assert_int_equal(cpus[0], a);
	assert_int_equal(cpus[1], b);
	assert_int_equal(cpus[2], c);
}

/* Add the window to the storm. */
static void add_window(struct groups *groups, const struct snapshot *snap)
{
	struct storm *storms[] = { &storm };

	sources__window(groups, storms, 1, snap);
}

/* CPUs beyond those of the storm are left out. */
TEST(cpus_of_all_csds_are_those_of_the_pairs, setup)
{
	static struct groups groups;
	struct edge edges[] = { { 0, 1, 5 }, { 2, 1, 7 }, { 1, NR_CPUS, 9 }, { NR_CPUS, 0, 11 } };
	const struct snapshot snap = { .edges = edges, .nr_edges = ARRAY_SIZE(edges) };

	storm.nr_funcs = 1;
	strcpy(storm.funcs[0].name, "f");
	add_window(&groups, &snap);
	check_cpus(sent, 5, 9, 7);
	check_cpus(arrived, 11, 12, 0);
	add_window(&groups, &snap);
	check_cpus(sent, 10, 18, 14);
	/* The storm has ended, or its own csds are counted. */
	storm.news = STORM_ENDED;
	add_window(&groups, &snap);
	storm.news = STORM_LASTS;
	storm.own_counts = true;
	add_window(&groups, &snap);
	check_cpus(sent, 10, 18, 14);
	check_cpus(arrived, 22, 24, 0);
}

TEST(cpus_of_own_csds_replace_those_of_all, setup)
{
	static struct groups groups;
	static struct group group, calm;
	struct edge edges[] = { { 0, 1, 5 } };
	struct hit hits[] = {
		{ .group = &group, .cpu = 0, .sent = 2.5, .received = 0.4 },
		{ .group = &group, .cpu = 2, .sent = 0, .received = 3.6 },
		{ .group = &group, .cpu = NR_CPUS, .sent = 100, .received = 100 },
		{ .group = &calm, .cpu = 1, .sent = 100, .received = 100 },
	};
	const struct snapshot snap = { .edges = edges, .nr_edges = 1 };

	group.storm = &storm;
	storm.nr_funcs = 1;
	strcpy(storm.funcs[0].name, "f");
	add_window(&groups, &snap);
	check_cpus(sent, 5, 0, 0);
	groups.hits = hits;
	groups.nr_hits = ARRAY_SIZE(hits);
	/* Where runs are not seen, the pairs have both ends. */
	groups.runs_unseen = true;
	add_window(&groups, &snap);
	check_cpus(sent, 10, 0, 0);
	assert_false(storm.own_counts);
	groups.runs_unseen = false;
	add_window(&groups, &snap);
	assert_true(storm.own_counts);
	check_cpus(sent, 3, 0, 0);
	check_cpus(arrived, 0, 0, 4);
	add_window(&groups, &snap);
	check_cpus(sent, 6, 0, 0);
	check_cpus(arrived, 0, 0, 8);
}

/* Interrupts without a csd are counted by each CPU; an irq_work is raised on the own CPU. */
TEST(cpus_of_interrupts_are_those_of_their_kind, setup)
{
	static struct groups groups;
	struct cpu_stats cpus[] = {
		{ .cpu = 0, .reschedules_sent = 5, .reschedules = 1, .irq_works = 2 },
		{ .cpu = 2, .reschedules_sent = 0, .reschedules = 4, .irq_works = 3 },
		{ .cpu = NR_CPUS, .reschedules_sent = 9, .reschedules = 9, .irq_works = 9 },
	};
	const struct snapshot snap = { .cpus = cpus, .nr_cpus = ARRAY_SIZE(cpus) };

	storm.nr_funcs = 1;
	storm.funcs[0].kind = KIND_RESCHEDULE;
	sent[1] = arrived[1] = 7;
	add_window(&groups, &snap);
	check_cpus(sent, 5, 7, 0);
	check_cpus(arrived, 1, 7, 4);
	/* The storm's csds were counted until now. */
	storm.own_counts = true;
	add_window(&groups, &snap);
	assert_false(storm.own_counts);
	check_cpus(sent, 5, 0, 0);
	check_cpus(arrived, 1, 0, 4);
	setup(NULL);
	storm.nr_funcs = 1;
	storm.funcs[0].kind = KIND_IRQ_WORK;
	add_window(&groups, &snap);
	check_cpus(sent, 2, 0, 3);
	check_cpus(arrived, 2, 0, 3);
}

TEST_MAIN(NULL, NULL)
