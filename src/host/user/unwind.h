/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a frame to its caller by the tables that compilers leave for exceptions (.eh_frame),
 * which programs without frame pointers have, too. Of a frame only its stack pointer, its
 * frame pointer and its return address are followed.
 */
#ifndef IPITRACE_HOST_USER_UNWIND_H
#define IPITRACE_HOST_USER_UNWIND_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/user_stack.h"
#include "host/user/elf_image.h"

struct unwind_regs {
	uint64_t ip;
	uint64_t sp;
	uint64_t fp;
	uint64_t lr; /* arm64 */
};

enum unwind_step {
	UNWIND_STEPPED,
	UNWIND_BASE, /* the thread began here */
	UNWIND_UNKNOWN, /* no table has the address, or the table asks for more than is known */
	UNWIND_BEYOND, /* the caller's frame is not among the copied words */
};

/*
 * Make @regs those of the caller. @vaddr: of regs->ip in @image; @called: a call returns
 * there, so it is the byte before that counts.
 */
enum unwind_step unwind__step(const struct elf_image *image, uint64_t vaddr, bool called,
			      const struct user_stack *stack, struct unwind_regs *regs);

#endif /* IPITRACE_HOST_USER_UNWIND_H */
