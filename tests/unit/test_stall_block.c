// SPDX-License-Identifier: GPL-2.0
/* The block of a stall as a whole: which rows it has, and when a row is left out. */
#include "stall_text.h"

/* Times of CLOCK_MONOTONIC are those of a day that begins at 0. */
static struct wall_clock wall;

/* Fails unless the stall's block is @want. */
static void check_block(const struct incident *in, const char *want)
{
	size_t len = view__stall(text, sizeof(text), in, 7, &wall);

	assert_int_equal(len, strlen(text));
	assert_text(text, want);
}

static const char *block(const struct incident *in)
{
	view__stall(text, sizeof(text), in, 7, &wall);
	return text;
}

static struct symbol named(uint64_t addr)
{
	struct symbol symbol = { .addr = addr };

	name(NULL, &symbol, true);
	return symbol;
}

/* A stall of 48 ms on CPU 2, of a function that CPU 1 sent. */
static struct incident stall_of(enum stall_phase phase, bool ongoing)
{
	return (struct incident){ .phase = phase,
				  .ongoing = ongoing,
				  .start = T0,
				  .time = T0 + 48 * MS,
				  .src = 1,
				  .dst = 2,
				  .dst_known = true,
				  .func = named(FLUSH),
				  .sender = task_named("ipigen", 812) };
}

static struct waiter waiter_on(uint32_t src, const char *comm, uint64_t ms)
{
	return (struct waiter){ .task = task_named(comm, 70 + src),
				.src = src,
				.call = T0,
				.until = T0 + ms * MS,
				.wait_in = WAIT_MANY };
}

TEST(a_handler_has_its_waiters_and_its_stack)
{
	struct incident in = stall_of(PHASE_HANDLER, false);
	struct waiter waiters[] = { waiter_on(1, "first", 40), waiter_on(3, "second", 30) };

	in.callsite = (struct symbol){ .addr = 5, .offset = 0x1c, .name = "on_each_cpu" };
	in.victim = task_named("worker", 90);
	in.cgroup_path = "/system.slice/a.service";
	waiters[1].behind = true;
	waiters[1].wait_in = WAIT_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(waiters); i++)
		incident__add_waiter(&in, &waiters[i]);
	in.more_waiters = 3;
	in.queued_behind = 4;
	in.stolen = 5 * MS;
	in.stack_of = STACK_INTERRUPTED;
	in.nr = 15;
	for (uint32_t i = 0; i < in.nr; i++)
		in.stack[i] = (struct symbol){ .addr = 0x100 + i };
	in.stack[0] = (struct symbol){ .addr = 9, .name = "outer", .module = "mod", .offset = 8 };
	check_block(
		&in,
		"stall 7  handler of flush_tlb_func, ended\n"
		"  since    00:00:05.000000, when the function was entered\n"
		"  sender   ipigen[812] on CPU 1, at on_each_cpu+0x1c\n"
		"  target   CPU 2 ran worker[90], cgroup /system.slice/a.service\n"
		"  stolen   about 5.00ms of CPU 2's time, by the hypervisor\n"
		"  slept    no\n"
		"  waiting  first[71] on CPU 1, 40.0ms in smp_call_function_many_cond\n"
		"           second[73] on CPU 3, 30.0ms, for a function that was queued later\n"
		"           and 3 more\n"
		"  queued   4 more csds to CPU 2, for which nobody waits\n"
		"  stack    the code that the interrupt stopped\n"
		"             outer+0x8 [mod]\n"
		"             0x101\n"
		"             0x102\n"
		"             0x103\n"
		"             0x104\n"
		"             0x105\n"
		"             0x106\n"
		"             0x107\n"
		"             0x108\n"
		"             0x109\n"
		"             0x10a\n"
		"             0x10b\n"
		"             0x10c\n"
		"             0x10d\n"
		"             and 1 more\n"
		"CPU 2 was in flush_tlb_func for 48 ms; first[71] on CPU 1 waited 40 ms for it in\n"
		"smp_call_function_many_cond, and 4 more senders.\n"
		"\n");
	in.nr = 14;
	assert_lacks(block(&in), "and 1 more\n");
}

TEST(a_delivery_has_its_parts)
{
	struct incident in = stall_of(PHASE_DELIVERY, false);

	in.sent = T0 + 10 * MS;
	in.arrived = T0 + 30 * MS;
	in.late = LATE_SENDER;
	in.stolen = 2 * MS;
	in.src_stolen = 3 * MS;
	in.victim = task_named("", 0);
	check_block(
		&in,
		"stall 7  delivery of flush_tlb_func, ended\n"
		"  since    00:00:05.000000, when it was queued\n"
		"  sender   ipigen[812] on CPU 1\n"
		"  target   CPU 2 ran nothing: it was idle\n"
		"  delay    10.0ms until the IPI was sent, 20.0ms until the interrupt, 18.0ms\n"
		"           until the function\n"
		"  stolen   about 2.00ms of CPU 2's time, by the hypervisor\n"
		"  stolen   about 3.00ms of the sender's CPU 1's time, by the hypervisor\n"
		"CPU 2 took 48 ms to begin flush_tlb_func: CPU 1 was held up before it sent the\n"
		"interrupt.\n"
		"\n");
	/* A CPU that sends to itself has one row of stolen time. */
	in.src = in.dst;
	assert_lacks(block(&in), "sender's CPU");
	in.src = 1;
	/* Without an interrupt only the sending is known; without both nothing is. */
	in.arrived = 0;
	assert_has(block(&in),
		   "  delay    10.0ms until the IPI was sent, 38.0ms until the function\n");
	in.sent = 0;
	assert_has(block(&in), "  delay    48.0ms until the function\n");
	in.arrived = T0;
	assert_has(block(&in), "  delay    0ns until the interrupt, 48.0ms until the function\n");
	in.end_unseen = true;
	assert_lacks(block(&in), "  delay ");
	in.end_unseen = false;
	in.ongoing = true;
	assert_lacks(block(&in), "  delay ");
}

TEST(an_ongoing_stall_has_what_the_nmi_found)
{
	static struct backtrace bt = {
		.interrupts_known = true,
		.task = { .known = true, .pid = 181, .comm = "stuck" },
		.nr = 1,
		.frames = { { .offset = 0x41, .name = "ktime_get" } },
	};
	struct incident in = stall_of(PHASE_DELIVERY, true);

	incident__add_backtrace(&in, &bt);
	in.cgroup_path = "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	in.victim = task_named("victim", 77);
	check_block(
		&in,
		"stall 7  delivery of flush_tlb_func, ongoing\n"
		"  since    00:00:05.000000, when it was queued\n"
		"  sender   ipigen[812] on CPU 1\n"
		"  target   CPU 2 ran victim[77], cgroup\n"
		"           /docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abc\n"
		"           def, docker 0123456789ab\n"
		"  target   CPU 2 runs stuck thread 181, interrupts on\n"
		"  stack    the stuck CPU, now\n"
		"             ktime_get+0x41\n"
		"CPU 2 has not begun flush_tlb_func for 48 ms: the cause is unknown.\n"
		"\n");
	bt.interrupts_known = false;
	bt.task.pid = 0;
	in.backtrace = &bt;
	assert_has(block(&in), "  target   CPU 2 runs nothing: it was idle\n");
	bt.task.known = false;
	assert_lacks(block(&in), "CPU 2 runs");
	bt.task.known = true;
	in.ongoing = false;
	assert_lacks(block(&in), "CPU 2 runs");
}

TEST(an_interrupt_has_no_sender)
{
	struct incident in = stall_of(PHASE_INTERRUPT, false);

	in.irq = KIND_RESCHEDULE;
	in.irq_known = true;
	in.victim = task_named("worker", 90);
	in.slept = true;
	in.src_stolen = 3 * MS;
	check_block(&in, "stall 7  interrupt of reschedule, ended\n"
			 "  since    00:00:05.000000, when the interrupt began\n"
			 "  target   CPU 2 ran worker[90]\n"
			 "CPU 2 was in a reschedule interrupt for 48 ms.\n"
			 "\n");
}

/* The targets that ended last, at most four; of one whose entry is not known only the end is. */
TEST(a_wait_has_its_last_targets)
{
	struct target_time targets[] = { { T0 + 1 * MS, T0 + 2 * MS, 1, 0 },
					 { 0, T0 + 48 * MS, 2, 0 },
					 { T0 + 3 * MS, 0, 3, 0 },
					 { T0 + 40 * MS, T0 + 44 * MS, 4, 0 },
					 { T0 + 50 * MS, T0 + 43 * MS, 5, 0 },
					 { T0 - 1, T0 + 42 * MS, 6, 0 },
					 { T0, T0 - 1, 7, 0 } };
	struct incident in = stall_of(PHASE_WAIT, false);

	in.wait_in = WAIT_MANY;
	in.targets = targets;
	in.nr_targets = in.nr_listed = ARRAY_SIZE(targets);
	in.straggler = (struct straggler){ .known = true, .later = 6 * MS };
	check_block(
		&in,
		"stall 7  wait of flush_tlb_func, ended\n"
		"  since    00:00:05.000000, when the call began\n"
		"  sender   ipigen[812] on CPU 1\n"
		"  targets  CPU 2 was done after 48.0ms\n"
		"           CPU 4 began after 40.0ms, ran 4.00ms\n"
		"           CPU 5 was done after 43.0ms\n"
		"           CPU 6 was done after 42.0ms\n"
		"ipigen[812] on CPU 1 waited 48 ms in smp_call_function_many_cond for 7 CPUs to\n"
		"run flush_tlb_func; CPU 2 was the last, 6 ms later than the median one, because\n"
		"it was long to run.\n"
		"\n");
	/* A call to one CPU has no list, and a call that goes on has none yet. */
	in.nr_listed = 1;
	assert_lacks(block(&in), "targets");
	in.nr_listed = 2;
	assert_has(block(&in), "  targets  CPU 2 was done after 48.0ms\n"
			       "           CPU 1 began after 1.00ms, ran 1.00ms\n");
	in.ongoing = true;
	assert_lacks(block(&in), "targets");
	/* A function's own stall names the call's last CPU in one row. */
	in.ongoing = false;
	in.phase = PHASE_HANDLER;
	assert_has(block(&in), "  targets  the last of 7 CPUs, 6.00ms later than the median one: "
			       "long to run\n");
	in.straggler.late = true;
	assert_has(block(&in), "  targets  the last of 7 CPUs, 6.00ms later than the median one: "
			       "late to start\n");
	in.straggler.later = 0;
	assert_lacks(block(&in), "targets");
	in.straggler.later = 1;
	in.straggler.known = false;
	assert_lacks(block(&in), "targets");
}

TEST(a_stack_says_whose_it_is)
{
	static const struct {
		enum stack_of of;
		const char *says;
	} rows[] = {
		{ STACK_INTERRUPTED, "  stack    the code that the interrupt stopped\n" },
		{ STACK_SLEEP, "  stack    where it slept\n" },
		{ STACK_END, "  stack    as the function returned\n" },
		{ STACK_CALL, "  stack    the sender, as its call returned\n" },
		{ STACK_NMI, "  stack    the stuck CPU, now\n" },
	};
	struct incident in = stall_of(PHASE_HANDLER, false);

	in.stack[0] = (struct symbol){ .addr = 9, .name = "outer" };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		in.nr = 1;
		in.stack_of = rows[i].of;
		assert_has(block(&in), rows[i].says, "\n             outer\n");
		in.nr = 0;
		assert_lacks(block(&in), "stack", "outer");
	}
	in.nr = 1;
	in.stack_of = STACK_NONE;
	assert_lacks(block(&in), "stack", "outer");
	in.stack_of = STACK_NMI + 1;
	assert_lacks(block(&in), "stack", "outer");
	in.user = true;
	assert_has(block(&in), "  stack    none: the interrupt stopped user space\n");
}

/* The time of day has a day's seconds and microseconds. */
TEST(a_stall_began_at_a_time_of_day)
{
	static const struct {
		int64_t offset;
		enum stall_phase phase;
		const char *says;
	} rows[] = {
		{ 0, PHASE_DELIVERY, "  since    00:00:05.000000, when it was queued\n" },
		{ 86394999999000, PHASE_HANDLER,
		  "  since    23:59:59.999999, when the function was entered\n" },
		{ 86395000000000, PHASE_WAIT, "  since    00:00:00.000000, when the call began\n" },
		{ 3723000004999, PHASE_INTERRUPT,
		  "  since    01:02:08.000004, when the interrupt began\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct incident in = stall_of(rows[i].phase, false);

		wall.offset = rows[i].offset;
		assert_has(block(&in), rows[i].says);
	}
	wall.offset = 0;
}

static const char *sentence(const struct incident *in)
{
	static char buf[768];

	view__stall_sentence(buf, sizeof(buf), in);
	return buf;
}

TEST(a_sentence_about_a_function_that_sleeps)
{
	struct incident in = stall_of(PHASE_HANDLER, true);

	in.slept = true;
	assert_string_equal(sentence(&in),
			    "flush_tlb_func, begun on CPU 2 48 ms ago, sleeps or has "
			    "slept since.");
	in.ongoing = false;
	assert_string_equal(sentence(&in), "flush_tlb_func slept on CPU 2, and took 48 ms.");
	in.end_unseen = true;
	assert_string_equal(sentence(&in), "CPU 2 was in flush_tlb_func for 48 ms, and its end was "
					   "not seen.");
	in.end_unseen = false;
	in.phase = PHASE_INTERRUPT;
	in.irq = KIND_IRQ_WORK;
	assert_string_equal(sentence(&in), "CPU 2 was in an irq_work interrupt for 48 ms.");
}

TEST(a_sentence_about_a_delivery_whose_end_was_not_seen)
{
	struct incident in = stall_of(PHASE_DELIVERY, false);

	in.end_unseen = true;
	in.at_most = 48 * MS;
	assert_string_equal(sentence(&in),
			    "CPU 2 had not begun flush_tlb_func for 48 ms, and its end was not "
			    "seen: the cause is unknown.");
	in.at_most = 50 * MS;
	assert_string_equal(sentence(&in),
			    "CPU 2 had not begun flush_tlb_func for 48 ms to 50 ms, and its end "
			    "was not seen: the cause is unknown.");
	in.end_unseen = false;
	in.ongoing = true;
	in.why = WHY_BUSY;
	assert_string_equal(sentence(&in), "CPU 2 has not begun flush_tlb_func for 48 ms: it is in "
					   "another interrupt, for which this one waits.");
}

TEST(a_sentence_about_a_wait)
{
	struct incident in = stall_of(PHASE_WAIT, false);
	struct waiter waiter = waiter_on(3, "other", 30);

	/* Nobody waits for a wait. */
	incident__add_waiter(&in, &waiter);
	in.nr_targets = 1;
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 1 waited 48 ms for CPU 2 to run flush_tlb_func.");
	in.nr_targets = 2;
	assert_string_equal(sentence(&in), "ipigen[812] on CPU 1 waited 48 ms for 2 CPUs to run "
					   "flush_tlb_func; CPU 2 was the last.");
	in.doing = named(SPIN);
	in.irq_known = true;
	in.irq = KIND_RESCHEDULE;
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 1 waited 48 ms for 2 CPUs to run flush_tlb_func; "
			    "CPU 2 was the last; CPU 2 was in a reschedule interrupt.");
	in.end_unseen = true;
	in.irq_known = false;
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 1 waited 48 ms for 2 CPUs to run flush_tlb_func, "
			    "and its end was not seen.");
	in.end_unseen = false;
	in.ongoing = true;
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 1 has waited 48 ms for 2 CPUs to run "
			    "flush_tlb_func; CPU 2 is in ipi_bad_spinning [ipigen].");
	in.dst_known = false;
	in.nr_targets = 1;
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 1 has waited 48 ms for flush_tlb_func.");
	in.ongoing = false;
	in.nr_targets = 2;
	in.straggler = (struct straggler){ .known = true, .later = 46 * MS };
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 1 waited 48 ms for 2 CPUs to run flush_tlb_func, "
			    "46 ms later than the median one, because it was long to run.");
}

/* A sender that waits for its own function is named if no sender waits for the stall itself. */
TEST(a_sentence_names_one_waiter)
{
	struct incident in = stall_of(PHASE_HANDLER, true);
	struct waiter waiters[] = { waiter_on(1, "first", 40), waiter_on(3, "second", 30),
				    waiter_on(4, "third", 20) };

	for (size_t i = 0; i < ARRAY_SIZE(waiters); i++) {
		waiters[i].behind = i != 1;
		incident__add_waiter(&in, &waiters[i]);
	}
	assert_string_equal(sentence(&in),
			    "CPU 2 has been in flush_tlb_func for 48 ms; second[73] on CPU 3 waits "
			    "for it in smp_call_function_many_cond, and 2 more senders with it.");
	in.waiters[1].behind = true;
	in.waiters[0].wait_in = WAIT_UNKNOWN;
	in.more_waiters = 1;
	in.ongoing = false;
	assert_string_equal(sentence(&in), "CPU 2 was in flush_tlb_func for 48 ms; first[71] on "
					   "CPU 1 waited 40 ms for it, and 3 more senders.");
	in.waiters[1].behind = in.waiters[2].behind = false;
	assert_has(sentence(&in), "; second[73] on CPU 3 waited 30 ms for it");
}

TEST_MAIN(NULL, NULL)
