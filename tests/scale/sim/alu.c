// SPDX-License-Identifier: GPL-2.0
/* Arithmetic and conditions (6.12 Documentation/bpf/standardization/instruction-set.rst). */
#include "fail.h"
#include "machine.h"

static _Noreturn void unknown(const char *what, uint8_t op)
{
	fail("%s: %s %#x is not known here", cap.progs[sim.prog].name, what, op);
}

/* By 0: 0. The least number by -1 overflows to itself. */
static uint64_t divide(uint64_t a, uint64_t b, bool is_signed)
{
	if (!b)
		return 0;
	if (!is_signed)
		return a / b;
	return b == UINT64_MAX ? -a : (uint64_t)((int64_t)a / (int64_t)b);
}

/* By 0: @a. */
static uint64_t remainder_of(uint64_t a, uint64_t b, bool is_signed)
{
	if (!b)
		return a;
	if (!is_signed)
		return a % b;
	return b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
}

uint64_t alu(uint8_t op, uint64_t a, uint64_t b, bool is_signed)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return divide(a, b, is_signed);
	case BPF_MOD:
		return remainder_of(a, b, is_signed);
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 63);
	case BPF_RSH:
		return a >> (b & 63);
	case BPF_ARSH:
		return (uint64_t)((int64_t)a >> (b & 63));
	case BPF_NEG:
		return -a;
	}
	unknown("arithmetic", op);
}

/* The low half of the 64-bit result, but for what looks at the high half. */
uint32_t alu32(uint8_t op, uint32_t a, uint32_t b, bool is_signed)
{
	switch (op) {
	case BPF_DIV:
	case BPF_MOD:
		return is_signed ? alu(op, (int64_t)(int32_t)a, (int64_t)(int32_t)b, true) :
				   alu(op, a, b, false);
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	case BPF_ARSH:
		return (uint32_t)((int32_t)a >> (b & 31));
	}
	return alu(op, a, b, false);
}

bool jump_taken(uint8_t op, uint64_t a, uint64_t b)
{
	const int64_t sa = a, sb = b;

	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	case BPF_JSLE:
		return sa <= sb;
	case BPF_JSET:
		return a & b;
	}
	unknown("condition", op);
}

/* Sign extension keeps the order of unsigned numbers, too. */
bool jump_taken32(uint8_t op, uint32_t a, uint32_t b)
{
	return jump_taken(op, (int64_t)(int32_t)a, (int64_t)(int32_t)b);
}
