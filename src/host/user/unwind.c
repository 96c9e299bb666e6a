// SPDX-License-Identifier: GPL-2.0
#include "host/user/user.h"

/* arm64 keeps the signature of a pointer in the bits above a program's addresses. */
#define ARM_ADDRESS ((1ULL << 48) - 1)

/* Read the copied word at @addr. False: that word was not copied. */
static bool read_word(const struct user_stack *stack, uint64_t addr, uint64_t *word)
{
	uint64_t at = (addr - stack->sp) / sizeof(*stack->stack);

	if (addr < stack->sp || (addr - stack->sp) % sizeof(*stack->stack) || at >= stack->words)
		return false;
	*word = stack->stack[at];
	return true;
}

/* Find the caller's value of a register; @now: its value in this frame. */
static enum unwind_step find_caller_value(const struct register_at *at, uint64_t cfa, uint64_t now,
					  const struct user_stack *stack, uint64_t *value)
{
	*value = now;
	switch (at->rule) {
	case RULE_SAME:
		return UNWIND_STEPPED;
	case RULE_AT:
		return read_word(stack, cfa + at->offset, value) ? UNWIND_STEPPED : UNWIND_BEYOND;
	case RULE_UNDEFINED:
		return UNWIND_BASE;
	case RULE_OTHER:
		break;
	}
	return UNWIND_UNKNOWN;
}

/*
 * Whether the function has saved the caller's frame pointer and finds its own frame without it. On
 * x86 the register then holds other data. On arm64 gcc describes frames by the stack pointer also
 * where the register is a frame pointer.
 */
static bool fp_is_reused(bool arm, const struct frame_row *row)
{
	return !arm && row->cfa == FRAME_SP && row->at[FRAME_FP].rule == RULE_AT;
}

enum unwind_step unwind__step(const struct elf_image *image, uint64_t vaddr, bool called,
			      const struct user_stack *stack, struct unwind_regs *regs)
{
	bool arm = image->machine == EM_AARCH64;
	struct unwind_regs caller = *regs;
	enum unwind_step step;
	struct frame_row row;
	uint64_t cfa;

	if (!frame_table__row(image, vaddr - called, &row))
		return UNWIND_UNKNOWN;
	if (row.at[FRAME_RETURN].rule == RULE_UNDEFINED)
		return UNWIND_BASE;
	if (row.cfa != FRAME_SP && row.cfa != FRAME_FP)
		return UNWIND_UNKNOWN;
	cfa = (row.cfa == FRAME_SP ? regs->sp : regs->fp) + row.cfa_offset;
	/* vfork() keeps its return address in a register (DW_CFA_register) that was not copied. */
	if (row.at[FRAME_RETURN].rule == RULE_OTHER)
		return UNWIND_BEYOND;
	/* On x86 any other return address is in memory. */
	if (!arm && row.at[FRAME_RETURN].rule != RULE_AT)
		return UNWIND_UNKNOWN;
	step = find_caller_value(&row.at[FRAME_RETURN], cfa, regs->lr, stack, &caller.ip);
	if (step == UNWIND_BEYOND && fp_is_reused(arm, &row))
		return UNWIND_NO_FP;
	if (step != UNWIND_STEPPED)
		return step;
	/* A frame pointer that is not found matters only if a later frame needs it. */
	if (find_caller_value(&row.at[FRAME_FP], cfa, regs->fp, stack, &caller.fp) !=
	    UNWIND_STEPPED)
		caller.fp = 0;
	if (arm)
		caller.ip &= ARM_ADDRESS;
	/* The stack grows downwards: a caller's frame that is not higher would make a circle. */
	if (cfa < regs->sp || (cfa == regs->sp && caller.ip == regs->ip))
		return UNWIND_UNKNOWN;
	caller.sp = cfa;
	caller.lr = caller.ip;
	*regs = caller;
	return caller.ip ? UNWIND_STEPPED : UNWIND_BASE;
}

/* Follow the tables. Returns why they end. */
static enum unwind_step follow_tables(const struct frame_ops *ops, void *ctx,
				      struct unwind_regs *regs, struct joined_frames *frames)
{
	enum unwind_step how = UNWIND_STEPPED;

	while (frames->nr < USER_FRAMES) {
		struct unwind_regs caller = *regs;

		how = ops->step(ctx, frames->nr > 1, &caller);
		if (how == UNWIND_STEPPED && !ops->is_caller(ctx, caller.ip))
			how = UNWIND_UNKNOWN;
		if (how != UNWIND_STEPPED)
			break;
		*regs = caller;
		frames->addrs[frames->nr++] = caller.ip;
	}
	return how;
}

/*
 * Returns the index of the kernel's frame that continues @frames. If the kernel found the last
 * frame of @frames, too, this is the kernel's next frame. Else, if the frame pointer is still that
 * of the innermost frame, this is the frame to which the frame pointer leads. Otherwise, and if the
 * tables end (@how) in a function that keeps other data in the register, it is unknown how the two
 * lists continue each other: returns the end of the kernel's list.
 */
static uint32_t find_next_frame(const struct user_stack *stack, const struct unwind_regs *regs,
				enum unwind_step how, const struct joined_frames *frames)
{
	for (uint32_t f = 1; f < stack->nr && frames->nr > 1; f++)
		if (stack->frames[f] == frames->addrs[frames->nr - 1])
			return f + 1;
	return regs->fp == stack->fp && how != UNWIND_NO_FP ? 1 : stack->nr;
}

/* Go to the caller of a system call's wrapper: on the stack (x86), or in a register (arm64). */
static void wrapper_leave(const struct user_stack *stack, const struct frame_ops *ops, void *ctx,
			  struct unwind_regs *regs, struct joined_frames *frames)
{
	uint64_t caller = stack->lr ? stack->lr : stack->words ? stack->stack[0] : 0;

	if (!ops->is_after_syscall(ctx, regs->ip) || !ops->is_caller(ctx, caller))
		return;
	regs->ip = caller;
	regs->sp += stack->lr ? 0 : sizeof(caller);
	frames->addrs[frames->nr++] = caller;
}

void join_frames(const struct user_stack *stack, const struct frame_ops *ops, void *ctx,
		 struct joined_frames *frames)
{
	struct unwind_regs regs = { stack->ip, stack->sp, stack->fp, stack->lr };
	enum unwind_step how;

	*frames = (struct joined_frames){ .addrs = { stack->ip }, .nr = 1 };
	how = follow_tables(ops, ctx, &regs, frames);
	if (frames->nr == 1 && how == UNWIND_UNKNOWN) {
		wrapper_leave(stack, ops, ctx, &regs, frames);
		if (frames->nr > 1)
			how = follow_tables(ops, ctx, &regs, frames);
	}
	frames->end = how == UNWIND_BASE ? USER_END_BASE :
		      !stack->words	 ? USER_END_PAGED :
					   USER_END_LOST;
	for (uint32_t f = find_next_frame(stack, &regs, how, frames);
	     how != UNWIND_BASE && f < stack->nr && frames->nr < USER_FRAMES; f++) {
		if (!ops->is_caller(ctx, stack->frames[f]))
			return;
		frames->addrs[frames->nr++] = stack->frames[f];
	}
	if (frames->nr == USER_FRAMES && how != UNWIND_BASE)
		frames->end = USER_END_DEEP;
}
