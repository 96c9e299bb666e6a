// SPDX-License-Identifier: GPL-2.0
/* The memory of programs. Only the maps' lines are followed by the caches. */
#include <string.h>
#include <sys/mman.h>
#include "cache.h"
#include "machine.h"

#define STACK 512
#define DEPTH 32 /* calls and callbacks, nested */

uint8_t *kmem;

static uint8_t stacks[DEPTH][STACK] __attribute__((aligned(64)));

void memory_open(void)
{
	/* Programs hash addresses: the low 41 bits are like those of the vmalloc area. */
	kmem = mmap((void *)0x228840000000, KMEM_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (kmem == MAP_FAILED)
		fail("no memory for the kernel's");
}

static bool within(uint64_t at, uint32_t size, const void *base, size_t bytes)
{
	return at >= (uint64_t)base && at + size <= (uint64_t)base + bytes;
}

bool memory_is_kernel(uint64_t at, uint32_t size)
{
	return within(at, size, kmem, KMEM_BYTES);
}

uint64_t memory_stack(int depth)
{
	if (depth == DEPTH)
		fail("%s: calls too deep", objects[sim.prog].name);
	return (uint64_t)stacks[depth] + STACK;
}

/* Before each access. Returns whether memory is there. */
static bool touch(uint64_t at, uint32_t size, bool write, bool locked)
{
	if (within(at, size, arena, arena_bytes)) {
		if (size)
			cache_access((void *)at, size, write, locked);
		return true;
	}
	if (within(at, size, stacks, sizeof(stacks)) || memory_is_kernel(at, size))
		return true;
	if (write)
		fail("%s writes to %#llx, where no map is", objects[sim.prog].name,
		     (unsigned long long)at);
	sim.bad_reads++;
	return false;
}

/* A read where no memory is gives 0, as the kernel's (bpf_rdonly_cast()). */
uint64_t memory_load(uint64_t at, uint32_t size)
{
	uint64_t value = 0;

	if (touch(at, size, false, false))
		memcpy(&value, (void *)at, size);
	return value;
}

void memory_copy(uint64_t to, uint32_t size, const void *data)
{
	touch(to, size, true, false);
	if (data)
		memcpy((void *)to, data, size);
	else
		memset((void *)to, 0, size);
}

static uint64_t combine(int32_t op, uint64_t was, uint64_t value)
{
	switch (op & ~BPF_FETCH) {
	case BPF_ADD:
		return was + value;
	case BPF_OR:
		return was | value;
	case BPF_AND:
		return was & value;
	case BPF_XOR:
		return was ^ value;
	case BPF_XCHG & ~BPF_FETCH:
		return value;
	}
	fail("%s: atomic operation %#x is not known here", objects[sim.prog].name, op);
}

/* A compare-and-exchange that fails takes the line as one that succeeds does. */
uint64_t memory_atomic(uint64_t at, uint32_t size, int32_t op, uint64_t value, uint64_t expected)
{
	uint64_t was = 0;

	touch(at, size, true, true);
	memcpy(&was, (void *)at, size);
	if (op != BPF_CMPXCHG)
		value = combine(op, was, value);
	else if (was != (size == 4 ? (uint32_t)expected : expected))
		return was;
	memcpy((void *)at, &value, size);
	return was;
}
