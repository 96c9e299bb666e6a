/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outstanding work of all CPUs at one moment, in which stalls are searched: plain data, read by
 * collect/read_moment.h. Times are CLOCK_MONOTONIC ns, durations ns; 0 is unknown.
 *
 * A synchronous call is identified by (src, call). `call` is the time at which the call began: at
 * the fentry program of the kernel's function if that program was loaded, else at the queue event
 * of the call's first csd.
 */
#ifndef IPITRACE_MODEL_MOMENT_H
#define IPITRACE_MODEL_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/call.h"
#include "base/cpuset.h"

/* A task. If known is set, tgid 0 is an idle task. */
struct task_id {
	bool known;
	bool interrupt; /* not the task, but an interrupt that came while the task ran */
	uint32_t pid; /* thread id */
	uint32_t tgid;
	char comm[COMM_LEN]; /* name; "" if unknown, for example if /proc hides the task */
};

/* Only in a moment that was read from the kernel's queues: an unknown CPU; a call to many CPUs. */
#define CPU_UNKNOWN UINT32_MAX
#define CALL_MANY   1

/*
 * A look at a CPU. The counts are the kernel's, modulo CPU_LOOK_COUNTS: the difference of two looks
 * is the number of interrupts between the two.
 */
#define CPU_LOOK_COUNTS 16384
struct cpu_look {
	bool counts_known;
	bool interrupt_known;
	bool interrupt; /* the CPU was in a hard interrupt, or in an NMI */
	bool preempted; /* the host did not run the CPU, which was not idle */
	uint16_t timers; /* interrupts of the CPU's timer */
	uint16_t calls; /* interrupts that bring functions */
};

/* A csd that was queued and has not run. */
struct pending {
	uint64_t csd; /* address; likewise func and callsite */
	uint64_t queued; /* time of the queue event */
	uint64_t func;
	uint64_t callsite;
	uint64_t call; /* time at which the sender's call began; 0 if no sender waits */
	uint32_t src;
	uint32_t dst;
	struct cpu_look src_look, dst_look;
	struct task_id sender;
};

/* A function of a csd that runs now, or sleeps. */
struct running {
	uint64_t start;
	uint64_t func;
	uint64_t callsite;
	uint64_t queued; /* time at which the csd was queued */
	uint64_t csd;
	uint64_t call; /* time at which the sender's call began; 0 if no sender waits */
	uint32_t src;
	uint32_t dst; /* the CPU where the function began */
	bool slept; /* the function has slept since it began */
	/* in a moment from the queues: the stack of dst, or of the sleeper, shows the function */
	bool found;
	struct task_id sender;
	struct task_id sleeper; /* in a moment from the queues: the task that sleeps there */
};

/* A sender that waits in a synchronous call. */
struct waiting {
	uint64_t call;
	uint64_t func;
	uint32_t src;
	enum wait_in wait_in; /* the kernel's function in which the sender waits */
	/*
	 * In a moment from the queues: the least and the greatest time for which the wait has
	 * lasted, ns; 0 if unknown.
	 */
	uint64_t at_least;
	uint64_t at_most;
	/* If csds are not followed: the number of targets of the call; 0 if unknown. */
	uint32_t nr_targets;
	uint32_t dst; /* the target, if there is only one */
	struct task_id sender;
};

/* An interrupt that a CPU is in, if the functions that the interrupt runs are unknown. */
struct interrupting {
	uint32_t cpu;
	enum ipi_kind kind;
	uint64_t start;
};

/* A CPU, in a moment from the queues. */
struct cpu_state {
	uint32_t cpu;
	bool interrupt_known;
	bool interrupt; /* the CPU is in a hard interrupt, or in an NMI */
	uint64_t overdue; /* how long ago its next timer should have expired, ns; 0: not late */
	uint64_t calls; /* a count that each call-function interrupt increases; 0 if unknown */
	struct task_id task; /* the task that the CPU runs, or that was interrupted there */
};

#define MOMENT_PENDING 1024
#define MOMENT_RUNNING 512
#define MOMENT_WAITING 512
#define MOMENT_CPUS    512
#define MOMENT_IRQS    512

/* The arrays have a fixed size, because they are filled while the machine may be stuck. */
struct moment {
	/*
	 * The moment was read from the kernel's own queues, with nothing attached
	 * (kcore/queues/parts.h): times of queueing and of entry are unknown. The id of a call to
	 * one CPU is its csd's address, because from Linux 7.3 on several senders of a CPU may wait
	 * at once, each with a csd on its own stack. The id of a call to many CPUs is CALL_MANY:
	 * the CPU has one set of csds for it (cfd_data), so there is only one such call at a time.
	 */
	bool from_queues;
	const char *vmcore; /* the dump that was read; NULL: this machine was read */
	const char *release; /* release of the dump's kernel; "" if unknown */
	uint64_t now; /* all work in the moment was outstanding then; evidence came later */
	/* End of the reading: work that the moment lacks had ended by then. 0: the same as @now. */
	uint64_t read;
	size_t nr_pending;
	size_t nr_running;
	size_t nr_waiting;
	size_t nr_interrupting;
	size_t nr_cpus; /* cpus[] has the CPUs for which there was room */
	size_t dropped; /* items for which there was no room */
	size_t torn; /* queues that changed during the reading, and were not read to the end */
	/* From the queues: CPUs whose queue, current task or stack could not be read. */
	size_t unread;
	/*
	 * From the queues: senders that may wait until the csd of an earlier call is free. A stack
	 * may show functions that have returned, so it is not known whether such a sender waits.
	 */
	size_t blocked;
	/*
	 * From lasting__filter(): csds that a sender waits for, and that it left out, or whose
	 * sender it lacks, because the sender or the CPU is unknown.
	 */
	size_t unplaced;
	/* from a dump: it does not show whether there was the process that is asked for */
	bool process_unknown;
	struct cpuset searched; /* from the queues: the CPUs whose queues were searched */
	struct pending pending[MOMENT_PENDING];
	struct running running[MOMENT_RUNNING];
	struct waiting waiting[MOMENT_WAITING];
	struct interrupting interrupting[MOMENT_IRQS];
	struct cpu_state cpus[MOMENT_CPUS];
};

/*
 * Empty @m, to be read again at the time @now, CLOCK_MONOTONIC ns. The members for moments from the
 * kernel's queues stay as they are.
 */
void moment__begin(struct moment *m, uint64_t now);

/* Whether the moment has no outstanding work. */
bool moment__empty(const struct moment *m);

/*
 * Whether there is room for another item, if @m has @nr of at most @max. If not, counts the item as
 * dropped.
 */
static inline bool moment__has_room(struct moment *m, size_t nr, size_t max)
{
	m->dropped += nr >= max;
	return nr < max;
}

/* Returns the outermost function that @cpu runs, inside which its others run; NULL: none. */
const struct running *moment__running_on(const struct moment *m, uint32_t cpu);

/* Returns the interrupt for function calls that @cpu is in; NULL if there is none. */
const struct interrupting *moment__interrupting(const struct moment *m, uint32_t cpu);

/* Returns the sender that waits in the call (@src, @call); NULL if there is none. */
const struct waiting *moment__waiting(const struct moment *m, uint32_t src, uint64_t call);

/* Returns the state of @cpu; NULL if unknown. */
const struct cpu_state *moment__cpu(const struct moment *m, uint32_t cpu);

/* Whether some sender has waited for @threshold ns or longer. */
bool moment__waits_longer(const struct moment *m, uint64_t threshold);

#endif /* IPITRACE_MODEL_MOMENT_H */
