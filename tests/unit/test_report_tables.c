// SPDX-License-Identifier: GPL-2.0
/* The tables of a report, each as a whole: functions, CPUs, kinds, what was sent without a csd, stacks. */
#include "abi/hist_slots.h"
#include "model/snapshot.h"
#include "printed.h"
#include "unit.h"
#include "view/table/table.h"
#include "view/text/views.h"

#define MANY 60

static struct fn_stats fns[MANY];
static char names[MANY][8];
static struct cpu_stats cpus[MANY];
static struct stack_sample samples[6];
static struct kind_stats kinds[7];
static struct wake_stats wakes[12];
static struct send_stats sends[12];
static struct edge edges[4];
static struct snapshot snap;

static void hist_fill(struct hist *hist, uint64_t n, uint64_t ns)
{
	hist->count += n;
	hist->slots[hist_slot(ns)] += n;
	hist->sum += n * ns;
	hist->max = ns > hist->max ? ns : hist->max;
}

static int setup(void **state)
{
	memset(fns, 0, sizeof(fns));
	memset(cpus, 0, sizeof(cpus));
	memset(samples, 0, sizeof(samples));
	memset(kinds, 0, sizeof(kinds));
	memset(wakes, 0, sizeof(wakes));
	memset(sends, 0, sizeof(sends));
	setenv("LC_ALL", "C", 1);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		fns[i].func = (struct symbol){ .addr = 16 + i, .name = names[i] };
		fns[i].count = 1000 - i;
		cpus[i].cpu = i;
	}
	snap = (struct snapshot){ .window.mono_end = 1000000000,
				  .fns = fns,
				  .cpus = cpus,
				  .samples = samples,
				  .all_kinds = kinds,
				  .wakes = wakes,
				  .sends = sends,
				  .edges = edges };
	return 0;
}

static int teardown(void **state)
{
	return printed_restore(state);
}

static void check(void (*print)(const void *of), const char *want)
{
	assert_text(printed(print, NULL), want);
}

static struct stack_sample *add_sample(size_t fn, uint32_t tgid, const char *comm,
				       const char *reason)
{
	struct stack_sample *sample = &samples[snap.nr_samples++];

	*sample = (struct stack_sample){ .fn = fn, .tgid = tgid, .nr = 2 };
	snprintf(sample->comm, sizeof(sample->comm), "%s", comm);
	sample->stack[0] = (struct symbol){ .addr = 1, .name = "smp_call_function_many_cond" };
	sample->stack[1] = (struct symbol){ .addr = 2, .offset = 0x10, .name = reason };
	return sample;
}

static void print_functions(const void *of)
{
	putchar('\n');
	view__functions(&snap);
}

TEST_F(a_function_has_its_figures_and_what_belongs_to_it)
{
	snap.nr_fns = 3;
	fns[0].func.module = "mod";
	fns[0].local = 12;
	fns[0].at_most = true;
	fns[0].wait = (struct wait_sum){ 10, 90000, 5000, 0 };
	hist_fill(&fns[0].delay, 900, 2000);
	hist_fill(&fns[0].delay, 99, 50000);
	hist_fill(&fns[0].handler, 999, 300);
	fns[0].stolen = (struct steal_sum){ .known = true,
					    .delay = fns[0].delay.sum / 2,
					    .handler = fns[0].handler.sum / 99 };
	/* Another call site of the first function. */
	fns[2] = fns[0];
	fns[2].callsite.addr = 5;
	fns[2].local = 0;
	fns[1].func.name = "a_name_that_is_longer_than_its_column";
	for (int i = 0; i < 5; i++)
		add_sample(i == 4 ? 2 : 0, 70 + i / 2, "task", i == 3 ? "do_exit" : "vm_unmap");
	check(print_functions,
	      "\n"
	      "\n"
	      "                               ------ delay ------- ------ handler ----- sender\n"
	      "FUNCTION [MODULE]         csds   mean    p50    p99    p50    p99    sum waited\n"
	      "f0 [mod]                 2.00k 6.76us 2.05us 50.0us  300ns  300ns  599us  180us\n"
	      "  via vm_unmap, task[70]  2/5 samples\n"
	      "  via vm_unmap, task[71]  1/5 samples\n"
	      "  via do_exit, task[71]  1/5 samples\n"
	      "  via others  1/5 samples\n"
	      "  also run on the sender's own CPU      12\n"
	      "  upper bound: the caller may have skipped some CPUs\n"
	      "  stolen: 6.75ms of 13.5ms delay, 6.05us of 599us handler\n"
	      "a_name_that_is_longer_than_its_column\n"
	      "                           999      -      -      -      -      -      -      -\n");
	snap.nr_fns = 0;
	check(print_functions, "\n");
}

TEST_F(functions_beyond_twenty_are_one_line)
{
	snap.nr_fns = 20;
	assert_has(printed(print_functions, NULL), "\nf19 ");
	assert_lacks(printed(print_functions, NULL), "with less");
	snap.nr_fns = 23;
	assert_has(printed(print_functions, NULL), "\nf19 ",
		   "\nand 3 more functions with less      2.94k\n");
	assert_lacks(printed(print_functions, NULL), "\nf20 ");
}

static bool ranked;

static void print_cpus(const void *of)
{
	view__cpu_table(&snap, ranked);
}

static void cpus_fill(void)
{
	for (uint32_t i = 0; i < 4; i++) {
		cpus[i].sent = 100 + i;
		cpus[i].received = 200 + i;
		hist_fill(&cpus[i].delay, 10, 3000 + 1000 * i);
		hist_fill(&cpus[i].handler, 10, i == 2 ? 9000 : 700);
		hist_fill(&cpus[i].wait, 3, 5000);
	}
	cpus[3] = (struct cpu_stats){ .cpu = 3 };
	cpus[1].wait_away = 1000;
	snap.nr_cpus = 4;
}

TEST_F(cpus_come_by_number_or_by_cost)
{
	cpus_fill();
	ranked = false;
	check(print_cpus,
	      "\n"
	      "                                -------- delay --------  ------- handler -------\n"
	      "  CPU    sent  waited received      p50     p99     max      p50     p99     max\n"
	      "    0     100  15.0us      200   3.00us  3.00us  3.00us    700ns   700ns   700ns\n"
	      "    1     101  14.0us      201   4.00us  4.00us  4.00us    700ns   700ns   700ns\n"
	      "    2     102  15.0us      202   5.00us  5.00us  5.00us   9.00us  9.00us  9.00us\n");
	ranked = true;
	check(print_cpus,
	      "\n"
	      "                                -------- delay --------  ------- handler -------\n"
	      "  CPU    sent  waited received      p50     p99     max      p50     p99     max\n"
	      "    2     102  15.0us      202   5.00us  5.00us  5.00us   9.00us  9.00us  9.00us\n"
	      "    0     100  15.0us      200   3.00us  3.00us  3.00us    700ns   700ns   700ns\n"
	      "    1     101  14.0us      201   4.00us  4.00us  4.00us    700ns   700ns   700ns\n");
	/* A CPU that ran csds for itself is there, too. */
	cpus[3].local = 1;
	assert_has(printed(print_cpus, NULL), "\n    3       0       -        0 ");
}

TEST_F(cpus_beyond_twenty_four_are_counted)
{
	ranked = false;
	for (uint32_t i = 0; i < 30; i++)
		cpus[i].sent = i != 5;
	snap.nr_cpus = 25;
	assert_has(printed(print_cpus, NULL), "\n   24 ");
	assert_lacks(printed(print_cpus, NULL), "more CPU", "\n    5 ");
	snap.nr_cpus = 26;
	assert_has(printed(print_cpus, NULL), "\n   24 ", "and 1 more CPU (-c LIST shows them)\n");
	assert_lacks(printed(print_cpus, NULL), "\n   25 ");
	snap.nr_cpus = 1;
	cpus[0].sent = 0;
	assert_has(printed(print_cpus, NULL), "\n  no CPU sent or received one\n");
}

static struct kind_stats *add_kind(const char *name, uint64_t sent, uint64_t received)
{
	struct kind_stats *kind = &kinds[snap.nr_all_kinds++];

	*kind = (struct kind_stats){
		.sent_known = true, .received_known = true, .sent = sent, .received = received
	};
	snprintf(kind->kind, sizeof(kind->kind), "%s", name);
	return kind;
}

static void add_kinds(void)
{
	struct kind_stats *kind = add_kind("call_function", 100, 103);

	kind->timed = true;
	kind->coalesced = 4;
	kind->unseen = 5;
	hist_fill(&kind->delay, 90, 2000);
	hist_fill(&kind->time, 90, 400);
	add_kind("reschedule", 0, 0);
	add_kind("irq_work", 9, 8)->received_known = false;
	add_kind("nmi", 0, 0)->why = "nobody counts these";
	kinds[3].sent_known = false;
	add_kind("tlb_shootdown", 40, 41)->why = "each is a call, too";
	add_kind("posted", 0, 7)->sent_known = false;
	add_kind("idle", 0, 0)->why = "none came";
	snap.known.kinds = snap.how.timed = true;
}

static void print_kinds(const void *of)
{
	putchar('\n');
	view__kinds(&snap);
}

static void print_line(const void *of)
{
	view__kinds_line(&snap);
}

TEST_F(kinds_are_a_table_and_a_line)
{
	add_kinds();
	check(print_kinds,
	      "\n"
	      "\n"
	      "                                        ---- delay ---- ------ interrupt ------\n"
	      "KIND                      sent received     p50     p99     p50     p99     sum\n"
	      "call_function              100      103  2.00us  2.00us   400ns   400ns  36.0us\n"
	      "  sent while the last one was pending 4      \n"
	      "  whose interrupt BPF did not see 5      \n"
	      "  tlb_shootdown             40       41       -       -       -       -       -\n"
	      "  each is a call, too\n"
	      "reschedule                   0        0       -       -       -       -       -\n"
	      "irq_work                     9        -       -       -       -       -       -\n"
	      "posted                       -        7       -       -       -       -       -\n"
	      "idle                         0        0       -       -       -       -       -\n"
	      "  none came\n"
	      "  nmi (0 received): nobody counts these\n");
	check(print_line,
	      "IPIs   sent/arrived: call_function 100/103 (of these tlb_shootdown 40/41);\n"
	      "       reschedule 0/0; irq_work 9; posted -/7\n"
	      "       3 more arrived than were seen being sent: they were sent before the\n"
	      "       window began, or BPF could not see the send\n");
	snap.known.kinds = false;
	check(print_kinds, "\n");
}

/* Where the kernel tells nothing of what arrived, only what was sent is in the line. */
TEST_F(a_line_of_what_was_sent)
{
	add_kind("call_function", 12345, 0)->received_known = false;
	add_kind("reschedule", 0, 0)->received_known = false;
	add_kind("irq_work", 0, 0)->received_known = false;
	kinds[2].sent_known = false;
	add_kind("other", 0, 0)->received_known = true;
	check(print_line, "IPIs   sent: call_function 12.3k; reschedule 0; irq_work -\n");
	kinds[3].sent = 1;
	check(print_line,
	      "IPIs   sent/arrived: call_function 12.3k; reschedule 0; irq_work -; other 1/0\n");
}

TEST_F(flushes_and_wake_ups_are_tables)
{
	add_kinds();
	snap.nr_all_kinds = 1;
	snap.known.tlb = snap.known.polled = true;
	snap.polled = 6;
	snap.tlb[0] = (struct tlb_stats){ 1000, 2000, 3 };
	snap.tlb[4] = (struct tlb_stats){ 5, 6, 7 };
	for (size_t i = 0; i < ARRAY_SIZE(wakes); i++)
		wakes[i] = (struct wake_stats){ .waker = 10 + i,
						.woken = 20 + i,
						.waker_comm = "waker",
						.woken_comm = "woken",
						.count = 90 - i };
	wakes[1].interrupt = true;
	wakes[2].other = true;
	wakes[3].waker_comm[0] = '\0';
	wakes[4].woken_comm[0] = '\0';
	wakes[4].woken = 0;
	wakes[5] = (struct wake_stats){ .waker_comm = "swapper/0", .woken = 5, .count = 2 };
	snap.nr_wakes = ARRAY_SIZE(wakes);
	snap.reschedule_other = 8;
	check(print_kinds,
	      "\n"
	      "\n"
	      "                                        ---- delay ---- ------ interrupt ------\n"
	      "KIND                      sent received     p50     p99     p50     p99     sum\n"
	      "call_function              100      103  2.00us  2.00us   400ns   400ns  36.0us\n"
	      "  sent while the last one was pending 4      \n"
	      "  whose interrupt BPF did not see 5      \n"
	      "(without an interrupt)       6\n"
	      "  wake-ups of an idle CPU that polls need no interrupt\n"
	      "\n"
	      "TLB FLUSHES BY REASON  flushes    pages    full\n"
	      "on_task_switch           1.00k    2.00k       3  as a task is switched in\n"
	      "remote_send_ipi              5        6       7  for other CPUs, see below\n"
	      "  remote_send_ipi: flushes of memory that other CPUs may have loaded, each\n"
	      "  counted once; IPIs (tlb_shootdown) go only to the CPUs that still need the\n"
	      "  flush: to none, or to many\n"
	      "\n"
	      "RESCHEDULES BY WAKER        WOKEN                          sent\n"
	      "waker[10]                   woken[20]                        90\n"
	      "(an interrupt)              woken[21]                        89\n"
	      "(others)                                                     88\n"
	      "?[13]                       woken[23]                        87\n"
	      "waker[14]                   ?                                86\n"
	      "swapper/0[0]                ?[5]                              2\n"
	      "waker[16]                   woken[26]                        84\n"
	      "waker[17]                   woken[27]                        83\n"
	      "waker[18]                   woken[28]                        82\n"
	      "waker[19]                   woken[29]                        81\n"
	      "and 2 more with less                                       159\n"
	      "not to wake a task                                            8\n");
	snap.tlb[4].count = 0;
	snap.nr_wakes = 10;
	snap.reschedule_other = 0;
	snap.known.polled = false;
	assert_lacks(printed(print_kinds, NULL), "remote_send_ipi", "more with less",
		     "not to wake a task", "(without an interrupt)");
	snap.known.tlb = false;
	snap.nr_wakes = 0;
	assert_lacks(printed(print_kinds, NULL), "TLB FLUSHES", "WAKER");
	snap.reschedule_other = 1;
	assert_has(printed(print_kinds, NULL), "\nRESCHEDULES BY WAKER ", "not to wake a task");
}

static void print_summary(const void *of)
{
	view__summary(&snap, &(struct view_options){ .quiet = true });
}

/* Interrupts that arrived, for each CPU and kind; delays are those of calls. */
TEST_F(interrupts_that_arrived_have_their_time)
{
	snap.how.source = SOURCE_CALLS;
	snap.known.irqs = snap.known.irq_delay = true;
	snap.nr_cpus = 2;
	cpus[0].irqs[KIND_CALL_FUNCTION] = (struct irq_sum){ 10, 30000, 9000 };
	cpus[0].irqs[KIND_IRQ_WORK] = (struct irq_sum){ 4, 1000, 700 };
	hist_fill(&cpus[0].irq_delay, 5, 2000);
	hist_fill(&cpus[0].irq_delay, 5, 4000);
	cpus[1].irqs[KIND_RESCHEDULE] = (struct irq_sum){ 1, 500, 500 };
	check(print_summary,
	      "\n"
	      "                                -------- delay --------  ------- handler -------\n"
	      "  CPU    sent  waited received      p50     p99     max      p50     p99     max\n"
	      "  no CPU sent or received one\n"
	      "\n"
	      "  CPU  INTERRUPT        received     sum    mean     max     delay max delay\n"
	      "    0  call_function          10  30.0us  3.00us  9.00us    3.00us    4.00us\n"
	      "    0  irq_work                4  1.00us   250ns   700ns         -         -\n"
	      "    1  reschedule              1   500ns   500ns   500ns         -         -\n"
	      "delay: from a call to its target's interrupt, if that CPU had no other call\n"
	      "\n"
	      "ledger of calls: 0 begun + 0 carried\n"
	      "       = 0 returned + 0 under way + 0 lost\n"
	      "calls  queued 0 csds; 0 refused, 0 run on the sender's CPU\n"
	      "       When csds ran is not known: no csd tracepoints before Linux 6.5.\n"
	      "\n");
	for (uint32_t i = 0; i < 24; i++)
		cpus[i].irqs[KIND_CALL_FUNCTION] = cpus[i].irqs[KIND_RESCHEDULE] =
			(struct irq_sum){ 1, 1, 1 };
	cpus[0].irqs[KIND_IRQ_WORK].count = 0;
	snap.nr_cpus = 24;
	assert_lacks(printed(print_summary, NULL), "more row");
	cpus[0].irqs[KIND_IRQ_WORK].count = 1;
	assert_has(printed(print_summary, NULL), "\nand 1 more row (-j has all)\n");
}

TEST_F(what_was_sent_without_a_csd_has_its_place)
{
	snap.known.sends = true;
	snap.nr_sends = 4;
	sends[0] = (struct send_stats){ .kind = KIND_RESCHEDULE,
					.callsite = { .addr = 9, .name = "resched_curr" },
					.count = 5000 };
	sends[1] = (struct send_stats){ .kind = KIND_IRQ_WORK,
					.func = { .addr = 8, .name = "perf_pending_irq" },
					.callsite = { .addr = 7, .name = "irq_work_queue" },
					.count = 40 };
	sends[2] = (struct send_stats){ .kind = KIND_RESCHEDULE, .count = 30 };
	/* There is no room for the place of this one. */
	sends[3] = sends[1];
	sends[3].func.name = "a_function_of_a_name_that_nearly_fills_the_whole_line";
	snap.send_samples = samples;
	add_sample(0, 7, "make", "pipe_write");
	snap.nr_send_samples = 1;
	snap.nr_samples = 0;
	check(print_summary,
	      "\n"
	      "                                -------- delay --------  ------- handler -------\n"
	      "  CPU    sent  waited received      p50     p99     max      p50     p99     max\n"
	      "  no CPU sent or received one\n"
	      "\n"
	      "SENT WITHOUT A CSD (so without delay and handler)\n"
	      "     5.00k  reschedule, at resched_curr\n"
	      "  via pipe_write, make[7]  1/1 sample\n"
	      "        40  irq_work perf_pending_irq, at irq_work_queue\n"
	      "        30  reschedule, place not known\n"
	      "        40  irq_work a_function_of_a_name_that_nearly_fills_the_whole_line\n"
	      "\n"
	      "ledger of csds: 0 queued + 0 carried = 0 ran + 0 in flight + 0 lost\n"
	      "ran    0 functions, 0 wake-ups, 0 irq_works; 0 more ran on the sender's own CPU,\n"
	      "       without an IPI\n"
	      "\n");
	for (size_t i = 0; i < ARRAY_SIZE(sends); i++)
		sends[i] = (struct send_stats){ .kind = KIND_RESCHEDULE, .count = 100 - i };
	snap.nr_sends = 8;
	assert_lacks(printed(print_summary, NULL), "other place");
	snap.nr_sends = 10;
	assert_has(printed(print_summary, NULL), "\n        93  reschedule, place not known\n",
		   "\n       183  by 2 other places\n");
	assert_lacks(printed(print_summary, NULL), "\n        92  ");
	snap.known.sends = false;
	assert_lacks(printed(print_summary, NULL), "SENT WITHOUT");
}

static void print_stacks(const void *of)
{
	view__sections(&snap, &(struct view_options){ .stacks = true });
}

/* Stacks are equal if their frames, their program and who queued the work are. */
TEST_F(equal_stacks_are_one)
{
	snap.nr_fns = 2;
	for (int i = 0; i < 6; i++) {
		add_sample(0, 70 + i, "task", "vm_unmap");
		samples[i].user[0] = (struct symbol){ .addr = 3, .name = "main", .module = "prog" };
	}
	samples[1].fn = 1;
	samples[2].stack[1].addr = 5;
	samples[3].nr_user = 1;
	samples[4].queued_by = (struct task_id){ true, false, 9, 9, "other" };
	samples[3].user_end = USER_END_LOST;
	check(print_stacks, "\n"
			    "STACKS (of the 1st, 2nd, 4th, 8th ... csd of each function)\n"
			    "  f0, task[70], 2 samples\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "  f1, task[71], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "  f0, task[72], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "  f0, task[73], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "    < main (prog)\n"
			    "    (the program's next frame is not found: no frame pointer)\n"
			    "  f0, task[74], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n");
	samples[4] = samples[5] = samples[3];
	samples[4].tgid = 1;
	samples[5].user[0].addr = 4;
	check(print_stacks, "\n"
			    "STACKS (of the 1st, 2nd, 4th, 8th ... csd of each function)\n"
			    "  f0, task[70], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "  f1, task[71], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "  f0, task[72], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "  f0, task[73], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "    < main (prog)\n"
			    "    (the program's next frame is not found: no frame pointer)\n"
			    "  f0, task[1], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "    < main (prog)\n"
			    "    (the program's next frame is not found: no frame pointer)\n"
			    "  f0, task[73], 1 sample\n"
			    "    smp_call_function_many_cond\n"
			    "    vm_unmap+0x10\n"
			    "    < main (prog)\n"
			    "    (the program's next frame is not found: no frame pointer)\n");
	samples[0].nr = 1;
	samples[1] = samples[2] = samples[3] = samples[4] = samples[5] = samples[0];
	check(print_stacks, "\n"
			    "STACKS (of the 1st, 2nd, 4th, 8th ... csd of each function)\n"
			    "  f0, task[70], 6 samples\n"
			    "    smp_call_function_many_cond\n");
}

/* The ledger, with what is lost, and the cost of ipitrace itself. */
TEST_F(a_ledger_has_all_its_terms)
{
	snap.ledger = (struct ledger){ .queued = 100,
				       .carried_in = 3,
				       .function = 80,
				       .ttwu = 10,
				       .irq_work = 1,
				       .in_flight = 5,
				       .lost_by = { 1, 2, 4 },
				       .local = 9 };
	snap.known.self = true;
	snap.cost[0] = (struct prog_cost){ "a", 10, 5000 };
	snap.cost[3] = (struct prog_cost){ "b", 1, 700 };
	snap.cut_ns = 45000;
	snap.known.kinds = true;
	snap.sends_unseen = 6;
	snap.waits_unseen = 7;
	add_kind("call_function", 5, 5);
	check(print_summary,
	      "\n"
	      "                                -------- delay --------  ------- handler -------\n"
	      "  CPU    sent  waited received      p50     p99     max      p50     p99     max\n"
	      "  no CPU sent or received one\n"
	      "\n"
	      "ledger of csds: 100 queued + 3 carried = 91 ran + 5 in flight + 7 lost\n"
	      "lost   queue_unseen 1\n"
	      "lost   mailbox_full 2\n"
	      "lost   run_unseen 4\n"
	      "lost   waits_unseen 7, of senders; in no figure above\n"
	      "ran    80 functions, 10 wake-ups, 1 irq_work; 9 more ran on the sender's own\n"
	      "       CPU, without an IPI\n"
	      "IPIs   sent/arrived: call_function 5/5\n"
	      "lost   sends_unseen 6, in no kind above\n"
	      "self   11 runs of its BPF programs took 5.70us; measuring this took about 60ns\n"
	      "       of each\n"
	      "       the window was cut and read in 45.0us\n"
	      "\n");
}

TEST_F(pairs_are_a_table)
{
	cpus_fill();
	snap.nr_cpus = 3;
	edges[0] = (struct edge){ 0, 1, 61 };
	edges[1] = (struct edge){ 2, 0, 12345 };
	snap.nr_edges = 2;
	check(print_summary,
	      "\n"
	      "                                -------- delay --------  ------- handler -------\n"
	      "  CPU    sent  waited received      p50     p99     max      p50     p99     max\n"
	      "    0     100  15.0us      200   3.00us  3.00us  3.00us    700ns   700ns   700ns\n"
	      "    1     101  14.0us      201   4.00us  4.00us  4.00us    700ns   700ns   700ns\n"
	      "    2     102  15.0us      202   5.00us  5.00us  5.00us   9.00us  9.00us  9.00us\n"
	      "\n"
	      "WHO TO WHOM (csds)\n"
	      "  from \\ to      0      1      2\n"
	      "  CPU 0          .     61      .\n"
	      "  CPU 1          .      .      .\n"
	      "  CPU 2      12.3k      .      .\n"
	      "\n"
	      "ledger of csds: 0 queued + 0 carried = 0 ran + 0 in flight + 0 lost\n"
	      "ran    0 functions, 0 wake-ups, 0 irq_works; 0 more ran on the sender's own CPU,\n"
	      "       without an IPI\n"
	      "\n");
	edges[0].count = edges[1].count = 0;
	assert_lacks(printed(print_summary, NULL), "WHO TO WHOM");
}

static void print_hist(const void *of)
{
	view__hist(&snap, true);
}

TEST_F(histograms_have_an_octave_a_line)
{
	cpus_fill();
	snap.nr_cpus = 2;
	hist_fill(&cpus[0].delay, 5, 300);
	hist_fill(&cpus[0].delay, 1, 40000);
	cpus[0].wait = (struct hist){};
	cpus[1].handler = (struct hist){};
	check(print_hist,
	      "\n"
	      "CPU 0\n"
	      "  delay   mean 4.47us p50 3.07us p90 3.07us p99 40.0us p99.9 40.0us max 40.0us\n"
	      "  handler mean 700ns p50 700ns p90 700ns p99 700ns p99.9 700ns max 700ns\n"
	      "  wait    none\n"
	      "        from .. to   delay 16 csds     handler 10 csds        wait \n"
	      "   256ns .. 512ns        5 ######                                  \n"
	      "   512ns .. 1.02us                          10 ###########         \n"
	      "  1.02us .. 2.05us                                                 \n"
	      "  2.05us .. 4.10us      10 ###########                             \n"
	      "  4.10us .. 8.19us                                                 \n"
	      "  8.19us .. 16.4us                                                 \n"
	      "  16.4us .. 32.8us                                                 \n"
	      "  32.8us .. 65.5us       1 ##                                      \n"
	      "\n"
	      "CPU 1\n"
	      "  delay   mean 4.00us p50 4.00us p90 4.00us p99 4.00us p99.9 4.00us max 4.00us\n"
	      "  handler none\n"
	      "  wait    mean 5.00us p50 5.00us p90 5.00us p99 5.00us p99.9 5.00us max 5.00us\n"
	      "        from .. to   delay 10 csds     handler                wait 3 calls\n"
	      "  2.05us .. 4.10us      10 ###########                             \n"
	      "  4.10us .. 8.19us                                               3 ###########\n"
	      "\n");
}

TEST_MAIN(NULL, NULL)
