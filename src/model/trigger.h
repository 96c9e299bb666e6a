/* SPDX-License-Identifier: GPL-2.0 */
/* Events for which the flight recorder writes a file: plain data. */
#ifndef IPITRACE_MODEL_TRIGGER_H
#define IPITRACE_MODEL_TRIGGER_H

#include <stdint.h>
#include "abi/stall_event.h"

enum trigger_kind {
	TRIGGER_STALL, /* a stall passed the threshold */
	TRIGGER_STORM, /* a storm began */
	TRIGGER_DELAY, /* a csd was delivered late */
	TRIGGER_SIGNAL, /* SIGUSR1 */
	NR_TRIGGERS,
};

extern const char *const trigger_names[NR_TRIGGERS];

struct trigger {
	enum trigger_kind kind;
	uint64_t time; /* CLOCK_MONOTONIC ns: when that was seen */
	uint64_t id; /* of the stall or the storm; 0: has none */
	/* For a stall and a late csd: */
	enum stall_phase phase; /* a late csd: PHASE_DELIVERY */
	uint32_t src, dst;
	uint64_t duration; /* ns; of a stall that lasts: so far */
};

struct form;
extern const struct form trigger_form;

/* Whether @trigger has phase, src, dst and duration. */
static inline int trigger__has_csd(const struct trigger *trigger)
{
	return trigger->kind == TRIGGER_STALL || trigger->kind == TRIGGER_DELAY;
}

#endif /* IPITRACE_MODEL_TRIGGER_H */
