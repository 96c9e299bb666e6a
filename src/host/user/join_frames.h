/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The frames of a sampled stack: by unwind tables as far as the copied words go, then by the
 * frame pointers that the kernel followed. A wrapper of a system call makes no frame of its
 * own, so by frame pointers alone the wrapper's caller would be missed.
 */
#ifndef IPITRACE_HOST_USER_JOIN_FRAMES_H
#define IPITRACE_HOST_USER_JOIN_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/user_stack.h"
#include "host/user/unwind.h"
#include "model/snapshot.h"
#include "model/user_end.h"

struct joined_frames {
	uint64_t addrs[USER_FRAMES]; /* innermost first */
	uint32_t nr;
	enum user_end end;
};

/*
 * @step: to the caller of @regs, by tables, as unwind__step(). @is_code: whether code is mapped
 * at an address; no frame is elsewhere.
 */
void join_frames(const struct user_stack *stack,
		 enum unwind_step (*step)(void *ctx, bool called, struct unwind_regs *regs),
		 bool (*is_code)(void *ctx, uint64_t addr), void *ctx,
		 struct joined_frames *frames);

#endif /* IPITRACE_HOST_USER_JOIN_FRAMES_H */
