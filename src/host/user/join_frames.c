// SPDX-License-Identifier: GPL-2.0
#include "host/user/join_frames.h"

/* Follow the tables. Returns why they end. */
static enum unwind_step by_tables(const struct frame_ops *ops, void *ctx, struct unwind_regs *regs,
				  struct joined_frames *frames)
{
	enum unwind_step how = UNWIND_STEPPED;

	while (frames->nr < USER_FRAMES) {
		how = ops->step(ctx, frames->nr > 1, regs);
		if (how != UNWIND_STEPPED)
			break;
		frames->addrs[frames->nr++] = regs->ip;
	}
	return how;
}

/*
 * The first of the kernel's frames behind those in @frames: behind the last one, if the kernel
 * found that, too; or the one to which the frame pointer leads, if it is still the innermost
 * frame's. Else it is not known how the two go together.
 */
static uint32_t next_of(const struct user_stack *stack, const struct unwind_regs *regs,
			const struct joined_frames *frames)
{
	for (uint32_t f = 1; f < stack->nr && frames->nr > 1; f++)
		if (stack->frames[f] == frames->addrs[frames->nr - 1])
			return f + 1;
	return regs->fp == stack->fp ? 1 : stack->nr;
}

/* The caller of a wrapper: x86 has its address on the stack, arm64 in the link register. */
static void wrapper_leave(const struct user_stack *stack, const struct frame_ops *ops, void *ctx,
			  struct unwind_regs *regs, struct joined_frames *frames)
{
	uint64_t caller = stack->lr ? stack->lr : stack->words ? stack->stack[0] : 0;

	if (!ops->behind_call(ctx, regs->ip) || !ops->is_code(ctx, caller))
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
	how = by_tables(ops, ctx, &regs, frames);
	if (frames->nr == 1 && how == UNWIND_UNKNOWN) {
		wrapper_leave(stack, ops, ctx, &regs, frames);
		if (frames->nr > 1)
			how = by_tables(ops, ctx, &regs, frames);
	}
	frames->end = how == UNWIND_BASE ? USER_END_BASE :
		      !stack->words	 ? USER_END_PAGED :
					   USER_END_LOST;
	for (uint32_t f = next_of(stack, &regs, frames);
	     how != UNWIND_BASE && f < stack->nr && frames->nr < USER_FRAMES; f++) {
		if (!ops->is_code(ctx, stack->frames[f]))
			return;
		frames->addrs[frames->nr++] = stack->frames[f];
	}
	if (frames->nr == USER_FRAMES && how != UNWIND_BASE)
		frames->end = USER_END_DEEP;
}
