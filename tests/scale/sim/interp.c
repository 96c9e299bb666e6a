// SPDX-License-Identifier: GPL-2.0
/*
 * Runs BPF programs as libbpf gives them to the kernel: up to cpu v4. Code that
 * the verifier would remove, because .rodata is constant, runs and does nothing.
 */
#include <string.h>
#include "fail.h"
#include "machine.h"

#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80
#endif
#define ATOMIC_LOAD  0x100
#define ATOMIC_STORE 0x110

struct machine sim;

/* A call of a program or of its function. */
struct activation {
	const struct prog *p;
	uint32_t pc; /* of the next instruction */
	int depth;
	uint64_t r[11];
};

static _Noreturn void unknown(const struct activation *a, const struct bpf_insn *insn)
{
	fail("%s: instruction %#x is not known here", a->p->name, insn->code);
}

static uint32_t size_of(uint8_t code)
{
	static const uint32_t sizes[] = { 4, 2, 1, 8 }; /* BPF_W, BPF_H, BPF_B, BPF_DW */

	return sizes[BPF_SIZE(code) >> 3];
}

static uint64_t sign_extend(uint64_t value, uint32_t bytes)
{
	int by = 64 - 8 * bytes;

	return (uint64_t)((int64_t)(value << by) >> by);
}

/* BPF_END: to the byte order that the source bit names, or swapped. This machine is little-endian. */
static uint64_t order(const struct bpf_insn *insn, uint64_t value)
{
	bool swap = BPF_CLASS(insn->code) == BPF_ALU64 || BPF_SRC(insn->code) == BPF_TO_BE;

	if (swap)
		return __builtin_bswap64(value) >> (64 - insn->imm);
	return insn->imm == 64 ? value : value & ((1ULL << insn->imm) - 1);
}

static void arithmetic(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t *d = &a->r[insn->dst_reg];
	uint64_t b = BPF_SRC(insn->code) == BPF_X ? a->r[insn->src_reg] : (uint64_t)insn->imm;
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	uint8_t op = BPF_OP(insn->code);

	if (op == BPF_END) {
		*d = order(insn, *d);
		return;
	}
	if (op == BPF_MOV) {
		if (BPF_SRC(insn->code) == BPF_X && insn->off)
			b = sign_extend(b, insn->off / 8);
		*d = wide ? b : (uint32_t)b;
		return;
	}
	*d = wide ? alu(op, *d, b, insn->off) : alu32(op, *d, b, insn->off);
}

static void call(struct activation *a, const struct bpf_insn *insn)
{
	switch (insn->src_reg) {
	case BPF_PSEUDO_CALL:
		a->r[0] = interp(a->p, a->pc + insn->imm, a->r + 1, a->depth + 1);
		break;
	case BPF_PSEUDO_KFUNC_CALL:
		a->r[0] = kfunc_call(a->p, insn->imm, a->r);
		break;
	default:
		a->r[0] = helper_call(a->p, insn->imm, a->r, a->depth);
	}
}

/* All but BPF_EXIT. */
static void jump(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t left = a->r[insn->dst_reg];
	uint64_t right = BPF_SRC(insn->code) == BPF_X ? a->r[insn->src_reg] : (uint64_t)insn->imm;
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;
	uint8_t op = BPF_OP(insn->code);

	if (op == BPF_CALL) {
		call(a, insn);
		return;
	}
	if (op == BPF_JA) {
		a->pc += wide ? insn->off : insn->imm;
		return;
	}
	if (wide ? jump_taken(op, left, right) : jump_taken32(op, left, right))
		a->pc += insn->off;
}

/* A constant of two instructions. */
static void constant(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t *d = &a->r[insn->dst_reg];

	switch (insn->src_reg) {
	case 0:
		*d = (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
		break;
	case BPF_PSEUDO_MAP_FD:
		*d = (uint64_t)&cap.maps[insn->imm];
		break;
	case BPF_PSEUDO_MAP_VALUE:
		if (!cap.maps[insn->imm].memory)
			fail("map %s has no value", cap.maps[insn->imm].name);
		*d = (uint64_t)cap.maps[insn->imm].memory + (uint32_t)insn[1].imm;
		break;
	case BPF_PSEUDO_FUNC:
		*d = CALLBACK | (a->pc + insn->imm);
		break;
	case BPF_PSEUDO_BTF_ID:
		*d = (uint64_t)KMEM_VARIABLE;
		break;
	default:
		fail("%s: a constant of type %u is not known here", a->p->name, insn->src_reg);
	}
	a->pc++;
}

static void load(struct activation *a, const struct bpf_insn *insn)
{
	uint32_t size = size_of(insn->code);
	uint64_t value = memory_load(a->r[insn->src_reg] + insn->off, size);

	if (BPF_MODE(insn->code) == BPF_MEMSX)
		value = sign_extend(value, size);
	else if (BPF_MODE(insn->code) != BPF_MEM)
		unknown(a, insn);
	a->r[insn->dst_reg] = value;
}

static void atomic(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t at = a->r[insn->dst_reg] + insn->off, *s = &a->r[insn->src_reg], was;
	uint32_t size = size_of(insn->code);

	if (insn->imm == ATOMIC_LOAD) {
		a->r[insn->dst_reg] = memory_load(*s + insn->off, size);
		return;
	}
	if (insn->imm == ATOMIC_STORE) {
		memory_store(at, size, *s);
		return;
	}
	was = memory_atomic(at, size, insn->imm, *s, a->r[0]);
	if (insn->imm == BPF_CMPXCHG)
		a->r[0] = was;
	else if (insn->imm & BPF_FETCH)
		*s = was;
}

static void store(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t at = a->r[insn->dst_reg] + insn->off;
	bool reg = BPF_CLASS(insn->code) == BPF_STX;

	if (reg && BPF_MODE(insn->code) == BPF_ATOMIC)
		atomic(a, insn);
	else if (BPF_MODE(insn->code) == BPF_MEM)
		memory_store(at, size_of(insn->code),
			     reg ? a->r[insn->src_reg] : (uint64_t)insn->imm);
	else
		unknown(a, insn);
}

static void step(struct activation *a, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		arithmetic(a, insn);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		jump(a, insn);
		break;
	case BPF_LDX:
		load(a, insn);
		break;
	case BPF_ST:
	case BPF_STX:
		store(a, insn);
		break;
	default: /* BPF_LD */
		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			unknown(a, insn);
		constant(a, insn);
	}
}

uint64_t interp(const struct prog *p, uint32_t pc, const uint64_t args[5], int depth)
{
	struct activation a = { .p = p, .pc = pc, .depth = depth };

	memcpy(a.r + 1, args, 5 * sizeof(*args));
	a.r[10] = memory_stack(depth);
	while (a.pc < p->nr) {
		const struct bpf_insn *insn = &p->insns[a.pc++];

		if (insn->code == (BPF_JMP | BPF_EXIT))
			return a.r[0];
		sim.since_clock++;
		step(&a, insn);
	}
	fail("%s: runs past its end", p->name);
}
