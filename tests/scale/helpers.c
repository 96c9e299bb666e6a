// SPDX-License-Identifier: GPL-2.0
/*
 * The helpers and kfuncs that ipitrace's programs call. Each does what the
 * programs can see of the kernel's; its own cache lines are left out. One that
 * stands not here is an error, not a guess.
 */
#include <string.h>
#include "machine.h"

#define NS_JIFFY    4000000
#define NS_CLOCK    20 /* a read of the clock */
#define STACK_INSNS 2000 /* that the kernel runs for a stack, about */

static const char comm[16] = "sender";
static const uint64_t stack[4] = { 0xffffffff81100000, 0xffffffff81200000, 0xffffffff81300000,
				   0xffffffff81400000 };

static uint32_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t lookup(struct object *map, uint64_t key, uint32_t cpu)
{
	uint32_t i = memory_load(key, sizeof(i));

	if (map->type == BPF_MAP_TYPE_HASH && map->entries == 1)
		return 0; /* a filter that is not set */
	if (!map->memory)
		fail("map %s: its type, %u, is not modelled", map->name, map->type);
	if (i >= map->entries) {
		map->outside += i != UINT32_MAX; /* NO_SLOT is meant to find nothing */
		return 0;
	}
	return (uint64_t)(map->memory + (size_t)i * map->elem +
			  (map->type == BPF_MAP_TYPE_PERCPU_ARRAY ? cpu * map->bytes : 0));
}

/* bpf_loop(): the callback ends it by a result that is not 0. */
static uint64_t loop(const struct object *p, uint64_t nr, uint64_t callback, uint64_t ctx,
		     int depth)
{
	uint64_t i;

	for (i = 0; i < nr; i++) {
		const uint64_t args[5] = { i, ctx };

		if (interp(p, callback & ~CALLBACK, args, depth + 1))
			return i + 1;
	}
	return i;
}

/* Other memory than a csd's or a mask's reads as 0: a task without a number or name. */
static uint64_t probe_read(uint64_t to, uint32_t size, uint64_t from)
{
	memory_copy(to, size, memory_is_kernel(from, size) ? (void *)from : NULL);
	return 0;
}

static uint64_t get_stack(uint64_t to, uint64_t size)
{
	sim.since_clock += STACK_INSNS;
	memory_copy(to, least(size, sizeof(stack)), stack);
	return least(size, sizeof(stack));
}

/* Helpers that read the machine's state: clocks, the CPU, its one task. */
static bool helper_state(int32_t id, uint64_t *result)
{
	switch (id) {
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_coarse_ns:
		*result = sim.now += NS_CLOCK;
		sim.since_clock = 0;
		sim.clock_read = true;
		return true;
	case BPF_FUNC_jiffies64:
		*result = sim.now / NS_JIFFY;
		return true;
	case BPF_FUNC_get_smp_processor_id:
		*result = sim.cpu;
		return true;
	case BPF_FUNC_get_current_pid_tgid:
		*result = (1000ULL + sim.cpu) << 32 | (1000 + sim.cpu);
		return true;
	case BPF_FUNC_get_current_uid_gid:
		*result = 1000ULL << 32 | 1000;
		return true;
	case BPF_FUNC_get_current_cgroup_id:
		*result = 1;
		return true;
	case BPF_FUNC_get_current_task:
	case BPF_FUNC_get_current_task_btf:
		*result = (uint64_t)KMEM_TASKS + (uint64_t)sim.cpu * TASK_BYTES;
		return true;
	}
	return false;
}

/* Helpers that fill memory of the program's. */
static bool helper_copies(int32_t id, const uint64_t r[11], uint64_t *result)
{
	*result = 0;
	switch (id) {
	case BPF_FUNC_get_current_comm:
		memory_copy(r[1], least(r[2], sizeof(comm)), comm);
		return true;
	case BPF_FUNC_probe_read_kernel:
		*result = probe_read(r[1], r[2], r[3]);
		return true;
	case BPF_FUNC_probe_read_user:
		memory_copy(r[1], r[2], NULL);
		return true;
	case BPF_FUNC_get_stackid:
		return true;
	case BPF_FUNC_get_stack:
		*result = get_stack(r[2], r[3]);
		return true;
	case BPF_FUNC_get_func_arg:
		memory_copy(r[3], 8, &sim.args[least(r[2], 5)]);
		return true;
	}
	return false;
}

uint64_t helper_call(const struct object *p, int32_t id, const uint64_t r[11], int depth)
{
	uint64_t result;

	switch (id) {
	case BPF_FUNC_map_lookup_elem:
		return lookup((struct object *)r[1], r[2], sim.cpu);
	case BPF_FUNC_map_lookup_percpu_elem:
		return lookup((struct object *)r[1], r[2], r[3]);
	case BPF_FUNC_loop:
		return loop(p, r[1], r[2], r[3], depth);
	case BPF_FUNC_ringbuf_reserve:
		return r[2] <= KMEM_AREA ? (uint64_t)KMEM_RESERVED : 0;
	case BPF_FUNC_ringbuf_submit:
		return 0;
	case BPF_FUNC_per_cpu_ptr:
	case BPF_FUNC_this_cpu_ptr:
	case BPF_FUNC_task_pt_regs: /* within the task's memory */
		return r[1];
	}
	if (helper_state(id, &result) || helper_copies(id, r, &result))
		return result;
	fail("%s calls helper %d, which is not known here", p->name, id);
}

uint64_t kfunc_call(const struct object *p, uint32_t btf_id, const uint64_t r[11])
{
	const char *name = kernel_function(btf_id);

	if (!strcmp(name, "bpf_rdonly_cast") || !strcmp(name, "bpf_cast_to_kern_ctx"))
		return r[1];
	fail("%s calls %s(), which is not known here", p->name, name);
}
