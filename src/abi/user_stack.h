/* SPDX-License-Identifier: GPL-2.0 */
/* The map `user_stacks`: where in its program the task of a sample entered the kernel. */
#ifndef IPITRACE_ABI_USER_STACK_H
#define IPITRACE_ABI_USER_STACK_H

#include <linux/types.h>

#define USER_DEPTH 24
/* Words of the stack that are copied: the first callers of most system calls are within. */
#define USER_WORDS 64

/*
 * The program's side of the sample with the same index. The frames are those that the kernel finds by frame
 * pointers. Programs without frame pointers are unwound later, from registers and words.
 */
struct user_stack {
	__u64 ip; /* 0: the task has no user code, and nothing else here is valid */
	__u64 sp;
	__u64 fp; /* x86: rbp; arm64: x29 */
	__u64 lr; /* arm64: the link register; x86: 0 */
	__u32 nr; /* frames, the first is ip */
	__u32 words; /* copied from sp on */
	__u64 frames[USER_DEPTH];
	__u64 stack[USER_WORDS];
};

#endif /* IPITRACE_ABI_USER_STACK_H */
