/* SPDX-License-Identifier: GPL-2.0 */
/* The hash by which a csd has its place in a mailbox, and a key its row in a table. */
#ifndef IPITRACE_ABI_HASH_H
#define IPITRACE_ABI_HASH_H

#include <linux/types.h>

static inline __u32 hash64(__u64 v)
{
	return (v * 0x61c8864680b583ebULL) >> 32;
}

#endif /* IPITRACE_ABI_HASH_H */
