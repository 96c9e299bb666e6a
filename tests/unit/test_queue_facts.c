// SPDX-License-Identifier: GPL-2.0
/* kcore/queues/facts.c: which symbols and members a walk needs, and where they are looked for. */
#include <bpf/btf.h>
#include "collect/kcore/queues/parts.h"
#include "host/symbols.h"
#include "unit.h"

static struct queue_facts facts;
static struct queue_names names;
static int modules_result, nr_modules;

int __wrap_module_symbols__read(const struct memory *memory, const struct btf *btf,
				uint64_t modules, struct symbol_sink *sink)
{
	assert_int_equal(modules, 0x7000);
	assert_ptr_equal(sink, &names.sink);
	nr_modules++;
	return modules_result;
}

static int setup(void **state)
{
	memset(&facts, 0, sizeof(facts));
	modules_result = nr_modules = 0;
	return queue_names__open(&names, &facts);
}

static int teardown(void **state)
{
	symbols__close(names.symbols);
	return 0;
}

static void see(uint64_t at, const char *name, const char *module, bool text)
{
	const struct kernel_symbol symbol = {
		.at = at, .name = name, .module = module, .text = text
	};

	assert_int_equal(names.sink.see(names.sink.ctx, &symbol), 0);
}

/* Variables have addresses, functions have names; those of a module are no part of the kernel. */
TEST_F(symbols_are_kept_by_what_they_are)
{
	struct symbol symbol = { .addr = 0x4000 };

	/* Names are sorted at the end. */
	see(0x5000, "of_module\x1b", "other", true);
	see(0x1000, "runqueues", NULL, false);
	see(0x1800, "nr_cpu_ids", "other", false);
	see(0x2000, "nr_cpu_ids", NULL, false);
	see(0x4000, "sched_ttwu_pending", NULL, true);
	/* The first of two of one name. */
	see(0x6000, "runqueues", NULL, false);
	see(0x7000, "modules", NULL, false);
	assert_int_equal(facts.at[AT_RUNQUEUES].at, 0x1000);
	assert_int_equal(facts.at[AT_RUNQUEUES].end, 0x2000);
	assert_int_equal(facts.at[AT_NR_CPU_IDS].at, 0x2000);
	assert_int_equal(facts.at[AT_NR_CPU_IDS].end, 0x4000);
	assert_int_equal(facts.at[AT_TTWU].at, 0x4000);
	assert_int_equal(facts.at[AT_TTWU].end, 0x6000);
	assert_int_equal(facts.at[AT_QUEUE].at, 0);
	assert_int_equal(queue_names__finish(&names, &facts, NULL, NULL), 0);
	assert_int_equal(nr_modules, 1);
	assert_true(symbols__name(names.symbols, &symbol, true));
	assert_string_equal(symbol.name, "sched_ttwu_pending");
	symbol.addr = 0x5000;
	assert_true(symbols__name(names.symbols, &symbol, true));
	assert_null(strchr(symbol.name, '\x1b'));
	assert_string_equal(symbol.module, "other");
	/* A variable has no name there. */
	symbol.addr = 0x6000;
	assert_false(symbols__name(names.symbols, &symbol, true));
	assert_int_equal(names.sink.symbols_left, SYMBOLS_MAX);
	assert_int_equal(names.sink.bytes_left, SYMBOL_BYTES_MAX);
}

/* Without the list of modules, or if the list changes, only names are missing. */
TEST_F(modules_that_cannot_be_read_cost_names)
{
	assert_int_equal(queue_names__finish(&names, &facts, NULL, NULL), 0);
	assert_int_equal(nr_modules, 0);
	facts.at[AT_MODULES].at = 0x7000;
	modules_result = -ENOENT;
	assert_int_equal(queue_names__finish(&names, &facts, NULL, NULL), 0);
	modules_result = -ENOMEM;
	assert_int_equal(queue_names__finish(&names, &facts, NULL, NULL), -ENOMEM);
	modules_result = -E2BIG;
	assert_int_equal(queue_names__finish(&names, &facts, NULL, NULL), -E2BIG);
	assert_int_equal(nr_modules, 3);
}

/* The last symbol that is needed, and none beyond, has its reason. */
TEST_F(a_walk_needs_each_of_these)
{
	char why[128] = "none";

	for (int i = 0; i < NR_NEEDED_ADDRESSES; i++)
		facts.at[i].at = 0x1000;
	for (int i = 0; i < NR_NEEDED_FIELDS; i++)
		facts.field[i].size = 8;
	assert_false(queue_facts__lack(&facts, why, sizeof(why)));
	assert_string_equal(why, "none");
	facts.field[FIELD_STACK].size = 0;
	assert_true(queue_facts__lack(&facts, why, sizeof(why)));
	assert_string_equal(why, "the kernel's struct task_struct has no stack");
	facts.field[FIELD_LLIST].size = 0;
	assert_true(queue_facts__lack(&facts, why, sizeof(why)));
	assert_string_equal(why, "the kernel's struct __call_single_data has no node.llist");
	facts.at[AT_ONLINE].at = 0;
	assert_true(queue_facts__lack(&facts, why, sizeof(why)));
	assert_string_equal(
		why, "the kernel does not say where __cpu_online_mask is (CONFIG_KALLSYMS_ALL)");
	facts.at[AT_QUEUE].at = 0;
	assert_true(queue_facts__lack(&facts, why, sizeof(why)));
	assert_string_equal(
		why, "the kernel does not say where call_single_queue is (CONFIG_KALLSYMS_ALL)");
}

/* Older kernels have some members by another name; where both exist, the newer one counts. */
TEST_F(members_have_older_names)
{
	for (int both = 0; both < 2; both++) {
		struct btf *btf = btf__new_empty();

		assert_non_null(btf);
		assert_int_equal(btf__add_int(btf, "long", 8, 0), 1);
		assert_int_equal(btf__add_int(btf, "int", 4, 0), 2);
		assert_true(btf__add_struct(btf, "task_struct", 32) > 0);
		assert_int_equal(btf__add_field(btf, "state", 1, 64, 0), 0);
		assert_int_equal(btf__add_field(btf, "pid", 2, 128, 0), 0);
		if (both)
			assert_int_equal(btf__add_field(btf, "__state", 2, 192, 0), 0);
		assert_true(btf__add_struct(btf, "hrtimer_clock_base", 64) > 0);
		assert_int_equal(btf__add_field(btf, "offset", 1, 448, 0), 0);
		queue_facts__fields(&facts, btf);
		assert_members(facts.field[FIELD_STATE], offset, both ? 24 : 8, size, both ? 4 : 8);
		assert_members(facts.field[FIELD_PID], offset, 16, size, 4);
		assert_members(facts.field[FIELD_CLOCK_OFFSET], offset, 56, size, 8);
		assert_members(facts.field[FIELD_CLOCK_BASES], offset, 0, size, 0);
		btf__free(btf);
	}
}

TEST_MAIN(NULL, NULL)
