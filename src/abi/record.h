/* SPDX-License-Identifier: GPL-2.0 */
/* The maps `records`, `record_rings` and `entered`: the single csds of `trace`. */
#ifndef IPITRACE_ABI_RECORD_H
#define IPITRACE_ABI_RECORD_H

#include "abi/limits.h"

/* The most stacks that `stacks` has. Of two different stacks with one hash the first is kept. */
#define STACKS		   16384
#define NOT_KNOWN	   (~0ULL)
#define NO_STACK	   (-1)
/* only in a record of another tracer; no BPF program writes this */
#define TGID_NOT_KNOWN	   (~0U)
#define CSD_TYPE_NOT_KNOWN 0x40 /* only in a record of another tracer */
#define RECORD_VOID	   0xff /* kind of a record whose place in the ring is empty */

/* A csd that has run, or an interrupt that was sent. */
struct record {
	__u64 seq; /* the record's place + 1; written last, when the record is complete */
	__u64 time; /* time of queueing or sending, CLOCK_MONOTONIC ns; 0 in `entered`: free */
	__u64 func; /* 0 for a reschedule, which has none */
	__u64 callsite;
	__u64 delay; /* ns; NOT_KNOWN for an irq_work or an interrupt */
	/*
	 * ns; NOT_KNOWN for an irq_work or an interrupt, if the exit was not seen, or if the csd
	 * was not the first of its batch
	 */
	__u64 handler;
	/* Steal time, ns. NOT_KNOWN if the time itself is, or if the kernel has no steal clocks. */
	__u64 delay_stolen;
	__u64 handler_stolen;
	__u64 src_stolen; /* steal time of src during the delay */
	__u64 wait; /* the sender's wait, ns, in the last record of its call; else NOT_KNOWN */
	__u32 pid; /* as in struct origin */
	__u32 tgid;
	__s32 stack; /* as in struct origin */
	__u16 src;
	__u16 dst;
	__u8 kind; /* enum ipi_kind, KIND_CALL_FUNCTION for a csd; RECORD_VOID */
	__u8 type; /* CSD_TYPE_* of a csd */
	__u8 interrupt : 1;
	__u8 preempted : 1; /* the host did not run dst when the csd was queued */
	__u64 call : 40; /* number of src's call that waits for the csd; 0 if there is none */
	char comm[COMM_LEN];
};

/* The ring that one CPU writes. Each place is a new number; its index is place & (slots - 1). */
struct record_ring {
	__u64 head; /* the next place */
	__u64 dropped[NR_KINDS]; /* records for which no place was free */
	__u64 brief; /* csds below --min-delay, --min-handler or --min-wait */
	/* user space has read all places before this one */
	__u64 tail __attribute__((aligned(CACHE_LINE)));
} __attribute__((aligned(CACHE_LINE)));

#endif /* IPITRACE_ABI_RECORD_H */
