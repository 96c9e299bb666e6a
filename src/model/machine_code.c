// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <string.h>
#include "model/machine_code.h"

/* The bytes that follow an opcode: Intel SDM, volume 2, appendix A, in 64-bit mode. */
enum operands {
	NOT_KNOWN,
	PLAIN, /* nothing follows */
	MODRM, /* a ModRM byte, and what the byte asks for */
	IMM8, /* an immediate, or a distance, of 8 bits */
	IMM16,
	IMM32,
	IMMZ, /* an immediate of 16 bits with the prefix 0x66, else of 32 bits */
	IMMV, /* an immediate of 64 bits with REX.W, else as IMMZ */
	ENTER, /* two immediates, of 16 and of 8 bits */
	ADDRESS, /* an address, of 32 bits with the prefix 0x67, else of 64 */
	MODRM_IMM8,
	MODRM_IMMZ,
	GROUP3_8, /* MODRM; TEST, which has /0 and /1, also has an immediate of 8 bits */
	GROUP3_Z, /* MODRM; TEST also has an immediate as IMMZ */
	PREFIX,
	REX,
	ESCAPE, /* 0x0f */
	VEX2,
	VEX3,
	EVEX,
};

/* With these short names each row of the tables fits a line. */
#define __ NOT_KNOWN
#define P  PLAIN
#define M  MODRM
#define I  IMM8
#define Z  IMMZ
#define V  IMMV
#define MI MODRM_IMM8
#define MZ MODRM_IMMZ
#define A  ADDRESS
#define X  PREFIX
#define R  REX

/* clang-format off */
static const uint8_t one_byte[256] = {
	M, M, M, M, I, Z, __, __,	M, M, M, M, I, Z, __, ESCAPE,		/* 00 */
	M, M, M, M, I, Z, __, __,	M, M, M, M, I, Z, __, __,		/* 10 */
	M, M, M, M, I, Z, X, __,	M, M, M, M, I, Z, X, __,		/* 20 */
	M, M, M, M, I, Z, X, __,	M, M, M, M, I, Z, X, __,		/* 30 */
	R, R, R, R, R, R, R, R,		R, R, R, R, R, R, R, R,			/* 40 */
	P, P, P, P, P, P, P, P,		P, P, P, P, P, P, P, P,			/* 50 */
	__, __, EVEX, M, X, X, X, X,	Z, MZ, I, MI, P, P, P, P,		/* 60 */
	I, I, I, I, I, I, I, I,		I, I, I, I, I, I, I, I,			/* 70 */
	MI, MZ, __, MI, M, M, M, M,	M, M, M, M, M, M, M, M,			/* 80 */
	P, P, P, P, P, P, P, P,		P, P, __, P, P, P, P, P,		/* 90 */
	A, A, A, A, P, P, P, P,		I, Z, P, P, P, P, P, P,			/* a0 */
	I, I, I, I, I, I, I, I,		V, V, V, V, V, V, V, V,			/* b0 */
	MI, MI, IMM16, P, VEX3, VEX2, MI, MZ, ENTER, P, IMM16, P, P, I, __, P,	/* c0 */
	M, M, M, M, __, __, __, P,	M, M, M, M, M, M, M, M,			/* d0 */
	I, I, I, I, I, I, I, I,		IMM32, IMM32, __, I, P, P, P, P,	/* e0 */
	X, P, X, X, P, P, GROUP3_8, GROUP3_Z, P, P, P, P, P, P, M, M,		/* f0 */
};

/* The opcodes after 0x0f. */
static const uint8_t two_bytes[256] = {
	M, M, M, M, __, P, P, P,	P, P, __, P, __, M, P, MI,		/* 00 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* 10 */
	M, M, M, M, __, __, __, __,	M, M, M, M, M, M, M, M,			/* 20 */
	P, P, P, P, P, P, __, P,	ESCAPE, __, ESCAPE, __, __, __, __, __,	/* 30 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* 40 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* 50 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* 60 */
	MI, MI, MI, MI, M, M, M, P,	M, M, __, __, M, M, M, M,		/* 70 */
	IMM32, IMM32, IMM32, IMM32, IMM32, IMM32, IMM32, IMM32,			/* 80 */
	IMM32, IMM32, IMM32, IMM32, IMM32, IMM32, IMM32, IMM32,			/* 88 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* 90 */
	P, P, P, M, MI, M, M, M,	P, P, P, M, MI, M, M, M,		/* a0 */
	M, M, M, M, M, M, M, M,		M, M, MI, M, M, M, M, M,		/* b0 */
	M, M, MI, M, MI, MI, MI, M,	P, P, P, P, P, P, P, P,			/* c0 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* d0 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* e0 */
	M, M, M, M, M, M, M, M,		M, M, M, M, M, M, M, M,			/* f0 */
};
/* clang-format on */

#undef __
#undef P
#undef M
#undef I
#undef Z
#undef V
#undef MI
#undef MZ
#undef A
#undef X
#undef R

/* An instruction while it is read. Bytes after the end of @code read as 0, and @over is set. */
struct reading {
	const uint8_t *code;
	size_t len;
	size_t at;
	bool wide; /* REX.W */
	bool short_data; /* the prefix 0x66 */
	bool short_address; /* the prefix 0x67 */
	bool over;
};

static uint8_t take_byte(struct reading *r)
{
	if (r->at < r->len)
		return r->code[r->at++];
	r->over = true;
	return 0;
}

static void skip_bytes(struct reading *r, size_t nr)
{
	r->at += nr;
	r->over |= r->at > r->len;
}

/* Skip the ModRM byte and what belongs to its address. Returns the byte's middle field. */
static unsigned int skip_modrm(struct reading *r)
{
	uint8_t modrm = take_byte(r);
	unsigned int mod = modrm >> 6, rm = modrm & 7;
	size_t distance = mod == 1 ? 1 : mod == 2 ? 4 : 0;

	if (mod == 3)
		return modrm >> 3 & 7;
	if (rm == 4) {
		uint8_t sib = take_byte(r);

		if (!mod && (sib & 7) == 5)
			distance = 4;
	} else if (!mod && rm == 5) {
		distance = 4;
	}
	skip_bytes(r, distance);
	return modrm >> 3 & 7;
}

static bool has_modrm(enum operands operands)
{
	return operands == MODRM || operands == MODRM_IMM8 || operands == MODRM_IMMZ ||
	       operands == GROUP3_8 || operands == GROUP3_Z;
}

/*
 * Returns the bytes of the immediate or the address that follows; -1: not known. @group: the middle
 * field of the ModRM byte.
 */
static int get_immediate(const struct reading *r, enum operands operands, unsigned int group)
{
	int immz = r->short_data && !r->wide ? 2 : 4;

	switch (operands) {
	case PLAIN:
	case MODRM:
		return 0;
	case IMM8:
	case MODRM_IMM8:
		return 1;
	case IMM16:
		return 2;
	case ENTER:
		return 3;
	case IMM32:
		return 4;
	case IMMZ:
	case MODRM_IMMZ:
		return immz;
	case IMMV:
		return r->wide ? 8 : immz;
	case ADDRESS:
		return r->short_address ? 4 : 8;
	case GROUP3_8:
		return group < 2 ? 1 : 0;
	case GROUP3_Z:
		return group < 2 ? immz : 0;
	default:
		return -1;
	}
}

/* Skip what follows the opcode. Returns false if that is unknown. */
static bool skip_operands(struct reading *r, enum operands operands)
{
	unsigned int group = has_modrm(operands) ? skip_modrm(r) : 0;
	int immediate = get_immediate(r, operands, group);

	if (immediate > 0)
		skip_bytes(r, immediate);
	return immediate >= 0;
}

/* Returns what follows the opcode in @map of VEX and EVEX. */
static enum operands get_vector_operands(unsigned int map, uint8_t opcode)
{
	switch (map) {
	case 1:
		return two_bytes[opcode];
	case 2:
	case 5:
	case 6:
		return MODRM;
	case 3:
		return MODRM_IMM8;
	default:
		return NOT_KNOWN;
	}
}

/* Returns what follows the opcode after @prefix: VEX2, VEX3 or EVEX. */
static enum operands read_vector(struct reading *r, enum operands prefix)
{
	uint8_t first = take_byte(r);
	unsigned int map = prefix == VEX2 ? 1 : prefix == VEX3 ? first & 0x1f : first & 7;

	skip_bytes(r, prefix == VEX2 ? 0 : prefix == VEX3 ? 1 : 2);
	return get_vector_operands(map, take_byte(r));
}

/* Returns what follows the opcode after 0x0f. */
static enum operands read_escaped(struct reading *r)
{
	uint8_t opcode = take_byte(r);

	if (two_bytes[opcode] != ESCAPE)
		return two_bytes[opcode];
	take_byte(r);
	return opcode == 0x3a ? MODRM_IMM8 : MODRM;
}

/* Take the prefixes. Returns the first byte of the opcode. */
static uint8_t take_prefixes(struct reading *r)
{
	for (;;) {
		uint8_t byte = take_byte(r);
		enum operands operands = one_byte[byte];

		if (operands != PREFIX && operands != REX)
			return byte;
		/* REX counts only right before the opcode. */
		r->wide = operands == REX && byte & 8;
		r->short_data |= byte == 0x66;
		r->short_address |= byte == 0x67;
	}
}

/* Take the rest of the opcode, whose first byte is @opcode. Returns what follows. */
static enum operands read_opcode(struct reading *r, uint8_t opcode)
{
	enum operands operands = one_byte[opcode];

	if (operands == ESCAPE)
		return read_escaped(r);
	if (operands == VEX2 || operands == VEX3 || operands == EVEX)
		return read_vector(r, operands);
	/* AMD's XOP is 0x8f with another ModRM byte than POP's. */
	if (opcode == 0x8f && r->at < r->len && r->code[r->at] & 0x38)
		return NOT_KNOWN;
	return operands;
}

/* The longest instruction. */
#define INSTRUCTION_MAX 15

/* An instruction without its prefixes. */
struct instruction {
	const uint8_t *opcode;
	size_t len;
};

/* Returns the length of the instruction at @code, as x86__instruction_length() does. */
static size_t read_instruction(const uint8_t *code, size_t len, struct instruction *read)
{
	struct reading r = { .code = code, .len = len < INSTRUCTION_MAX ? len : INSTRUCTION_MAX };
	uint8_t opcode = take_prefixes(&r);
	size_t begin = r.at - 1;

	if (r.over || !skip_operands(&r, read_opcode(&r, opcode)) || r.over)
		return 0;
	*read = (struct instruction){ code + begin, r.at - begin };
	return r.at;
}

size_t x86__instruction_length(const uint8_t *code, size_t len)
{
	struct instruction read;

	return read_instruction(code, len, &read);
}

#define INT3   0xcc
#define STI    0xfb
#define HLT    0xf4
#define CALL   0xe8
#define JUMP   0xe9
#define RETURN 0xc3

/* Whether @i is a near call: with a distance, or of an address in a register or in memory. */
static bool is_call(const struct instruction *i)
{
	return *i->opcode == CALL ||
	       (*i->opcode == 0xff && i->len > 1 && (i->opcode[1] >> 3 & 7) == 2);
}

/* Prefixes need no search: the bytes of a call from its opcode on are a call, too. */
bool x86__ends_with_call(const uint8_t *code, size_t len)
{
	struct instruction i;

	for (size_t size = 2; size <= X86_CALL_MAX && size <= len; size++)
		if (read_instruction(code + len - size, size, &i) == size && is_call(&i))
			return true;
	return false;
}

/* Calls of arm64: BL, BLR, and the forms of BLR that check a signed address, such as BLRAA. */
bool arm64__ends_with_call(const uint8_t *code, size_t len)
{
	uint32_t instruction;

	if (len < sizeof(instruction))
		return false;
	memcpy(&instruction, code + len - sizeof(instruction), sizeof(instruction));
	instruction = le32toh(instruction);
	return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfefff000) == 0xd63f0000;
}

/* Whether @i is an unconditional jump, a call or a return, so that other code runs next. */
static bool goes_elsewhere(const struct instruction *i)
{
	unsigned int group = i->len > 1 ? i->opcode[1] >> 3 & 7 : 0;

	switch (*i->opcode) {
	case CALL:
	case JUMP:
	case 0xeb: /* JMP, short */
	case 0xc2: /* RET */
	case RETURN:
	case 0xca: /* RETF */
	case 0xcb: /* RETF */
	case 0xcd: /* INT */
	case 0xcf: /* IRET */
	case INT3:
		return true;
	case 0xff: /* CALL and JMP are /2 to /5 */
		return group >= 2 && group <= 5;
	case 0x0f: /* SYSCALL, SYSRET, UD2, SYSENTER, SYSEXIT */
		return i->opcode[1] == 0x05 || i->opcode[1] == 0x07 || i->opcode[1] == 0x0b ||
		       i->opcode[1] == 0x34 || i->opcode[1] == 0x35;
	default:
		return false;
	}
}

/* Whether the CPU may wait in @i: in HLT, or in MWAIT, VMCALL and others of their group. */
static bool may_wait(const struct instruction *i)
{
	return *i->opcode == HLT || (i->len > 1 && *i->opcode == 0x0f && i->opcode[1] == 0x01);
}

/* Returns the target of @i, a call or a jump with a distance of 32 bits that ends at @end. */
static uint64_t get_target(const struct instruction *i, uint64_t end)
{
	int32_t distance;

	memcpy(&distance, i->opcode + 1, sizeof(distance));
	return end + distance;
}

/*
 * The compiler writes INT3 only where no code runs (-mharden-sls). Any other INT3 replaces the
 * first byte of an instruction that the kernel is exchanging (6.5 to 7.3
 * arch/x86/kernel/alternative.c): then the bytes after the INT3 do not show which instruction runs.
 */
bool x86__find_tail(const uint8_t *code, size_t len, uint64_t addr, struct code_tail *tail)
{
	struct instruction next, last = {};
	bool after_sti = false;

	*tail = (struct code_tail){};
	for (size_t at = 0; at < len;) {
		size_t size = read_instruction(code + at, len - at, &next);

		if (!size || (*next.opcode == INT3 && last.opcode && !goes_elsewhere(&last)))
			return false;
		after_sti = last.opcode && *last.opcode == STI;
		last = next;
		at += size;
	}
	if (!last.opcode)
		return false;
	tail->after_sti = after_sti;
	tail->continues = !goes_elsewhere(&last) && !may_wait(&last);
	if (*last.opcode == CALL)
		tail->called = get_target(&last, addr + len);
	return true;
}

bool x86__switches_on(const uint8_t *code, size_t len, uint64_t addr, uint64_t *goes_to)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	struct instruction i;
	size_t at = 0, size;

	if (len >= sizeof(endbr64) && !memcmp(code, endbr64, sizeof(endbr64)))
		at = sizeof(endbr64);
	if (at == len || code[at++] != STI)
		return false;
	size = read_instruction(code + at, len - at, &i);
	*goes_to = size && *i.opcode == JUMP ? get_target(&i, addr + at + size) : 0;
	return size && (*i.opcode == RETURN || *i.opcode == JUMP);
}
