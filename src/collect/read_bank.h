/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a bank at rest into a snapshot: the CPUs' counters, the mailboxes, the edges, events besides
 * IPIs (read_cpus.c), synchronous calls (read_calls.c), the tables of rows and the samples
 * (read_tables.c). Clears the bank for the window after next. Plain memory, no libbpf, so unit
 * tests run this code.
 */
#ifndef IPITRACE_COLLECT_READ_BANK_H
#define IPITRACE_COLLECT_READ_BANK_H

#include "collect/maps.h"
#include "model/snapshot.h"

/* One bank of a map's histogram, at rest: no program writes it now. */

/* Add one sample of @ns to @bank. */
static inline void hist_bank__add(struct hist_bank *bank, uint64_t ns)
{
	bank->sum += ns;
	if (bank->max < ns)
		bank->max = ns;
	bank->slots[hist_slot(ns)]++;
}

/* Whether @bank has a sample. */
static inline bool hist_bank__touched(const struct hist_bank *bank)
{
	return bank->sum || bank->slots[0];
}

/* Add @bank's samples to @hist. */
static inline void hist_bank__read(struct hist *hist, const struct hist_bank *bank)
{
	if (bank->max > hist->max)
		hist->max = bank->max;
	hist->sum += bank->sum;
	for (int i = 0; i < HIST_SLOTS; i++) {
		hist->count += bank->slots[i];
		hist->slots[i] += bank->slots[i];
	}
}

/* The same for a hot row's. */
static inline void hist_bank__read_hot(struct hist *hist, const struct hot_hist *hot)
{
	if (hot->max > hist->max)
		hist->max = hot->max;
	hist->sum += hot->sum;
	for (int i = 0; i < HOT_SLOTS; i++) {
		hist->count += hot->slots[i];
		hist->slots[HOT_FIRST + i] += hot->slots[i];
	}
}

/*
 * Read @epoch's bank, which must be at rest, into @snap and clear the bank.
 * @snap lacks the window's times, carried_in and LOST_QUEUE_UNSEEN then.
 * @possible: the CPUs to read. Returns 0 or -ENOMEM.
 */
int read_cpus(struct maps *maps, uint32_t epoch, const struct cpuset *possible,
	      struct snapshot *snap);

/* Queue events that only the second program saw, as counted in @epoch's bank so far. */
uint64_t read_recovered(const struct maps *maps, uint32_t epoch);

/* The csds whose function was entered on another CPU, as counted in @epoch's bank so far. */
uint64_t read_delivered(const struct maps *maps, uint32_t epoch);

/* Likewise those whose run was not seen. */
uint64_t read_run_unseen(const struct maps *maps, uint32_t epoch);

/*
 * csds that may have been a stall, unseen, as counted in @epoch's bank so far; @waits: of those for
 * which a sender waited alone.
 */
uint64_t read_late_unseen(const struct maps *maps, uint32_t epoch, bool waits);

/*
 * CPUs that are offline. A CPU that goes runs what is queued to it (smpcfd_dying_cpu(), 6.12
 * kernel/smp.c:97), but is no longer online then, and no tracepoint fires on such a CPU
 * (DECLARE_TRACE(), linux/tracepoint.h). So these csds stay in the mailbox, though they have run.
 *
 * The CPUs of @cpus that are not in @online were offline at @now or later: set the horizon of each
 * behind everything that was queued to it before @now.
 */
void offline__note(struct maps *maps, const struct cpuset *cpus, const struct cpuset *online,
		   uint64_t now);

/*
 * Add @epoch's edges, csds by sender and destination, to @snap, which has its CPUs already, and clear them. Returns 0 or
 * -ENOMEM.
 */
int read_edges(struct maps *maps, uint32_t epoch, struct snapshot *snap);

/* Events besides IPIs: the maps `events` and `guests`. */
struct event_maps {
	struct event_rec *recs; /* by CPU */
	struct guest_rec *guests; /* GUEST_ROWS */
};

/* Take the counts of @cpus in @epoch, which nobody writes any more; known[] stays. */
void read_events(struct event_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		 struct machine_events *events);

/* Synchronous calls at a cut: how long each sender has waited. */

/*
 * Add @epoch's waits of the sender @cpu to @wait, and clear them. The latest call belongs to this
 * window if it is over; @cut: when the window ended, CLOCK_MONOTONIC ns.
 */
void read_calls(struct maps *maps, uint32_t cpu, uint32_t epoch, uint64_t cut, struct hist *wait);

/* The same for calls that have records of their own (struct task_call), of all CPUs; before that. */
void read_calls__settle(struct maps *maps, uint32_t epoch, uint64_t cut);

/* The part of the waits of @cpu in @epoch in which it ran other tasks, ns. Clears it. */
uint64_t read_calls__away(struct maps *maps, uint32_t cpu, uint32_t epoch);

/* The record of @src's call that began at @begun; NULL: calls have none, or it is given back. */
const struct task_call *read_calls__find(const struct maps *maps, uint32_t src, uint64_t begun);

/*
 * Whether @src's call that began at @begun is over: where a sender waits with preemption off
 * it makes one call after the other, and has begun a later one. Then the csds and frames of
 * the call that are still in the maps have run, unseen.
 */
bool read_calls__over(const struct maps *maps, uint32_t src, uint64_t begun);

/* The end of a csd of that call will not be seen: count it as done. @part: it has a slot. */
void read_calls__lost(struct maps *maps, uint32_t src, uint64_t begun, bool part);

/*
 * Read @epoch's bank of the tables and the samples into @snap, which has its
 * CPUs already, and clear the bank. Returns 0 or -ENOMEM.
 */
int read_tables(struct maps *maps, uint32_t epoch, struct snapshot *snap);

/*
 * All interrupts that @snap counts by kind were seen by the program that fills the tables: what its sends
 * lack of these found no row, and gets one here.
 */
void sends__complete(struct snapshot *snap);

/*
 * User stacks of a window that has not ended, as they come: a process may be gone at its
 * end. All zero: nothing was seen.
 */
struct live_stacks {
	uint32_t epoch; /* of the window */
	uint64_t seen; /* samples */
};

/* A stack, which may still be written, of process @tgid. False: no more of them in this call. */
typedef bool live_stack_fn(void *ctx, uint32_t tgid, const struct user_stack *stack);

/*
 * Call @see for the samples of @epoch's window that no earlier call passed to it, and return how
 * many there were.
 */
size_t live_stacks__each(struct live_stacks *live, const struct maps *maps, uint32_t epoch,
			 live_stack_fn *see, void *ctx);

#endif /* IPITRACE_COLLECT_READ_BANK_H */
