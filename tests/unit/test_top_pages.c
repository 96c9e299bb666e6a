// SPDX-License-Identifier: GPL-2.0
/* The pages that a row of top opens, each as a whole, and which page each of their rows opens. */
#include "top_pages.h"

/* Fails unless row @row of the page's table @table opens page @kind of @a and @b. */
static void check_place(int table, size_t row, int kind, uint64_t a, uint64_t b)
{
	assert_true(row < page.tables[table].nr_rows);
	assert_members(page.tables[table].rows[row], to.page, kind, to.a, a, to.b, b);
}

static void by_interrupt(struct stack_sample *sample)
{
	sample->stack[2] = (struct symbol){ .addr = 3, .name = "asm_sysvec_apic_timer_interrupt" };
}

TEST_F(a_function_has_callers_cpus_and_histograms)
{
	struct fn_stats *fn = add_function(0x10, "spin", "ipigen", 300);

	fn->local = 4;
	hist_fill(&fn->delay, 200, 10000);
	hist_fill(&fn->delay, 100, 50000);
	hist_fill(&fn->handler, 300, 100);
	add_function(0x20, "other", NULL, 7);
	/* The same function from another call site. */
	fn = add_function(0x10, "spin", "ipigen", 30);
	fn->callsite.addr = 0x99;
	hist_fill(&fn->handler, 30, 3000);
	add_sample(0, 77, "first")->cgroup_path = "/a/unit.service";
	add_sample(2, 77, "first")->cgroup_path = "/a/unit.service";
	add_sample(0, 78, "second")->cgroup_path = "/b";
	by_interrupt(&samples[2]);
	add_sample(0, 79, "third")->nr = 0;
	snap.nr_cpus = snap.nr_fn_cpus = 2;
	cpus[0] = (struct cpu_stats){ .cpu = 4, .received = 311 };
	hist_fill(&cpus[0].handler, 311, 1000);
	cpus[1] = (struct cpu_stats){ .cpu = 6, .received = 22 };
	fn_cpus[0] = (struct fn_cpu){ .fn = 0, .cpu = 4, .received = 200, .handler = 20000 };
	fn_cpus[1] = (struct fn_cpu){ .fn = 2, .cpu = 6, .received = 20 };
	check_page(
		PAGE_FUNCTION, 0x10, 0,
		"spin [ipigen]: 330 csds, 4 locally\n"
		"WHY (Enter: the latest stack)\n"
		"VIA                             samples task                     cgroup\n"
		"membarrier_private_expedited          2 first[77]                /a/unit.service\n"
		"membarrier_private_expedited          1 in an interrupt          -\n"
		"?                                     1 third[79]                -\n"
		"of 4 sampled stacks, the 1st, 2nd, 4th, 8th ... csd\n"
		"\n"
		"WHO IS HIT\n"
		"                 --- handler --- -- everything --\n"
		"CPU     received    mean     sum received     sum\n"
		"CPU 4        200   100ns  20.0us      311   311us\n"
		"CPU 6         20       -       -       22       -\n"
		"110 have no CPU: under way, or not counted by function (try top -f)\n"
		"\n"
		"HISTOGRAMS (csds)\n"
		"   from      to     delay   handler\n"
		"   64ns   127ns         .       300\n"
		"  128ns   255ns         .         .\n"
		"  256ns   511ns         .         .\n"
		"  512ns  1.02us         .         .\n"
		" 1.02us  2.05us         .         .\n"
		" 2.05us  4.09us         .        30\n"
		" 4.10us  8.19us         .         .\n"
		" 8.19us  16.4us       200         .\n"
		" 16.4us  32.8us         .         .\n"
		" 32.8us  65.5us       100         .\n");
	check_place(0, 0, PAGE_STACK, 0x10, 1);
	check_place(0, 1, PAGE_STACK, 0x10, 2);
	check_place(0, 2, PAGE_STACK, 0x10, 3);
	check_place(1, 0, PAGE_CPU, 4, 0);
	check_place(1, 1, PAGE_CPU, 6, 0);
	assert_members(page.tables[1].rows[1], key, 6, cpus[0], 6, cpus[1], NO_CPU);
	assert_int_equal(page.default_sort, NO_SORT);
}

/* Each caller has a key of its own, by which the selection follows it. */
TEST_F(callers_have_different_keys)
{
	uint64_t key;

	add_function(0x10, "spin", NULL, 9);
	add_sample(0, 77, "first");
	add_sample(0, 78, "second");
	add_sample(0, 77, "first")->stack[1].addr = 5;
	samples[2].stack[1].name = "other_frame";
	add_sample(0, 77, "first")->nr_user = 1;
	samples[3].user[0] = (struct symbol){ .addr = 0x5010, .offset = 0x10, .name = "main" };
	show(PAGE_FUNCTION, 0x10, 0);
	assert_int_equal(page.tables[0].nr_rows, 4);
	for (int a = 0; a < 4; a++)
		for (int b = 0; b < a; b++)
			assert_true(page.tables[0].rows[a].key != page.tables[0].rows[b].key);
	/* An offset in the program's function makes no other caller. */
	samples[0] = samples[3];
	snap.nr_samples = 1;
	show(PAGE_FUNCTION, 0x10, 0);
	key = page.tables[0].rows[0].key;
	samples[0].user[0] = (struct symbol){ .addr = 0x5018, .offset = 0x18, .name = "main" };
	show(PAGE_FUNCTION, 0x10, 0);
	assert_int_equal(page.tables[0].rows[0].key, key);
}

/* The sample after the last one is none, whatever function it is of. */
TEST_F(a_stack_of_no_sample_has_no_page)
{
	add_function(0x10, "spin", NULL, 2);
	add_sample(0, 77, "sender");
	samples[1] = samples[0];
	show(PAGE_STACK, 0x10, 1);
	assert_lacks(shown, "sent by");
}

TEST_F(a_stack_has_the_frames_of_the_kernel_and_of_the_program)
{
	add_function(0x10, "spin", NULL, 2);
	add_sample(0, 77, "sender");
	samples[0].stack[2].offset = 0x1f;
	samples[0].nr_user = 2;
	samples[0].user[0] = (struct symbol){ .addr = 5, .name = "barrier", .module = "server" };
	samples[0].user[1] = (struct symbol){ .addr = 6, .offset = 0x77 };
	samples[0].user_end = USER_END_LOST;
	check_page(PAGE_STACK, 0x10, 0,
		   "spin, sent by sender\n"
		   "STACK (the innermost frame first)\n"
		   "smp_call_function_many_cond+0x0\n"
		   "membarrier_private_expedited+0x0\n"
		   "__x64_sys_membarrier+0x1f\n"
		   "< barrier (server)\n"
		   "< 0x77 (no file)\n"
		   "(the program's next frame is not found: no frame pointer)\n");
	for (size_t row = 0; row < page.tables[0].nr_rows; row++) {
		check_place(0, row, PAGE_NONE, 0, 0);
		assert_true(!row ||
			    page.tables[0].rows[row].key > page.tables[0].rows[row - 1].key);
	}
	samples[0].nr_user = 0;
	samples[0].user_end = USER_END_BASE;
	samples[0].kworker = true;
	strcpy(samples[0].comm, "kworker/0:1");
	samples[0].queued_by = (struct task_id){ true, false, 7, 7, "chronyd" };
	check_page(PAGE_STACK, 0x10, 0,
		   "spin, sent by kworker for chronyd[7]\n"
		   "STACK (the innermost frame first)\n"
		   "smp_call_function_many_cond+0x0\n"
		   "membarrier_private_expedited+0x0\n"
		   "__x64_sys_membarrier+0x1f\n");
	by_interrupt(&samples[0]);
	check_page(PAGE_STACK, 0x10, 0,
		   "spin, sent in an interrupt, on top of kworker/0:1\n"
		   "STACK (the innermost frame first)\n"
		   "smp_call_function_many_cond+0x0\n"
		   "membarrier_private_expedited+0x0\n"
		   "asm_sysvec_apic_timer_interrupt+0x0\n");
}

TEST_F(a_cpu_has_both_directions_and_histograms)
{
	snap.nr_cpus = 2;
	cpus[0] = (struct cpu_stats){ .cpu = 3, .received = 11, .sent = 12, .local = 13 };
	hist_fill(&cpus[0].delay, 11, 5000);
	hist_fill(&cpus[0].handler, 10, 300);
	hist_fill(&cpus[0].wait, 2, 70000);
	cpus[1] = (struct cpu_stats){ .cpu = 5 };
	edges[0] = (struct edge){ .src = 5, .dst = 3, .count = 61 };
	edges[1] = (struct edge){ .src = 3, .dst = 6, .count = 62 };
	edges[2] = (struct edge){ .src = 7, .dst = 3, .count = 3 };
	snap.nr_edges = 3;
	check_page(PAGE_CPU, 3, 0,
		   "CPU 3: 11 received, 12 sent, 13 locally\n"
		   "WHO INTERRUPTS IT\n"
		   "FROM           csds\n"
		   "CPU 5            61\n"
		   "CPU 7             3\n"
		   "\n"
		   "WHOM IT INTERRUPTS\n"
		   "TO             csds\n"
		   "CPU 6            62\n"
		   "\n"
		   "HISTOGRAMS (csds; wait: calls)\n"
		   "   from      to     delay   handler      wait\n"
		   "  256ns   511ns         .        10         .\n"
		   "  512ns  1.02us         .         .         .\n"
		   " 1.02us  2.05us         .         .         .\n"
		   " 2.05us  4.09us         .         .         .\n"
		   " 4.10us  8.19us        11         .         .\n"
		   " 8.19us  16.4us         .         .         .\n"
		   " 16.4us  32.8us         .         .         .\n"
		   " 32.8us  65.5us         .         .         .\n"
		   " 65.5us   131us         .         .         2\n");
	check_place(0, 0, PAGE_CPU, 5, 0);
	check_place(0, 1, PAGE_CPU, 7, 0);
	check_place(1, 0, PAGE_CPU, 6, 0);
	assert_members(page.tables[0].rows[1], key, 7, cpus[0], 7, cpus[1], NO_CPU);
	assert_members(page.tables[1].rows[0], key, 6, cpus[0], 6, cpus[1], NO_CPU);
	check_page(PAGE_CPU, 5, 0,
		   "CPU 5: 0 received, 0 sent, 0 locally\n"
		   "WHO INTERRUPTS IT\n"
		   "FROM           csds\n"
		   "none in this window\n"
		   "\n"
		   "WHOM IT INTERRUPTS\n"
		   "TO             csds\n"
		   "CPU 3            61\n"
		   "\n"
		   "HISTOGRAMS (csds; wait: calls)\n"
		   "   from      to     delay   handler      wait\n"
		   "nothing was measured in this window\n");
	check_page(
		PAGE_CPU, 4, 0,
		"\n"
		"nothing of it in this window: [ steps back to one that has it, Backspace goes up\n");
}

/* Senders, of which two are of one cgroup; interrupts; and what found no row. */
static void add_senders(void)
{
	struct by_stats *row;

	snap.how.by_key = BY_SENDER;
	row = add_by(77, 5, "first", 300);
	row->cgroup_path = "/a/unit.service";
	row->local = 4;
	row->wait = (struct wait_sum){ 300, 900000, 5000, 0 };
	hist_fill(&row->delay, 300, 2000);
	hist_fill(&row->handler, 300, 500);
	row = add_by(78, 5, "second", 21);
	row->cgroup_path = "/a/unit.service";
	hist_fill(&row->delay, 21, 9000);
	add_by(0, 0, "", 9)->interrupt = true;
	add_by(0, 0, "", 50)->other = true;
	others[0] = (struct by_stats){ .other = true, .uid_known = true, .uid = 1234, .count = 40 };
	others[1] = (struct by_stats){ .other = true, .count = 10 };
	snap.nr_others = 2;
}

TEST_F(senders_and_their_cgroups)
{
	add_senders();
	check_page(
		PAGE_SENDERS, 0, 0,
		"\n"
		"                                      ---- delay ---- ------- handler -------\n"
		"SENT BY                          csds     p50     p99     p50     p99     sum  waited locally\n"
		"first[77]                         300  2.00us  2.00us   500ns   500ns   150us   900us       4\n"
		"second[78]                         21  9.00us  9.00us       -       -       -       -       0\n"
		"(in interrupts)                     9       -       -       -       -       -       -       0\n"
		"(others)                           50       -       -       -       -       -       -       0\n");
	assert_int_equal(page.default_sort, NO_SORT);
	check_place(0, 0, PAGE_PROCESS, 77, 5);
	check_place(0, 1, PAGE_PROCESS, 78, 5);
	check_place(0, 2, PAGE_PROCESS, BY_INTERRUPTS, 0);
	check_place(0, 3, PAGE_PROCESS, BY_OTHERS, 0);
	assert_int_equal(page.tables[0].rows[0].key, 77 ^ 5ULL << 32);
	check_page(
		PAGE_CGROUPS, 0, 0,
		"\n"
		"                                      ---- delay ---- ------- handler -------\n"
		"SENT FROM                        csds     p50     p99     p50     p99     sum  waited locally\n"
		"/a/unit.service                   321  2.05us  9.00us   500ns   500ns   150us   900us       4\n"
		"(in interrupts)                     9       -       -       -       -       -       -       0\n"
		"(others)                           50       -       -       -       -       -       -       0\n");
	assert_int_equal(page.default_sort, 6);
	check_place(0, 0, PAGE_CGROUP, 5, 0);
	check_place(0, 1, PAGE_CGROUP, BY_INTERRUPTS, 0);
	check_place(0, 2, PAGE_CGROUP, BY_OTHERS, 0);
	assert_int_equal(page.tables[0].rows[0].key, 5);
	check_page(
		PAGE_CGROUP, 5, 0,
		"/a/unit.service\n"
		"ITS SENDERS\n"
		"                                      ---- delay ---- ------- handler -------\n"
		"SENT BY                          csds     p50     p99     p50     p99     sum  waited locally\n"
		"first[77]                         300  2.00us  2.00us   500ns   500ns   150us   900us       4\n"
		"second[78]                         21  9.00us  9.00us       -       -       -       -       0\n"
		"\n"
		"HISTOGRAMS (csds)\n"
		"   from      to     delay   handler\n"
		"  256ns   511ns         .       300\n"
		"  512ns  1.02us         .         .\n"
		" 1.02us  2.05us       300         .\n"
		" 2.05us  4.09us         .         .\n"
		" 4.10us  8.19us         .         .\n"
		" 8.19us  16.4us        21         .\n");
	check_place(0, 0, PAGE_PROCESS, 77, 5);
	check_place(0, 1, PAGE_PROCESS, 78, 5);
	check_page(
		PAGE_CGROUP, BY_OTHERS, 0,
		"(others)\n"
		"BY USER\n"
		"                                      ---- delay ---- ------- handler -------\n"
		"OTHERS, BY UID                   csds     p50     p99     p50     p99     sum  waited locally\n"
		"uid 1234                           40       -       -       -       -       -       -       0\n"
		"interrupts, further uids           10       -       -       -       -       -       -       0\n"
		"\n"
		"HISTOGRAMS (csds)\n"
		"   from      to     delay   handler\n"
		"nothing was measured in this window\n");
	assert_int_equal(page.tables[0].rows[0].key, 1234);
	assert_int_equal(page.tables[0].rows[1].key, BY_OTHERS);
	check_place(0, 0, PAGE_NONE, 0, 0);
	snap.how.by_key = BY_VICTIM;
	check_page(
		PAGE_VICTIMS, 0, 0,
		"\n"
		"                                      ---- delay ---- ------- handler -------\n"
		"INTERRUPTED                      csds     p50     p99     p50     p99     sum locally\n"
		"first[77]                         300  2.00us  2.00us   500ns   500ns   150us       4\n"
		"second[78]                         21  9.00us  9.00us       -       -       -       0\n"
		"(in interrupts)                     9       -       -       -       -       -       0\n"
		"(others)                           50       -       -       -       -       -       0\n");
	snap.how.by_key = BY_CGROUP;
	check_page(PAGE_CGROUP, 5, 0,
		   "/a/unit.service\n"
		   "HISTOGRAMS (csds)\n"
		   "   from      to     delay   handler\n"
		   "  256ns   511ns         .       300\n"
		   "  512ns  1.02us         .         .\n"
		   " 1.02us  2.05us       300         .\n"
		   " 2.05us  4.09us         .         .\n"
		   " 4.10us  8.19us         .         .\n"
		   " 8.19us  16.4us        21         .\n");
}

TEST_F(a_process_has_what_it_sent)
{
	add_senders();
	add_function(0x10, "spin", "ipigen", 9);
	add_function(0x20, "sleep", NULL, 9);
	add_sample(0, 77, "first");
	add_sample(1, 77, "first")->nr = 0;
	add_sample(0, 78, "second");
	add_sample(0, 77, "first")->stack[1].name = "other_frame";
	by_interrupt(&samples[2]);
	check_page(PAGE_PROCESS, 77, 5,
		   "first[77] in /a/unit.service\n"
		   "WHAT IT SENT (by sampled stacks)\n"
		   "FUNCTION [MODULE]         samples via\n"
		   "spin [ipigen]                   1 membarrier_private_expedited\n"
		   "spin [ipigen]                   1 other_frame\n"
		   "sleep                           1 ?\n"
		   "\n"
		   "HISTOGRAMS (csds)\n"
		   "   from      to     delay   handler\n"
		   "  256ns   511ns         .       300\n"
		   "  512ns  1.02us         .         .\n"
		   " 1.02us  2.05us       300         .\n");
	check_place(0, 0, PAGE_STACK, 0x10, 0);
	check_place(0, 1, PAGE_STACK, 0x10, 3);
	check_place(0, 2, PAGE_STACK, 0x20, 1);
	assert_int_equal(page.tables[0].rows[2].key, 1 << 8);
	assert_true(page.tables[0].rows[0].key != page.tables[0].rows[1].key);
	check_page(PAGE_PROCESS, BY_INTERRUPTS, 0,
		   "(in interrupts)\n"
		   "WHAT IT SENT (by sampled stacks)\n"
		   "FUNCTION [MODULE]         samples via\n"
		   "spin [ipigen]                   1 membarrier_private_expedited\n"
		   "\n"
		   "HISTOGRAMS (csds)\n"
		   "   from      to     delay   handler\n"
		   "nothing was measured in this window\n");
	check_page(
		PAGE_PROCESS, BY_OTHERS, 0,
		"(others)\n"
		"BY USER\n"
		"                                      ---- delay ---- ------- handler -------\n"
		"OTHERS, BY UID                   csds     p50     p99     p50     p99     sum  waited locally\n"
		"uid 1234                           40       -       -       -       -       -       -       0\n"
		"interrupts, further uids           10       -       -       -       -       -       -       0\n"
		"\n"
		"HISTOGRAMS (csds)\n"
		"   from      to     delay   handler\n"
		"nothing was measured in this window\n");
}

static void add_stall(uint64_t id, bool covered)
{
	struct incident stall = { .phase = PHASE_HANDLER,
				  .covered = covered,
				  .dst_known = true,
				  .start = 5,
				  .time = 4500005,
				  .src = 1,
				  .dst = 3,
				  .sender = { .known = true, .pid = 7, .tgid = 7, .comm = "a" },
				  .func = { .addr = 1, .name = "slow" } };

	assert_int_equal(findings__stall(&findings, &stall, id, &(struct wall_clock){}, "{}\n", 3),
			 0);
}

/* The block of a stall has its title in the first line. */
TEST_F(a_stall_is_its_block)
{
	add_stall(3, false);
	add_stall(4, true);
	check_page(PAGE_STALL, 3, 0,
		   "stall 3  handler of slow, ended\n"
		   "  since    00:00:00.000000, when the function was entered\n"
		   "  sender   a[7] on CPU 1\n"
		   "  slept    no\n"
		   "CPU 3 was in slow for 4.5 ms.\n");
	for (size_t row = 1; row < page.tables[0].nr_rows; row++) {
		check_place(0, row, PAGE_NONE, 0, 0);
		assert_true(page.tables[0].rows[row].key > page.tables[0].rows[row - 1].key);
	}
	show(PAGE_STALL, 4, 0);
	assert_has(shown, "stall 4  handler of slow, ended, the result of another stall\n");
	check_page(
		PAGE_STALL, 5, 0,
		"\n"
		"nothing of it in this window: [ steps back to one that has it, Backspace goes up\n");
	/* A storm has numbers of its own. */
	show(PAGE_STORM, 3, 0);
	assert_has(shown, "nothing of it in this window");
}

/* The block of a storm names the culprit first: its title is the line with the storm's name. */
TEST_F(a_storm_is_its_block)
{
	static const struct signature munmap = { .name = "tlb_munmap" };
	static const struct storm_evidence evidence;
	struct storm storm = { .id = 3,
			       .sig = &munmap,
			       .funcs = { { .name = "flush_tlb_func" } },
			       .nr_funcs = 1,
			       .samples = 4,
			       .csds = 4,
			       .nr_sources = 1,
			       .sources = { { .samples = 4, .csds = 4, .tgid = 7, .comm = "a" } },
			       .last = { .ns = 1000000000, .count = 5000 } };

	assert_int_equal(findings__storm(&findings, &storm, &evidence, 0, "{}\n", 3), 0);
	check_page(
		PAGE_STORM, 3, 0,
		"STORM tlb_munmap: ongoing\n"
		"CULPRIT:  a[7]\n"
		"          5000 a second of flush_tlb_func, 0 % of all IPIs: (null)\n"
		"function  flush_tlb_func 0/s\n"
		"rate      5.00k/s, 0 % of all IPIs; to the CPU that gets most about 0/s; (null)\n"
		"limit     0/s to a CPU: only administration causes it, so a higher rate is a\n"
		"          loop\n"
		"shape     from CPU (not known) to CPU (not known) (CPUs of all csds, most of\n"
		"          which do not belong to this storm)\n"
		"sources   4 of 4 samples: a[7]\n"
		"cost      not known: the kernel has no event at the end of such an interrupt\n"
		"onset     about ?\n"
		"advice    (null)\n");
	storm.news = STORM_ENDED;
	storm.note = true;
	assert_int_equal(findings__storm(&findings, &storm, &evidence, 0, "{}\n", 3), 0);
	assert_int_equal(findings.nr, 1);
	show(PAGE_STORM, 3, 0);
	assert_memory_equal(shown, "NOTE tlb_munmap: ended\n", 23);
}

TEST_F(help_names_the_keys)
{
	check_page(
		PAGE_HELP, 0, 0,
		"help\n"
		"1 to 9, Tab     another table\n"
		"Up, Down        another row; PgUp, PgDn, Home, End\n"
		"Enter           down: a function, its callers, a stack; a CPU, who interrupts it\n"
		"Backspace       up again\n"
		"<, >            sort by another column; r: the other way round\n"
		"/               filter by typing: a function, a task, CPUs (0,2-5); Escape: all\n"
		"p, Space        pause, and go on\n"
		"[, ]            step back and forth through the windows of the last 5 minutes\n"
		"w               write these windows as a capture, with -o FILE\n"
		"mouse           a click selects, a second goes down; on a heading it sorts\n"
		"q, Ctrl-C       end\n"
		"\n"
		"csds     function calls queued to other CPUs; locally: run on the sender itself\n"
		"delay    from the queueing to the function's entry; handler: from entry to exit\n"
		"waited   senders' time in synchronous calls\n"
		"handlers their time; waited: senders' time: shares of all CPUs' time\n"
		"lost     csds that could not be followed; -: unknown, never 0\n");
}

TEST_MAIN(NULL, NULL)
