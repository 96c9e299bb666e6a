/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A watched CPU: its culprits so far, the task that it runs, interrupts on their way to it; which
 * tasks belong on the CPU, the time of other tasks, and who brought these tasks. Only for files of
 * this directory.
 */
#ifndef IPITRACE_ISOLATED_WATCHED_H
#define IPITRACE_ISOLATED_WATCHED_H

#include "model/isolation.h"

/* Maximum number of functions in one interrupt, or of a kworker's works between two switches. */
#define INNER_MAX   32
/* Maximum numbers, for one CPU: sends whose interrupt has not arrived; known moves. */
#define PENDING_MAX 16
#define MOVED_MAX   8
#define TICK_BITS   32

/* A function that ran inside an interruption that is not over yet. */
struct inner {
	struct culprit *culprit;
	uint64_t start;
	uint64_t ns; /* the function's own time, ns; 0 if unknown */
};

/* Sends whose interrupt has not arrived. Without room a new send replaces the oldest. */
struct sends {
	struct interruption events[PENDING_MAX];
	size_t nr;
};

/* The sender of an interruption; all zero if unknown. */
struct sender {
	struct task_id task;
	bool kworker; /* the task is a kworker, which runs a work of queued_by */
	struct task_id queued_by; /* all 0 if unknown */
	uint32_t src;
	int32_t stack; /* index of the sender's stack; negative if there is none */
};

/* The task that runs on a CPU. */
struct on_cpu {
	bool known; /* a switch to or from the task was seen */
	bool foreign; /* the task does not belong on this CPU */
	uint64_t since;
	uint64_t inside; /* interruption.inside of the switch at the time "since", ns */
	uint64_t host; /* interruption.host of that switch, ns */
	struct interruption entered; /* the switch to a foreign task */
	struct sender sender; /* who brought the foreign task here; unknown if nobody did */
	struct inner works[INNER_MAX]; /* works so far, if the task is a kworker */
	size_t nr_works;
};

/* The latest interruption, if it was a reschedule, and the values from before the reschedule. */
struct woken {
	struct culprit *culprit; /* NULL if the latest interruption was no reschedule */
	uint64_t self; /* the reschedule's own time, ns */
	uint64_t longest; /* culprit.longest before the reschedule, ns */
	uint64_t cpu_longest; /* isolated_cpu.longest before the reschedule, ns */
};

/* A task that another task moved to a CPU. */
struct move {
	struct interruption event; /* of the kind INTERRUPTION_MOVED */
	bool over; /* the task has left the CPU by itself since: it slept, or ended */
};

enum vector {
	VECTOR_OTHER,
	VECTOR_CALL, /* runs functions and irq_works that other CPUs queued */
	VECTOR_IRQ_WORK, /* runs irq_works that the CPU itself queued */
	VECTOR_RESCHEDULE,
	VECTOR_LOCAL_TIMER, /* x86 only: on other architectures the timer is a device */
	NR_VECTORS,
};

/*
 * Find the kind of vector. x86's vectors are known by number (arch/x86/include/asm/irq_vectors.h,
 * the same since 4.5), arm64's by the kernel's text, of which the first COMM_LEN bytes are enough.
 */
enum vector vector__of(uint32_t id, const char *text);

/* Returns the group of a culprit that is an interrupt of this kind. */
enum culprit_group vector__group(enum vector vector);

struct watched {
	struct isolated_cpu *cpu;
	struct inner inner[INNER_MAX];
	size_t nr_inner;
	struct sends wakes;
	struct sends irq_works;
	struct move moved[MOVED_MAX]; /* a ring of the latest moves of tasks to this CPU */
	size_t nr_moved; /* moves so far; modulo MOVED_MAX the next index */
	struct on_cpu on_cpu;
	struct woken woken;
	uint32_t owner; /* tgid of the process that the CPU belongs to; 0 if unknown yet */
	uint64_t quiet_since;
	uint64_t vectors[NR_VECTORS]; /* number of interrupts of each kind that had an event */
	uint64_t ticks[TICK_BITS]; /* how often each dependency kept the tick, indexed by its bit */
};

/* Returns the sender that @event has. */
struct sender sender__of(const struct interruption *event);

/* Set the task of @sender as the sender of @culprit. */
void culprit__set_sender(struct culprit *culprit, const struct sender *sender);

/*
 * Whether both culprits have the same sender: one process; kworkers that run works of one process,
 * or works of which nobody knows who queued them; an interrupt; or an unknown sender.
 */
static inline bool culprit__same_sender(const struct culprit *a, const struct culprit *b)
{
	return a->sender.known == b->sender.known && a->sender.interrupt == b->sender.interrupt &&
	       a->kworker == b->kworker && culprit__asker(a) == culprit__asker(b);
}

/* Whether the culprit is a process that ran on the CPU, and no kernel thread. */
static inline bool culprit__is_process(const struct culprit *culprit)
{
	return culprit->kind == INTERRUPTION_SWITCH && culprit->id && !culprit->other;
}

/*
 * Whether culprits of this kind differ by the sender's stack. A task may ask for one function on
 * other CPUs for several causes, and only the stack shows for which one.
 */
static inline bool culprit__is_sent(const struct culprit *culprit)
{
	return culprit->kind == INTERRUPTION_CSD || culprit->kind == INTERRUPTION_WAKE_SENT ||
	       culprit->kind == INTERRUPTION_IRQ_WORK;
}

/*
 * Returns the culprit of @key, which is added if it is new. Culprits that get no row are summed up
 * by group, because --only judges groups. If there is no room for another stack of the same sender,
 * the culprit without a stack is returned: its cause is not known.
 */
struct culprit *watched__culprit(struct isolated_cpu *cpu, const struct culprit *key);

/* Charge @ns, for which @culprit had the CPU without a pause, to @culprit. */
void watched__charge(struct watched *w, struct culprit *culprit, uint64_t ns);

/* Note that the CPU's program did not run from @from to @to, ns. */
void watched__disturbed(struct watched *w, uint64_t from, uint64_t to);

/* The processes of PROGRAM, which are known from its forks; and who woke each stopper thread. */
struct tasks {
	uint64_t begun; /* time at which collection began, ns */
	struct sender *stoppers; /* indexed by CPU (MAX_CPUS): who last woke its stopper thread */
	uint32_t program; /* PROGRAM's tgid; 0 if there is none */
	/* a bit for each pid: PROGRAM and its descendants; NULL without PROGRAM */
	uint64_t *members;
};

/* Note that the CPUs belong to the process @tgid, before its first fork. Returns 0 or -ENOMEM. */
int tasks__program(struct tasks *tasks, uint32_t tgid);

/* Whether the process @tgid is PROGRAM or one of its descendants. */
bool tasks__is_of_program(const struct tasks *tasks, uint32_t tgid);

/* Note that @parent forks the process @child. Call this for each fork on the machine, in order. */
void tasks__fork(struct tasks *tasks, uint32_t parent, uint32_t child);

/*
 * If a stopper thread has sent @event, an interrupt: set the task that last woke that thread as the
 * sender, because a stopper thread does what another task asks for.
 */
void tasks__replace_stopper(const struct tasks *tasks, struct interruption *event);

/* Note @event: another task begins to run on the CPU. */
void tasks__switch(const struct tasks *tasks, struct watched *w, const struct interruption *event);

/*
 * Note that a foreign task leaves the CPU at @now: charge its time to its works, or to the task.
 * @inside, @host: as in the struct interruption of a switch.
 */
void tasks__leave(struct watched *w, uint64_t now, uint64_t inside, uint64_t host);

/* Returns the group of a culprit that is no sum, by the culprit's members kind, id and what. */
enum culprit_group causes__group(const struct culprit *culprit);

#endif /* IPITRACE_ISOLATED_WATCHED_H */
