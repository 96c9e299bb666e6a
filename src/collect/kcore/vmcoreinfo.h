/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMCOREINFO: the lines "KEY=VALUE" that a kernel leaves for readers of its
 * memory, in a note of /proc/kcore and of each dump (kernel/vmcore_info.c).
 */
#ifndef IPITRACE_COLLECT_KCORE_VMCOREINFO_H
#define IPITRACE_COLLECT_KCORE_VMCOREINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel has a page for it. */
#define VMCOREINFO_BYTES 65536

/* Copy the value of @key. False: @text (NULL: none) has no such line. */
bool vmcoreinfo__value(const char *text, const char *key, char *buf, size_t size);

/* The value of "SYMBOL(name)", an address; 0: none. */
uint64_t vmcoreinfo__symbol(const char *text, const char *name);

#endif /* IPITRACE_COLLECT_KCORE_VMCOREINFO_H */
