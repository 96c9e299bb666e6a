/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A worker sends for the task that queued its work: a kworker, or the thread of a kthread_worker,
 * such as the two threads of RCU that run expedited grace periods (since 5.19, 9621fbee44df; one
 * for each leaf of RCU's tree since 6.9, 8e5e621566485). The kernel queues very many works, so the
 * tasks are kept only for works with a function that was seen to send, or to queue such a work.
 */
#ifndef IPITRACE_BPF_WORKS_BPF_H
#define IPITRACE_BPF_WORKS_BPF_H

#include "abi/work.h"
#include "bpf/config.bpf.h"
#ifndef FOR_OLD_KERNELS
#include "bpf/queues.bpf.h"
#endif

/* isolated has seen 33 functions in 20 s on a busy host: of 64 places runs of eight were taken. */
#define WORK_FUNCS  512
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

/*
 * Whether works with the function @func were seen to send. Not inlined, so that the verifier walks
 * through this function once.
 */
__noinline int work_sends(__u64 func)
{
	__u32 home = hash64(func), i;

	for (i = 0; i < WORK_PROBES; i++)
		if (work_funcs[(home + i) & (WORK_FUNCS - 1)] == func)
			return 1;
	return 0;
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

/* A work that a worker runs. */
struct running_work {
	__u64 at; /* its address; 0: not known */
	__u64 func;
	bool queued_again; /* since the work began to run */
};

/* Returns what the thread function of @task, a kernel thread, was given. */
static __always_inline void *kthread_data_of(struct task_struct *task)
{
	struct kthread *thread = (void *)BPF_CORE_READ(task, set_child_tid);

	/* The pointer to the struct kthread has its own member since 5.17 (e32cf5dfbe22). */
	if (bpf_core_field_exists(struct task_struct, worker_private))
		thread = BPF_CORE_READ(task, worker_private);
	return bpf_core_field_exists(struct kthread, data) ? BPF_CORE_READ(thread, data) : NULL;
}

/* Fill @work for a kworker, whose data is @worker. */
static __always_inline void work_of(struct worker *worker, struct running_work *work)
{
	struct work_struct *at;

	if (!bpf_core_field_exists(struct worker, current_work) ||
	    !bpf_core_field_exists(struct worker, current_func))
		return;
	work->func = (__u64)BPF_CORE_READ(worker, current_func);
	at = BPF_CORE_READ(worker, current_work);
	work->at = (__u64)at;
	work->queued_again = BPF_CORE_READ(at, data.counter) & WORK_STRUCT_PENDING;
}

/*
 * Fill @work for @task, whose data is @worker. Returns whether @task is the thread of a
 * kthread_worker. Threads have data of many types: a kthread_worker names its thread, and has the
 * head of a list.
 */
static __always_inline bool kthread_work_of(struct task_struct *task, struct kthread_worker *worker,
					    struct running_work *work)
{
	struct kthread_work *at;

	if (!bpf_core_field_exists(struct kthread_worker, delayed_work_list) ||
	    BPF_CORE_READ(worker, task) != task ||
	    BPF_CORE_READ(worker, delayed_work_list.next, prev) != &worker->delayed_work_list)
		return false;
	at = BPF_CORE_READ(worker, current_work);
	work->at = (__u64)at;
	work->func = (__u64)BPF_CORE_READ(at, func);
	work->queued_again = BPF_CORE_READ(at, node.next) != &at->node;
	return true;
}

/*
 * Fill @work for the current task. Returns whether that task is a worker. Not inlined, so that the
 * verifier walks through this function once.
 */
__noinline int work_find(struct running_work *work)
{
	struct task_struct *task = bpf_get_current_task_btf();
	void *data;

	if (!work)
		return 0;
	work->at = work->func = 0;
	if (!(task->flags & PF_KTHREAD))
		return 0;
	data = kthread_data_of(task);
	if (!(task->flags & PF_WQ_WORKER))
		return kthread_work_of(task, data, work);
	work_of(data, work);
	return 1;
}

/* Copy to @by who queued @work. */
static __always_inline void work_queuer_find(const struct running_work *work,
					     struct work_queuer *by)
{
	struct queued_work *queued = queued_work(work->at);

	if (!queued || *(volatile __u64 *)&queued->work != work->at || queued->func != work->func ||
	    work->queued_again)
		return;
	*by = queued->by;
	if (*(volatile __u64 *)&queued->work != work->at)
		by->tgid = 0;
}

/*
 * Put the task that queued the current task's work into @by, if the current task is a worker;
 * @by->tgid is 0 if that task is not known. Returns whether the current task is a worker. Not
 * inlined, so that the verifier walks through this function once.
 */
__noinline int work_sender(struct work_queuer *by)
{
	struct running_work work;

	if (!by)
		return 0;
	by->tgid = 0;
	if (!work_find(&work))
		return 0;
	if (follow_works && task_runs() && work.at && work.func) {
		work_func_add(work.func);
		work_queuer_find(&work, by);
	}
	return 1;
}

/*
 * Put the current task into @by; in place of a worker, the task that queued the worker's work. It
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

/* Keep who queues the work at @work, if works with its function @func send. */
static __always_inline void work_keep(__u64 work, __u64 func)
{
	struct queued_work *queued;

	if (!work_sends(func))
		return;
	queued = queued_work(work);
	if (!queued || __sync_lock_test_and_set(&queued->work, WORK_BUSY) == WORK_BUSY)
		return;
	queued->func = func;
	work_queuer_set(&queued->by);
	store_release(&queued->work, work);
}

/* Arguments: req_cpu, pwq, work. Runs for each work that anybody queues. */
SEC("?raw_tp/workqueue_queue_work")
int work_queued(struct bpf_raw_tracepoint_args *ctx)
{
	struct work_struct *work = (void *)ctx->args[2];

	if (works_send)
		work_keep((__u64)work, (__u64)BPF_CORE_READ(work, func));
	return 0;
}

/* Arguments: worker, work. Since 5.11 (f630c7c6f105). */
SEC("?raw_tp/sched_kthread_work_queue_work")
int kthread_work_queued(struct bpf_raw_tracepoint_args *ctx)
{
	struct kthread_work *work = (void *)ctx->args[1];

	if (works_send)
		work_keep((__u64)work, (__u64)BPF_CORE_READ(work, func));
	return 0;
}

#endif /* IPITRACE_BPF_WORKS_BPF_H */
