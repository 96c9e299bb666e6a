/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops whose body the verifier walks through once: by bpf_loop(), which came with 5.17, or
 * in an object for older kernels (FOR_OLD_KERNELS) by a walk over a map, which came with
 * 5.13 (bpf_for_each_map_elem()).
 */
#ifndef IPITRACE_BPF_LOOP_BPF_H
#define IPITRACE_BPF_LOOP_BPF_H

#include "bpf/kernel.bpf.h"

/* LOOP_BODY() follows the body of a loop, `long body(__u32 i, type *ctx)`: not 0 ends the loop. */
#ifdef FOR_OLD_KERNELS
#define LOOP_MOST 1024

/* The values mean nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOOP_MOST);
	__type(key, __u32);
	__type(value, __u32);
} loop_turns SEC(".maps");

#define LOOP_BODY(body, type)                                                      \
	static long body##_turn(void *map __attribute__((unused)), const __u32 *i, \
				void *value __attribute__((unused)), type *ctx)    \
	{                                                                          \
		return body(*i, ctx);                                              \
	}
/* @n turns, but no more than LOOP_MOST; the body ends the loop if @n is less. */
#define loop_n(n, body, ctx) bpf_for_each_map_elem(&loop_turns, body##_turn, ctx, 0)
#else
#define LOOP_BODY(body, type)
#define loop_n(n, body, ctx) bpf_loop(n, body, ctx, 0)
#endif

#endif /* IPITRACE_BPF_LOOP_BPF_H */
