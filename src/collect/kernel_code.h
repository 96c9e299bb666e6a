/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the machine code of the running kernel and its modules, as it is now. */
#ifndef IPITRACE_COLLECT_KERNEL_CODE_H
#define IPITRACE_COLLECT_KERNEL_CODE_H

#include <stddef.h>
#include <stdint.h>

/* The program that reads the code. */
struct code_bpf;

/* Load the program. NULL: the kernel does not load it, or there is no memory. */
struct code_bpf *kernel_code__open(void);

/* Close @code, which may be NULL. */
void kernel_code__close(struct code_bpf *code);

/*
 * Returns @size bytes at @addr, which @code, a struct code_bpf, reads; valid until the next call.
 * NULL: not all of them can be read, or they are more than 16 KiB. Needs no rights, and allocates
 * nothing. Only one thread at a time may call this.
 */
const uint8_t *kernel_code__read(void *code, uint64_t addr, size_t size);

#endif /* IPITRACE_COLLECT_KERNEL_CODE_H */
