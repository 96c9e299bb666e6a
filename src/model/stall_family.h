/* SPDX-License-Identifier: GPL-2.0 */
/* The stalls that have phase, function and sender in common: plain data. */
#ifndef IPITRACE_MODEL_STALL_FAMILY_H
#define IPITRACE_MODEL_STALL_FAMILY_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/stall_scope.h"

/* A longer name is cut. */
#define FAMILY_FUNC 96

struct stall_family {
	enum stall_phase phase;
	bool other; /* the sum of the families that found no room, without names */
	char func[FAMILY_FUNC]; /* "name [module]", or the address */
	bool interrupt; /* sent by an interrupt */
	char sender[COMM_LEN]; /* the task's name; "": unknown */
	uint64_t stalls;
	uint64_t told; /* of these, in a report of their own, or in that of their cause */
	uint64_t longest; /* ns */
};

/* The stalls that were counted and not told, since the last time that this was asked. */
struct stalls_untold {
	uint64_t stalls[NR_PHASES];
	struct stall_scope scope;
	uint64_t longest; /* ns */
};

#endif /* IPITRACE_MODEL_STALL_FAMILY_H */
