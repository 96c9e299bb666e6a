/* SPDX-License-Identifier: GPL-2.0 */
/* The maps `events` and `guests`: events other than IPIs that explain a storm. */
#ifndef IPITRACE_ABI_EVENT_H
#define IPITRACE_ABI_EVENT_H

#include "abi/limits.h"

enum event {
	EVENT_FREQUENCY, /* a CPU's frequency changed; counted once for each CPU of a policy */
	EVENT_MIGRATION, /* a task moved to another CPU */
	EVENT_POLLED, /* a CPU that polled in idle was woken, without an IPI */
	EVENT_GUEST_CLOCK, /* KVM wrote a guest's clock page, on the vCPU's thread */
	EVENT_HOST_FLUSH, /* the kernel asked its host to flush other CPUs' TLBs, without an IPI */
	EVENT_GUEST_IPI, /* a vCPU asked for an IPI by an exit to the host */
	NR_EVENTS,
};

/* Indexed by CPU; each count is atomic. */
struct event_rec {
	__u64 hits[NR_BANKS][NR_EVENTS];
} __attribute__((aligned(CACHE_LINE)));

/* A power of two. */
#define GUEST_ROWS 128

/* No search finds a tgid with this bit: user space is freeing its row. */
#define GUEST_RETIRED (1U << 31)

/* EVENT_GUEST_IPI by process, a hash by tgid. */
struct guest_rec {
	__u32 tgid; /* 0 if the row is free; GUEST_RETIRED */
	__u32 reserved;
	__u64 ipis[NR_BANKS]; /* atomic */
};

#endif /* IPITRACE_ABI_EVENT_H */
