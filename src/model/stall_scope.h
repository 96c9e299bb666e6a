/* SPDX-License-Identifier: GPL-2.0 */
/* Which stalls a run can tell: those that were asked for, as far as the kernel shows them. */
#ifndef IPITRACE_MODEL_STALL_SCOPE_H
#define IPITRACE_MODEL_STALL_SCOPE_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/stall_event.h"

/* All zero: each phase that csds have. */
struct stall_scope {
	uint32_t asked; /* phases, a bit for each; 0: all */
	/*
	 * Calls alone are followed, as there are no csd tracepoints (before Linux 6.5): deliveries
	 * and handlers are not known, but interrupts may be. Else there are no interrupts.
	 */
	bool calls;
	bool interrupts_known;
};

static inline bool stall_scope__asks(const struct stall_scope *scope, enum stall_phase phase)
{
	return !scope->asked || scope->asked >> phase & 1;
}

/* Whether the source has @phase, known or not. */
static inline bool stall_scope__has(const struct stall_scope *scope, enum stall_phase phase)
{
	return phase != PHASE_INTERRUPT || scope->calls;
}

/* Whether the stalls of @phase were counted: without, their number is unknown. */
static inline bool stall_scope__knows(const struct stall_scope *scope, enum stall_phase phase)
{
	if (!stall_scope__asks(scope, phase))
		return false;
	if (phase == PHASE_INTERRUPT)
		return scope->calls && scope->interrupts_known;
	return phase == PHASE_WAIT || !scope->calls;
}

#endif /* IPITRACE_MODEL_STALL_SCOPE_H */
