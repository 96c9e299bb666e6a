/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of the real sender: the stack and the task at a queue event. A stack
 * costs more than everything else together, so only the first, second, fourth,
 * eighth ... csd of each row and CPU in a window is sampled.
 */
#ifndef IPITRACE_BPF_SAMPLES_BPF_H
#define IPITRACE_BPF_SAMPLES_BPF_H

#include "abi/limits.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/tables.bpf.h"
#include "bpf/task.bpf.h"
#include "bpf/user_stacks.bpf.h"

/* Samples that were due, by bank. Those beyond SAMPLES were dropped. */
__u64 samples_taken[NR_BANKS] = {};

/* SAMPLES for each bank. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, (NR_BANKS * SAMPLES));
	__type(key, __u32);
	__type(value, struct sample);
} samples SEC(".maps");

/* Samples that each row gets without a question. */
#define SAMPLES_FREE 64

/* @n: how many csds the row counted before this one. */
static __always_inline bool sample_due(__u64 n)
{
	return !(n & (n + 1));
}

/*
 * Whether a csd of @row that is due is sampled; @n as in sample_due(). Each CPU
 * counts for itself, so with many CPUs many csds are due. Beyond the first, a CPU's
 * early csds are left out, and of the others ever fewer are sampled.
 */
static __always_inline bool sample_wanted(__u32 row, __u32 cpu, __u64 n, __u32 e)
{
	struct fn_bank *fn = fn_bank(TABLE_FN, row, cpu, e);

	if (!fn)
		return true;
	if (n < SAMPLES_FREE && *(volatile __u64 *)&fn->samples >= SAMPLES_FREE)
		return false;
	n = __sync_fetch_and_add(&fn->samples, 1);
	return n < SAMPLES_FREE || sample_due(n);
}

static __always_inline void sample_take(void *ctx, __u32 row, __u32 e)
{
	__u64 n = __sync_fetch_and_add(&samples_taken[e & 1], 1);
	__u32 at = (e & 1) * SAMPLES + n;
	struct sample *sample;

	if (n >= SAMPLES)
		return;
	sample = bpf_map_lookup_elem(&samples, &at);
	if (!sample)
		return;
	sample->row = row;
	sample->tgid = current_tgid();
	sample->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(sample->comm, sizeof(sample->comm));
	sample->nr = stack_take(ctx, sample->stack);
	if (keep_user_stacks)
		user_stack_take(ctx, at);
}

#endif /* IPITRACE_BPF_SAMPLES_BPF_H */
