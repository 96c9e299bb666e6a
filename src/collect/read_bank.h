/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a bank that no program writes into a snapshot: the CPUs' counters, the mailboxes, the
 * edges, events other than IPIs (read_cpus.c), synchronous calls (read_calls.c), the tables of rows
 * and the samples (read_tables.c). Clears the bank for the window after next. Plain memory, without
 * libbpf, so that unit tests can run this code.
 */
#ifndef IPITRACE_COLLECT_READ_BANK_H
#define IPITRACE_COLLECT_READ_BANK_H

#include "collect/maps.h"
#include "model/snapshot.h"

/*
 * Rows of TABLE_BY and of the maps `wakes` and `guests` are given back, because processes and
 * guests come and go for as long as ipitrace runs. A row that counted nothing in two windows is
 * retired: its key is marked, and no search finds the row any more. After two more windows the row
 * is free. A program that found the row before its key was marked has returned by the next cut,
 * which reads what that program counted.
 */
#define WINDOWS_IDLE 2

/*
 * Count in @idle the windows in a row in which a row was not @used. Returns whether they are enough
 * to retire the row, or to free it if it is retired; then counts from 0 again.
 */
static inline bool row_was_idle(uint8_t *idle, bool used)
{
	*idle = used ? 0 : *idle + 1;
	if (*idle < WINDOWS_IDLE)
		return false;
	*idle = 0;
	return true;
}

/* The next functions are for one bank of a map's histogram, which no program writes now. */

/* Add one sample of @ns to @bank. */
static inline void hist_bank__add(struct hist_bank *bank, uint64_t ns)
{
	bank->sum += ns;
	if (bank->max < ns)
		bank->max = ns;
	bank->slots[hist_slot(ns)]++;
}

/* Whether @bank has a sample. Samples of 0 ns add nothing to the sum; they are in slot 0. */
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

/* Add the samples of a hot row's histogram to @hist. */
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
 * Read @epoch's bank, which no program may write any more, into @snap and clear the bank. @snap
 * then still lacks the window's times, carried_in and LOST_QUEUE_UNSEEN. @possible: the CPUs to
 * read. Returns 0 or -ENOMEM.
 */
int read_cpus(struct maps *maps, uint32_t epoch, const struct cpuset *possible,
	      struct snapshot *snap);

/* Returns the queue events that only csd_queue_twin() saw, counted in @epoch's bank so far. */
uint64_t read_recovered(const struct maps *maps, uint32_t epoch);

/* Returns the csds whose function was entered on another CPU, counted in @epoch's bank so far. */
uint64_t read_delivered(const struct maps *maps, uint32_t epoch);

/* Returns the csds whose run was not seen, counted in @epoch's bank so far. */
uint64_t read_run_unseen(const struct maps *maps, uint32_t epoch);

/*
 * Returns the csds that may have been a stall without being seen, counted in @epoch's bank so far.
 * @waits: only the csds for which a sender waited.
 */
uint64_t read_late_unseen(const struct maps *maps, uint32_t epoch, bool waits);

/*
 * A CPU that goes offline runs the csds that are queued to it (smpcfd_dying_cpu(), 6.12
 * kernel/smp.c:97). The CPU is no longer online then, and no tracepoint fires on such a CPU
 * (DECLARE_TRACE(), linux/tracepoint.h), so these csds stay in the mailbox after their run.
 *
 * For each CPU of @cpus that is not in @online: set its horizon after everything that was queued to
 * the CPU before @now. The caller must read @now before @online.
 */
void offline__note(struct maps *maps, const struct cpuset *cpus, const struct cpuset *online,
		   uint64_t now);

/*
 * Add @epoch's edges (csds by sender and destination) to @snap, which has its CPUs already, and
 * clear the edges. Returns 0 or -ENOMEM.
 */
int read_edges(struct maps *maps, uint32_t epoch, struct snapshot *snap);

/* The maps `events` and `guests`: events other than IPIs. */
struct event_maps {
	struct event_rec *recs; /* indexed by CPU */
	struct guest_rec *guests; /* GUEST_ROWS items */
	uint8_t guest_idle[GUEST_ROWS]; /* for how many windows each row has been idle */
};

/* Move the counts of @cpus in @epoch, which is over, to @events, but do not set its known[]. */
void read_events(struct event_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		 struct machine_events *events);

/*
 * Add the waits of the sender @cpu in @epoch to @wait, and clear them. The sender's latest call
 * belongs to this window if the call is over. @cut: when the window ended, CLOCK_MONOTONIC ns.
 */
void read_calls(struct maps *maps, uint32_t cpu, uint32_t epoch, uint64_t cut, struct hist *wait);

/* Add up the calls that have a struct task_call and are over. Call this before read_calls(). */
void read_calls__settle(struct maps *maps, uint32_t epoch, uint64_t cut);

/* Returns, and clears, the part of @cpu's waits in @epoch in which the CPU ran other tasks, ns. */
uint64_t read_calls__away(struct maps *maps, uint32_t cpu, uint32_t epoch);

/*
 * Returns the record of @src's call that began at @begun; NULL if calls have no records, or if the
 * record is free again.
 */
struct task_call *read_calls__find(const struct maps *maps, uint32_t src, uint64_t begun);

/*
 * Whether @src's call that began at @begun is over. If a sender waits with preemption off, its CPU
 * makes one call after the other, so the call is over if the CPU has begun a later call. If the
 * maps still have csds or frames of a call that is over, these have run, or ended, without being
 * seen.
 */
bool read_calls__over(const struct maps *maps, uint32_t src, uint64_t begun);

/*
 * Count a csd of @src's call as done, because its end will not be seen. @part: the csd has an
 * edge_rec (struct call_rec).
 */
void read_calls__lost(struct maps *maps, uint32_t src, uint64_t begun, bool part);

/*
 * Read @epoch's bank of the tables and the samples into @snap, which has its CPUs already, and
 * clear the bank. Returns 0 or -ENOMEM.
 */
int read_tables(struct maps *maps, uint32_t epoch, struct snapshot *snap);

/*
 * Add a row to @snap->sends for each kind of interrupts of which @snap counts more than the rows
 * have: the rest found no row in the table. Call this only if the program that fills the tables saw
 * all interrupts.
 */
void sends__complete(struct snapshot *snap);

/*
 * Which samples' user stacks were read during the window. They are read early, because a process
 * may have ended by the end of the window. All zero: no stack was read yet.
 */
struct live_stacks {
	uint32_t epoch; /* epoch of the window */
	uint64_t seen; /* samples read so far */
};

/* Receives a stack of process @tgid, which may still change. Returns false to stop. */
typedef bool live_stack_fn(void *ctx, uint32_t tgid, const struct user_stack *stack);

/* Call @see for the samples of @epoch that no earlier call passed on. Returns their number. */
size_t live_stacks__each(struct live_stacks *live, const struct maps *maps, uint32_t epoch,
			 live_stack_fn *see, void *ctx);

/*
 * Merges the records of all CPUs into one stream, by time. Plain memory, without libbpf, so that
 * unit tests can run this code.
 *
 * The time of a record is that of its csd's queue event, but the record is written once the csd has
 * run: another CPU may write a record with a later time first. So records are held until no earlier
 * csd is outstanding. A csd that is outstanding for more than RECORDS_HOLD_NS does not hold up
 * records any more: its own record then counts as late.
 */

#define RECORDS_HOLD_NS 2000000000ULL

struct records {
	const struct maps *maps;
	struct record *held; /* read from the rings, and not yet dropped */
	size_t nr; /* records in held */
	size_t room; /* records for which held has memory */
	size_t due; /* this many of the first records in held may be returned */
	size_t next; /* this many of the first records in held were returned */
	uint64_t oldest; /* the least time in held; NOT_KNOWN if held is empty */
	uint64_t settled; /* no csd that was queued before this time is outstanding */
	uint64_t last; /* the latest time returned */
	uint64_t late; /* records returned after a record with a later time */
	/* The programs' minima; the caller sets these after records__open(). */
	uint64_t min_delay;
	uint64_t min_handler;
	uint64_t min_wait;
	uint64_t unfinished; /* csds that records__finish() left out because of these minima */
};

/* Begin without records. @maps must live as long as @records. */
void records__open(struct records *records, const struct maps *maps);
void records__close(struct records *records);

/*
 * Read all rings, and settle which records are due. @now: CLOCK_MONOTONIC ns, read before the call.
 * Returns 0, or -ENOMEM: the records that were not read are still in the rings, for the next call.
 */
int records__gather(struct records *records, uint64_t now);

/*
 * Do what records__gather() does, after the end of the collection, when all records are due. A
 * function that still runs gets a record without handler time and wait; with a minimum for either
 * the record is left out. Returns 0 or -ENOMEM.
 */
int records__finish(struct records *records);

/* Returns the next record, valid until the next gather or finish; NULL if none is due. */
const struct record *records__next(struct records *records);

/* Returns the records of @kind so far that found no room in the rings of all CPUs. */
uint64_t records__dropped(const struct records *records, enum ipi_kind kind);

/* Returns the csds of all CPUs so far that were below min_delay, min_handler or min_wait. */
uint64_t records__brief(const struct records *records);

#endif /* IPITRACE_COLLECT_READ_BANK_H */
