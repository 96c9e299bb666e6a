/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds a frame's caller by the tables that compilers write for exceptions (.eh_frame); programs
 * without frame pointers have these tables, too. Follows only the stack pointer, the frame pointer
 * and the return address of a frame.
 */
#ifndef IPITRACE_HOST_USER_UNWIND_H
#define IPITRACE_HOST_USER_UNWIND_H

#include "host/user/elf_image.h"
#include "model/snapshot.h"

/* Where the caller's value of a register is. */
enum register_rule {
	RULE_SAME, /* the register still has it */
	RULE_AT, /* it is in memory, at the canonical frame address + offset */
	RULE_UNDEFINED, /* it is nowhere; for FRAME_RETURN: there is no caller */
	RULE_OTHER, /* it must be found in a way that ipitrace does not follow */
};

struct register_at {
	enum register_rule rule;
	int64_t offset;
};

/* The registers that the unwinder follows. */
enum frame_register {
	FRAME_SP,
	FRAME_FP,
	FRAME_RETURN,
	NR_FRAME_REGISTERS,
	FRAME_NONE,
};

struct frame_row {
	/*
	 * The register from which the canonical frame address has the distance cfa_offset;
	 * FRAME_NONE if that address must be found in a way that ipitrace does not follow.
	 */
	enum frame_register cfa;
	int64_t cfa_offset;
	struct register_at at[NR_FRAME_REGISTERS]; /* unused for FRAME_SP */
};

/*
 * Get what .eh_frame of the file says about @vaddr (frame_table.c). False: the file has no row for
 * @vaddr.
 */
bool frame_table__row(const struct elf_image *image, uint64_t vaddr, struct frame_row *row);

struct unwind_regs {
	uint64_t ip, sp, fp;
	uint64_t lr; /* arm64 */
};

enum unwind_step {
	UNWIND_STEPPED,
	UNWIND_BASE, /* the thread began here */
	UNWIND_UNKNOWN, /* no table has the address, or a table needs what is not followed */
	UNWIND_BEYOND, /* the caller's frame, or its address, is not among what was copied */
	UNWIND_NO_FP, /* as UNWIND_BEYOND, and the function keeps other data in the frame pointer */
};

/*
 * Make @regs the registers of the caller. @vaddr: the address of regs->ip in @image; @called: a
 * call returns there, so the function is that of the byte before.
 */
enum unwind_step unwind__step(const struct elf_image *image, uint64_t vaddr, bool called,
			      const struct user_stack *stack, struct unwind_regs *regs);

struct joined_frames {
	uint64_t addrs[USER_FRAMES]; /* innermost first */
	uint32_t nr;
	enum user_end end;
};

/* Functions by which join_frames() asks about a process; each gets @ctx. */
struct frame_ops {
	/* Make @regs the registers of the caller, by tables: unwind__step(). */
	enum unwind_step (*step)(void *ctx, bool called, struct unwind_regs *regs);
	/* Whether code is mapped before @addr, and a function may return to @addr. */
	bool (*is_caller)(void *ctx, uint64_t addr);
	/* Whether the instruction before @addr is a system call. */
	bool (*is_after_syscall)(void *ctx, uint64_t addr);
};

/*
 * Get the frames of a sampled stack: by unwind tables as far as the copied words go, then by the
 * frame pointers that the kernel followed. In a program that is compiled without frame pointers, the
 * register may hold anything, and the kernel may have followed its value to any word. So an address that
 * is no caller ends the list, and the register is not followed if the tables say that the last function they
 * describe keeps other data there. A wrapper of a system call makes no frame of its own, so if only frame
 * pointers were followed, the wrapper's caller would be missed.
 *
 * If a wrapper has no tables that can be searched (static programs have no sorted list of them), it
 * is taken to keep only its caller's address on the stack, as the wrappers of munmap(), madvise()
 * and mprotect() do.
 */
void join_frames(const struct user_stack *stack, const struct frame_ops *ops, void *ctx,
		 struct joined_frames *frames);

#endif /* IPITRACE_HOST_USER_UNWIND_H */
