/* SPDX-License-Identifier: GPL-2.0 */
/* The maps `slots` and `origins`: csds that are queued and have not run. */
#ifndef IPITRACE_ABI_MAILBOX_H
#define IPITRACE_ABI_MAILBOX_H

#include "abi/limits.h"

/* Outstanding csds that one destination's mailbox can hold. */
#define MAILBOX_SLOTS  512
/* How far from its home a csd may lie; `reach` has a bit for each distance. */
#define MAILBOX_PROBES 64

/*
 * One place in four is kept for csds whose sender waits: somebody's hundreds of wake-ups, queued to
 * a CPU while its interrupts are off, would else leave no place for those that others wait for.
 */
static inline int place_is_kept(__u32 place)
{
	return (place & 3) == 3;
}

/* Where the search for @csd begins, modulo the box's size: never at a kept place. */
static inline __u32 csd_home(__u64 csd)
{
	__u32 hash = hash64(csd);

	return hash & ~(hash >> 1 & 1);
}

/*
 * More time than lies between a queue event and the llist_add() behind that
 * event, where an interrupt or a hypervisor can hold the sender up.
 */
#define HORIZON_MARGIN_NS 1000000000ULL

/*
 * The states of a slot, which its first word says. A csd whose sender collects the end time
 * ("part") takes the way on the right.
 *
 *   FREE --> CLAIMED --> the csd --> TAKEN --> FREE
 *    ^       by a         | ^          |
 *    |       sender       | | put back | a part
 *    |                    | +----------+-----------> RUNS --> slot_ended(call)
 *    +--------------------+                                     |        |
 *      an earlier epoch's, or lost: in one step          FREE <-+        +-> CLAIMED
 *                                                    by its sender        by a sender
 *                                                                         that needs it
 */
#define SLOT_FREE    0
#define SLOT_CLAIMED 1 /* by a sender, which fills the slot */
#define SLOT_TAKEN   2 /* by the destination, which empties the slot */
#define SLOT_RUNS    4 /* by the destination: the csd runs, and its sender waits for the end */

/*
 * The word of a slot whose csd has run, and whose `time` is the end that the sender
 * of @call (struct call_rec: `begun`) collects. An odd number: a csd is aligned.
 */
static inline __u64 slot_ended(__u64 call)
{
	return call << 1 | 1;
}

/* The call of such a word; 0: @word is another one. */
static inline __u64 slot_ended_call(__u64 word)
{
	return word & 1 ? word >> 1 : 0;
}

/* Whether @word is a csd that is queued. */
static inline int slot_has_csd(__u64 word)
{
	return !(word & 1) && word > SLOT_RUNS;
}

#define SLOT_HAS_OLDER 1 /* the same csd was still outstanding here */
#define SLOT_PART      2 /* the sender collects the end time (bpf/parts.bpf.h) */
#define SLOT_PREEMPTED 4 /* the host ran something else than the destination (bpf/steal.bpf.h) */

/*
 * A csd that was queued and has not run, or the end of a csd that has. The mailboxes
 * of all destinations lie one behind the other, and the irq_works' box lies behind
 * them. An irq_work's own flags show that it has run, and the work may be queued to
 * another CPU next, so the key of that box is the work alone.
 */
struct slot {
	__u64 csd; /* SLOT_*, slot_ended(), or the csd */
	__u64 time; /* of the queue event, CLOCK_MONOTONIC ns; in slot_ended(): the end, 0: unseen */
	__u32 epoch;
	__u32 from; /* FROM() */
	union {
		__u32 since; /* ns since the csd's call began, or NO_CALL */
		__u32 dst; /* in the irq_works' box: nobody waits for an irq_work */
	};
	__u8 type; /* CSD_TYPE_* */
	__u8 fresh; /* csd_queue_twin() has not seen this csd yet */
	__u8 flags; /* SLOT_HAS_OLDER, SLOT_PART, SLOT_PREEMPTED */
	__u8 fetch; /* written to fetch the line, never read: box_fetch() in bpf/mailbox.bpf.h */
};

/*
 * The sender of the csd in the slot of the same index; valid while the slot is. A line of
 * its own, which the destination reads at the entry.
 */
struct origin {
	__u64 func;
	__u64 callsite;
	__u32 pid; /* the thread; 0: idle, or an interrupt */
	__u32 tgid;
	__s32 stack; /* index in the map `stacks`; negative: none */
	__u8 interrupt; /* an interrupt queued the csd: no task is behind it */
	__u8 pad[3];
	char comm[COMM_LEN]; /* not where stalls alone are watched for */
	__u64 task; /* struct task_struct's address, where stalls are watched for */
	__u64 call; /* where csds are recorded: the number of the sender's call; 0: none */
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

/* Nobody waits for the csd, or its call began more than 2^32 ns before. */
#define NO_CALL 0xffffffffU

#endif /* IPITRACE_ABI_MAILBOX_H */
