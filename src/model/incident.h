/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stall, ongoing or over, with all that is known about it: plain data. Times are
 * CLOCK_MONOTONIC ns, durations ns. A time, duration or address of 0 is unknown.
 */
#ifndef IPITRACE_MODEL_INCIDENT_H
#define IPITRACE_MODEL_INCIDENT_H

#include "abi/stall_event.h"
#include "model/callers.h"
#include "model/moment.h"

/* A frame of a CPU's stack while it was stuck, as the kernel itself wrote it. */
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

/*
 * An IPI takes tens of microseconds on a machine where nothing is wrong, so a shorter
 * stall is blamed on nothing but a function that was seen to run, or on the host, whose
 * clock says what it stole (from 20 us on).
 */
#define BLAME_MIN_NS 1000000ULL

/* Why a function began late; named only by evidence. */
enum lateness {
	LATE_UNKNOWN,
	LATE_SENDER, /* the sender was held up between queue and IPI */
	LATE_INTERRUPTS_OFF, /* the target took the interrupt late, in the kernel: its stack is there */
	LATE_BEHIND, /* other functions of the queue ran first */
	LATE_IDLE, /* the target was idle, yet took the interrupt late */
	LATE_STOLEN, /* the hypervisor did not run the target's virtual CPU */
	NR_LATENESS,
};

/* The cause of a delivery that lasts, or lasted, named only where the evidence leaves no other. */
enum delay_cause {
	WHY_UNKNOWN,
	WHY_INTERRUPTS_OFF, /* dst's interrupts were off: by its NMI, or by what it interrupted */
	WHY_BEHIND, /* other functions of the queue run, or ran, first */
	WHY_STOLEN, /* the hypervisor did not run the target's virtual CPU */
	WHY_BUSY, /* dst is, or was, in an interrupt of another kind, whose end this IPI waits for */
	WHY_NEVER_ARRIVED, /* dst took interrupts of its timer since: this one is lost */
	NR_WHYS,
};

/*
 * What the looks at dst and src saw while a delivery lasted: how often dst was in an
 * interrupt, and what both CPUs took between the first look and the last.
 */
struct looks {
	uint64_t first, last; /* time of the first and the last look; 0: there was none */
	uint32_t nr;
	uint32_t interrupt; /* of these looks, those that found dst in an interrupt */
	bool counts_known; /* at each look */
	uint64_t timers; /* interrupts of dst's timer */
	uint64_t calls; /* interrupts of dst that bring functions */
	uint64_t src_timers;
	bool lost; /* at some look the IPI had not arrived, though it should have */
	struct cpu_look src_last, dst_last;
};

extern const char *const phase_names[NR_PHASES];

/* The kernel's function in which the sender waits; NULL: unknown. */
#define NR_WAIT_IN 3
const char *wait_in__name(enum wait_in in);

/* A sender that cannot continue before the stall is over. */
struct waiter {
	struct task_id task;
	uint32_t src;
	uint64_t call; /* when the wait began */
	uint64_t until; /* when the wait was last seen, or ended */
	enum wait_in wait_in;
	bool behind; /* it waits for its own function, queued after the stalled one */
};

#define WAITERS_MAX 8

/* The last target of a call, compared with the median target. */
struct straggler {
	bool known;
	bool late; /* it began late; else it ran long */
	uint64_t later; /* it ended so much later than the median target, ns */
};

struct incident {
	uint64_t key; /* identifies the stall from report to report */
	uint64_t cause; /* the key of the stall that caused this one; 0: none */
	enum stall_phase phase;
	bool ongoing;
	bool end_unseen; /* it is over, but its end is unknown: @time is when it was last seen */
	bool covered; /* the report of its cause includes this stall */
	bool slept;
	bool dst_known;
	uint64_t at_most; /* with end_unseen: the stall lasted no longer than this, ns; 0: unknown */
	uint64_t time; /* when this state was seen: start + duration */
	uint64_t start;
	uint32_t src; /* PHASE_INTERRUPT has none, nor func, sender and call */
	uint32_t dst;
	struct symbol func, callsite;
	uint64_t csd;
	uint64_t call; /* 0: nobody waits for it */
	uint64_t queued;
	struct task_id sender;
	struct task_id victim; /* interrupted, or asleep */
	uint64_t cgroup; /* the victim's */
	const char *cgroup_path;
	enum wait_in wait_in;
	/* PHASE_DELIVERY only. */
	uint64_t sent;
	uint64_t arrived;
	enum lateness late;
	enum delay_cause why;
	bool timers_known;
	uint64_t timers; /* looks.timers */
	struct looks looks;
	bool stolen_known;
	uint64_t stolen; /* time that the hypervisor took from dst during the stall, ns */
	uint64_t others; /* time of other functions on dst that were stalls themselves, ns */
	/* The function that dst runs, or ran, instead; for PHASE_WAIT, the one that holds up the wait. */
	struct symbol doing;
	uint64_t doing_since;
	/* The kind of PHASE_INTERRUPT; with PHASE_WAIT: dst is, or was, in such an interrupt meanwhile. */
	bool irq_known;
	enum ipi_kind irq;
	/* PHASE_WAIT only: the targets that are not done yet; once the wait is over, all targets. */
	size_t nr_targets;
	size_t nr_listed; /* in targets[] */
	const struct target_time *targets;
	struct straggler straggler; /* also set in the incident that is the straggler */
	/* Senders that this stall holds up. */
	size_t nr_waiters;
	size_t more_waiters; /* the most at one time that waiters[] had no room for */
	struct waiter waiters[WAITERS_MAX];
	size_t queued_behind; /* csds queued after it that nobody waits for */
	const struct backtrace *backtrace; /* dst's stack while it was stuck; NULL: none */
	enum stack_of stack_of;
	bool user; /* user space was interrupted: no stack */
	uint32_t nr; /* frames */
	struct symbol stack[STACK_DEPTH]; /* innermost frame first */
};

static inline uint64_t incident__duration(const struct incident *in)
{
	return in->time - in->start;
}

/*
 * The task of the backtrace, which is there. The kernel's log names a thread: its process
 * (tgid) is that of the victim, if that is the same thread, else 0.
 */
struct task_id incident__stuck_task(const struct incident *incident);

/* Why the sender called, where its stack was taken (STACK_CALL); else without a name. */
struct reason incident__reason(const struct incident *incident);

/* Events for which the flight recorder writes a file. */
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

extern const struct form incident_form, trigger_form;

/* Whether @trigger has phase, src, dst and duration. */
static inline int trigger__has_csd(const struct trigger *trigger)
{
	return trigger->kind == TRIGGER_STALL || trigger->kind == TRIGGER_DELAY;
}

#endif /* IPITRACE_MODEL_INCIDENT_H */
