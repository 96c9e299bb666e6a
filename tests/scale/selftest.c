// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "cache.h"
#include "machine.h"

static int right;

static void expect(const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		fail("selftest: %s: %llu, not %llu", what, (unsigned long long)got,
		     (unsigned long long)want);
	right++;
}

static struct object *map; /* of 32-byte values: two in a line */

static void map_make(void)
{
	map = &objects[nr_objects++];
	*map = (struct object){
		.kind = MAP,
		.name = "two",
		.type = BPF_MAP_TYPE_ARRAY,
		.value_size = 32,
		.elem = 32,
		.entries = 128,
		.bytes = 4096,
		.flags = BPF_F_MMAPABLE,
	};
	maps_layout();
	cache_open();
}

static void by(uint32_t cpu, uint32_t at, bool write)
{
	sim.cpu = cpu;
	cache_access(map->memory + at, 8, write, false);
}

static void caches(void)
{
	struct hot hot;

	by(0, 0, true); /* cold */
	by(0, 8, false);
	by(0, 32, true);
	expect("moves to nobody", counts.moves[READ_DIRTY] + counts.moves[WRITE_MISS], 0);
	by(1, 40, false); /* from 0, which wrote */
	by(2, 40, false); /* from 0 or 1: clean */
	expect("dirty reads", counts.moves[READ_DIRTY], 1);
	expect("clean reads", counts.moves[READ_CLEAN], 1);
	by(1, 0, true); /* 0 and 2 lose it */
	expect("upgrades", counts.moves[WRITE_UPGRADE], 1);
	expect("copies invalidated", counts.invalidated, 2);
	by(1, 0, true);
	by(2, 32, true); /* the other value, the same line */
	expect("write misses", counts.moves[WRITE_MISS], 1);
	by(3, 128, false); /* alone: written without a word */
	by(3, 128, true);
	expect("upgrades of one's own", counts.moves[WRITE_UPGRADE], 1);
	by(0, 60, true); /* over the edge: one write, a move, and a cold line */
	expect("write misses", counts.moves[WRITE_MISS], 2);
	expect("cold lines", counts.cold, 3);
	expect("writes", counts.writes, 7);
	cache_hot(&hot);
	expect("hot lines", hot.lines, 1);
	expect("writes to them", hot.writes, 6);
	expect("moves of the hottest", hot.top[0].moves, 5);
	expect("its writers", hot.top[0].writers, 3);
}

/*
 * two[cpu].first += 5, atomically; three times two[cpu].second += -1, by a
 * callback. Code, destination, source, offset, constant.
 */
static struct bpf_insn insns[] = {
	{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id },
	{ BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0 },
	{ BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 0 },
	{ 0, 0, 0, 0, 0 }, /* the second half of the constant */
	{ BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0 },
	{ BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4 },
	{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 9, 0 },
	{ BPF_ALU64 | BPF_MOV | BPF_X, 6, 0, 0, 0 },
	{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 5 },
	{ BPF_STX | BPF_ATOMIC | BPF_DW, 6, 3, 0, BPF_ADD },
	{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 3 },
	{ BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_FUNC, 0, 5 },
	{ 0, 0, 0, 0, 0 },
	{ BPF_ALU64 | BPF_MOV | BPF_X, 3, 6, 0, 0 },
	{ BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0 },
	{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_loop },
	{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	/* The callback: (i, value). */
	{ BPF_LDX | BPF_MEM | BPF_DW, 3, 2, 8, 0 },
	{ BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -1 },
	{ BPF_STX | BPF_MEM | BPF_DW, 2, 3, 8, 0 },
	{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
	{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
};

static void program_run(uint32_t cpu)
{
	const struct object prog = { .name = "selftest",
				     .insns = insns,
				     .nr_insns = sizeof(insns) / sizeof(*insns) };
	const uint64_t args[5] = {};

	sim.cpu = cpu;
	interp(&prog, 0, args, 0);
}

static void programs(void)
{
	const int64_t *value = (const int64_t *)(map->memory + 7 * 32);

	insns[2].imm = map - objects;
	cache_count();
	program_run(6);
	program_run(7);
	expect("an atomic add", value[0], 5);
	expect("a loop's adds", value[1], -3);
	expect("locked operations", counts.locked, 2);
	expect("reads", counts.reads, 6);
	expect("writes", counts.writes, 8);
	expect("moves", counts.moves[WRITE_MISS], 1);
}

static void arithmetic(void)
{
	expect("a division of 32 bits", alu(BPF_DIV, -7, 2, false), 0x7ffffffc);
	expect("a division by 0", alu(BPF_DIV, 7, 0, true), 0);
	expect("a remainder by 0", alu(BPF_MOD, 7, 0, true), 7);
	expect("a shift of 32 bits", (uint32_t)alu(BPF_ARSH, 0x80000000, 33, false), 0xc0000000);
	expect("-1 < 1", jump_taken(BPF_JSLT, -1, 1, true), true);
	expect("-1 > 1 without a sign", jump_taken(BPF_JGT, -1, 1, false), true);
}

int selftest(void)
{
	map_make();
	caches();
	programs();
	arithmetic();
	nr_objects--;
	map->kind = OTHER;
	return right;
}
