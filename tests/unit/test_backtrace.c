// SPDX-License-Identifier: GPL-2.0
/* The stack of a stuck CPU: reading the text of sysrq-l, and when it is asked for. */
#include <time.h>
#include "base/clock.h"
#include "host/machine.h"
#include "model/incident.h"
#include "stall/stall_run.h"
#include "unit.h"

/* From 6.12 on x86-64, in a VM. */
static const char x86[] =
	"sysrq: Show backtrace of all active CPUs\n"
	"NMI backtrace for cpu 3\n"
	"CPU: 3 UID: 0 PID: 231 Comm: ipitrace Tainted: G           OE      6.12.117-cloud-amd64 #1\n"
	"Call Trace:\n"
	" <TASK>\n"
	" dump_stack_lvl+0x64/0x80\n"
	" nmi_cpu_backtrace+0xc5/0xf0\n"
	" </TASK>\n"
	"Sending NMI from CPU 3 to CPUs 0-2:\n"
	"NMI backtrace for cpu 1\n"
	"CPU: 1 UID: 0 PID: 181 Comm: ipigen/1 Tainted: G           OE      6.12.117-cloud-amd64 #1\n"
	"RIP: 0010:ktime_get+0x41/0xa0\n"
	"Code: 5d 41 5c 41 5d c3 cc\n"
	"RSP: 0018:ffffb2f1c0a17e98 EFLAGS: 00000046\n"
	"RAX: 0000000000000000 RBX: 000000012a05f200 RCX: 000000000000001f\n"
	"Call Trace:\n"
	" <NMI>\n"
	" ? nmi_cpu_backtrace.cold+0x1b/0x70\n"
	" exc_nmi+0x11b/0x190\n"
	" </NMI>\n"
	" <TASK>\n"
	" ? ktime_get+0x41/0xa0\n"
	" irqs_off.isra.0+0x33/0x60 [ipigen]\n"
	" irqsoff_thread+0x5c/0xc0 [ipigen 0123456789abcdef0123456789abcdef01234567]\n"
	" kthread+0xd2/0x100\n"
	" ret_from_fork_asm+0x1a/0x30\n"
	" </TASK>\n"
	"NMI backtrace for cpu 2 skipped: idling at pv_native_safe_halt+0xf/0x20\n"
	"NMI backtrace for cpu 0\n"
	"CPU: 0 UID: 0 PID: 212 Comm: a b Not tainted 6.12.117-cloud-amd64 #1\n"
	"RIP: 0010:smp_call_function_single+0x11a/0x190\n"
	"RSP: 0018:ffffb2f1c0a17e98 EFLAGS: 00000202\n"
	"Call Trace:\n"
	" <TASK>\n"
	" run_single+0x44/0x60 [ipigen]\n"
	" </TASK>\n";

/* From 6.12 on arm64 with pseudo-NMIs. */
static const char arm64[] =
	"NMI backtrace for cpu 1\n"
	"CPU: 1 UID: 0 PID: 99 Comm: ipigen/1 Not tainted 6.12.117-cloud-arm64 #1\n"
	"Hardware name: linux,dummy-virt (DT)\n"
	"pstate: 60000005 (nZCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"
	"pc : arch_counter_get_cntvct+0x10/0x20\n"
	"lr : ktime_get+0x44/0xb0\n"
	"sp : ffff800080f23d70\n"
	"pmr_save: 00000060\n"
	"x29: ffff800080f23d70 x28: 0000000000000000 x27: 0000000000000000\n"
	"Call trace:\n"
	" arch_counter_get_cntvct+0x10/0x20 (P)\n"
	" ktime_get+0x44/0xb0 (L)\n"
	" irqsoff_thread+0x70/0xe8 [ipigen]\n"
	" kthread+0x110/0x120\n";

static struct backtrace bt;

static void check_frame(uint32_t i, const char *name, uint64_t offset, const char *module)
{
	assert_true(i < bt.nr);
	assert_members(bt.frames[i], name, name, offset, offset, module, module);
}

TEST(a_cpu_with_its_interrupts_off)
{
	assert_int_equal(backtrace_text__parse(x86, 1, &bt), BACKTRACE_FOUND);
	assert_true(bt.interrupts_known && bt.interrupts_off);
	assert_true(bt.task.known);
	assert_members(bt, task.pid, 181, task.comm, "ipigen/1", nr, 5);
	check_frame(0, "ktime_get", 0x41, "");
	check_frame(1, "irqs_off.isra.0", 0x33, "ipigen");
	check_frame(2, "irqsoff_thread", 0x5c, "ipigen");
	check_frame(4, "ret_from_fork_asm", 0x1a, "");
	assert_string_equal(backtrace__culprit(&bt)->name, "irqs_off.isra.0");
}

TEST(one_cpu_of_many)
{
	assert_int_equal(backtrace_text__parse(x86, 0, &bt), BACKTRACE_FOUND);
	assert_true(bt.interrupts_known && !bt.interrupts_off);
	assert_members(bt, task.comm, "a b", nr, 2);
	check_frame(0, "smp_call_function_single", 0x11a, "");
	check_frame(1, "run_single", 0x44, "ipigen");
	assert_int_equal(backtrace_text__parse(x86, 2, &bt), BACKTRACE_IDLE);
	assert_int_equal(backtrace_text__parse(x86, 4, &bt), BACKTRACE_ABSENT);
	/*
	 * The text of the CPU that wrote to sysrq has no registers, because that CPU took no NMI.
	 */
	assert_int_equal(backtrace_text__parse(x86, 3, &bt), BACKTRACE_FOUND);
	assert_false(bt.interrupts_known);
	check_frame(0, "dump_stack_lvl", 0x64, "");
}

TEST(the_form_of_arm64)
{
	assert_int_equal(backtrace_text__parse(arm64, 1, &bt), BACKTRACE_FOUND);
	assert_true(bt.interrupts_known && bt.interrupts_off);
	assert_members(bt, task.pid, 99, task.comm, "ipigen/1", nr, 5);
	/* The first line of the trace is that of pc again. */
	check_frame(0, "arch_counter_get_cntvct", 0x10, "");
	check_frame(1, "arch_counter_get_cntvct", 0x10, "");
	check_frame(2, "ktime_get", 0x44, "");
	check_frame(3, "irqsoff_thread", 0x70, "ipigen");
	check_frame(4, "kthread", 0x110, "");
	assert_members(*backtrace__culprit(&bt), name, "irqsoff_thread", module, "ipigen");
}

/*
 * A console write on arm64 with pseudo-NMIs (6.16). The priority in pmr masks interrupts or lets
 * them through; PSTATE's mask is clear in both cases.
 */
TEST(arm64_masks_by_priority)
{
	static const char head[] =
		"NMI backtrace for cpu 1\n"
		"CPU: 1 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.16.0 #1 NONE\n"
		"pstate: 61400009 (nZCv daif +PAN -UAO -TCO +DIT -SSBS BTYPE=--)\n"
		"pc : pl011_console_write_atomic+0x94/0x170\n"
		"lr : pl011_console_write_atomic+0x84/0x170\n"
		"sp : ffff80008492f1a0\n";
	static const char tail[] =
		"x29: ffff80008492f1a0 x28: 0000000000000000 x27: 00000000000000e0\n"
		"Call trace:\n"
		" pl011_console_write_atomic+0x94/0x170 (P)\n"
		" nbcon_emit_next_record+0x234/0x388\n";
	static const struct {
		const char *pmr;
		bool off;
	} known[] = {
		{ "pmr: 000000c0\n", true },	  { "pmr: 000000e0\n", false },
		{ "pmr_save: 00000060\n", true }, { "pmr_save: 000000e0\n", false },
		{ "pmr: 000000f0\n", true },	  { "", false },
	};
	char text[1024];

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		snprintf(text, sizeof(text), "%s%s%s", head, known[i].pmr, tail);
		assert_int_equal(backtrace_text__parse(text, 1, &bt), BACKTRACE_FOUND);
		assert_members(bt, interrupts_known, true, interrupts_off, known[i].off);
		check_frame(0, "pl011_console_write_atomic", 0x94, "");
	}
}

/* A console write on x86: the console is named as the cause, and not the port's registers. */
TEST(a_console_waits_for_its_port)
{
	static const char text[] = "NMI backtrace for cpu 1\nRIP: 0010:io_serial_in+0x14/0x20\n"
				   "Call Trace:\n wait_for_lsr+0x40/0x90\n"
				   " serial8250_console_write+0xd1/0x4c0\n";

	assert_int_equal(backtrace_text__parse(text, 1, &bt), BACKTRACE_FOUND);
	assert_string_equal(backtrace__culprit(&bt)->name, "serial8250_console_write");
}

TEST(a_stack_of_helpers_only_is_better_than_none)
{
	static const char text[] = "NMI backtrace for cpu 1\nRIP: 0010:delay_tsc+0x2/0x60\n";

	assert_int_equal(backtrace_text__parse(text, 1, &bt), BACKTRACE_FOUND);
	assert_string_equal(backtrace__culprit(&bt)->name, "delay_tsc");
	assert_int_equal(backtrace_text__parse("NMI backtrace for cpu 1\n", 1, &bt),
			 BACKTRACE_FOUND);
	assert_null(backtrace__culprit(&bt));
}

TEST(text_that_is_no_backtrace)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"NMI backtrace for cpu",
		"NMI backtrace for cpu x\n",
		"NMI backtrace for cpu 11\n",
		"Call Trace:\n a+0x1/0x2\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(backtrace_text__parse(texts[i], 1, &bt), BACKTRACE_ABSENT);
	/* Lines of other messages in between, and lines that only look like frames. */
	assert_int_equal(backtrace_text__parse("NMI backtrace for cpu 1\nCall Trace:\n"
					       " 0xffffffffc0123456\n +0x1/0x2\n a b+0x1/0x2\n"
					       " usb 1-1: new device\n f+0x1\n g+0x3/0x4 [\n",
					       1, &bt),
			 BACKTRACE_FOUND);
	assert_int_equal(bt.nr, 1);
	check_frame(0, "g", 3, "");
}

/* When the text is asked for. */

#define MS 1000000ULL

/* The clock is ahead by this time, so that no test waits. */
static uint64_t ahead_ns;

int __real_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int err = __real_clock_gettime(clock, now);
	uint64_t ns = now->tv_nsec + ahead_ns;

	now->tv_sec += ns / (1000 * MS);
	now->tv_nsec = ns % (1000 * MS);
	return err;
}

struct taker {
	const char *text;
	int taken;
};

static const char *take(void *ctx)
{
	struct taker *taker = ctx;

	taker->taken++;
	return taker->text;
}

/* A stall of @cpu since @start, which lasts. */
static struct backtrace_of stall(uint32_t cpu, uint64_t start)
{
	return (struct backtrace_of){ cpu, start, UINT64_MAX };
}

TEST(once_a_stall_and_once_a_second)
{
	struct taker taker = { .text = x86 };
	struct backtraces *b = backtraces__new(take, &taker);
	struct backtrace_of one = stall(1, 5), idle = stall(2, 5), other = stall(0, 5);

	assert_non_null(b);
	backtraces__tend(b);
	assert_int_equal(taker.taken, 0);
	backtraces__ask(b, &one);
	backtraces__ask(b, &idle);
	assert_null(backtraces__find(b, &one));
	backtraces__tend(b);
	assert_int_equal(taker.taken, 1);
	assert_string_equal(backtraces__find(b, &one)->frames[0].name, "ktime_get");
	/* An idle CPU has no stack. Neither CPU is asked for a second time. */
	assert_null(backtraces__find(b, &idle));
	backtraces__ask(b, &one);
	backtraces__ask(b, &idle);
	/* The stack of another stall is taken in the next second. */
	backtraces__ask(b, &other);
	backtraces__tend(b);
	assert_int_equal(taker.taken, 1);
	assert_null(backtraces__find(b, &other));
	free(b);
}

/* The NMI came in a retpoline, where the kernel cannot unwind the stack. */
TEST(a_stack_that_is_cut_is_taken_again)
{
	static const char cut[] =
		"NMI backtrace for cpu 1\nRIP: 0010:__x86_indirect_thunk_array+0x0/0x20\n";
	struct taker taker = { .text = cut };
	struct backtraces *b = backtraces__new(take, &taker);
	struct backtrace_of of = stall(1, 5);

	backtraces__ask(b, &of);
	backtraces__tend(b);
	assert_int_equal(backtraces__find(b, &of)->nr, 1);
	assert_false(backtraces__pending(b, &of));
	taker.text = x86;
	backtraces__ask(b, &of);
	assert_true(backtraces__pending(b, &of));
	while (backtraces__pending(b, &of)) {
		backtraces__tend(b);
		ahead_ns += 10 * MS;
	}
	assert_int_equal(taker.taken, 2);
	assert_string_equal(backtraces__find(b, &of)->frames[0].name, "ktime_get");
	backtraces__ask(b, &of);
	ahead_ns += 1100 * MS;
	backtraces__tend(b);
	assert_int_equal(taker.taken, 2);
	free(b);
}

TEST(a_stack_that_stays_cut_is_taken_three_times)
{
	static const char cut[] = "NMI backtrace for cpu 1\nRIP: 0010:g+0x3/0x60\n";
	struct taker taker = { .text = cut };
	struct backtraces *b = backtraces__new(take, &taker);
	struct backtrace_of of = stall(1, 5);

	for (int ms = 0; ms < 4500; ms += 10) {
		backtraces__ask(b, &of);
		backtraces__tend(b);
		ahead_ns += 10 * MS;
	}
	assert_int_equal(taker.taken, 3);
	assert_non_null(backtraces__find(b, &of));
	free(b);
}

TEST(a_stall_of_minutes_has_one_stack)
{
	struct taker taker = { .text = x86 };
	struct backtraces *b = backtraces__new(take, &taker);
	struct backtrace_of of = stall(1, 5), idle = stall(2, 5);

	for (int s = 0; s < 200; s++) {
		backtraces__ask(b, &of);
		backtraces__ask(b, &idle);
		backtraces__tend(b);
		ahead_ns += 1000 * MS;
	}
	assert_int_equal(taker.taken, 1);
	assert_non_null(backtraces__find(b, &of));
	/* The stall is over: its place is free after a while, and not before its last report. */
	ahead_ns += 20000 * MS;
	backtraces__tend(b);
	assert_non_null(backtraces__find(b, &of));
	ahead_ns += 20000 * MS;
	backtraces__tend(b);
	assert_null(backtraces__find(b, &of));
	free(b);
}

TEST(a_stack_of_another_time_is_not_the_stalls)
{
	struct taker taker = { .text = x86 };
	struct backtraces *b = backtraces__new(take, &taker);
	struct backtrace_of of = stall(1, 5), later;

	of.last = mono_ns();
	backtraces__ask(b, &of);
	backtraces__tend(b);
	/* The stall was over before the stack was taken. */
	assert_null(backtraces__find(b, &of));
	/*
	 * A later csd of the same queue, whose stall goes on since before: the stack explains it,
	 * too.
	 */
	of = stall(1, 6);
	assert_non_null(backtraces__find(b, &of));
	later = stall(1, mono_ns() + 1);
	assert_null(backtraces__find(b, &later));
	free(b);
}

TEST(more_stalls_than_places)
{
	struct taker taker = { .text = x86 };
	struct backtraces *b = backtraces__new(take, &taker);
	struct backtrace_of of;

	for (uint32_t cpu = 1000; cpu > 0; cpu--) {
		of = stall(cpu, 5);
		backtraces__ask(b, &of);
	}
	backtraces__tend(b);
	of = stall(1, 5);
	assert_null(backtraces__find(b, &of));
	free(b);
}

TEST_MAIN(NULL, NULL)
