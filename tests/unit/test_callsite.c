// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer may hide call sites. Then no call site is shown, and rows that differ only in their call
 * sites become one row.
 */
#include "model/callsite.h"
#include "model/snapshot.h"
#include "unit.h"

#define FUNC 0xffffffff81000000ULL

static struct symbol site(const char *name, const char *module)
{
	return (struct symbol){ .addr = FUNC + 1, .name = name, .module = module };
}

TEST(a_tracer_s_code_is_no_call_site)
{
	static const struct {
		const char *name, *module;
		enum callsite_hidden hidden;
	} cases[] = {
		{ "return_to_handler", NULL, CALLSITE_TRACER },
		{ "arch_rethook_trampoline", NULL, CALLSITE_TRACER },
		{ "__kretprobe_trampoline", NULL, CALLSITE_TRACER },
		{ "kretprobe_trampoline", NULL, CALLSITE_TRACER },
		{ "bpf_trampoline_6442475990", "bpf", CALLSITE_BPF },
		{ "on_each_cpu_cond_mask", NULL, CALLSITE_SHOWN },
		{ "return_to_handler", "mod", CALLSITE_SHOWN },
		{ NULL, NULL, CALLSITE_SHOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct symbol symbol = site(cases[i].name, cases[i].module);

		assert_int_equal(callsite__clear_hidden(&symbol), cases[i].hidden);
		assert_int_equal(symbol.addr, cases[i].hidden == CALLSITE_SHOWN ? FUNC + 1 : 0);
		if (cases[i].hidden != CALLSITE_SHOWN)
			assert_null(symbol.name);
	}
}

static struct snapshot window;

static void row_add(uint64_t func, struct symbol callsite, uint64_t count, uint64_t local)
{
	window.fns[window.nr_fns++] = (struct fn_stats){
		.func.addr = func, .callsite = callsite, .count = count, .local = local
	};
}

static void sample_add(size_t fn, uint32_t tgid)
{
	window.samples[window.nr_samples++] = (struct stack_sample){ .fn = fn, .tgid = tgid };
}

static int setup(void **state)
{
	window = (struct snapshot){
		.fns = calloc(8, sizeof(*window.fns)),
		.sends = calloc(8, sizeof(*window.sends)),
		.samples = calloc(8, sizeof(*window.samples)),
		.send_samples = calloc(8, sizeof(*window.send_samples)),
		.fn_cpus = calloc(8, sizeof(*window.fn_cpus)),
	};
	return 0;
}

static int teardown(void **state)
{
	snapshot__free(&window);
	return 0;
}

/* Returns the row of @func without a call site that has the sample of process @tgid. */
static const struct fn_stats *row_of_sample(uint32_t tgid)
{
	for (size_t i = 0; i < window.nr_samples; i++)
		if (window.samples[i].tgid == tgid)
			return &window.fns[window.samples[i].fn];
	fail_msg("no sample of %u", tgid);
	return NULL;
}

TEST_F(rows_that_a_tracer_made_one_are_one)
{
	const struct fn_stats *row;

	row_add(FUNC, site("return_to_handler", NULL), 5, 0);
	row_add(FUNC + 0x100, site("return_to_handler", NULL), 7, 0);
	row_add(FUNC, site("on_each_cpu_cond_mask", NULL), 11, 0);
	row_add(FUNC, (struct symbol){}, 0, 3); /* ran locally */
	row_add(FUNC, site("arch_rethook_trampoline", NULL), 13, 0);
	for (size_t i = 0; i < window.nr_fns; i++)
		sample_add(i, 100 + i);
	window.fn_cpus[window.nr_fn_cpus++] = (struct fn_cpu){ .fn = 4, .cpu = 2, .sent = 13 };
	window.fn_cpus[window.nr_fn_cpus++] = (struct fn_cpu){ .fn = 2, .cpu = 1, .sent = 11 };
	callsites__clear_hidden(&window);
	assert_members(window, how.callsites_hidden, true, nr_fns, 3);
	row = row_of_sample(100);
	assert_members(*row, count, 18, local, 3, callsite.addr, 0);
	assert_ptr_equal(row_of_sample(103), row);
	assert_ptr_equal(row_of_sample(104), row);
	assert_ptr_equal(&window.fns[window.fn_cpus[0].fn], row);
	row = row_of_sample(101);
	assert_members(*row, func.addr, FUNC + 0x100, count, 7, callsite.addr, 0);
	row = row_of_sample(102);
	assert_members(*row, count, 11, callsite.name, "on_each_cpu_cond_mask");
	assert_ptr_equal(&window.fns[window.fn_cpus[1].fn], row);
}

TEST_F(interrupts_without_a_csd_likewise)
{
	window.sends[window.nr_sends++] =
		(struct send_stats){ .kind = KIND_RESCHEDULE, .count = 2 };
	window.sends[window.nr_sends++] = (struct send_stats){
		.kind = KIND_RESCHEDULE, .callsite = site("return_to_handler", NULL), .count = 3
	};
	window.sends[window.nr_sends++] =
		(struct send_stats){ .kind = KIND_IRQ_WORK,
				     .func.addr = FUNC,
				     .callsite = site("irq_work_queue", NULL),
				     .count = 4 };
	window.send_samples[window.nr_send_samples++] = (struct stack_sample){ .fn = 1 };
	window.send_samples[window.nr_send_samples++] = (struct stack_sample){ .fn = 2 };
	callsites__clear_hidden(&window);
	assert_members(window, how.callsites_hidden, true, nr_sends, 2, sends[0].count, 5,
		       send_samples[0].fn, 0, send_samples[1].fn, 1, sends[1].count, 4);
}

/* If ipitrace's own programs hide the call sites, no other tracer is blamed. */
TEST_F(the_trampoline_of_bpf_is_no_tracer)
{
	row_add(FUNC, site("bpf_trampoline_6442475990", "bpf"), 5, 0);
	row_add(FUNC, site("on_each_cpu_cond_mask", NULL), 6, 0);
	callsites__clear_hidden(&window);
	assert_members(window, how.callsites_hidden, false, nr_fns, 2, fns[0].callsite.addr, 0,
		       fns[1].callsite.addr, FUNC + 1);
}

TEST_MAIN(NULL, NULL)
