/* SPDX-License-Identifier: GPL-2.0 */
/* The maps of --kinds: `ipi_recs`, `ipi_hists`, `ipi_reasons` and `wakes`. */
#ifndef IPITRACE_ABI_IPI_H
#define IPITRACE_ABI_IPI_H

#include "abi/hist_slots.h"
#include "abi/limits.h"

/*
 * --kinds follows the interrupts themselves, from send to exit, by class. A class is what the
 * target can distinguish: on x86 a vector, elsewhere the reason in the kernel's ipi_raise and
 * ipi_entry (ipi_reason).
 */
#define IPI_CLASSES    16
#define IPI_TEXT       40
#define IPI_MAX_SHARDS 4

enum ipi_class {
	IPI_CALL_FUNCTION,
	IPI_CALL_FUNCTION_SINGLE,
	IPI_RESCHEDULE,
	IPI_IRQ_WORK,
	IPI_PLATFORM,
	NR_IPI_CLASSES,
};

/* Room for enum tlb_flush_reason (linux/mm_types.h); named by tlb_names[] in model/names.c. */
#define TLB_REASONS 8

struct tlb_bank {
	__u64 count;
	__u64 pages; /* pages that were flushed one by one */
	__u64 all; /* number of flushes of all pages */
};

/* One bank of a CPU's counters: IPIs sent, and the CPU's own TLB flushes. All are atomic. */
struct ipi_bank {
	__u64 sent[IPI_CLASSES];
	__u64 coalesced[IPI_CLASSES]; /* sent while another was pending on the target */
	/* sends that were pending for so long that they must have arrived without being seen */
	__u64 unseen[IPI_CLASSES];
	__u64 polled; /* wake-ups without an IPI, because the target polled in idle */
	__u64 reschedule_other; /* reschedules that were not sent for a wake-up */
	struct tlb_bank tlb[TLB_REASONS];
};

/* One for each possible CPU. */
struct ipi_rec {
	/* When the oldest IPI on its way to this CPU was sent, CLOCK_MONOTONIC ns; 0: none is. */
	__u64 pending[IPI_CLASSES];
	/* Only this CPU writes the rest. When the current handler was entered; 0 if none runs. */
	__u64 start[IPI_CLASSES] __attribute__((aligned(CACHE_LINE)));
	/* address of the task_struct that this CPU is about to wake; 0 if there is none */
	__u64 waking;
	struct ipi_bank bank[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

/* Times of one class, in shards like those of the functions' table. */
struct ipi_hist_bank {
	struct hist_bank delay; /* from send to entry */
	struct hist_bank time; /* from entry to exit */
};

struct ipi_hist_rec {
	struct ipi_hist_bank bank[NR_BANKS];
};

/* The kernel's text for a class; the text's address is the key. */
struct ipi_reason {
	__u64 address; /* 0 if free */
	char text[IPI_TEXT];
};

/* Reschedules by waker and woken task; the last row is the sum of the pairs that found no row. */
#define WAKE_ROWS  256
#define WAKE_OTHER WAKE_ROWS

/* No search finds a key with this bit: user space is freeing its row. */
#define WAKE_RETIRED (1ULL << 61)

/* Rows that row_is_reserved() are for frequent pairs that come late (late_key_count()). */
struct wake_rec {
	__u64 key; /* 0 if free; WAKE_RETIRED */
	__u32 waker; /* tgid; 0: an idle task */
	__u32 woken; /* tgid of the woken task */
	__u8 interrupt; /* an interrupt woke the task, not the task that was interrupted (waker) */
	__u8 pad[7];
	char waker_comm[COMM_LEN];
	char woken_comm[COMM_LEN];
	__u64 count[NR_BANKS];
};

#endif /* IPITRACE_ABI_IPI_H */
