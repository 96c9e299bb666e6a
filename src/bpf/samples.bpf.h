/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of the real sender: the stack and the task at a queue event. A stack
 * costs more than everything else together, so only the first, second, fourth,
 * eighth ... csd of each row and CPU in a window is sampled.
 */
#ifndef IPITRACE_BPF_SAMPLES_BPF_H
#define IPITRACE_BPF_SAMPLES_BPF_H

#include "bpf/rows.bpf.h"

/* The user's side of a sample: registers, frames, and the top of the stack. */

/* include/linux/sched.h */
#define KERNEL_THREAD 0x00200000
/* Fewer words: near the stack's end, or at the edge of a page that is not in memory. */
#define FEW_WORDS     8

/* By the index of `samples`; only one entry without keep_user_stacks. */
MAPPED_ARRAY(user_stacks, struct user_stack, NR_BANKS *SAMPLES);

/* The registers with which the current task entered the kernel. */
static __always_inline void user_registers_take(struct user_stack *to, struct task_struct *task)
{
	/* A helper since 5.15. */
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

#ifdef __TARGET_ARCH_x86
	to->sp = regs->sp;
	to->fp = regs->bp;
	to->lr = 0;
	to->ip = regs->ip;
#else
	to->sp = regs->sp;
	to->fp = regs->regs[29];
	to->lr = regs->regs[30];
	to->ip = regs->pc;
#endif
}

static __always_inline __u32 user_words_take(struct user_stack *to)
{
	if (!bpf_probe_read_user(to->stack, sizeof(to->stack), (void *)to->sp))
		return USER_WORDS;
	return bpf_probe_read_user(to->stack, FEW_WORDS * sizeof(*to->stack), (void *)to->sp) ?
		       0 :
		       FEW_WORDS;
}

static __always_inline void user_stack_take(void *ctx, __u32 at)
{
	struct user_stack *to = bpf_map_lookup_elem(&user_stacks, &at);
	struct task_struct *task = bpf_get_current_task_btf();
	long size;

	if (!to)
		return;
	to->ip = 0;
	if (task->flags & KERNEL_THREAD)
		return;
	size = bpf_get_stack(ctx, to->frames, sizeof(to->frames), BPF_F_USER_STACK);
	to->nr = size > 0 ? size / sizeof(*to->frames) : 0;
	user_registers_take(to, task);
	to->words = user_words_take(to);
}

/* Samples that were due, by bank. Those beyond SAMPLES were dropped. */
__u64 samples_taken[NR_BANKS] = {};

/* SAMPLES for each bank. */
MAPPED_ARRAY(samples, struct sample, NR_BANKS *SAMPLES);

/* Each row gets so many samples; later ones must be due by the row's count, too. */
#define SAMPLES_FREE 64

/* @n: how many csds the row counted before this one. */
static __always_inline bool sample_due(__u64 n)
{
	return !(n & (n + 1));
}

/*
 * Whether a csd of @row that is due is sampled; @n as in sample_due(). Each CPU
 * counts for itself, so with many CPUs many csds are due. After the first samples of a row,
 * a CPU's early csds are left out, and of the later csds fewer and fewer are sampled.
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
	sample->uid = bpf_get_current_uid_gid();
	sample->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(sample->comm, sizeof(sample->comm));
	sample->nr = stack_take(ctx, sample->stack);
	if (keep_user_stacks)
		user_stack_take(ctx, at);
}

#endif /* IPITRACE_BPF_SAMPLES_BPF_H */
