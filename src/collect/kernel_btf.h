/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types, read with as little memory as may be. */
#ifndef IPITRACE_COLLECT_KERNEL_BTF_H
#define IPITRACE_COLLECT_KERNEL_BTF_H

struct btf;

/* The caller frees the types by btf__free(). NULL, and errno: the kernel does not give them. */
struct btf *kernel_btf__load(void);

#endif /* IPITRACE_COLLECT_KERNEL_BTF_H */
