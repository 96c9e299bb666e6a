/* SPDX-License-Identifier: GPL-2.0 */
/* The maps `records`, `record_rings` and `entered`: `trace` csd by csd. */
#ifndef IPITRACE_ABI_RECORD_H
#define IPITRACE_ABI_RECORD_H

#include "abi/limits.h"

/* Different stacks that can be kept; of two with one hash the later has none. */
#define STACKS	    16384
#define NOT_KNOWN   (~0ULL)
#define NO_STACK    (-1)
#define RECORD_VOID 0xff

/* A csd that has run, or an interrupt that was sent. */
struct record {
	__u64 seq; /* its place in the ring + 1, once the record is whole */
	__u64 time; /* queued or sent, CLOCK_MONOTONIC ns; 0 in `entered`: free */
	__u64 func; /* 0: a reschedule, which has none */
	__u64 callsite;
	__u64 delay; /* NOT_KNOWN: an irq_work, an interrupt */
	__u64 handler; /* NOT_KNOWN: the same; exit not seen; not a batch's first */
	__u64 wait; /* the sender's, in its call's last record; else NOT_KNOWN */
	__u32 pid; /* as in struct origin */
	__u32 tgid;
	__s32 stack;
	__u16 src;
	__u16 dst;
	__u8 kind; /* enum ipi_kind, KIND_CALL_FUNCTION for a csd; RECORD_VOID */
	__u8 type; /* CSD_TYPE_*, for a csd */
	__u8 interrupt;
	__u8 pad[5];
	char comm[COMM_LEN];
};

/* One for each CPU, which writes the ring; places count up for ever. */
struct record_ring {
	__u64 head; /* the next place */
	__u64 dropped[NR_KINDS]; /* no place was free */
	__u64 brief; /* csds below --min-delay or --min-handler */
	__u64 tail __attribute__((aligned(CACHE_LINE))); /* user space has read up to here */
} __attribute__((aligned(CACHE_LINE)));

#endif /* IPITRACE_ABI_RECORD_H */
