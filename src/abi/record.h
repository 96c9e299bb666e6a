/* SPDX-License-Identifier: GPL-2.0 */
/* The maps `records`, `record_rings` and `entered`: `trace` csd by csd. */
#ifndef IPITRACE_ABI_RECORD_H
#define IPITRACE_ABI_RECORD_H

#include "abi/limits.h"

/* Different stacks that `stacks` can hold. Of two stacks with the same hash the later is not kept. */
#define STACKS		   16384
#define NOT_KNOWN	   (~0ULL)
#define NO_STACK	   (-1)
#define TGID_NOT_KNOWN	   (~0U) /* no BPF program writes this: the record is from another tracer */
#define CSD_TYPE_NOT_KNOWN 0x40 /* likewise */
#define RECORD_VOID	   0xff /* a record's kind: its place in the ring holds nothing */

/* A csd that has run, or an interrupt that was sent. */
struct record {
	__u64 seq; /* the record's place + 1; written last, so then the record is whole */
	__u64 time; /* queued or sent, CLOCK_MONOTONIC ns; 0 in `entered`: free */
	__u64 func; /* 0: a reschedule, which has none */
	__u64 callsite;
	__u64 delay; /* ns; NOT_KNOWN: an irq_work, an interrupt */
	__u64 handler; /* ns; NOT_KNOWN: as delay, or the exit was not seen, or not a batch's first csd */
	__u64 delay_stolen; /* by the host, ns; NOT_KNOWN: as delay, or there is no clock */
	__u64 handler_stolen; /* as handler, or there is no clock */
	__u64 wait; /* the sender's, ns, in the last record of its call; else NOT_KNOWN */
	__u32 pid; /* as in struct origin */
	__u32 tgid;
	__s32 stack; /* as in struct origin */
	__u16 src;
	__u16 dst;
	__u8 kind; /* enum ipi_kind, KIND_CALL_FUNCTION for a csd; RECORD_VOID */
	__u8 type; /* CSD_TYPE_*, for a csd */
	__u8 interrupt : 1;
	__u8 preempted : 1; /* the host ran something else than dst as the csd was queued */
	__u64 call : 40; /* the number of the call of src that waits for the csd; 0: none */
	char comm[COMM_LEN];
};

/* The ring that one CPU writes. Places are never reused: place & (slots - 1) is the index. */
struct record_ring {
	__u64 head; /* the next place */
	__u64 dropped[NR_KINDS]; /* records for which no place was free */
	__u64 brief; /* csds below --min-delay, --min-handler or --min-wait */
	__u64 tail __attribute__((aligned(CACHE_LINE))); /* user space has read up to here */
} __attribute__((aligned(CACHE_LINE)));

#endif /* IPITRACE_ABI_RECORD_H */
