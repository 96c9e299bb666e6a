/* SPDX-License-Identifier: GPL-2.0 */
/* A piece of the kernel's machine code, which the program code_copy copies for user space. */
#ifndef IPITRACE_ABI_CODE_WINDOW_H
#define IPITRACE_ABI_CODE_WINDOW_H

#include <linux/types.h>

/* Nearly all functions of the kernel are shorter. */
#define CODE_WINDOW_BYTES 16384

struct code_window {
	/* Set by user space. */
	__u64 addr;
	__u64 size; /* bytes to copy */
	/* Set by the program. */
	__u8 code[CODE_WINDOW_BYTES];
};

#endif /* IPITRACE_ABI_CODE_WINDOW_H */
