// SPDX-License-Identifier: GPL-2.0
/* The tables of top that keys show, each as a whole: functions, CPUs, kinds, storms, stalls. */
#include "top_pages.h"

static struct kind_stats kinds[3];

static int setup_lists(void **state)
{
	setenv("TZ", "UTC", 1);
	memset(kinds, 0, sizeof(kinds));
	return setup(state);
}

#define TEST_L(test) TEST(test, setup_lists, teardown)

TEST_L(functions_of_all_call_sites_are_one_row)
{
	struct fn_stats *fn = add_function(0x10, "spin", "ipigen", 300);

	fn->local = 4;
	fn->wait = (struct wait_sum){ 300, 900000, 5000, 0 };
	hist_fill(&fn->delay, 300, 2000);
	hist_fill(&fn->handler, 300, 500);
	add_function(0, NULL, NULL, 7)->other = true;
	fn = add_function(0x10, "spin", "ipigen", 30);
	fn->callsite.addr = 0x99;
	hist_fill(&fn->handler, 30, 9000);
	check_page(
		PAGE_FUNCTIONS, 0, 0,
		"\n"
		"                                ---- delay ---- ------- handler ------- senders   delay handler\n"
		"FUNCTION [MODULE]          csds     p50     p99     p50     p99     sum  waited     max     max\n"
		"spin [ipigen]               330  2.00us  2.00us   511ns  9.00us   420us   900us  2.00us  9.00us\n"
		"(other functions)             7       -       -       -       -       -       -       -       -\n");
	assert_int_equal(page.default_sort, 6);
	assert_members(page.tables[0].rows[0], key, 0x10, to.page, PAGE_FUNCTION, to.a, 0x10);
	assert_members(page.tables[0].rows[1], key, OTHER_FUNC, to.page, PAGE_FUNCTION, to.a,
		       OTHER_FUNC);
}

TEST_L(cpus_have_their_figures)
{
	cpuset__add(&host.online, 0);
	cpuset__add(&host.online, 1);
	snap.nr_cpus = 2;
	cpus[0] = (struct cpu_stats){ .cpu = 0, .sent = 11, .received = 12, .local = 13 };
	hist_fill(&cpus[0].delay, 12, 2000);
	hist_fill(&cpus[0].handler, 12, 300);
	hist_fill(&cpus[0].wait, 2, 70000);
	cpus[0].wait_away = 40000;
	cpus[1].cpu = 1;
	check_page(
		PAGE_CPUS, 0, 0,
		"\n"
		"                                 -------- delay -------- ----------- handler -----------\n"
		"CPU        sent  waited received     p50     p99     max     p50     p99     max     sum locally\n"
		"CPU 0        11   100us       12  2.00us  2.00us  2.00us   300ns   300ns   300ns  3.60us      13\n"
		"CPU 1         0       -        0       -       -       -       -       -       -       -       0\n");
	assert_int_equal(page.default_sort, NO_SORT);
}

TEST_L(kinds_say_what_is_not_known)
{
	snap.all_kinds = kinds;
	snap.nr_all_kinds = 3;
	strcpy(kinds[0].kind, "call_function");
	kinds[0].sent_known = kinds[0].received_known = kinds[0].timed = true;
	kinds[0].sent = 300;
	kinds[0].received = 301;
	hist_fill(&kinds[0].delay, 300, 2000);
	hist_fill(&kinds[0].time, 300, 400);
	strcpy(kinds[1].kind, "nmi");
	kinds[1].why = "nobody counts these";
	strcpy(kinds[2].kind, "tlb_shootdown");
	kinds[2].sent_known = true;
	kinds[2].sent = 40;
	check_page(
		PAGE_KINDS, 0, 0,
		"\n"
		"                                        ---- delay ---- ------ interrupt ------\n"
		"KIND                      sent received     p50     p99     p50     p99     sum\n"
		"call_function              300      301  2.00us  2.00us   400ns   400ns   120us\n"
		"  tlb_shootdown             40        -       -       -       -       -       -\n"
		"nmi                          -        -       -       -       -       -       -\n"
		"under this filter interrupts are not counted: they name no function\n");
	assert_members(page.tables[0], rows[0].key, 0, rows[1].key, 2, rows[2].key, 1,
		       rows[0].to.page, PAGE_NONE);
	snap.known.kinds = true;
	show(PAGE_KINDS, 0, 0);
	assert_has(shown, "`ipitrace top --kinds` measures the interrupts themselves\n");
	snap.how.timed = true;
	show(PAGE_KINDS, 0, 0);
	assert_lacks(shown, "--kinds", "filter");
}

static void add_storm(uint64_t id, const char *func, bool note)
{
	static const struct signature munmap = { .name = "tlb_munmap" };
	static const struct storm_evidence evidence;
	struct storm storm = { .id = id,
			       .sig = &munmap,
			       .nr_funcs = 1,
			       .note = note,
			       .news = note ? STORM_ENDED : STORM_BEGAN,
			       .onset = 1500000000,
			       .seen = 4000000000,
			       .last = { .ns = 2000000000,
					 .count = 10000,
					 .handler_ns = 6000000,
					 .wait_ns = 4000000 } };

	storm.life = storm.last;
	snprintf(storm.funcs[0].name, sizeof(storm.funcs[0].name), "%s", func);
	assert_int_equal(findings__storm(&findings, &storm, &evidence, 0, "{}\n", 3), 0);
}

static void add_stall(uint64_t id, struct incident stall)
{
	stall.start = 1700000000;
	stall.time = 1704500000;
	stall.src = 1;
	stall.dst = 3;
	assert_int_equal(findings__stall(&findings, &stall, id, &(struct wall_clock){}, "{}\n", 3),
			 0);
}

/* The latest comes first; no list has the other kind. */
TEST_L(findings_are_in_their_lists)
{
	snap.window.start.tv_sec = 100;
	check_page(PAGE_STORMS, 0, 0,
		   "\n"
		   "STORM                     csds/s  cost/s  lasted began at           function\n"
		   "no storm so far\n");
	check_page(PAGE_STALLS, 0, 0,
		   "\n"
		   "STALL OF                 phase      lasted           from    to began at\n"
		   "no stall so far\n");
	add_storm(3, "flush_tlb_func", false);
	add_stall(3, (struct incident){ .phase = PHASE_HANDLER,
					.ongoing = true,
					.dst_known = true,
					.func = { .addr = 1, .name = "slow" } });
	add_storm(4, "", true);
	add_stall(4, (struct incident){ .phase = PHASE_WAIT, .func.addr = 0xabc });
	add_stall(5, (struct incident){ .phase = PHASE_DELIVERY, .covered = true });
	check_page(
		PAGE_STORMS, 0, 0,
		"\n"
		"STORM                     csds/s  cost/s  lasted began at           function\n"
		"note: tlb_munmap           5.00k       -   2.50s 00:01:40  ended\n"
		"tlb_munmap                 5.00k  5.00ms   2.50s 00:01:40  ongoing  flush_tlb_func\n");
	assert_members(page.tables[0].rows[0], key, 4, to.page, PAGE_STORM, to.a, 4);
	check_page(PAGE_STALLS, 0, 0,
		   "\n"
		   "STALL OF                 phase      lasted           from    to began at\n"
		   "                         delivery   4.50ms result       1     - 00:01:40\n"
		   "0xabc                    wait       4.50ms ended        1     - 00:01:40\n"
		   "slow                     handler    4.50ms ongoing      1     3 00:01:40\n");
	assert_members(page.tables[0].rows[2], key, 3, to.page, PAGE_STALL, to.a, 3, cpus[0], 1,
		       cpus[1], 3);
	assert_members(page.tables[0].rows[1], key, 4, cpus[0], 1, cpus[1], NO_CPU);
}

TEST_MAIN(NULL, NULL)
