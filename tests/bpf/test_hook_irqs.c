// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupts of the second source, fed to its programs on one CPU: their count and time,
 * and the delays of the calls that they answer. The programs of calls are not loaded: not
 * every kernel takes them.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/hook.h"
#include "abi/limits.h"
#include "base/clock.h"
#include "collect/programs.h"
/* The skeleton uses the types of abi/. */
#include "hooks.skel.h"
#include "rig.h"

#define EPOCH 2
#define AGO   50000 /* ns */

static struct hooks_bpf *hooks;

static const struct bpf_prog_skeleton *prog(const char *name)
{
	return programs__find(hooks->skeleton, name);
}

/* arm64 has one program for all kinds, which reads the kernel's text for the kind. */
static bool no_vectors(void)
{
	return rig__lacks(!prog("hook_irq_call_function_single"), "programs at vectors (x86)");
}

static int open_hooks(void **state)
{
	struct bpf_program *each;

	hooks = hooks_bpf__open();
	assert_non_null(hooks);
	if (!prog("hook_irq_call_function_single"))
		return 0;
	bpf_object__for_each_program(each, hooks->obj)
		bpf_program__set_autoload(each, !strncmp(bpf_program__name(each), "hook_irq_", 9));
	bpf_map__set_autocreate(hooks->maps.events, false);
	bpf_map__set_autocreate(hooks->maps.guests, false);
	assert_int_equal(hooks_bpf__load(hooks), 0);
	hooks->bss->epoch = EPOCH;
	return 0;
}

static int close_hooks(void **state)
{
	hooks_bpf__destroy(hooks);
	hooks = NULL;
	return 0;
}

/* Run the program on CPU 0: hook_cpus has an entry only for this CPU. */
static void run(const char *name)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(*prog(name)->prog), &opts), 0);
}

static struct hook_cpu cpu_read(void)
{
	struct hook_cpu cpu;
	__u32 key = 0;

	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(hooks->maps.hook_cpus), &key, &cpu), 0);
	return cpu;
}

static void sent(__u64 when)
{
	struct hook_cpu cpu = cpu_read();
	__u32 key = 0;

	cpu.sent = when;
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(hooks->maps.hook_cpus), &key, &cpu, 0), 0);
}

static __u64 delays(const struct hook_cpu *cpu)
{
	__u64 count = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		count += cpu->bank[EPOCH & 1].delay.slots[i];
	return count;
}

TEST(interrupts_are_counted_by_kind, open_hooks, close_hooks)
{
	struct hook_cpu cpu;

	if (no_vectors())
		return;
	run("hook_irq_call_function");
	assert_int_not_equal(cpu_read().irq_begun, 0);
	run("hook_irq_call_function_end");
	run("hook_irq_call_function_single");
	run("hook_irq_call_function_single_end");
	run("hook_irq_reschedule");
	run("hook_irq_reschedule_end");
	/* This interrupt began before the programs were loaded. */
	run("hook_irq_irq_work_end");
	cpu = cpu_read();
	assert_members(cpu, irq_begun, 0, bank[EPOCH & 1].irqs[KIND_CALL_FUNCTION].count, 2,
		       bank[EPOCH & 1].irqs[KIND_RESCHEDULE].count, 1,
		       bank[EPOCH & 1].irqs[KIND_IRQ_WORK].count, 0);
	assert_true(cpu.bank[EPOCH & 1].irqs[KIND_CALL_FUNCTION].sum >=
		    cpu.bank[EPOCH & 1].irqs[KIND_CALL_FUNCTION].max);
	assert_int_equal(delays(&cpu), 0);
}

TEST(a_delay_ends_with_the_next_call_function_interrupt, open_hooks, close_hooks)
{
	__u64 begun = mono_ns() - AGO;
	struct hook_cpu cpu;

	if (no_vectors())
		return;
	sent(begun);
	run("hook_irq_reschedule");
	run("hook_irq_reschedule_end");
	cpu = cpu_read();
	assert_int_equal(delays(&cpu), 0);
	assert_int_equal(cpu.sent, begun);
	run("hook_irq_call_function_single");
	cpu = cpu_read();
	assert_int_equal(delays(&cpu), 1);
	assert_int_equal(cpu.bank[EPOCH & 1].delay.sum, cpu.irq_begun - begun);
	assert_true(cpu.bank[EPOCH & 1].delay.max >= AGO);
	assert_int_equal(cpu.sent, 0);
	run("hook_irq_call_function_single_end");
	/* There was no call before this interrupt. */
	run("hook_irq_call_function_single");
	run("hook_irq_call_function_single_end");
	cpu = cpu_read();
	assert_int_equal(delays(&cpu), 1);
}

TEST(calls_that_share_an_interrupt_have_no_delay, open_hooks, close_hooks)
{
	struct hook_cpu cpu;

	if (no_vectors())
		return;
	sent(SENT_SEVERAL);
	run("hook_irq_call_function");
	run("hook_irq_call_function_end");
	cpu = cpu_read();
	assert_int_equal(delays(&cpu), 0);
	assert_int_equal(cpu.sent, 0);
}

/*
 * The sender saw that the CPU polls in idle, and sent no interrupt: the next interrupt is of
 * another call.
 */
TEST(a_call_without_an_interrupt_has_no_delay, open_hooks, close_hooks)
{
	__u64 cpu_polls[5] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = cpu_polls, .ctx_size_in = sizeof(cpu_polls));
	struct hook_cpu cpu;

	if (no_vectors())
		return;
	sent(mono_ns() - AGO);
	assert_int_equal(
		bpf_prog_test_run_opts(bpf_program__fd(*prog("hook_irq_polled")->prog), &opts), 0);
	assert_int_equal(cpu_read().sent, SENT_SEVERAL);
	run("hook_irq_call_function_single");
	run("hook_irq_call_function_single_end");
	cpu = cpu_read();
	assert_int_equal(delays(&cpu), 0);
	assert_int_equal(cpu.sent, 0);
}

TEST_MAIN(NULL, NULL)
