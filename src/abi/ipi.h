/* SPDX-License-Identifier: GPL-2.0 */
/* The maps of --kinds: `ipi_recs`, `ipi_hists`, `ipi_reasons` and `wakes`. */
#ifndef IPITRACE_ABI_IPI_H
#define IPITRACE_ABI_IPI_H

#include "abi/hist_slots.h"
#include "abi/limits.h"

/*
 * --kinds: the interrupts themselves, from send to exit. A class is what the
 * destination can tell apart: on x86 a vector, elsewhere the reason that the
 * kernel's ipi_raise and ipi_entry name (ipi_reason).
 */
#define IPI_CLASSES 16
#define IPI_TEXT    40

enum ipi_class {
	IPI_CALL_FUNCTION,
	IPI_CALL_FUNCTION_SINGLE,
	IPI_RESCHEDULE,
	IPI_IRQ_WORK,
	IPI_PLATFORM,
	NR_IPI_CLASSES,
};

/* enum tlb_flush_reason (include/linux/mm_types.h); tlb_names[] in ipis.c. */
#define TLB_REASONS 8

struct tlb_bank {
	__u64 count;
	__u64 pages; /* of those that are not of all pages */
	__u64 all; /* flushes of all pages */
};

/* One bank of what a CPU sent, and of its own TLB; all atomic. */
struct ipi_bank {
	__u64 sent[IPI_CLASSES];
	__u64 coalesced[IPI_CLASSES]; /* sent while one was pending there */
	__u64 unseen[IPI_CLASSES]; /* that had been pending for too long */
	__u64 polled; /* no IPI: the destination polled in idle */
	__u64 reschedule_other; /* reschedules that no wake-up sent */
	struct tlb_bank tlb[TLB_REASONS];
};

/* One for each possible CPU. */
struct ipi_rec {
	/* The time at which the oldest one on its way here was sent; 0: none. */
	__u64 pending[IPI_CLASSES];
	/* What follows is this CPU's own. When the one that runs was entered. */
	__u64 start[IPI_CLASSES] __attribute__((aligned(CACHE_LINE)));
	__u64 waking; /* the task that this CPU is about to wake; 0: none */
	struct ipi_bank bank[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

/* By class, in shards, as the functions' are. */
struct ipi_hist_bank {
	struct hist_bank delay; /* from send to entry */
	struct hist_bank time; /* from entry to exit */
};

struct ipi_hist_rec {
	struct ipi_hist_bank bank[NR_BANKS];
};

/* What the kernel calls a class, by the address of its text. */
struct ipi_reason {
	__u64 address; /* 0: free */
	char text[IPI_TEXT];
};

/* Reschedules by who wakes whom; one more row sums what found no place. */
#define WAKE_ROWS  256
#define WAKE_OTHER WAKE_ROWS

struct wake_rec {
	__u64 key; /* 0: free */
	__u32 waker; /* tgid; 0: idle */
	__u32 woken;
	__u8 interrupt; /* no task woke it: an interrupt did */
	__u8 pad[7];
	char waker_comm[COMM_LEN];
	char woken_comm[COMM_LEN];
	__u64 count[NR_BANKS];
};

#endif /* IPITRACE_ABI_IPI_H */
