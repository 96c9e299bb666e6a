/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flushes of other CPUs' TLBs where these send no IPI: the kernel asks its host by hypercalls, or the CPU
 * has an instruction for it. A program that unmaps in a loop then sends no csd.
 */
#ifndef IPITRACE_MODEL_FLUSHES_H
#define IPITRACE_MODEL_FLUSHES_H

#include "model/snapshot.h"

/* The flushes of a time. */
struct flushes {
	enum flush_way way;
	bool hosted_known; /* the kernel has a tracepoint for the requests, and all were counted */
	uint64_t hosted; /* requests to the host; where Hyper-V's hypercall is not ready, IPIs follow (at most) */
	uint64_t local; /* runs of flush_tlb_func on the sender itself */
	uint64_t csds; /* of flush_tlb_func */
};

/* Add a window's to @flushes, which is all zero before the first; its functions have names. */
void flushes__add(struct flushes *flushes, const struct snapshot *snap);

/*
 * Whether they explain why there are few IPIs: requests to the host, or @seconds with many local flushes
 * and hardly a csd.
 */
bool flushes__tell(const struct flushes *flushes, double seconds);

#endif /* IPITRACE_MODEL_FLUSHES_H */
