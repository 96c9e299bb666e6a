/* SPDX-License-Identifier: GPL-2.0 */
/* Figures of a window by kind of interrupt. */
#ifndef IPITRACE_MODEL_KIND_STATS_H
#define IPITRACE_MODEL_KIND_STATS_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"
#include "model/hist.h"

#define KIND_NAME 32 /* bytes, with the NUL */
#define KINDS_MAX 32 /* rows of /proc/interrupts that are read; more than any architecture has */

/* The CPU that received most of the interrupts of a kind. */
struct most_hit {
	double part; /* of all, 0 to 1; 0: unknown */
	bool cpu_known;
	uint32_t cpu;
};

/* Interrupts of one kind. */
struct kind_stats {
	char kind[KIND_NAME]; /* kind_names[], then the architecture's others */
	bool sent_known;
	bool received_known;
	bool timed; /* the members below most_hit are known: --kinds */
	uint64_t sent;
	uint64_t received;
	struct most_hit most_hit; /* of those sent */
	uint64_t coalesced; /* sent while another was pending on the CPU, so no interrupt of their own */
	uint64_t unseen; /* pending for so long that their handlers must have run unseen */
	struct hist delay; /* from send to the handler's entry */
	struct hist time; /* from entry to exit */
	const char *why; /* which figures are unknown and why; NULL: all are known */
};

/* TLB flushes for one reason. */
struct tlb_stats {
	uint64_t count;
	uint64_t pages; /* of the flushes that are not full */
	uint64_t all; /* full flushes */
};

/* Reschedules that one process sent to wake another. */
struct wake_stats {
	uint32_t waker; /* tgid; 0: idle */
	uint32_t woken;
	bool interrupt; /* an interrupt was the waker, not a task */
	bool other; /* the sum of the pairs that got no row */
	char waker_comm[COMM_LEN];
	char woken_comm[COMM_LEN];
	uint64_t count;
};

#endif /* IPITRACE_MODEL_KIND_STATS_H */
