/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How to find a caller's frame, by address: what .eh_frame of an ELF file says (DWARF 5, 6.4;
 * the Linux Standard Base, 10.6). The file is anybody's: each read is bounded.
 */
#ifndef IPITRACE_HOST_USER_FRAME_TABLE_H
#define IPITRACE_HOST_USER_FRAME_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "host/user/elf_image.h"

/* Where the caller's value of a register is. */
enum register_rule {
	RULE_SAME, /* in the register */
	RULE_AT, /* in memory, at the canonical frame address + offset */
	RULE_UNDEFINED, /* nowhere; of the return address: there is no caller */
	RULE_OTHER, /* found in a way that is not followed */
};

struct register_at {
	enum register_rule rule;
	int64_t offset;
};

/* The registers that are followed. */
enum frame_register {
	FRAME_SP,
	FRAME_FP,
	FRAME_RETURN,
	NR_FRAME_REGISTERS,
	FRAME_NONE,
};

struct frame_row {
	/* The canonical frame address, which is the caller's stack pointer: cfa + cfa_offset. */
	enum frame_register cfa; /* FRAME_NONE: found in a way that is not followed */
	int64_t cfa_offset;
	struct register_at at[NR_FRAME_REGISTERS]; /* of FRAME_SP nothing */
};

/* The row for @vaddr. False: the file has none. */
bool frame_table__row(const struct elf_image *image, uint64_t vaddr, struct frame_row *row);

#endif /* IPITRACE_HOST_USER_FRAME_TABLE_H */
