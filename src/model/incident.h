/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stall, ongoing or over, with its evidence: plain data. Times are CLOCK_MONOTONIC ns,
 * durations ns. A time, duration or address of 0 is unknown.
 */
#ifndef IPITRACE_MODEL_INCIDENT_H
#define IPITRACE_MODEL_INCIDENT_H

#include "abi/stall_event.h"
#include "model/callers.h"
#include "model/moment.h"

/* A frame of the stack of a stuck CPU, as the kernel printed the frame in its log. */
struct backtrace_frame {
	uint64_t offset; /* from the beginning of the function */
	char name[96];
	char module[56]; /* the kernel module; "": the kernel proper */
};

struct backtrace {
	bool interrupts_known;
	bool interrupts_off;
	struct task_id task; /* the task that the CPU ran or had interrupted; tgid is 0, unknown */
	uint32_t nr;
	struct backtrace_frame frames[STACK_DEPTH]; /* innermost frame first */
};

/*
 * Returns the frame to blame: the innermost frame that does not merely spend time for its caller,
 * as a delay, a clock or the slow path of a lock does; if each frame does so, the innermost frame.
 * NULL if @bt has no frames.
 */
const struct backtrace_frame *backtrace__culprit(const struct backtrace *bt);

/*
 * Returns a symbol without an address, which points to the names in @frame. If @frame is NULL, the
 * symbol is all zero.
 */
struct symbol backtrace_frame__symbol(const struct backtrace_frame *frame);

/*
 * An IPI takes tens of microseconds on a machine where nothing is wrong. A stall shorter than this,
 * in ns, is blamed only on a function that was seen to run, or on the host, if the steal clock
 * shows at least 20 us.
 */
#define BLAME_MIN_NS 1000000ULL

/*
 * Why a function began late, for a delivery that is over: incident__set_lateness(). A value is set
 * only on evidence.
 */
enum lateness {
	LATE_UNKNOWN,
	LATE_SENDER, /* the sender was held up between queue and IPI */
	LATE_INTERRUPTS_OFF, /* the target switched interrupts on, and then took the interrupt */
	LATE_BEHIND, /* other functions of the same queue ran first */
	LATE_IDLE, /* the target, which is no virtual CPU, was idle, yet took the interrupt late */
	LATE_STOLEN, /* the hypervisor did not run the target's virtual CPU */
	NR_LATENESS,
};

/*
 * The cause to blame for a late delivery, ongoing or over: incident__set_why() derives this from
 * enum lateness, looks and the stack. A value is set only if the evidence leaves no other cause.
 */
enum delay_cause {
	WHY_UNKNOWN,
	WHY_INTERRUPTS_OFF, /* dst's interrupts were off: its backtrace or its stack shows that */
	WHY_BEHIND, /* other functions of the same queue run, or ran, first */
	WHY_STOLEN, /* the hypervisor did not run the target's virtual CPU */
	WHY_BUSY, /* dst is, or was, in an interrupt of another kind, whose end this IPI awaits */
	WHY_NEVER_ARRIVED, /* dst has taken interrupts of its timer since then: this IPI is lost */
	NR_WHYS,
};

/*
 * Results of the repeated looks at dst and src during a delivery: how often dst was in an
 * interrupt, and how many interrupts both CPUs took between the first look and the last.
 */
struct looks {
	uint64_t first, last; /* time of the first and the last look; 0 if there was no look */
	uint32_t nr;
	uint32_t interrupt; /* of these looks, those that found dst in an interrupt */
	uint32_t preempted; /* looks at which the host did not run dst */
	bool counts_known; /* each look had the counts */
	uint64_t timers; /* interrupts of dst's timer */
	uint64_t calls; /* dst's interrupts that bring functions */
	uint64_t src_timers; /* interrupts of src's timer */
	bool lost; /* at some look the IPI had not arrived, though it should have */
	struct cpu_look src_last, dst_last;
};

/* How the CPUs' local APICs, which send and take IPIs, are reached; x86. */
enum apic_mode {
	APIC_UNKNOWN,
	APIC_XAPIC, /* by memory */
	APIC_X2APIC, /* by registers of the CPU */
	NR_APIC_MODES,
};

extern const char *const phase_names[NR_PHASES];
extern const char *const lateness_names[NR_LATENESS]; /* NULL: unknown */

/* The kernel's function in which a sender waits; NULL if unknown. */
#define NR_WAIT_IN 3
const char *wait_in__name(enum wait_in in);

/* A sender that cannot continue before the stall is over. */
struct waiter {
	struct task_id task;
	uint32_t src;
	uint64_t call; /* time at which the wait began */
	uint64_t until; /* time at which the wait was last seen, or ended */
	enum wait_in wait_in;
	bool behind; /* the sender waits for its own function, queued after the stalled one */
};

#define WAITERS_MAX 8

/* The target of a call that ended last, compared with the median target. */
struct straggler {
	bool known;
	bool late; /* the function began late there; false: the function ran long */
	uint64_t later; /* the target ended this much later than the median target, ns */
};

struct incident {
	uint64_t key; /* identifies the stall in all its reports */
	uint64_t cause; /* the key of the stall that caused this stall; 0 if there is none */
	enum stall_phase phase;
	bool ongoing;
	/* The stall is over, but its end is unknown: @time is when the stall was last seen. */
	bool end_unseen;
	bool covered; /* the stall is folded: the report of its cause includes this stall */
	bool slept;
	bool dst_known;
	/* With end_unseen: the stall lasted no longer than this, ns; 0 if unknown. */
	uint64_t at_most;
	uint64_t time; /* time of this state: start + duration */
	uint64_t start;
	uint32_t src; /* for PHASE_INTERRUPT src, func, sender and call are unknown */
	uint32_t dst;
	struct symbol func, callsite;
	uint64_t csd;
	uint64_t call; /* time at which the sender's call began; 0 if no sender waits */
	uint64_t queued;
	struct task_id sender;
	struct task_id victim; /* the task that was interrupted, or sleeps */
	uint64_t cgroup; /* cgroup id of the victim */
	const char *cgroup_path;
	enum wait_in wait_in;
	/* Known for PHASE_DELIVERY only. */
	uint64_t sent;
	uint64_t arrived;
	uint64_t ran; /* time for which functions of the same flush ran from @arrived on, ns */
	enum lateness late;
	enum delay_cause why;
	/* Known only with WHY_NEVER_ARRIVED. */
	uint32_t vector; /* of the IPI; 0 if unknown */
	enum apic_mode apic;
	bool timers_known;
	uint64_t timers; /* interrupts of dst's timer, as looks.timers counts them */
	struct looks looks;
	bool stolen_known;
	uint64_t stolen; /* time that the hypervisor took from dst during the stall, ns */
	bool src_stolen_known; /* only for PHASE_DELIVERY */
	uint64_t src_stolen; /* time that the hypervisor took from src during the stall, ns */
	uint64_t others; /* time of other functions on dst that were stalls themselves, ns */
	/* The function that dst runs, or ran, instead; for PHASE_WAIT, that delays the sender. */
	struct symbol doing;
	uint64_t doing_since;
	/*
	 * For PHASE_INTERRUPT, the interrupt's kind. For PHASE_WAIT, dst is, or was, in an
	 * interrupt of this kind meanwhile.
	 */
	bool irq_known;
	enum ipi_kind irq;
	/*
	 * For PHASE_WAIT only: the number of targets that have not ended; once the wait is over,
	 * the number of all targets.
	 */
	size_t nr_targets;
	size_t nr_listed; /* items in targets[] */
	const struct target_time *targets;
	struct straggler straggler; /* also set in the incident of the straggler itself */
	/* The senders that wait because of this stall. */
	size_t nr_waiters;
	size_t more_waiters; /* the most waiters at one time that waiters[] had no room for */
	struct waiter waiters[WAITERS_MAX];
	size_t queued_behind; /* csds queued after the stalled one for which no sender waits */
	const struct backtrace *backtrace; /* dst's stack while dst was stuck; NULL if unknown */
	enum stack_of stack_of;
	bool interrupted; /* the interrupt came right before the instruction of stack[0] */
	bool just_enabled; /* the code before that instruction had just switched interrupts on */
	bool user; /* the interrupt came in user space, so there is no stack */
	uint32_t nr; /* frames */
	struct symbol stack[STACK_DEPTH]; /* innermost frame first */
};

static inline uint64_t incident__duration(const struct incident *in)
{
	return in->time - in->start;
}

/*
 * Returns the task of incident->backtrace, which must not be NULL. The kernel's log names a thread
 * only: tgid is that of the victim if the victim is this thread, else 0.
 */
struct task_id incident__stuck_task(const struct incident *incident);

/* Returns the reason of the sender's call by its stack (STACK_CALL); else one without a name. */
struct reason incident__reason(const struct incident *incident);

/* Events at which the flight recorder writes a file. */
enum trigger_kind {
	TRIGGER_STALL, /* a stall became longer than the threshold */
	TRIGGER_STORM, /* a storm began */
	TRIGGER_DELAY, /* a csd was delivered late */
	TRIGGER_SIGNAL, /* ipitrace received SIGUSR1 */
	NR_TRIGGERS,
};

extern const char *const trigger_names[NR_TRIGGERS];

struct trigger {
	enum trigger_kind kind;
	uint64_t time; /* time at which the event was seen, CLOCK_MONOTONIC ns */
	uint64_t id; /* identifies the stall or the storm; 0: other events have none */
	/* The members from here on are known for a stall and a late csd. */
	enum stall_phase phase; /* a late csd has PHASE_DELIVERY */
	uint32_t src, dst;
	uint64_t duration; /* ns; of an ongoing stall: until now */
};

extern const struct form trigger_form;

/* Whether @trigger has the members phase, src, dst and duration. */
static inline bool trigger__has_csd(const struct trigger *trigger)
{
	return trigger->kind == TRIGGER_STALL || trigger->kind == TRIGGER_DELAY;
}

/* The parts of a delivery: from queue to IPI, from IPI to interrupt, from interrupt to function. */
struct delay_split {
	bool known, send_known, interrupt_known, function_known;
	uint64_t send, interrupt, function; /* ns */
};

enum straggler_why {
	STRAGGLER_UNKNOWN,
	STRAGGLER_LATE, /* the function began late there */
	STRAGGLER_LONG, /* the function ran long there */
	NR_STRAGGLER_WHYS,
};

/* The straggler as a line has it. */
struct straggler_line {
	bool known;
	uint32_t dst;
	uint64_t later;
	enum straggler_why why;
};

/* When a target entered and left the function, ns since the call began. */
struct target_line {
	uint32_t dst;
	bool entry_known, end_known;
	uint64_t entry, end;
};

/* The line of a stall in JSON: the stall, and figures that are computed from it. */
struct stall_line {
	struct incident in;
	uint64_t id; /* the stall's number */
	uint64_t cause; /* the number of the stall that caused this stall; 0: there is none */
	bool id_known, folded_known; /* in a line from a capture */
	bool src_known; /* false for PHASE_INTERRUPT */
	bool stack_known; /* the line has a stack, even if no frame is in it */
	char reason[REASON_LEN]; /* "" if unknown */
	char container[64]; /* "" if the task is in no container */
	struct delay_split split;
	struct straggler_line straggler;
	bool backtrace_known;
	/* Its task, and the frame to blame. in.backtrace of a capture's line points here. */
	struct backtrace backtrace;
	bool targets_known;
	size_t nr_targets;
	struct target_line targets[TARGETS_MAX];
	/* In a line from a capture in.targets points to these. */
	struct target_time times[TARGETS_MAX];
};

extern const struct form stall_line_form;

/*
 * Make the line of @in, whose number is @id. @cause: the number of the stall that caused this
 * stall; 0: there is none. May be called while a CPU is stuck.
 */
void stall_line__make(struct stall_line *line, const struct incident *in, uint64_t id,
		      uint64_t cause);

/* Set the members of @line->in that a line has only as figures. @line was read from a capture. */
void stall_line__restore(struct stall_line *line);

#endif /* IPITRACE_MODEL_INCIDENT_H */
