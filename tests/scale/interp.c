// SPDX-License-Identifier: GPL-2.0
/*
 * Runs BPF programs as libbpf gives them to the kernel: those of cpu v3 (6.12
 * Documentation/bpf/standardization/instruction-set.rst). Code that the verifier
 * would remove, because .rodata is constant, runs and does nothing.
 */
#include <string.h>
#include "cache.h"
#include "machine.h"

/* A call of a program or of its function. */
struct activation {
	const struct object *p;
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

uint64_t alu(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	uint32_t by = b & (wide ? 63 : 31);

	if (!wide) {
		a = op == BPF_ARSH ? (uint64_t)(int32_t)a : (uint32_t)a;
		b = (uint32_t)b;
	}
	switch (op) {
	case BPF_MOV:
		return b;
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_MOD:
		return b ? a % b : a;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << by;
	case BPF_RSH:
		return a >> by;
	case BPF_ARSH:
		return (uint64_t)((int64_t)a >> by);
	case BPF_NEG:
		return -a;
	}
	fail("%s: arithmetic %#x is not known here", objects[sim.prog].name, op);
}

/* Sign extension keeps the order of unsigned numbers, too. */
bool jump_taken(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	const int64_t sa = wide ? a : (uint64_t)(int32_t)a, sb = wide ? b : (uint64_t)(int32_t)b;
	const uint64_t ua = sa, ub = sb;

	switch (op) {
	case BPF_JEQ:
		return ua == ub;
	case BPF_JNE:
		return ua != ub;
	case BPF_JGT:
		return ua > ub;
	case BPF_JGE:
		return ua >= ub;
	case BPF_JLT:
		return ua < ub;
	case BPF_JLE:
		return ua <= ub;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	case BPF_JSLE:
		return sa <= sb;
	case BPF_JSET:
		return ua & ub;
	}
	fail("%s: condition %#x is not known here", objects[sim.prog].name, op);
}

static uint64_t source(const struct activation *a, const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X ? a->r[insn->src_reg] : (uint64_t)insn->imm;
}

static void arithmetic(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t *d = &a->r[insn->dst_reg];
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	uint64_t result;

	if (insn->off) /* signed, in cpu v4 */
		unknown(a, insn);
	result = alu(BPF_OP(insn->code), *d, source(a, insn), wide);
	*d = wide ? result : (uint32_t)result;
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
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;
	uint8_t op = BPF_OP(insn->code);

	if (op == BPF_CALL)
		call(a, insn);
	else if (insn->code == (BPF_JMP | BPF_JA) ||
		 jump_taken(op, a->r[insn->dst_reg], source(a, insn), wide))
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
		*d = (uint64_t)&objects[insn->imm];
		break;
	case BPF_PSEUDO_MAP_VALUE:
		if (!objects[insn->imm].memory)
			fail("map %s has no value", objects[insn->imm].name);
		*d = (uint64_t)objects[insn->imm].memory + (uint32_t)insn[1].imm;
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

static void atomic(struct activation *a, const struct bpf_insn *insn)
{
	uint64_t *s = &a->r[insn->src_reg];
	uint64_t was = memory_atomic(a->r[insn->dst_reg] + insn->off, size_of(insn->code),
				     insn->imm, *s, a->r[0]);

	if (insn->imm == BPF_CMPXCHG)
		a->r[0] = was;
	else if (insn->imm & BPF_FETCH)
		*s = was;
}

static void access(struct activation *a, const struct bpf_insn *insn)
{
	bool reg = BPF_CLASS(insn->code) == BPF_STX;
	uint64_t value = reg ? a->r[insn->src_reg] : (uint64_t)insn->imm;

	if (reg && BPF_MODE(insn->code) == BPF_ATOMIC)
		atomic(a, insn);
	else if (BPF_MODE(insn->code) != BPF_MEM)
		unknown(a, insn);
	else if (BPF_CLASS(insn->code) == BPF_LDX)
		a->r[insn->dst_reg] =
			memory_load(a->r[insn->src_reg] + insn->off, size_of(insn->code));
	else
		memory_copy(a->r[insn->dst_reg] + insn->off, size_of(insn->code), &value);
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
	case BPF_ST:
	case BPF_STX:
		access(a, insn);
		break;
	default: /* BPF_LD */
		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			unknown(a, insn);
		constant(a, insn);
	}
}

uint64_t interp(const struct object *p, uint32_t pc, const uint64_t args[5], int depth)
{
	struct activation a = { .p = p, .pc = pc, .depth = depth };

	memcpy(a.r + 1, args, 5 * sizeof(*args));
	a.r[10] = memory_stack(depth);
	while (a.pc < p->nr_insns) {
		const struct bpf_insn *insn = &p->insns[a.pc++];

		if (insn->code == (BPF_JMP | BPF_EXIT))
			return a.r[0];
		sim.since_clock++;
		counts.instructions++;
		step(&a, insn);
	}
	fail("%s: runs past its end", p->name);
}
