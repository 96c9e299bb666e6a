/* SPDX-License-Identifier: GPL-2.0 */
/* Made-up csds in kernel memory (fake.bpf.c). */
#ifndef IPITRACE_FAKE_H
#define IPITRACE_FAKE_H

#include <linux/types.h>

#define NR_FAKES 2048

/* The layout of struct __call_single_data, 5.11 to 7.3 (64 bit). */
struct fake_csd {
	__u64 next; /* a fake's address in the kernel, or 0 */
	__u32 flags;
	__u16 src;
	__u16 dst;
	__u64 func;
	__u64 info;
};

struct fake_memory {
	__u64 address; /* of this struct, in the kernel */
	__u64 task; /* the test's struct task_struct */
	__u64 regs; /* where the test's task has the registers of user mode */
	__u64 mask[8]; /* a cpumask */
	struct fake_csd csds[NR_FAKES];
};

#endif /* IPITRACE_FAKE_H */
