/* SPDX-License-Identifier: GPL-2.0 */
/* A CPU's registers and stack while it was stuck, as the kernel itself wrote them: plain data. */
#ifndef IPITRACE_MODEL_BACKTRACE_H
#define IPITRACE_MODEL_BACKTRACE_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"
#include "model/moment.h"

struct backtrace_frame {
	uint64_t offset; /* from the beginning of the function */
	char name[96];
	char module[56]; /* "": the kernel proper */
};

struct backtrace {
	bool interrupts_known;
	bool interrupts_off;
	struct task_id task; /* that the CPU ran, or had interrupted; tgid is unknown, and 0 */
	uint32_t nr;
	struct backtrace_frame frames[STACK_DEPTH]; /* the innermost first */
};

/*
 * The frame to blame: the innermost one that does not merely spend time for its
 * caller, as a delay, a clock or the slow path of a lock does. NULL: none.
 */
const struct backtrace_frame *backtrace__culprit(const struct backtrace *bt);

#endif /* IPITRACE_MODEL_BACKTRACE_H */
