// SPDX-License-Identifier: GPL-2.0
/*
 * Copies the kernel's machine code, which differs from the file that the kernel was loaded from:
 * the kernel changes its own code at boot and at run time. This is an object of its own, because
 * ipitrace must also work if the kernel does not load this program.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "abi/code_window.h"

struct code_window window = {};

/*
 * Copy window.size bytes at window.addr to window.code. Attached to nothing: user space runs it.
 * Returns 0, or a negative errno: not all of the bytes can be read.
 */
SEC("raw_tp")
int code_copy(void *ctx __attribute__((unused)))
{
	__u64 size = window.size;

	if (size > sizeof(window.code))
		return -1;
	return bpf_probe_read_kernel(window.code, size, (void *)window.addr);
}

char LICENSE[] SEC("license") = "GPL";
