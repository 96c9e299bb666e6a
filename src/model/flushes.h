/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flushes of other CPUs' TLBs that send no IPI, because the kernel asks its host by hypercalls, or
 * because the CPU has an instruction for them. On such a machine a program that unmaps memory in a
 * loop sends no csd.
 */
#ifndef IPITRACE_MODEL_FLUSHES_H
#define IPITRACE_MODEL_FLUSHES_H

#include "model/snapshot.h"

/* The flushes in some time. */
struct flushes {
	enum flush_way way;
	bool hosted_known; /* all of the kernel's requests to its host were counted */
	/* Requests to the host. If Hyper-V's hypercall was not ready, IPIs followed the request. */
	uint64_t hosted;
	uint64_t local; /* runs of flush_tlb_func on the CPU that asked for the flush */
	uint64_t csds; /* csds of flush_tlb_func */
};

/* Add a window, whose functions have names, to @flushes. The caller zeroes @flushes at first. */
void flushes__add(struct flushes *flushes, const struct snapshot *snap);

/*
 * Whether @flushes explain why there are few IPIs: requests were sent to the host, or the @seconds
 * had many local flushes and hardly a csd.
 */
bool flushes__explain(const struct flushes *flushes, double seconds);

#endif /* IPITRACE_MODEL_FLUSHES_H */
