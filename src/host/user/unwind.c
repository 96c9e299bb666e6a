// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <stddef.h>
#include "host/user/frame_table.h"
#include "host/user/unwind.h"

/* Above the addresses that arm64 gives to programs are signatures of pointers. */
#define ARM_ADDRESS ((1ULL << 48) - 1)

/* The copied word at @addr. False: it is not among them. */
static bool word_at(const struct user_stack *stack, uint64_t addr, uint64_t *word)
{
	uint64_t at = (addr - stack->sp) / sizeof(*stack->stack);

	if (addr < stack->sp || (addr - stack->sp) % sizeof(*stack->stack) || at >= stack->words)
		return false;
	*word = stack->stack[at];
	return true;
}

/* The caller's value of a register; @now: this frame's. */
static enum unwind_step caller_value(const struct register_at *at, uint64_t cfa, uint64_t now,
				     const struct user_stack *stack, uint64_t *value)
{
	*value = now;
	switch (at->rule) {
	case RULE_SAME:
		return UNWIND_STEPPED;
	case RULE_AT:
		return word_at(stack, cfa + at->offset, value) ? UNWIND_STEPPED : UNWIND_BEYOND;
	case RULE_UNDEFINED:
		return UNWIND_BASE;
	case RULE_OTHER:
		break;
	}
	return UNWIND_UNKNOWN;
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
	/* On x86 the return address is in memory, always. */
	if (!arm && row.at[FRAME_RETURN].rule != RULE_AT)
		return UNWIND_UNKNOWN;
	step = caller_value(&row.at[FRAME_RETURN], cfa, regs->lr, stack, &caller.ip);
	if (step != UNWIND_STEPPED)
		return step;
	/* A frame pointer that is not found is missed only if a later frame needs it. */
	if (caller_value(&row.at[FRAME_FP], cfa, regs->fp, stack, &caller.fp) != UNWIND_STEPPED)
		caller.fp = 0;
	if (arm)
		caller.ip &= ARM_ADDRESS;
	/* The stack grows downwards, so a frame that does not go up leads in a circle. */
	if (cfa < regs->sp || (cfa == regs->sp && caller.ip == regs->ip))
		return UNWIND_UNKNOWN;
	caller.sp = cfa;
	caller.lr = caller.ip;
	*regs = caller;
	return caller.ip ? UNWIND_STEPPED : UNWIND_BASE;
}
