/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of the real sender: the stack and the task at a queue event. To take a
 * stack costs more than all other work of the program, so only the first, second,
 * fourth, 11th ... csd of each row and CPU in a window is sampled. If a kworker
 * sends, a sample also has the task that queued the kworker's work (works.bpf.h).
 */
#ifndef IPITRACE_BPF_SAMPLES_BPF_H
#define IPITRACE_BPF_SAMPLES_BPF_H

#include "bpf/rows.bpf.h"
#include "bpf/works.bpf.h"

/* The user's side of a sample: registers, frames, and the top of the stack. */

/* Words that are copied near the stack's end, or at the edge of a page that is not in memory. */
#define FEW_WORDS 8

/* Indexed as `samples`. Without keep_user_stacks it has only one entry. */
MAPPED_ARRAY(user_stacks, struct user_stack, NR_BANKS *SAMPLES);

/* Copy the registers with which the current task entered the kernel. */
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

/* Copy the top of the stack. Returns how many words were copied. */
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
	if (task->flags & PF_KTHREAD)
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

/*
 * The first SAMPLES_FREE of a row's csds that are due are all sampled, and after these only the
 * 128th, 256th, 512th ...
 */
#define SAMPLES_FREE 64

/*
 * Returns the one csd of a row that is sampled among the csds of 2^@k and more, up to 2^(@k + 1):
 * the 1st, 2nd, 4th, 11th, 22nd, 33rd, 68th, 135th ... Odd and even numbers take turns, and each
 * remainder of a division by 3 or by 4 is as frequent as the others, because a program may do two,
 * three or four things by turns.
 */
static __always_inline __u64 sample_number(__u32 k)
{
	return (1ULL << k) + (k < 3 ? 0 : (3 * k + 2) & 7);
}

/*
 * Whether the @nth csd of a row is sampled. Not inlined, so that the verifier walks through
 * hist_log2() once, and not for each path to the callers.
 */
__noinline int sample_is_nth(__u64 nth)
{
	return nth == sample_number(hist_log2(nth));
}

/* Whether a csd is to be sampled; @n: how many csds the row counted before. */
static __always_inline bool sample_due(__u64 n)
{
	__u64 nth = n + 1, eights = nth >> 3;

	/* This rules out most csds: sample_number() is 2^k + 7 at most. */
	return !(eights & (eights - 1)) && sample_is_nth(nth);
}

/* Whether one of @nr csds, which the row counts at once, is to be sampled. */
static __always_inline bool sample_due_among(__u64 n, __u64 nr)
{
	__u32 k = hist_log2(n + nr);
	__u64 last = sample_number(k), before = k ? sample_number(k - 1) : 0;

	return n < (last <= n + nr ? last : before);
}

/*
 * Whether to sample a csd of @row that is due. @n as in sample_due(). Each CPU
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

/*
 * Whether the current task is in a PID namespace other than the first. Not inlined, so that the
 * verifier walks through this function once.
 */
__noinline int is_task_contained(void)
{
	return BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid, level) > 0;
}

/*
 * The program of a task, and its place, by addresses that stay as long as ipitrace runs. A name
 * proves nothing, and in a container of the first PID namespace root is user 0, too. Its programs
 * are other files. If it was given ipitrace's file, by which it can run code of its own
 * (LD_PRELOAD), that file, or its directory, is the root of a mount; or else a namespace is the
 * container's own. systemd starts services in mount namespaces of their own, where mounts have the
 * same roots.
 */
enum {
	EXE_INODE, /* 0: not known */
	EXE_MOUNT_ROOT,
	EXE_IPC_NS,
	EXE_CGROUP_NS,
	NR_EXE,
};

__u64 own_exe[NR_EXE] = {};

/* Read the program of the current task into @exe, which has NR_EXE words. */
static __always_inline void exe_read(__u64 *exe)
{
	struct task_struct *task = bpf_get_current_task_btf();

	exe[EXE_INODE] = (__u64)BPF_CORE_READ(task, mm, exe_file, f_inode);
	exe[EXE_MOUNT_ROOT] = (__u64)BPF_CORE_READ(task, mm, exe_file, f_path.mnt, mnt_root);
	exe[EXE_IPC_NS] = (__u64)BPF_CORE_READ(task, nsproxy, ipc_ns);
	exe[EXE_CGROUP_NS] = (__u64)BPF_CORE_READ(task, nsproxy, cgroup_ns);
}

/* Note ipitrace's own program. User space runs this program once, attached to nothing. */
SEC("raw_tp")
int exe_note(void *ctx __attribute__((unused)))
{
	exe_read(own_exe);
	return 0;
}

/* Whether the current task runs what ipitrace runs. */
__noinline int is_own_exe(void)
{
	__u64 exe[NR_EXE];

	exe_read(exe);
	for (__u32 i = 0; i < NR_EXE; i++)
		if (exe[i] != own_exe[i])
			return false;
	return own_exe[EXE_INODE] != 0;
}

/* "ipitrace" as a word; x86-64, and arm64 as Linux is built for it, are little-endian. */
#define OWN_NAME 0x6563617274697069ULL

/*
 * Whether the current task, whose name is @comm, is called ipitrace..., and runs what ipitrace
 * runs.
 */
static __always_inline bool runs_own_exe(const char *comm)
{
	return *(const __u64 *)comm == OWN_NAME && is_own_exe();
}

#ifndef FOR_OLD_KERNELS
/*
 * Append to the stack of @sample from where a stopper thread (migration/N) was asked to run the
 * function that it runs, if the current task is such a thread. Its own frames do not show that. Not
 * inlined, so that the verifier walks through this function once.
 */
__noinline int stopper_caller_add(struct sample *sample)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 queue = queue_of(bpf_get_smp_processor_id());
	const struct cpu_stopper *stopper = (void *)(queue + stopper_distance);
	__u64 caller;

	if (!sample || sample->nr >= STACK_DEPTH || !queue || !(task->flags & PF_KTHREAD) ||
	    !bpf_core_field_exists(struct cpu_stopper, caller) ||
	    BPF_CORE_READ(stopper, thread) != task)
		return 0;
	/* Before and after the function the thread has none: cpu_stopper_thread(). */
	caller = BPF_CORE_READ(stopper, caller);
	if (!caller)
		return 0;
	sample->stack[sample->nr & (STACK_DEPTH - 1)] = caller;
	sample->nr++;
	return 0;
}
#endif

/* @nth: how many csds the row had counted with this one. */
static __always_inline void sample_take(void *ctx, __u32 row, __u64 nth, __u32 e)
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
	sample->nth = nth;
	sample->cpu = bpf_get_smp_processor_id();
	sample->tgid = current_tgid();
	sample->uid = bpf_get_current_uid_gid();
	sample->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(sample->comm, sizeof(sample->comm));
	sample->nr = stack_take(ctx, sample->stack);
#ifndef FOR_OLD_KERNELS
	if (stopper_distance)
		stopper_caller_add(sample);
#endif
	sample->contained = is_task_contained();
	sample->own_exe = runs_own_exe(sample->comm);
	sample->kworker = work_sender(&sample->queued_by);
	if (keep_user_stacks)
		user_stack_take(ctx, at);
}

#endif /* IPITRACE_BPF_SAMPLES_BPF_H */
