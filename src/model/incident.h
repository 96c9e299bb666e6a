/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stall, while it lasts or when it is over, with all that is known about
 * it: plain data. Times are CLOCK_MONOTONIC ns. A time, duration or address of
 * 0 is not known.
 */
#ifndef IPITRACE_MODEL_INCIDENT_H
#define IPITRACE_MODEL_INCIDENT_H

#include "abi/call.h"
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/moment.h"
#include "model/symbol.h"

/* Why a function began late; lateness_names[]. */
enum lateness {
	LATE_UNKNOWN,
	LATE_SENDER, /* the sender was held up between queue and IPI */
	LATE_INTERRUPTS_OFF, /* the target did not take the interrupt */
	LATE_BEHIND, /* other functions were before it */
	LATE_IDLE, /* the target was idle, and took it late all the same */
	LATE_STOLEN, /* the hypervisor did not run the target's virtual CPU */
	NR_LATENESS,
};

extern const char *const lateness_names[NR_LATENESS];
extern const char *const phase_names[NR_PHASES];

/* The kernel's function, NULL where it is not known. */
const char *wait_in__name(enum wait_in in);

/* A sender that cannot go on until this stall is over. */
struct waiter {
	struct task_id task;
	uint32_t src;
	uint64_t call; /* when it began to wait */
	uint64_t until; /* when it was last seen to wait, or ceased to */
	enum wait_in wait_in;
	bool behind; /* for a function of its own behind this one */
};

#define WAITERS_MAX 8

/* Which of a call's targets was last, against the median of them all. */
struct straggler {
	bool known;
	bool late; /* to start; else long to run */
	uint64_t later; /* than the median one, ns */
};

struct incident {
	uint64_t key; /* the same for the same stall */
	uint64_t cause; /* the key of the stall that it is due to; 0: none */
	enum stall_phase phase;
	bool ongoing;
	bool end_unseen; /* it is over, @time is when it was last seen */
	bool covered; /* the report of its cause tells of it */
	bool slept;
	bool dst_known;
	uint64_t time; /* of this state of things: start + duration */
	uint64_t start;
	uint32_t src;
	uint32_t dst;
	struct symbol func;
	struct symbol callsite;
	uint64_t csd;
	uint64_t call; /* 0: nobody waits for it */
	uint64_t queued;
	struct task_id sender;
	struct task_id victim; /* interrupted, or asleep */
	uint64_t cgroup; /* the victim's */
	const char *cgroup_path;
	enum wait_in wait_in;
	/* Of a delivery. */
	uint64_t sent;
	uint64_t arrived;
	enum lateness late;
	uint64_t stolen; /* what the hypervisor took from dst meanwhile, ns */
	uint64_t others; /* what other functions took, that were stalls themselves */
	/* What dst is, or was, in instead; of a wait, what keeps it. */
	struct symbol doing;
	uint64_t doing_since;
	/* Of a wait: the targets not yet done, or all. */
	size_t nr_targets;
	size_t nr_listed; /* in targets[] */
	const struct target_time *targets;
	struct straggler straggler; /* of the straggler itself, too */
	/* Who cannot go on meanwhile. */
	size_t nr_waiters;
	size_t more_waiters; /* at one time, beyond those */
	struct waiter waiters[WAITERS_MAX];
	size_t queued_behind; /* csds behind it that nobody waits for */
	enum stack_of stack_of;
	bool user; /* it interrupted user space: there is no stack of that */
	uint32_t nr; /* frames */
	struct symbol stack[STACK_DEPTH]; /* from the inside */
};

static inline uint64_t incident__duration(const struct incident *in)
{
	return in->time - in->start;
}

#endif /* IPITRACE_MODEL_INCIDENT_H */
