/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel's memory, by virtual address: a live kernel's, a dump's, or made up
 * by a test. Nothing in it can be trusted: it changes while it is read.
 */
#ifndef IPITRACE_COLLECT_KCORE_MEMORY_H
#define IPITRACE_COLLECT_KCORE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct memory {
	/* Read @size bytes at @addr into @buf. 0; -EFAULT: not all are there; another negative errno. */
	int (*read)(void *ctx, uint64_t addr, void *buf, size_t size);
	void *ctx;
};

static inline int memory__read(const struct memory *memory, uint64_t addr, void *buf, size_t size)
{
	return memory->read(memory->ctx, addr, buf, size);
}

#endif /* IPITRACE_COLLECT_KCORE_MEMORY_H */
