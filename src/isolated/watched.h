/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that is watched: its culprits so far, what runs on it, what is on its way there; which
 * tasks have business on it, what the others take, and who brought them. Inside of this room.
 */
#ifndef IPITRACE_ISOLATED_WATCHED_H
#define IPITRACE_ISOLATED_WATCHED_H

#include "model/isolation.h"

/* Functions of one interrupt, irq_works on the way to one CPU, works of one stint of a kworker. */
#define INNER_MAX   32
#define PENDING_MAX 16
#define MOVED_MAX   8
#define TICK_BITS   32

/* A function inside an interruption that is not over. */
struct inner {
	struct culprit *culprit;
	uint64_t start;
	uint64_t ns; /* its own time; 0: not known */
};

/* Sends whose interrupt has not come. The oldest give way. */
struct sends {
	struct interruption events[PENDING_MAX];
	size_t nr;
};

/* Whoever is behind an interruption; all zero: nobody is known. */
struct sender {
	struct task_id task;
	uint32_t src;
	int32_t stack; /* negative: none */
};

/* The task that runs on a CPU. */
struct on_cpu {
	bool known; /* by a switch that was seen */
	bool foreign; /* it has no business here */
	uint64_t since;
	uint64_t inside; /* struct interruption's inside at that time */
	struct interruption entered; /* the switch to a foreign task */
	struct sender sender; /* who is behind that task */
	struct inner works[INNER_MAX]; /* of a kworker */
	size_t nr_works;
};

/* The latest interruption, if it was a reschedule, and what was before it. */
struct woken {
	struct culprit *culprit; /* NULL: it was none */
	uint64_t self;
	uint64_t longest; /* the culprit's */
	uint64_t cpu_longest;
};

struct watched {
	struct isolated_cpu *cpu;
	struct inner inner[INNER_MAX];
	size_t nr_inner;
	struct sends wakes;
	struct sends irq_works;
	struct interruption moved[MOVED_MAX]; /* round and round */
	size_t nr_moved;
	struct on_cpu on_cpu;
	struct woken woken;
	uint32_t owner; /* tgid of the process that the CPU is there for; 0: none was seen */
	uint64_t quiet_since;
	uint64_t ticks[TICK_BITS]; /* by bit of the dependency */
};

/* The sender that @event names. */
struct sender sender__of(const struct interruption *event);

/* The culprit of @key, made if it is new. What finds no row is summed by group, which --only judges. */
struct culprit *watched__culprit(struct isolated_cpu *cpu, const struct culprit *key);

/* @culprit took @ns of the CPU, at one time. */
void watched__charge(struct watched *w, struct culprit *culprit, uint64_t ns);

/* The CPU did not get on from @from to @to. */
void watched__disturbed(struct watched *w, uint64_t from, uint64_t to);

/* PROGRAM with its descendants, told from others by each fork; who woke a stopper. */
struct tasks {
	uint64_t begun; /* when collection began */
	struct sender *stoppers; /* who last woke the stopper thread, by CPU */
	uint32_t program; /* PROGRAM's tgid; 0: none */
	uint64_t *members; /* a bit for each pid: PROGRAM with its descendants; NULL: there is no PROGRAM */
};

/* @tasks is all zero. 0 or -ENOMEM. */
int tasks__open(struct tasks *tasks);
void tasks__close(struct tasks *tasks);

/* The CPUs are there for @tgid, before it forks. 0 or -ENOMEM. */
int tasks__program(struct tasks *tasks, uint32_t tgid);

/* A thread of @parent forks the process @child: each fork on the machine, in order. */
void tasks__fork(struct tasks *tasks, uint32_t parent, uint32_t child);

/* A stopper thread is woken. */
void tasks__stopper(struct tasks *tasks, const struct interruption *event);

/* Another task begins to run. */
void tasks__switch(const struct tasks *tasks, struct watched *w, const struct interruption *event);

/* A foreign task leaves the CPU at @now: charge its time to its works, or to itself. */
void tasks__leave(struct watched *w, uint64_t now, uint64_t inside);

enum vector {
	VECTOR_OTHER,
	VECTOR_CALL, /* functions and irq_works of other CPUs */
	VECTOR_IRQ_WORK, /* irq_works of the CPU's own */
	VECTOR_RESCHEDULE,
};

/*
 * x86's vectors by number (arch/x86/include/asm/irq_vectors.h, the same since
 * 4.5), arm64's by the kernel's text, of which COMM_LEN is enough.
 */
enum vector vector__of(uint32_t id, const char *text);

/* The group of a culprit that is no sum, by its kind, id and what. */
enum culprit_group causes__group(const struct culprit *culprit);

#endif /* IPITRACE_ISOLATED_WATCHED_H */
