/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of the real sender: the stack and the task at a queue event. To take a
 * stack costs more than all other work of the program, so only the first, second,
 * fourth, 11th ... csd of each row and CPU in a window is sampled. If a kworker
 * sends, a sample also has the task that queued the kworker's work.
 */
#ifndef IPITRACE_BPF_SAMPLES_BPF_H
#define IPITRACE_BPF_SAMPLES_BPF_H

#include "bpf/rows.bpf.h"
#ifndef SEES_INTERRUPTS
#include "bpf/queues.bpf.h"
#endif

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
 * A kworker sends for the task that queued its work. The kernel queues very many works, so the
 * tasks are kept only for works with a function that was seen to send.
 */

#define WORK_FUNCS  64
#define WORK_PROBES 4

/*
 * Whether work_funcs has any function. The program at each queued work ends at once if it has none.
 */
__u32 works_send = 0;
/* The functions, each at its hash or up to WORK_PROBES - 1 places after that; 0: a free place. */
__u64 work_funcs[WORK_FUNCS] = {};

/* Each work is at the hash of its address. */
ARRAY_MAP(queued_works, struct queued_work, WORKS, 0);

static __always_inline struct queued_work *queued_work(__u64 work)
{
	__u32 at = hash64(work) & (WORKS - 1);

	return bpf_map_lookup_elem(&queued_works, &at);
}

static __always_inline bool work_sends(__u64 func)
{
	__u32 home = hash64(func), i;

	for (i = 0; i < WORK_PROBES; i++)
		if (work_funcs[(home + i) & (WORK_FUNCS - 1)] == func)
			return true;
	return false;
}

/*
 * Add @func to work_funcs. If there is no place for @func, it stays unknown who queues its works.
 */
static __always_inline void work_func_add(__u64 func)
{
	__u32 home = hash64(func), i;

	for (i = 0; i < WORK_PROBES && !work_sends(func); i++)
		__sync_val_compare_and_swap(&work_funcs[(home + i) & (WORK_FUNCS - 1)], 0, func);
	works_send = 1;
}

/* Whether no interrupt runs on top of the current task. False if the kernel does not show that. */
static __always_inline bool task_runs(void)
{
#ifdef SEES_INTERRUPTS
	return sees_interrupts() && !in_interrupt();
#else
	__u32 count = 0;

#ifdef __TARGET_ARCH_x86
	if (!preempt_count_read(bpf_get_smp_processor_id(), &count))
		return false;
#else
	struct task_struct *task = (void *)bpf_get_current_task();

	count = BPF_CORE_READ(task, thread_info.preempt_count);
#endif
	return !(count & (interrupt_bits() | PREEMPT_SERVING_SOFTIRQ)) && !serving_softirq_rt();
#endif
}

/*
 * Set @by to the current task. It is not known for whom an interrupt queues a work, such as the
 * timer of a delayed work, or for whom a kworker queues one.
 */
static __always_inline void work_queuer_set(struct work_queuer *by)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 id = bpf_get_current_pid_tgid();

	by->tgid = 0;
	if (task->flags & PF_WQ_WORKER || !task_runs())
		return;
	by->pid = id;
	by->tgid = id >> 32;
	bpf_get_current_comm(by->comm, sizeof(by->comm));
}

/* Arguments: req_cpu, pwq, work. Runs for each work that anybody queues. */
SEC("?raw_tp/workqueue_queue_work")
int work_queued(struct bpf_raw_tracepoint_args *ctx)
{
	struct work_struct *work = (void *)ctx->args[2];
	struct queued_work *queued;
	__u64 func;

	if (!works_send)
		return 0;
	func = (__u64)BPF_CORE_READ(work, func);
	if (!work_sends(func))
		return 0;
	queued = queued_work((__u64)work);
	if (!queued || __sync_lock_test_and_set(&queued->work, WORK_BUSY) == WORK_BUSY)
		return 0;
	queued->func = func;
	work_queuer_set(&queued->by);
	store_release(&queued->work, (__u64)work);
	return 0;
}

/*
 * Returns the work that @task, a kworker, runs: its address; its function in *@func. 0: not known.
 */
static __always_inline __u64 work_of(struct task_struct *task, __u64 *func)
{
	struct kthread *thread = (void *)BPF_CORE_READ(task, set_child_tid);
	struct worker *worker;

	/* The pointer to the struct kthread has its own member since 5.17 (e32cf5dfbe22). */
	if (bpf_core_field_exists(struct task_struct, worker_private))
		thread = BPF_CORE_READ(task, worker_private);
	if (!bpf_core_field_exists(struct kthread, data) ||
	    !bpf_core_field_exists(struct worker, current_work) ||
	    !bpf_core_field_exists(struct worker, current_func))
		return 0;
	worker = BPF_CORE_READ(thread, data);
	*func = (__u64)BPF_CORE_READ(worker, current_func);
	return *func ? (__u64)BPF_CORE_READ(worker, current_work) : 0;
}

/* Copy to @by who queued @work, unless another task has queued it again since it began to run. */
static __always_inline void work_queuer_find(__u64 work, __u64 func, struct work_queuer *by)
{
	struct queued_work *queued = queued_work(work);
	struct work_struct *at = (void *)work;

	if (!queued || *(volatile __u64 *)&queued->work != work || queued->func != func ||
	    BPF_CORE_READ(at, data.counter) & WORK_STRUCT_PENDING)
		return;
	*by = queued->by;
	if (*(volatile __u64 *)&queued->work != work)
		by->tgid = 0;
}

/*
 * Add to the sample at @at whether its task is a container's and, if a kworker sends the csd, who
 * queued its work. Not inlined, so that the verifier walks through this function once.
 */
__noinline int sample_set_task(__u32 at)
{
	struct sample *sample = bpf_map_lookup_elem(&samples, &at);
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 func, work;

	if (!sample)
		return 0;
	sample->contained = BPF_CORE_READ(task, thread_pid, level) > 0;
	sample->kworker = !!(task->flags & PF_WQ_WORKER);
	sample->queued_by.tgid = 0;
	if (!follow_works || !sample->kworker || !task_runs())
		return 0;
	work = work_of(task, &func);
	if (!work)
		return 0;
	work_func_add(func);
	work_queuer_find(work, func, &sample->queued_by);
	return 0;
}

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
	sample_set_task(at);
	if (keep_user_stacks)
		user_stack_take(ctx, at);
}

#endif /* IPITRACE_BPF_SAMPLES_BPF_H */
