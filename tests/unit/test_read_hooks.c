// SPDX-License-Identifier: GPL-2.0
/* The second source: its maps into a snapshot, and which kernels it is for. */
#include <bpf/btf.h>
#include "abi/call.h"
#include "abi/hook.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "maps_memory.h"
#include "memory_fails.h"
#include "collect/maps.h"
#include "collect/read_bank.h"
#include "base/clock.h"
#include "collect/hooks/hooks.h"
#include "collect/probe.h"
#include "host/machine.h"
#include "model/moment.h"
#include "model/snapshot.h"

#define EPOCH 6
#define MS    1000000ULL
#define CPUS  3
#define SLOTS 16
#define FUNC  0xffffffff81000000ULL
#define SITE  0xffffffff82000000ULL

static struct maps tables;
static struct hook_maps hooks;
static struct snapshot snap;

static int setup(void **state)
{
	tables = maps_make(geometry__of(CPUS));
	hooks = (struct hook_maps){ .maps = &tables, .slots = SLOTS };
	hooks.cpus = aligned_alloc(CACHE_LINE, CPUS * sizeof(*hooks.cpus));
	hooks.calls = aligned_alloc(CACHE_LINE, SLOTS * sizeof(*hooks.calls));
	assert_true(hooks.cpus && hooks.calls);
	memset(hooks.cpus, 0, CPUS * sizeof(*hooks.cpus));
	memset(hooks.calls, 0, SLOTS * sizeof(*hooks.calls));
	hooks.at_most = zeroed(FN_ROWS + 1, sizeof(*hooks.at_most));
	memset(&snap, 0, sizeof(snap));
	return 0;
}

static int teardown(void **state)
{
	snapshot__free(&snap);
	maps_free(&tables);
	free(hooks.cpus);
	free(hooks.calls);
	free(hooks.at_most);
	return 0;
}

static void read_epoch(uint32_t epoch)
{
	snapshot__free(&snap);
	assert_int_equal(read_hooks(&hooks, epoch, &no_holes, &snap), 0);
}

static struct hook_bank *bank_at(uint32_t cpu, uint32_t epoch)
{
	return &hooks.cpus[cpu].bank[epoch & 1];
}

static void call_put(uint32_t slot, uint64_t key, uint32_t epoch)
{
	hooks.calls[slot] = (struct hook_call){ .key = key, .epoch = epoch };
}

TEST_F(test_counters)
{
	struct hook_bank *bank = bank_at(1, EPOCH);

	*bank = (struct hook_bank){
		.begun = 10,
		.returned = 7,
		.refused = 2,
		.lost = { [HOOK_NO_ROOM] = 1, [HOOK_RETURN_UNSEEN] = 2 },
		.local = 5,
		.edges_other = 4,
		.wait = { .sum = 300, .max = 200, .slots = { [20] = 2 } },
		.delay = { .sum = 50, .max = 40, .slots = { [10] = 3 } },
		.irqs = { [KIND_RESCHEDULE] = { 3, 900, 500 } },
	};
	bank_at(0, EPOCH)->edges_other = 3;
	bank_at(1, EPOCH + 1)->begun = 99;
	read_epoch(EPOCH);
	assert_int_equal(snap.edges_other, 7);
	assert_members(snap, how.source, SOURCE_CALLS, call_ledger.begun, 10, call_ledger.returned,
		       7, call_ledger.refused, 2, call_ledger.local, 5);
	assert_int_equal(call_ledger__lost(&snap.call_ledger), 3);
	assert_true(call_ledger__closed(&snap.call_ledger));
	assert_members(snap.cpus[1], sent, 4, wait.count, 2, irq_delay.count, 3, irq_delay.max, 40,
		       delay.count, 0, irqs[KIND_RESCHEDULE].count, 3, irqs[KIND_RESCHEDULE].sum,
		       900, irqs[KIND_RESCHEDULE].max, 500);
	/* A bank is read once; the other bank belongs to the next window. */
	read_epoch(EPOCH);
	assert_int_equal(snap.call_ledger.begun, 0);
	read_epoch(EPOCH + 1);
	assert_int_equal(snap.call_ledger.begun, 99);
	assert_false(call_ledger__closed(&snap.call_ledger));
}

/* A CPU that came, counted and went between two cuts is in no list; without a count it has no row. */
TEST_F(a_cpu_that_no_cut_saw_counts)
{
	struct cpuset online = {};

	cpuset__add(&online, 0);
	bank_at(2, EPOCH)->begun = bank_at(2, EPOCH)->returned = 7;
	assert_int_equal(read_hooks(&hooks, EPOCH, &online, &snap), 0);
	assert_int_equal(snap.call_ledger.begun, 7);
	assert_true(call_ledger__closed(&snap.call_ledger));
	assert_members(snap, nr_cpus, 2, cpus[1].cpu, 2);
}

/*
 * Calls that are under way now, or have returned since the cut, were under way at the cut, unless
 * they began after the cut.
 */
TEST_F(test_under_way)
{
	call_put(0, 0x1000, EPOCH);
	call_put(3, 0x2000, EPOCH - 4);
	call_put(5, 0x3000, EPOCH + 1);
	call_put(7, 1, EPOCH);
	call_put(8, 0, EPOCH);
	bank_at(2, EPOCH + 1)->leave_begun = bank_at(2, EPOCH + 1)->left = 2;
	/* These calls returned within the window. */
	bank_at(0, EPOCH)->leave_begun = bank_at(0, EPOCH)->left = 8;
	read_epoch(EPOCH);
	assert_int_equal(snap.call_ledger.under_way, 2 + 2);
}

/* The calls under way at the end of a window are carried into the next, and both ledgers close. */
TEST_F(test_two_windows)
{
	bank_at(0, EPOCH)->begun = 5;
	bank_at(0, EPOCH)->returned = 3;
	/* One of two returned since the cut. */
	call_put(0, 0x1000, EPOCH);
	*bank_at(1, EPOCH + 1) =
		(struct hook_bank){ .begun = 1, .returned = 2, .leave_begun = 1, .left = 1 };
	read_epoch(EPOCH);
	assert_true(call_ledger__closed(&snap.call_ledger));
	assert_int_equal(snap.call_ledger.under_way, 2);
	read_epoch(EPOCH + 1);
	snap.call_ledger.carried_in = 2;
	assert_int_equal(snap.call_ledger.under_way, 1);
	assert_true(call_ledger__closed(&snap.call_ledger));
}

static void row_put(uint32_t row, uint64_t func, uint64_t count)
{
	tables.fn_keys[row] = (struct fn_key){ .func = func, .callsite = SITE };
	fn_at(&tables, 0, row, EPOCH & 1)->count = count;
}

static const struct fn_stats *fn_find(uint64_t func)
{
	for (size_t i = 0; i < snap.nr_fns; i++)
		if (!snap.fns[i].other && snap.fns[i].func.addr == func)
			return &snap.fns[i];
	fail();
	return NULL;
}

TEST_F(test_at_most)
{
	struct fn_stats sum;

	row_put(3, FUNC, 4);
	row_put(9, FUNC, 6); /* made by two CPUs at once */
	row_put(20, FUNC + 64, 1);
	hooks.at_most[9] = 1;
	read_epoch(EPOCH);
	assert_int_equal(snap.nr_fns, 2);
	assert_true(fn_find(FUNC)->at_most);
	assert_int_equal(fn_find(FUNC)->count, 10);
	assert_false(fn_find(FUNC + 64)->at_most);
	assert_true(snapshot__function(&snap, NULL, fn_find(FUNC) - snap.fns, &sum) && sum.at_most);
}

static struct moment *moment_of(bool interrupts, const char *root)
{
	static struct moment moment;
	const struct under_way of = { .maps = &hooks, .interrupts = interrupts, .root = root };

	read_under_way(&of, MS, &moment);
	return &moment;
}

/* A call that waits since @age ns ago. */
static struct hook_call *call_waits(uint32_t slot, uint64_t age)
{
	struct hook_call *call = &hooks.calls[slot];

	*call = (struct hook_call){
		.key = 0x1000 + slot,
		.begun = mono_ns() - age,
		.func = FUNC,
		.targets = 1,
		.dst = 2,
		.src = 1,
		.pid = getpid(),
		.tgid = getpid(),
		.wait_in = WAIT_SINGLE,
	};
	return call;
}

TEST_F(test_senders_that_wait)
{
	const struct moment *m;

	call_waits(0, 5 * MS);
	/* So young a call stays below the limit, however long this test waits for a CPU. */
	call_waits(1, 0)->begun += 3600 * 1000 * MS;
	call_waits(2, 5 * MS)->wait_in = WAIT_UNKNOWN;
	call_waits(3, 5 * MS)->key = 1;
	call_waits(4, 5 * MS)->key = 0;
	call_waits(5, 9 * MS)->at_most = 1;
	m = moment_of(true, "");
	assert_int_equal(m->nr_waiting, 2);
	assert_int_equal(m->nr_pending + m->nr_running + m->nr_interrupting + m->dropped, 0);
	assert_members(m->waiting[0], func, FUNC, src, 1, wait_in, WAIT_SINGLE, nr_targets, 1, dst,
		       2);
	assert_true(m->waiting[0].sender.known);
	/* In a PID namespace /proc has other numbers than the kernel. */
	assert_string_equal(m->waiting[0].sender.comm,
			    machine__has_kernel_pids() ? "test_read_hooks" : "");
	/* The call's condition chose among the CPUs, so the targets are unknown. */
	assert_int_equal(m->waiting[1].nr_targets, 0);
}

/* The program at the call's return was skipped. A task that has slept since is in no call. */
TEST_F(test_senders_that_left)
{
	static const uint32_t waiting[] = { 0, 2, 3 };
	char root[] = "/tmp/ipitrace-test-XXXXXX", path[96], file[128];
	const struct moment *m;
	FILE *schedstat;

	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/proc/7/task/8", root);
	snprintf(file, sizeof(file), "mkdir -p %s", path);
	assert_int_equal(system(file), 0);
	snprintf(file, sizeof(file), "%s/schedstat", path);
	schedstat = fopen(file, "w");
	assert_non_null(schedstat);
	fputs("123456789 99 42\n", schedstat);
	assert_int_equal(fclose(schedstat), 0);
	for (uint32_t i = 0; i < 4; i++) {
		call_waits(i, 5 * MS)->func = FUNC + i;
		hooks.calls[i].tgid = 7;
		hooks.calls[i].pid = i == 3 ? 9 : 8;
	}
	hooks.calls[0].slices = 42; /* waits */
	hooks.calls[1].slices = 41; /* has left */
	hooks.calls[2].slices = 0; /* the kernel does not count */
	hooks.calls[3].slices = 41; /* /proc hides the thread */
	m = moment_of(false, root);
	assert_int_equal(m->nr_waiting, ARRAY_SIZE(waiting));
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		assert_int_equal(m->waiting[i].func, FUNC + waiting[i]);
	snprintf(file, sizeof(file), "rm -r %s", root);
	assert_int_equal(system(file), 0);
}

TEST_F(test_interrupts_that_last)
{
	const struct moment *m;

	hooks.cpus[1].irq_begun = mono_ns() - 5 * MS;
	hooks.cpus[1].irq_kind = KIND_RESCHEDULE;
	/* This one stays below the limit, however long this test waits for a CPU. */
	hooks.cpus[2].irq_begun = mono_ns() + 3600 * 1000 * MS;
	m = moment_of(true, "");
	assert_members(*m, nr_interrupting, 1, interrupting[0].cpu, 1, interrupting[0].kind,
		       KIND_RESCHEDULE, interrupting[0].start, hooks.cpus[1].irq_begun);
	assert_int_equal(moment_of(false, "")->nr_interrupting, 0);
}

/* Whichever allocation fails, the snapshot that cannot be read owns nothing. */
TEST_F(a_snapshot_without_memory_owns_nothing)
{
	size_t before = nr_taken;
	int err, nr = 0;

	tables.fn_keys[0] = (struct fn_key){ .func = FUNC, .callsite = SITE };
	tables.fns[0].bank[EPOCH & 1].count = 1;
	tables.edges[0] = (struct edge_rec){ .dst = 1, .count = { 1, 1 } };
	for (;; nr++) {
		memset(&snap, 0, sizeof(snap));
		nr_granted = nr;
		err = read_hooks(&hooks, EPOCH, &no_holes, &snap);
		if (nr_granted >= 0)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(nr_taken, before);
	}
	nr_granted = -1;
	assert_int_equal(err, 0);
	assert_true(nr > 1);
}

static void func_add(struct btf *btf, const char *name)
{
	int proto = btf__add_func_proto(btf, 0);

	assert_true(proto > 0 && btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
}

static struct btf *kernel_of_old(void)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	func_add(btf, "smp_call_function_single");
	func_add(btf, "smp_call_function_single_async");
	func_add(btf, "smp_call_function_many_cond");
	func_add(btf, "__smp_call_single_queue");
	return btf;
}

/*
 * The source depends on what the kernel has: an old version may have the tracepoints (backported).
 */
TEST(test_which_source)
{
	static const char *const probes[] = { "btf_trace_csd_queue_cpu",
					      "btf_trace_csd_function_entry",
					      "btf_trace_csd_function_exit" };
	struct btf *btf = kernel_of_old(), *strange = btf__new_empty();

	assert_int_equal(probe__source_of(btf), SOURCE_CALLS);
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		assert_int_equal(probe__source_of(btf), SOURCE_CALLS);
		assert_true(btf__add_typedef(btf, probes[i], 1) > 0);
	}
	assert_int_equal(probe__source_of(btf), SOURCE_CSD);
	/* A kernel that is fit for neither source: the first source says what is missing. */
	assert_int_equal(probe__source_of(strange), SOURCE_CSD);
	assert_int_equal(probe__source_of(NULL), SOURCE_CSD);
	btf__free(btf);
	btf__free(strange);
}

TEST_MAIN(NULL, NULL)
