/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that is watched: its culprits so far, what runs on the CPU, which interrupts are on
 * their way there; which tasks have business on the CPU, the time that other tasks take, and who
 * brought these tasks. Only for files of this directory.
 */
#ifndef IPITRACE_ISOLATED_WATCHED_H
#define IPITRACE_ISOLATED_WATCHED_H

#include "model/isolation.h"

/* Of one interrupt: functions; of one stint of a kworker: works. */
#define INNER_MAX   32
/* Sends to one CPU whose interrupt has not come; moves to one CPU that are known. */
#define PENDING_MAX 16
#define MOVED_MAX   8
#define TICK_BITS   32

/* A function that ran inside of an interruption that is not over yet. */
struct inner {
	struct culprit *culprit;
	uint64_t start;
	uint64_t ns; /* its own time; 0: not known */
};

/* Sends whose interrupt has not come. A new send replaces the oldest if there is no room. */
struct sends {
	struct interruption events[PENDING_MAX];
	size_t nr;
};

/* Who caused an interruption; all zero: not known. */
struct sender {
	struct task_id task;
	uint32_t src;
	int32_t stack; /* negative: none */
};

/* The task that runs on a CPU. */
struct on_cpu {
	bool known; /* a switch to or from the task was seen */
	bool foreign; /* the task has no business on this CPU */
	uint64_t since;
	uint64_t inside; /* "inside" of struct interruption at the time "since" */
	struct interruption entered; /* the switch to a foreign task */
	struct sender sender; /* who brought that task here */
	struct inner works[INNER_MAX]; /* the works that ran so far, if the task is a kworker */
	size_t nr_works;
};

/* The latest interruption, if it was a reschedule, and the values from before the reschedule. */
struct woken {
	struct culprit *culprit; /* NULL: the latest interruption was no reschedule */
	uint64_t self; /* the reschedule's own time, ns */
	uint64_t longest; /* the culprit's longest before, ns */
	uint64_t cpu_longest; /* the CPU's longest before, ns */
};

struct watched {
	struct isolated_cpu *cpu;
	struct inner inner[INNER_MAX];
	size_t nr_inner;
	struct sends wakes;
	struct sends irq_works;
	struct interruption moved[MOVED_MAX]; /* a ring of the latest moves to this CPU */
	size_t nr_moved; /* moves so far; modulo MOVED_MAX an index */
	struct on_cpu on_cpu;
	struct woken woken;
	uint32_t owner; /* tgid of the process that the CPU is there for; 0: not known yet */
	uint64_t quiet_since;
	uint64_t ticks[TICK_BITS]; /* how often each dependency kept the tick, by its bit */
};

/* The sender that @event names. */
struct sender sender__of(const struct interruption *event);

/*
 * The culprit of @key, which is added if it is new. Culprits that find no row are summed by
 * group, since --only judges groups.
 */
struct culprit *watched__culprit(struct isolated_cpu *cpu, const struct culprit *key);

/* Charge @ns to @culprit, which took this time of the CPU at one go. */
void watched__charge(struct watched *w, struct culprit *culprit, uint64_t ns);

/* The CPU's program did not run from @from to @to. */
void watched__disturbed(struct watched *w, uint64_t from, uint64_t to);

/* The processes of PROGRAM, which its forks make known; and who woke each stopper thread. */
struct tasks {
	uint64_t begun; /* when collection began */
	struct sender *stoppers; /* who last woke the stopper thread, by CPU */
	uint32_t program; /* PROGRAM's tgid; 0: none */
	uint64_t *members; /* a bit for each pid: PROGRAM and its descendants; NULL: no PROGRAM */
};

/* @tasks is all zero. 0 or -ENOMEM. */
int tasks__open(struct tasks *tasks);
void tasks__close(struct tasks *tasks);

/* The CPUs are there for the process @tgid. Call before its first fork. 0 or -ENOMEM. */
int tasks__program(struct tasks *tasks, uint32_t tgid);

/* A thread of @parent forks the process @child. Call for each fork on the machine, in order. */
void tasks__fork(struct tasks *tasks, uint32_t parent, uint32_t child);

/* @event: somebody wakes a stopper thread. */
void tasks__stopper(struct tasks *tasks, const struct interruption *event);

/* @event: another task begins to run on the CPU. */
void tasks__switch(const struct tasks *tasks, struct watched *w, const struct interruption *event);

/* A foreign task leaves the CPU at @now: charge its time to its works, or to itself. */
void tasks__leave(struct watched *w, uint64_t now, uint64_t inside);

enum vector {
	VECTOR_OTHER,
	VECTOR_CALL, /* runs functions and irq_works that other CPUs queued */
	VECTOR_IRQ_WORK, /* runs irq_works that the CPU itself queued */
	VECTOR_RESCHEDULE,
};

/*
 * x86's vectors are known by number (arch/x86/include/asm/irq_vectors.h, the same since
 * 4.5), arm64's by the kernel's text, whose first COMM_LEN bytes are enough.
 */
enum vector vector__of(uint32_t id, const char *text);

/* The group of a culprit that is not a sum of several, by its kind, id and what. */
enum culprit_group causes__group(const struct culprit *culprit);

#endif /* IPITRACE_ISOLATED_WATCHED_H */
