// SPDX-License-Identifier: GPL-2.0
/* stack_keep() in a program of its own, so that a test can give it a map with few places. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf/config.bpf.h"

/* In place of the constant, which user space sets. */
#define keep_stacks true
#include "bpf/origins.bpf.h"

SEC("raw_tp")
int keep(struct bpf_raw_tracepoint_args *ctx)
{
	return stack_keep(ctx);
}

char LICENSE[] SEC("license") = "GPL";
