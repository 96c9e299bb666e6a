/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types, read with as little memory as may be. */
#ifndef IPITRACE_COLLECT_KERNEL_BTF_H
#define IPITRACE_COLLECT_KERNEL_BTF_H

#include <stdbool.h>

struct btf;

/* The caller frees the types by btf__free(). NULL, and errno: the kernel does not give them. */
struct btf *kernel_btf__load(void);

/*
 * Whether the kernel's types have a type, a member or a function called @name. Reads the types
 * where they lie, which takes no memory. False: no, or a kernel before 6.16.
 */
bool kernel_btf__names(const char *name);

#endif /* IPITRACE_COLLECT_KERNEL_BTF_H */
