/* SPDX-License-Identifier: GPL-2.0 */
/* The maps `slots` and `origins`: csds that are queued and have not run. */
#ifndef IPITRACE_ABI_MAILBOX_H
#define IPITRACE_ABI_MAILBOX_H

#include "abi/limits.h"

/* Maximum number of outstanding csds in one target's mailbox. */
#define MAILBOX_SLOTS  512
/* Maximum distance of a csd from its home; `reach` has a bit for each distance. */
#define MAILBOX_PROBES 64

/*
 * Whether @place is reserved for csds whose sender waits, as one place in four is. Otherwise
 * hundreds of wake-ups, queued to a CPU while its interrupts are off, would leave no place for the
 * csds that senders wait for.
 */
static inline int place_is_reserved(__u32 place)
{
	return (place & 3) == 3;
}

/* Returns where the search for @csd begins, modulo the mailbox's size; never a reserved place. */
static inline __u32 csd_home(__u64 csd)
{
	__u32 hash = hash64(csd);

	return hash & ~(hash >> 1 & 1);
}

/*
 * More than the time from a queue event to the llist_add() that follows, because an interrupt or a
 * hypervisor can stop the sender between the two.
 */
#define HORIZON_MARGIN_NS 1000000000ULL

/*
 * The states of a slot, which its first word says. A csd whose sender collects the end time
 * ("a part") goes through the states on the right.
 *
 *   FREE --> CLAIMED --> the csd --> TAKEN --> FREE
 *    ^       by a         | ^          |
 *    |       sender       | | put back | a part
 *    |                    | +----------+-----------> RUNS --> slot_ended(call)
 *    +--------------------+                                     |        |
 *      csds of an earlier epoch, and lost csds:          FREE <-+        +-> CLAIMED
 *      in one step                                   by its sender        by a sender
 *                                                                         that needs it
 */
#define SLOT_FREE    0
#define SLOT_CLAIMED 1 /* by a sender, which fills the slot */
#define SLOT_TAKEN   2 /* by the destination, which empties the slot */
#define SLOT_RUNS    4 /* by the destination: the csd runs, and its sender waits for the end */

/*
 * Returns the word of a slot whose csd has run, and whose `time` is the end that the sender of
 * @call (struct call_rec: `begun`) collects. The word is odd, because a csd is aligned.
 */
static inline __u64 slot_ended(__u64 call)
{
	return call << 1 | 1;
}

/* Returns the call of which @word is slot_ended(); 0 if @word is something else. */
static inline __u64 slot_ended_call(__u64 word)
{
	return word & 1 ? word >> 1 : 0;
}

/* Whether @word is a queued csd. */
static inline int slot_has_csd(__u64 word)
{
	return !(word & 1) && word > SLOT_RUNS;
}

#define SLOT_HAS_OLDER 1 /* an older instance of the csd was still in this mailbox */
#define SLOT_PART      2 /* the sender collects the end time (bpf/parts.bpf.h) */
#define SLOT_PREEMPTED 4 /* the host did not run the target at the queue event (bpf/steal.bpf.h) */

/*
 * A csd that was queued and has not run, or the end of a csd that has run. The mailboxes of all
 * targets follow each other in memory; the mailbox of the irq_works comes last. An irq_work's own
 * flags show that the work has run, and the work may be queued to another CPU next, so the key in
 * that mailbox is only the work.
 */
struct slot {
	__u64 csd; /* SLOT_*, slot_ended(), or the csd */
	/* of the queue event, CLOCK_MONOTONIC ns; with slot_ended(): the end, 0 if unseen */
	__u64 time;
	__u32 epoch;
	__u32 from; /* FROM() */
	union {
		__u32 since; /* ns since the csd's call began, or NO_CALL */
		__u32 dst; /* in the irq_works' mailbox; no sender waits for an irq_work */
	};
	__u8 type; /* CSD_TYPE_* */
	__u8 fresh; /* csd_queue_twin() has not seen this csd yet */
	__u8 flags; /* SLOT_HAS_OLDER, SLOT_PART, SLOT_PREEMPTED */
	/* written to fetch the cache line, never read: slot_fetch() in bpf/mailbox.bpf.h */
	__u8 fetch;
};

/*
 * The sender of the csd in the slot of the same index; valid as long as the slot is. It has a cache
 * line of its own, which the target reads at the entry.
 */
struct origin {
	__u64 func;
	__u64 callsite;
	__u32 pid; /* thread id; 0: idle; of an interrupt: the interrupted task's */
	__u32 tgid;
	__s32 stack; /* index in the map `stacks`; negative if there is none */
	__u8 interrupt; /* an interrupt queued the csd, not a task */
	__u8 pad[3];
	char comm[COMM_LEN]; /* not written if stalls are watched for and csds are not recorded */
	__u64 task; /* address of struct task_struct, if stalls are watched for */
	__u64 call; /* if csds are recorded: the number of the sender's call; 0 if there is none */
} __attribute__((aligned(CACHE_LINE)));

/* A csd's sender and its rows in the two tables, in one word. */
#define FROM(src, row, by) ((__u32)(src) << 20 | (__u32)(by) << 10 | (row))

static inline __u32 from_row(__u32 from)
{
	return from & 0x3ff;
}

#define FROM_BY_MAX 0x3ff

static inline __u32 from_by(__u32 from)
{
	return from >> 10 & FROM_BY_MAX;
}

static inline __u32 from_src(__u32 from)
{
	return from >> 20;
}

/* No sender waits for the csd, or its call began more than 2^32 ns before. */
#define NO_CALL 0xffffffffU

#endif /* IPITRACE_ABI_MAILBOX_H */
