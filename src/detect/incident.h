/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stall, while it lasts or when it is over, with all that is known of
 * it: plain data. Times are CLOCK_MONOTONIC ns; 0, and an address of 0: not
 * known.
 */
#ifndef IPITRACE_INCIDENT_H
#define IPITRACE_INCIDENT_H

#include "../snapshot.h"
#include "../stall.h"

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
	enum wait_in in;
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
	enum wait_in in;
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
	size_t nr_told; /* in targets[] */
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

/* The keys by which the same stall is found again. */
uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time);

/* From what the programs told; @in points into @event. */
void incident__of_event(struct incident *in, const struct stall_event *event);

/*
 * Whether a function that is said to have slept was seen to: its stack, which
 * must have names, goes through the flush of the queue. Else its exit was
 * hidden from us, and what slept was something else.
 */
bool incident__believed(const struct incident *in);

/*
 * Leave of a stack, which must have names, what is worth reading: not the
 * tracing's own frames, nor the interrupt that brought the function.
 */
void incident__trim(struct incident *in);

/* Of a delivery that is over: why it was late. Its stack must be trimmed. */
void incident__judge(struct incident *in);

/* Add a waiter, or what is new of one that is there. False: no room. */
bool incident__add_waiter(struct incident *in, const struct waiter *waiter);

/* For how much of @of's time @by lasted too, ns. */
uint64_t incident__overlap(const struct incident *of, const struct incident *by);

#endif /* IPITRACE_INCIDENT_H */
