// SPDX-License-Identifier: GPL-2.0
/* Stalls as text and as JSON. */
#include <jansson.h>
#include "abi/call.h"
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"
#include "model/names.h"
#include "stall/incident.h"
#include "json_has.h"
#include "printed.h"
#include "stalls.h"
#include "stall_text.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/words/words.h"
#include "view/text/views.h"

static const struct wall_clock wall = { .offset = 0 };
/* CPU 2 is in ipi_bad_spinning, and ipigen on CPU 0 waits for it. */
static struct incident spinning(bool ongoing)
{
	struct incident in = {
		.phase = PHASE_HANDLER,
		.ongoing = ongoing,
		.start = T0,
		.time = T0 + 48 * MS,
		.src = 0,
		.dst = 2,
		.dst_known = true,
		.func = { .addr = SPIN },
		.sender = task_named("ipigen", 812),
		.call = T0 - 10 * US,
	};
	struct waiter waiter = {
		.task = in.sender, .call = T0, .until = in.time, .wait_in = WAIT_SINGLE
	};

	name(NULL, &in.func, true);
	incident__add_waiter(&in, &waiter);
	return in;
}

static const char *sentence(const struct incident *in)
{
	static char buf[768];

	view__stall_sentence(buf, sizeof(buf), in);
	return buf;
}

/* Returns the incident's text, valid until the next call. */
static const char *block(const struct incident *in)
{
	view__stall(text, sizeof(text), in, 1, &wall);
	return text;
}

/* Returns the incident's line of JSON, valid until the next call. */
static const char *line_of(const struct incident *in)
{
	static char line[1 << 16];

	line[json__stall(line, sizeof(line) - 1, in, 1, 0)] = '\0';
	return line;
}

TEST(one_sentence_says_who_keeps_whom)
{
	struct incident in = spinning(true);

	assert_string_equal(sentence(&in),
			    "CPU 2 has been in ipi_bad_spinning [ipigen] for 48 ms; ipigen[812] "
			    "on CPU 0 waits for it in smp_call_function_single.");
	in.ongoing = false;
	assert_string_equal(sentence(&in),
			    "CPU 2 was in ipi_bad_spinning [ipigen] for 48 ms; ipigen[812] on "
			    "CPU 0 waited 48 ms for it in smp_call_function_single.");
	in.slept = true;
	assert_has(sentence(&in), "ipi_bad_spinning [ipigen] slept on CPU 2, and "
				  "took 48 ms; ipigen[812]");
	in.more_waiters = 1;
	assert_has(sentence(&in), ", and 1 more sender.");
	in.nr_waiters = 0;
	in.slept = false;
	in.end_unseen = true;
	assert_string_equal(sentence(&in), "CPU 2 was in ipi_bad_spinning [ipigen] for 48 ms, and "
					   "its end was not seen.");
	in.at_most = 53 * MS;
	assert_string_equal(sentence(&in), "CPU 2 was in ipi_bad_spinning [ipigen] for 48 ms to "
					   "53 ms, and its end was not seen.");
}

TEST(a_delivery_says_why_it_was_late)
{
	struct incident in = spinning(false);

	in.phase = PHASE_DELIVERY;
	in.nr_waiters = 0;
	in.late = LATE_INTERRUPTS_OFF;
	assert_string_equal(sentence(&in), "CPU 2 took 48 ms to begin ipi_bad_spinning [ipigen]: "
					   "its interrupts were off.");
	in.late = LATE_STOLEN;
	assert_has(sentence(&in), ": the hypervisor did not run it.");
	in.late = LATE_SENDER;
	assert_has(sentence(&in), ": CPU 0 was held up before it sent the ");
	in.why = WHY_BUSY;
	assert_has(sentence(&in), ": it was in another interrupt, for which this one "
				  "waited.");
	in.why = WHY_NEVER_ARRIVED;
	in.timers = 212;
	assert_has(sentence(&in), ": it took 212 timer interrupts since; the IPI of "
				  "CPU 0 never arrived.");
	assert_has(block(&in), "vector   not known; the mode of the local APICs is not known\n");
	in.vector = 0xfb;
	in.apic = APIC_X2APIC;
	assert_has(block(&in), "vector   0xfb; the local APICs are in x2APIC mode\n");
	in.why = WHY_STOLEN;
	in.late = LATE_IDLE;
	assert_has(sentence(&in), ": the hypervisor did not run it.");
	in.ongoing = true;
	in.late = LATE_UNKNOWN;
	assert_has(sentence(&in), ": the hypervisor does not run it.");
	in.ongoing = false;
	in.why = WHY_UNKNOWN;
	in.late = LATE_BEHIND;
	assert_has(sentence(&in), ": other functions ran first.");
	in.doing.addr = FLUSH;
	name(NULL, &in.doing, true);
	assert_has(sentence(&in), ": it was in flush_tlb_func.");
	in.ongoing = true;
	assert_string_equal(sentence(&in), "CPU 2 has not begun ipi_bad_spinning [ipigen] for 48 "
					   "ms: it is in flush_tlb_func.");
}

/* The host has held the sender if most of the time until the IPI was sent was stolen for certain. */
TEST(a_sender_that_the_host_held)
{
	static const char words[] =
		": the hypervisor did not run CPU 0 before it sent the interrupt";
	struct incident in = spinning(false);

	in.phase = PHASE_DELIVERY;
	in.nr_waiters = 0;
	in.late = LATE_SENDER;
	in.sent = in.start + 40 * MS;
	/* 8 ms of the stolen time may be from after that; 20 ms are half of the time before. */
	in.src_stolen = in.time - in.sent + 20 * MS;
	assert_lacks(sentence(&in), words);
	in.src_stolen++;
	assert_has(sentence(&in), words);
	in.ongoing = true;
	assert_lacks(sentence(&in), words);
	in.ongoing = false;
	in.sent = in.start;
	in.src_stolen = UINT64_MAX;
	assert_lacks(sentence(&in), words);
}

/* The text blames nothing for which there is no evidence. */
TEST(without_evidence_the_cause_is_unknown)
{
	struct incident in = spinning(false);

	in.phase = PHASE_DELIVERY;
	in.nr_waiters = 0;
	for (int ongoing = 0; ongoing < 2; ongoing++) {
		in.ongoing = ongoing;
		in.time = in.start + 30 * 1000;
		assert_non_null(strstr(sentence(&in), " [ipigen]") ||
				strstr(sentence(&in), " for 30 us"));
		assert_has(sentence(&in), ": the cause is unknown.");
		in.time = in.start + 48 * MS;
		assert_has(sentence(&in), ": the cause is unknown.");
	}
	in.ongoing = false;
	in.late = LATE_IDLE;
	assert_has(sentence(&in), ": it was idle, and took the interrupt late.");
	assert_lacks(sentence(&in), "hypervisor");
}

/* What the NMI found at one moment does not explain a CPU that took interrupts of its timer meanwhile. */
TEST(timer_interrupts_contradict_the_nmi)
{
	struct backtrace bt = { .interrupts_known = true, .interrupts_off = true };
	struct incident in = spinning(false);

	in.phase = PHASE_DELIVERY;
	in.nr_waiters = 0;
	in.timers_known = true;
	in.timers = 212;
	in.backtrace = &bt;
	assert_has(sentence(&in), ": the cause is unknown.");
	in.timers = 0;
	assert_has(sentence(&in), ": its interrupts were off.");
}

/* A handler of 22 us does not count as one that spins. */
TEST(a_short_handler_is_not_said_to_spin)
{
	struct incident in = spinning(false);

	assert_has(block(&in), "  slept    no\n");
	in.time = in.start + 22 * 1000;
	assert_lacks(block(&in), "slept");
	assert_lacks(text, "was spinning");
	in.slept = true;
	assert_has(block(&in), "  slept    yes");
}

TEST(a_wait_says_who_was_last)
{
	struct target_time targets[] = { { T0 + 1 * MS, T0 + 2 * MS, 1, 0 },
					 { T0 + 40 * MS, T0 + 48 * MS, 2, 0 } };
	struct incident in = spinning(false);

	in.phase = PHASE_WAIT;
	in.wait_in = WAIT_MANY;
	in.nr_waiters = 0;
	in.nr_targets = in.nr_listed = 2;
	in.targets = targets;
	in.straggler = (struct straggler){ .known = true, .late = true, .later = 46 * MS };
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 0 waited 48 ms in smp_call_function_many_cond for "
			    "2 CPUs to run ipi_bad_spinning [ipigen]; CPU 2 was the last, 46 ms "
			    "later than the median one, because it was late to start.");
	assert_true(view__stall(text, sizeof(text), &in, 1, &wall) > 0);
	assert_has(text, "targets  CPU 2 began after 40.0ms, ran 8.00ms\n"
			 "           CPU 1 began after 1.00ms, ran 1.00ms\n");
}

TEST(targets_that_end_together_are_all_listed)
{
	struct target_time targets[] = { { T0 + 1 * MS, T0 + 48 * MS, 1, 0 },
					 { T0 + 2 * MS, T0 + 40 * MS, 2, 0 },
					 { T0 + 3 * MS, T0 + 48 * MS, 3, 0 },
					 { T0 + 4 * MS, T0 + 40 * MS, 4, 0 } };
	struct incident in = spinning(false);

	in.phase = PHASE_WAIT;
	in.nr_targets = in.nr_listed = 4;
	in.targets = targets;
	assert_has(block(&in), "targets  CPU 1 began after 1.00ms, ran 47.0ms\n"
			       "           CPU 3 began after 3.00ms, ran 45.0ms\n"
			       "           CPU 2 began after 2.00ms, ran 38.0ms\n"
			       "           CPU 4 began after 4.00ms, ran 36.0ms\n");
}

TEST(durations_read_well)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} durations[] = {
		{ 0, "0 ns" },		 { 999, "999 ns" },	 { 1000, "1 us" },
		{ 1500 * US, "1.5 ms" }, { 9960 * US, "10 ms" }, { 48 * MS, "48 ms" },
		{ 999600 * US, "1 s" },	 { 3000 * MS, "3 s" },	 { 1234567 * MS, "1235 s" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++)
		assert_string_equal(view__duration(durations[i].ns).s, durations[i].text);
}

/* Each field of a random value, from a repeatable source. */
static void any_incident(struct incident *in, uint64_t *seed, char *names)
{
	static struct target_time targets[TARGETS_MAX];
	uint64_t *words = (uint64_t *)in;

	for (size_t i = 0; i < sizeof(*in) / 8; i++)
		words[i] = random_magnitude(seed, 64);
	for (size_t i = 0; i < TARGETS_MAX; i++)
		targets[i] = (struct target_time){ random_next(seed), random_next(seed), i, 0 };
	in->phase = random_next(seed) % NR_PHASES;
	in->late = random_next(seed) % NR_LATENESS;
	in->apic = random_next(seed) % NR_APIC_MODES;
	in->wait_in = random_next(seed) % 3;
	in->stack_of = random_next(seed) % (STACK_NMI + 1);
	in->irq = random_next(seed) % NR_KINDS;
	in->irq_known = random_next(seed) % 2;
	in->backtrace = NULL;
	in->ongoing = random_next(seed) % 2;
	in->end_unseen = in->covered = in->slept = random_next(seed) % 2;
	in->dst_known = in->user = in->straggler.known = in->straggler.late = random_next(seed) % 2;
	in->sender.known = in->victim.known = in->sender.interrupt = random_next(seed) % 2;
	in->victim.interrupt = false;
	in->targets = targets;
	in->nr_listed = random_next(seed) % (TARGETS_MAX + 1);
	in->nr_waiters = random_next(seed) % (WAITERS_MAX + 1);
	for (size_t i = 0; i < in->nr_waiters; i++) {
		in->waiters[i].wait_in = random_next(seed) % 3;
		in->waiters[i].task.known = in->waiters[i].behind = random_next(seed) % 2;
		in->waiters[i].task.interrupt = false;
	}
	in->nr = random_next(seed) % (STACK_DEPTH + 1);
	in->cgroup_path = random_next(seed) % 2 ? names : NULL;
	in->func.name = in->doing.name = in->callsite.name = random_next(seed) % 2 ? names : NULL;
	in->func.module = in->doing.module = in->callsite.module = random_next(seed) % 2 ? names :
											   NULL;
	for (uint32_t f = 0; f < STACK_DEPTH; f++) {
		in->stack[f].name = random_next(seed) % 2 ? names : NULL;
		in->stack[f].module = random_next(seed) % 2 ? "a_module" : NULL;
	}
}

TEST(any_block_is_80_columns_wide_and_any_record_is_json)
{
	static char line[128 << 10], memory[JSON_POOL_BYTES];
	struct json_pool pool = { .memory = memory, .size = sizeof(memory) };
	char names[300];
	uint64_t seed = 7;

	json_pool__install();
	memset(names, 'n', sizeof(names));
	names[0] = '/';
	names[sizeof(names) - 1] = '\0';
	for (int i = 0; i < 5000; i++) {
		struct incident in;
		json_t *object;
		size_t len;

		any_incident(&in, &seed, names + random_next(&seed) % 290);
		len = view__stall(text, sizeof(text), &in, random_next(&seed), &wall);
		assert_int_equal(len, strlen(text));
		assert_in_range(widest(text), 20, 80);
		json_pool__enter(&pool);
		len = json__stall(line, sizeof(line), &in, 1, 2);
		json_pool__leave();
		assert_in_range(len, 100, sizeof(line));
		assert_int_equal(line[len - 1], '\n');
		object = json_loadb(line, len, 0, NULL);
		assert_non_null(object);
		json_decref(object);
	}
}

/* CPU 1 has its interrupts off, in a function that its NMI found. */
TEST(a_backtrace_names_who_keeps_interrupts_off)
{
	static const struct backtrace bt = {
		.interrupts_known = true,
		.interrupts_off = true,
		.task = { .known = true, .pid = 181, .comm = "ipigen/1" },
		.nr = 2,
		.frames = { { .offset = 0x41, .name = "ktime_get" },
			    { .offset = 0x33, .name = "irqsoff_work", .module = "ipigen" } },
	};
	struct incident in = spinning(true);

	in.phase = PHASE_DELIVERY;
	incident__add_backtrace(&in, &bt);
	assert_has(block(&in), "target   CPU 2 runs ipigen/1 thread 181, interrupts off\n");
	assert_has(text, "stack    the stuck CPU, now\n", "irqsoff_work+0x33 [ipigen]\n");
	assert_has(sentence(&in), ": its interrupts are off, in irqsoff_work [ipigen]");
	/* The kernel's log names a thread; its process is known if that thread is the victim. */
	assert_json(line_of(&in), "{'stack_of':'nmi','stack':['ktime_get+0x41',"
				  "'irqsoff_work+0x33 [ipigen]'],'backtrace':{'module':'ipigen',"
				  "'interrupts_off':true,'tid':181,'pid':null}}");
	in.victim = (struct task_id){ .known = true, .pid = 181, .tgid = 180 };
	assert_json(line_of(&in), "{'backtrace':{'pid':180,'tgid':180}}");
	/* After the end the stack is that of the end; the function is still known. */
	in = spinning(false);
	in.phase = PHASE_DELIVERY;
	in.late = LATE_INTERRUPTS_OFF;
	incident__add_backtrace(&in, &bt);
	assert_lacks(block(&in), "while it is stuck");
	assert_has(sentence(&in), ": its interrupts were off, in irqsoff_work [ipigen]");
}

TEST(a_pool_that_is_used_up_gives_no_record)
{
	static char line[8192], memory[1024];
	struct json_pool pool = { .memory = memory, .size = sizeof(memory) };
	struct incident in = spinning(true);

	json_pool__enter(&pool);
	assert_int_equal(json__stall(line, sizeof(line), &in, 1, 0), 0);
	json_pool__leave();
	/* A buffer that is too small gives no line either. */
	assert_int_equal(json__stall(line, 100, &in, 1, 0), 0);
	assert_true(json__stall(line, sizeof(line), &in, 1, 0) > 100);
}

TEST(control_characters_of_a_name_are_not_written)
{
	struct incident in = spinning(true);

	in.sender = task_named("a\033[2Jb\n", 812);
	view__stall(text, sizeof(text), &in, 1, &wall);
	assert_null(strchr(text, '\033'));
	assert_has(text, "sender   a?[2Jb?[812] on CPU 0\n");
}

TEST(a_name_that_is_hidden_is_unknown)
{
	struct incident in = spinning(true);

	in.sender = task_named("", 812);
	assert_has(block(&in), "sender   unknown[812] on CPU 0\n");
	assert_has(line_of(&in), "\"sender\":{\"pid\":812,\"tgid\":812,\"tid\":812,\"comm\":null}");
	in.sender = (struct task_id){ .known = true, .pid = 813, .tgid = 812, .comm = "a" };
	assert_has(block(&in), "sender   a[812] thread 813 on CPU 0\n");
	assert_has(line_of(&in), "\"sender\":{\"pid\":812,\"tgid\":812,\"tid\":813,");
	in.sender = task_named("", 0);
	assert_has(block(&in), "sender   idle on CPU 0\n");
}

/* The interrupt's time is that of the first function: no time passes between the two. */
TEST(the_first_function_of_an_interrupt_begins_at_once)
{
	struct incident in = spinning(false);

	in.phase = PHASE_DELIVERY;
	in.arrived = in.time;
	assert_has(block(&in),
		   "delay    48.0ms until the interrupt, and the function began at once\n");
	in.arrived -= MS;
	assert_has(block(&in), "delay    47.0ms until the interrupt, 1.00ms until the function\n");
	in.sent = in.arrived - 2 * MS;
	assert_has(block(&in),
		   "delay    45.0ms until the IPI was sent, 2.00ms until the interrupt, 1.00ms\n");
	assert_has(line_of(&in),
		   "\"split\":{\"send\":45000000,\"interrupt\":2000000,\"function\":1000000}");
	/* An earlier interrupt ran the csd, before its own IPI was sent. */
	in.sent = in.arrived + 1;
	assert_has(block(&in), "delay    47.0ms until the interrupt, 1.00ms until the function\n");
	assert_has(line_of(&in),
		   "\"split\":{\"send\":null,\"interrupt\":null,\"function\":1000000}");
}

/* The stack at a call's return says why the sender called; other stacks are not the sender's. */
TEST(a_wait_says_why_its_sender_called)
{
	struct incident in = spinning(false);

	in.sender = task_named("a", 812);
	in.stack_of = STACK_CALL;
	in.nr = 3;
	in.stack[0] = (struct symbol){ .addr = 1, .name = "flush_tlb_mm_range" };
	in.stack[1] = (struct symbol){ .addr = 2, .name = "tlb_finish_mmu" };
	in.stack[2] = (struct symbol){ .addr = 3, .name = "__x64_sys_munmap" };
	assert_has(block(&in), "sender   a[812] on CPU 0, via munmap\n");
	assert_has(line_of(&in), "\"reason\":\"munmap\"");
	in.stack_of = STACK_END;
	assert_lacks(block(&in), "via");
	assert_has(line_of(&in), "\"reason\":null");
}

/* The second source knows no function of an interrupt, and none that a target was in. */
TEST(an_interrupt_has_a_kind_and_no_function)
{
	struct incident in = spinning(true);

	in.phase = PHASE_INTERRUPT;
	in.irq_known = true;
	in.irq = KIND_CALL_FUNCTION;
	in.func = (struct symbol){};
	in.sender = (struct task_id){};
	assert_string_equal(sentence(&in), "CPU 2 has been in a call_function interrupt for 48 ms; "
					   "ipigen[812] on CPU 0 waits for it in "
					   "smp_call_function_single.");
	assert_has(block(&in), "interrupt of call_function, ongoing");
	assert_lacks(text, "sender");
	assert_json(line_of(&in), "{'src':null,'func':null,'slept':null,'irq':'call_function'}");
	in = spinning(true);
	in.phase = PHASE_WAIT;
	in.wait_in = WAIT_SINGLE;
	in.nr_targets = 1;
	in.irq_known = true;
	assert_string_equal(sentence(&in), "ipigen[812] on CPU 0 has waited 48 ms in "
					   "smp_call_function_single for CPU 2 to run "
					   "ipi_bad_spinning [ipigen]; CPU 2 is in a call_function "
					   "interrupt.");
}

/* Senders that wait for another sender's csd come after those that wait for the stall itself. */
TEST(who_waits_for_the_stall_itself_is_named)
{
	struct incident in = spinning(false);
	struct waiter direct = in.waiters[0];

	in.waiters[0].behind = true;
	direct.task = task_named("direct", 7);
	direct.src = 3;
	in.waiters[1] = direct;
	in.nr_waiters = 2;
	assert_has(sentence(&in), "; direct[7] on CPU 3 waited 48 ms for it in ",
		   ", and 1 more sender.");
}

TEST(a_wait_for_unknown_targets_names_none)
{
	struct incident in = spinning(false);

	in.phase = PHASE_WAIT;
	in.nr_waiters = 0;
	in.dst_known = false;
	in.wait_in = WAIT_SINGLE;
	assert_string_equal(sentence(&in),
			    "ipigen[812] on CPU 0 waited 48 ms in "
			    "smp_call_function_single for ipi_bad_spinning [ipigen].");
	/* A capture may say what a target does, and not which target. */
	in.ongoing = true;
	in.doing = in.func;
	assert_lacks(sentence(&in), " is in ");
}

TEST_MAIN(NULL, NULL)
