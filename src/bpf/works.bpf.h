/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kworker sends for the task that queued its work. The kernel queues very many works, so the
 * tasks are kept only for works with a function that was seen to send, or to queue such a work.
 */
#ifndef IPITRACE_BPF_WORKS_BPF_H
#define IPITRACE_BPF_WORKS_BPF_H

#include "abi/work.h"
#include "bpf/config.bpf.h"
#ifndef SEES_INTERRUPTS
#include "bpf/queues.bpf.h"
#endif

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
 * Put the task that queued the current task's work into @by, if the current task is a kworker;
 * @by->tgid is 0 if that task is not known. Returns whether the current task is a kworker. Not
 * inlined, so that the verifier walks through this function once.
 */
__noinline int work_sender(struct work_queuer *by)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 func, work;

	if (!by)
		return 0;
	by->tgid = 0;
	if (!(task->flags & PF_WQ_WORKER))
		return 0;
	if (!follow_works || !task_runs())
		return 1;
	work = work_of(task, &func);
	if (work) {
		work_func_add(func);
		work_queuer_find(work, func, by);
	}
	return 1;
}

/*
 * Put the current task into @by; in place of a kworker, the task that queued the kworker's work. It
 * is not known for whom an interrupt queues a work, such as the timer of a delayed work.
 */
static __always_inline void work_queuer_set(struct work_queuer *by)
{
	__u64 id = bpf_get_current_pid_tgid();

	if (work_sender(by) || !task_runs())
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

#endif /* IPITRACE_BPF_WORKS_BPF_H */
