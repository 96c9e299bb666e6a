// SPDX-License-Identifier: GPL-2.0
/* The pages that a row of top opens: what they show where names, stacks or counts are missing. */
#include "top_pages.h"

TEST_F(a_function_has_its_module_or_no_name)
{
	add_function(0x10, "spin", "ipigen", 9);
	add_function(0x20, NULL, NULL, 7);
	add_function(0, NULL, NULL, 5)->other = true;
	show(PAGE_FUNCTION, 0x10, 0);
	assert_has(shown, "spin [ipigen]: 9 csds, 0 locally\n");
	show(PAGE_FUNCTION, 0x20, 0);
	assert_has(shown, "a function without a name: 7 csds");
	show(PAGE_FUNCTION, OTHER_FUNC, 0);
	assert_has(shown, "(other functions): 5 csds");
	show(PAGE_FUNCTION, 0x30, 0);
	assert_lacks(shown, "csds,");
}

/* A CPU that only others' functions interrupt has no row; times that are not known are no zeros. */
TEST_F(the_cpus_of_a_function)
{
	add_function(0x10, "spin", NULL, 300);
	add_function(0x20, "other", NULL, 7);
	snap.nr_cpus = snap.nr_fn_cpus = 2;
	cpus[0] = (struct cpu_stats){ .cpu = 0, .received = 311 };
	cpus[1] = (struct cpu_stats){ .cpu = 1, .received = 322 };
	fn_cpus[0] = (struct fn_cpu){ .fn = 0, .cpu = 0, .received = 200, .handler = 20000 };
	fn_cpus[1] = (struct fn_cpu){ .fn = 1, .cpu = 1, .received = 7 };
	show(PAGE_FUNCTION, 0x10, 0);
	assert_has(shown, "CPU 0");
	assert_has(shown, "311");
	assert_lacks(shown, "322");
	assert_has(shown, "100 have no CPU: under way, or not counted by function (try top -f)");
	fn_cpus[0].received = 300;
	fn_cpus[0].handler = 0;
	show(PAGE_FUNCTION, 0x10, 0);
	assert_lacks(shown, "have no CPU");
}

TEST_F(a_caller_without_a_cgroup)
{
	add_function(0x10, "spin", NULL, 2);
	add_sample(0, 77, "sender")->cgroup_path = "/a/unit.service";
	show(PAGE_FUNCTION, 0x10, 0);
	assert_has(shown, "/a/unit.service");
	assert_has(shown, "of 1 sampled stacks");
	samples[0].cgroup_path = NULL;
	show(PAGE_FUNCTION, 0x10, 0);
	assert_has(shown, "sender");
	assert_lacks(shown, "unit.service");
	/* Who runs under an interrupt did not send. */
	samples[0].cgroup_path = "/a/unit.service";
	samples[0].stack[2] =
		(struct symbol){ .addr = 3, .name = "asm_sysvec_apic_timer_interrupt" };
	show(PAGE_FUNCTION, 0x10, 0);
	assert_lacks(shown, "unit.service");
}

TEST_F(a_stack_has_frames_without_a_name)
{
	add_function(0x10, "spin", NULL, 2);
	add_sample(0, 77, "sender");
	samples[0].stack[1] = (struct symbol){ .addr = 0xabcdef };
	samples[0].stack[2] =
		(struct symbol){ .addr = 3, .name = "ioctl", .module = "ipigen", .offset = 0x1f };
	samples[0].user[0] = (struct symbol){ .addr = 5, .name = "barrier", .module = "server" };
	samples[0].nr_user = 1;
	samples[0].user_end = USER_END_LOST;
	show(PAGE_STACK, 0x10, 0);
	assert_has(shown, "spin, sent by sender\n");
	assert_has(shown, "0xabcdef\n");
	assert_has(shown, "ioctl+0x1f [ipigen]\n");
	assert_has(shown, "barrier");
	assert_has(shown, "(");
	fns[0].func.name = NULL;
	show(PAGE_STACK, 0x10, 0);
	assert_has(shown, "a function, sent by sender\n");
}

/* A sample of an older window may have another number, or be of another function. */
TEST_F(a_stack_that_is_gone_has_no_page)
{
	add_function(0x10, "spin", NULL, 2);
	add_function(0x20, "other", NULL, 2);
	add_sample(1, 77, "sender");
	show(PAGE_STACK, 0x20, 0);
	assert_has(shown, "other, sent by sender");
	show(PAGE_STACK, 0x10, 0);
	assert_lacks(shown, "sent");
	show(PAGE_STACK, 0x20, 1);
	assert_lacks(shown, "sent");
	show(PAGE_STACK, 0x30, 0);
	assert_lacks(shown, "sent");
}

TEST_F(a_cpu_has_its_edges_or_none)
{
	snap.nr_cpus = 2;
	cpus[0] = (struct cpu_stats){ .cpu = 3, .received = 11, .sent = 12, .local = 13 };
	cpus[1] = (struct cpu_stats){ .cpu = 4 };
	edges[0] = (struct edge){ .src = 5, .dst = 3, .count = 61 };
	edges[1] = (struct edge){ .src = 3, .dst = 6, .count = 62 };
	edges[2] = (struct edge){ .src = 7, .dst = 3 };
	snap.nr_edges = 3;
	show(PAGE_CPU, 3, 0);
	assert_has(shown, "CPU 3: 11 received, 12 sent, 13 locally\n");
	assert_int_equal(page.default_sort, 1);
	assert_has(shown, "CPU 5");
	assert_has(shown, "61");
	assert_has(shown, "CPU 6");
	assert_has(shown, "62");
	assert_lacks(shown, "CPU 7");
	assert_lacks(shown, "none in this window");
	show(PAGE_CPU, 4, 0);
	assert_has(shown, "none in this window");
	show(PAGE_CPU, 9, 0);
	assert_lacks(shown, "received");
}

/* Rows of --by sender: a process in two cgroups, an interrupt, and all that found no row. */
TEST_F(cgroups_sum_up_their_senders)
{
	snap.how.by_key = BY_SENDER;
	add_by(77, 5, "first", 300)->cgroup_path = "/a/unit.service";
	add_by(79, 6, "third", 4)->cgroup_path = "/b/unit.slice";
	add_by(78, 5, "second", 21)->cgroup_path = "/a/unit.service";
	show(PAGE_CGROUPS, 0, 0);
	assert_int_equal(page.tables[0].nr_rows, 2);
	assert_has(shown, "321");
	/* With equal handler times a cgroup has the place of its first row. */
	assert_true(strstr(shown, "unit.service") < strstr(shown, "unit.slice"));
	show(PAGE_CGROUP, 5, 0);
	assert_has(shown, "unit.service");
	assert_has(shown, "ITS SENDERS");
	assert_has(shown, "first");
	assert_has(shown, "second");
	assert_lacks(shown, "third");
	show(PAGE_CGROUP, 7, 0);
	assert_lacks(shown, "ITS SENDERS");
	show(PAGE_SENDERS, 0, 0);
	assert_int_equal(page.tables[0].nr_rows, 3);
	show(PAGE_VICTIMS, 0, 0);
	assert_has(shown, "not counted in this run: `ipitrace top --by victim` counts these");
	snap.how.by_key = BY_VICTIM;
	show(PAGE_CGROUPS, 0, 0);
	assert_has(shown, "not counted in this run: `ipitrace top --by cgroup` counts these");
	show(PAGE_SENDERS, 0, 0);
	assert_has(shown, "not counted in this run: `ipitrace top --by sender` counts these");
}

TEST_F(what_a_process_sent)
{
	snap.how.by_key = BY_SENDER;
	add_function(0x10, "spin", NULL, 2);
	add_sample(0, 77, "first");
	add_sample(0, 78, "second");
	samples[1].stack[2] =
		(struct symbol){ .addr = 3, .name = "asm_sysvec_apic_timer_interrupt" };
	add_by(77, 5, "first", 300);
	add_by(79, 5, "third", 4);
	add_by(0, 0, "", 9)->interrupt = true;
	show(PAGE_PROCESS, 77, 5);
	assert_has(shown, "first");
	assert_has(shown, "WHAT IT SENT (by sampled stacks)");
	assert_has(shown, "spin");
	assert_int_equal(page.tables[0].nr_rows, 1);
	show(PAGE_PROCESS, 79, 5);
	assert_has(shown, "no stack of it was sampled in this window");
	show(PAGE_PROCESS, 77, 6);
	assert_lacks(shown, "WHAT IT SENT");
	show(PAGE_PROCESS, BY_INTERRUPTS, 0);
	assert_int_equal(page.tables[0].nr_rows, 1);
	assert_has(shown, "spin");
	snap.how.by_key = BY_CGROUP;
	show(PAGE_PROCESS, 77, 5);
	assert_lacks(shown, "WHAT IT SENT");
}

/* The row of those that found no row says whose they are. */
TEST_F(others_are_shown_by_user)
{
	snap.how.by_key = BY_SENDER;
	add_by(0, 0, "", 50)->other = true;
	others[0] = (struct by_stats){ .other = true, .uid_known = true, .uid = 1234, .count = 40 };
	others[1] = (struct by_stats){ .other = true, .count = 10 };
	snap.nr_others = 2;
	for (int i = 0; i < 2; i++) {
		show(i ? PAGE_CGROUP : PAGE_PROCESS, BY_OTHERS, 0);
		assert_has(shown, "BY USER");
		assert_has(shown, "1234");
		assert_has(shown, "40");
		assert_int_equal(page.tables[0].nr_rows, 2);
		assert_lacks(shown, "WHAT IT SENT");
		assert_lacks(shown, "ITS SENDERS");
	}
}

/* Anyone may choose a name: it is shown as it is, whatever printf() would make of it. */
TEST_F(a_name_is_no_format)
{
	static const struct {
		int page;
		uint64_t a, b;
		const char *words[4];
	} pages[] = {
		{ PAGE_FUNCTION, 0x10, 0, { "50%d [m%d]: 9 csds", "w%d ", "t%d[77]", "/c%d" } },
		{ PAGE_STACK, 0x10, 0, { "50%d, sent by t%d\n", "w%d+0x0 [m%d]\n", "p%d (f%d)" } },
		{ PAGE_PROCESS, 77, 5, { "t%d[77] in /c%d\n", "50%d [m%d] ", " w%d\n" } },
		{ PAGE_CGROUP, 5, 0, { "/c%d\n", "t%d[77] " } },
		{ PAGE_FUNCTIONS, 0, 0, { "50%d [m%d] " } },
		{ PAGE_SENDERS, 0, 0, { "t%d[77] " } },
		{ PAGE_CGROUPS, 0, 0, { "/c%d " } },
	};

	snap.how.by_key = BY_SENDER;
	add_function(0x10, "50%d", "m%d", 9);
	add_sample(0, 77, "t%d")->cgroup_path = "/c%d";
	samples[0].stack[1] = (struct symbol){ .addr = 2, .name = "w%d", .module = "m%d" };
	samples[0].user[0] = (struct symbol){ .addr = 5, .name = "p%d", .module = "f%d" };
	samples[0].nr_user = 1;
	add_by(77, 5, "t%d", 300)->cgroup_path = "/c%d";
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		show(pages[i].page, pages[i].a, pages[i].b);
		for (size_t word = 0; word < 4 && pages[i].words[word]; word++)
			assert_has(shown, pages[i].words[word]);
	}
}

TEST_MAIN(NULL, NULL)
