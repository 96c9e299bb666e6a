/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outstanding work of all CPUs at one moment, from which stalls are found: plain data, read by
 * collect/read_moment.h. Times are CLOCK_MONOTONIC ns, durations ns; 0 is unknown.
 *
 * A synchronous call is identified by (src, call). `call` is when it began: at the fentry program
 * of the kernel's function where that program loads, else at the queue event of its first csd.
 */
#ifndef IPITRACE_MODEL_MOMENT_H
#define IPITRACE_MODEL_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/call.h"

/* A task; where known is set, tgid 0 is idle. */
struct task_id {
	bool known;
	bool interrupt; /* an interrupt acted; the task was only interrupted */
	uint32_t pid; /* the thread's */
	uint32_t tgid;
	char comm[COMM_LEN]; /* "": not known, as where /proc hides the task */
};

/* Only where the moment is read from the queues: a CPU that is not known; a call to many CPUs. */
#define CPU_UNKNOWN UINT32_MAX
#define CALL_MANY   1

/*
 * A look at a CPU. The counts are the kernel's, modulo CPU_LOOK_COUNTS: a difference of two
 * looks counts what came between them.
 */
#define CPU_LOOK_COUNTS 16384
struct cpu_look {
	bool counts_known;
	bool interrupt_known;
	bool interrupt; /* it was in a hard interrupt, or in an NMI */
	uint16_t timers; /* interrupts of its timer */
	uint16_t calls; /* interrupts that bring functions */
};

/* A csd that was queued and has not run. */
struct pending {
	uint64_t csd;
	uint64_t queued; /* time */
	uint64_t func;
	uint64_t callsite;
	uint64_t call; /* 0: nobody waits for it */
	uint32_t src;
	uint32_t dst;
	struct cpu_look src_look, dst_look;
	struct task_id sender;
};

/* A function that runs now, or sleeps. */
struct running {
	uint64_t start;
	uint64_t func;
	uint64_t callsite;
	uint64_t queued; /* when its csd was queued */
	uint64_t csd;
	uint64_t call; /* 0: nobody waits for it */
	uint32_t src;
	uint32_t dst; /* the CPU where the function began */
	bool slept;
	bool found; /* from the queues: dst's stack, or the sleeper's, shows the function */
	struct task_id sender;
	struct task_id sleeper; /* from the queues: the task that sleeps in it */
};

/* A sender in a synchronous call. */
struct waiting {
	uint64_t call;
	uint64_t func;
	uint32_t src;
	enum wait_in wait_in; /* the kernel's function that it waits in */
	/* Where the moment is read from the queues: bounds of how long; 0: unknown. */
	uint64_t at_least;
	uint64_t at_most;
	/* Where csds are not followed: how many targets the call has; 0: not known. */
	uint32_t nr_targets;
	uint32_t dst; /* the only one of them */
	struct task_id sender;
};

/* An interrupt that a CPU is in, where it is not known which functions that runs. */
struct interrupting {
	uint32_t cpu;
	enum ipi_kind kind;
	uint64_t start;
};

/* A CPU, where the moment is read from the queues. */
struct cpu_state {
	uint32_t cpu;
	bool interrupt_known;
	bool interrupt; /* it is in a hard interrupt, or in an NMI */
	uint64_t overdue; /* its next timer should have expired so long ago; 0: it is not late */
	uint64_t calls; /* a count that call-function interrupts raise; 0: unknown */
	struct task_id task; /* that it runs, or that it interrupted */
};

#define MOMENT_PENDING 1024
#define MOMENT_RUNNING 512
#define MOMENT_WAITING 512
#define MOMENT_CPUS    512
#define MOMENT_IRQS    512

/* Fixed room, since it is filled while the machine may be stuck. */
struct moment {
	/*
	 * Read from the kernel's own queues, with nothing attached (kcore/queues/walk.h):
	 * no time of queueing or entry is known. A call to one CPU is its csd's address,
	 * since from Linux 7.3 on several senders of a CPU may wait at once, each with a
	 * csd on its own stack. A call to many CPUs is CALL_MANY: its csds are the CPU's
	 * (cfd_data), for one call at a time.
	 */
	bool from_queues;
	const char *vmcore; /* the dump that it is read from; NULL: this machine, now */
	const char *release; /* of the dump's kernel; "": unknown */
	uint64_t now; /* everything in it lasted then, and what has evidence, a little later */
	uint64_t read; /* when reading it was over: what it lacks had ended by then; 0: at once */
	size_t nr_pending;
	size_t nr_running;
	size_t nr_waiting;
	size_t nr_interrupting;
	size_t nr_cpus; /* in cpus[]: the CPUs, while they have room */
	size_t dropped; /* items that found no room */
	size_t torn; /* queues that changed while they were read, from there on unread */
	/* From the queues: CPUs of which the queue, the task that runs there, or its stack could not be read. */
	size_t unread;
	struct pending pending[MOMENT_PENDING];
	struct running running[MOMENT_RUNNING];
	struct waiting waiting[MOMENT_WAITING];
	struct interrupting interrupting[MOMENT_IRQS];
	struct cpu_state cpus[MOMENT_CPUS];
};

/* Make @m a moment at @now, of nothing yet. */
void moment__begin(struct moment *m, uint64_t now);

/* Whether nothing in it lasts. */
bool moment__empty(const struct moment *m);

/* Whether there is room for one more of some items, of which @m has @nr of @max; else it is dropped, and counted. */
static inline bool moment__has_room(struct moment *m, size_t nr, size_t max)
{
	m->dropped += nr >= max;
	return nr < max;
}

/* The outermost function that @cpu runs, in which its others nest; NULL: none. */
const struct running *moment__running_on(const struct moment *m, uint32_t cpu);

/* The interrupt that calls functions and that @cpu is in; NULL: none. */
const struct interrupting *moment__interrupting(const struct moment *m, uint32_t cpu);

/* The sender in the call (@src, @call); NULL: none. */
const struct waiting *moment__waiting(const struct moment *m, uint32_t src, uint64_t call);

/* The state of @cpu; NULL: unknown. */
const struct cpu_state *moment__cpu(const struct moment *m, uint32_t cpu);

/* Whether a sender has waited for @threshold ns or longer. */
bool moment__waits_longer(const struct moment *m, uint64_t threshold);

#endif /* IPITRACE_MODEL_MOMENT_H */
