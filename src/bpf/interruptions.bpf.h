/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `isolated`: an event for all that interrupts one of the CPUs of dst_filter, in one ring buffer,
 * in the order of their ends. These CPUs should be silent, so one lock for all of them costs
 * nothing. Without keep_interruptions the verifier removes all of this.
 *
 * Interrupts, handlers and soft interrupts nest: `self` is an interruption's time without that of
 * the inner interruptions. Time that the host took counts like an inner interruption, but has no
 * event: it belongs to no culprit. A csd's function runs inside its interrupt; records.bpf.h
 * reports it, by interruption_submit_csd(). An event without an end (timers, works, sends) is a
 * mark; isolated/account.c joins marks and interruptions.
 */
#ifndef IPITRACE_BPF_INTERRUPTIONS_BPF_H
#define IPITRACE_BPF_INTERRUPTIONS_BPF_H

#include "abi/interruption.h"
#include "bpf/count.bpf.h"
#include "bpf/origins.bpf.h"
#include "bpf/steal.bpf.h"
#include "bpf/works.bpf.h"

/* struct interruption. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} interruptions SEC(".maps");

/* Whether a kworker sent a csd, and who queued the kworker's work. */
struct work_origin {
	__u32 kworker;
	struct work_queuer queued_by;
};

/* The senders of the csds in the slots of the same index, and of those in `entered`. */
ARRAY_MAP(origin_works, struct work_origin, 1, 0);
ARRAY_MAP(entered_works, struct work_origin, FRAMES, 0);

/* Indexed by CPU. */
ARRAY_MAP(interrupted, struct interrupted, 1, 0);

/* Number of events that found no room in the ring buffer. */
__u64 interruptions_lost = 0;

/* Returns the state of this CPU; NULL if the CPU is not judged, or if nothing is counted. */
static __always_inline struct interrupted *interrupted_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return epoch && has_cpu(dst_filter, cpu) ? bpf_map_lookup_elem(&interrupted, &cpu) : NULL;
}

static __always_inline struct interruption *interruption_begin(enum interruption_kind kind,
							       __u32 cpu, __u64 start)
{
	struct interruption *event = bpf_ringbuf_reserve(&interruptions, sizeof(*event), 0);

	if (!event) {
		count_atomic(&interruptions_lost, 1);
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->cpu = cpu;
	event->stack = NO_STACK;
	event->start = event->end = event->outer = start;
	return event;
}

/* Submit @event without a wake-up: user space polls, and a wake-up would be an IPI. */
static __always_inline void interruption_submit(struct interruption *event)
{
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

/* Set the sender of @event: the current task, or an interrupt. */
static __always_inline void interruption_set_sender(struct interruption *event, void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();

	event->src = bpf_get_smp_processor_id();
	event->stack = stack_keep(ctx);
	event->interrupt = in_interrupt();
	event->pid = id;
	event->tgid = id >> 32;
	event->by_kthread = !event->interrupt && BPF_CORE_READ(task, flags) & PF_KTHREAD;
	if (!event->interrupt)
		event->kworker = work_sender(&event->queued_by);
	bpf_get_current_comm(event->comm, sizeof(event->comm));
}

/* Note who sends the csd of slot @at, which this program has claimed and not published yet. */
static __always_inline void origin_set_work(__u32 at)
{
	struct work_origin *origin = bpf_map_lookup_elem(&origin_works, &at);

	if (origin)
		origin->kworker = !in_interrupt() && work_sender(&origin->queued_by);
}

/* Returns the entry of entered_works for the frame at @depth of @cpu. */
static __always_inline struct work_origin *entered_work(__u32 cpu, __u32 depth)
{
	__u32 at = frame_index(cpu, depth);

	return bpf_map_lookup_elem(&entered_works, &at);
}

/* Keep who sent the csd of slot @at, about to be freed, for the frame in which the csd runs. */
static __always_inline void entered_set_work(__u32 cpu, __u32 depth, __u32 at)
{
	struct work_origin *to = entered_work(cpu, depth);
	struct work_origin *from = bpf_map_lookup_elem(&origin_works, &at);

	if (to && from)
		*to = *from;
}

/* Add what the host took from this CPU, whose state is @here, since its clock was last read. */
static __always_inline void interruption_add_host(struct interrupted *here)
{
	const struct cpu_rec *rec = cpu_rec(bpf_get_smp_processor_id());
	__u64 clock;

	if (!steal_clocks || !rec || !rec->steal_clock)
		return;
	clock = steal_clock(rec)->steal + 1;
	if (here->clock && clock > here->clock) {
		here->inside += clock - here->clock;
		here->host += clock - here->clock;
	}
	here->clock = clock;
}

/* Note that an interruption of @kind begins on this CPU. */
static __always_inline int interruption_entered(enum interruption_kind kind)
{
	struct interrupted *here = interrupted_here();
	__u64 now;

	if (!here)
		return 0;
	interruption_add_host(here);
	now = bpf_ktime_get_ns();
	/* If an interruption of this kind is open, its exit was not seen. */
	if (!here->start[kind] && !here->depth++)
		here->outer = now;
	here->start[kind] = now;
	here->before[kind] = here->inside;
	here->host_before[kind] = here->host;
	return 0;
}

/*
 * End the interruption of @kind. Returns its event, for the caller to submit; NULL: its entry was
 * not seen.
 */
static __always_inline struct interruption *interruption_left(enum interruption_kind kind)
{
	struct interrupted *here = interrupted_here();
	struct interruption *event;
	__u64 now, inner, host, start;

	if (!here || !here->start[kind])
		return NULL;
	now = bpf_ktime_get_ns();
	interruption_add_host(here);
	start = here->start[kind];
	inner = here->inside - here->before[kind];
	host = here->host - here->host_before[kind];
	event = interruption_begin(kind, bpf_get_smp_processor_id(), start);
	if (event) {
		event->end = now;
		event->outer = here->outer;
		event->self = now - start > inner ? now - start - inner : 0;
		event->host = now - start > host ? host : now - start;
	}
	here->inside = here->before[kind] + (now - start);
	here->start[kind] = 0;
	if (here->depth)
		here->depth--;
	return event;
}

/*
 * Submit an event for the function of the csd in @r, which ends on this CPU, or must have run here
 * unseen, in the frame at @depth.
 */
static __always_inline void interruption_submit_csd(const struct record *r, __u32 depth)
{
	const struct work_origin *work = entered_work(bpf_get_smp_processor_id(), depth);
	struct interrupted *here = interrupted_here();
	__u64 host = r->handler_stolen == NOT_KNOWN ? 0 : r->handler_stolen;
	__u64 ran = r->handler == NOT_KNOWN ? 0 : r->handler, self = ran - host;
	struct interruption *event;

	if (!here)
		return;
	interruption_add_host(here);
	event = interruption_begin(INTERRUPTION_CSD, r->dst, r->time + r->delay);
	here->inside += self;
	if (!event)
		return;
	event->end = event->start + ran;
	event->self = self;
	event->host = host;
	if (here->depth)
		event->outer = here->outer;
	event->func = r->func;
	event->src = r->src;
	event->pid = r->pid;
	event->tgid = r->tgid;
	event->stack = r->stack;
	event->interrupt = r->interrupt;
	__builtin_memcpy(event->comm, r->comm, sizeof(event->comm));
	if (work) {
		event->kworker = work->kworker;
		event->queued_by = work->queued_by;
	}
	interruption_submit(event);
}

/* The function of a csd whose queue event was not seen begins: submit a mark with its name. */
static __always_inline void interruption_submit_orphan(__u64 func, __u64 now)
{
	struct interrupted *here = interrupted_here();
	struct interruption *event;

	if (!here)
		return;
	event = interruption_begin(INTERRUPTION_CSD, bpf_get_smp_processor_id(), now);
	if (!event)
		return;
	if (here->depth)
		event->outer = here->outer;
	event->func = func;
	event->orphan = 1;
	interruption_submit(event);
}

/* Submit a mark: this CPU sends @dst an interrupt that has no csd, or queues an irq_work there. */
static __always_inline void interruption_sent(void *ctx, enum interruption_kind kind, __u32 dst,
					      __u64 func)
{
	struct interruption *event;

	if (!has_cpu(dst_filter, dst))
		return;
	event = interruption_begin(kind, dst, bpf_ktime_get_ns());
	if (!event)
		return;
	event->func = func;
	interruption_set_sender(event, ctx);
	interruption_submit(event);
}

/*
 * A timer's or a work's function begins on this CPU, or the CPU cannot stop its tick: submit a
 * mark, with the running task.
 */
static __always_inline int interruption_mark(enum interruption_kind kind, __u32 id, __u64 func)
{
	struct interrupted *here = interrupted_here();
	struct interruption *event;

	if (!here)
		return 0;
	event = interruption_begin(kind, bpf_get_smp_processor_id(), bpf_ktime_get_ns());
	if (!event)
		return 0;
	if (here->depth)
		event->outer = here->outer;
	event->id = id;
	event->func = func;
	event->src = event->cpu;
	event->pid = bpf_get_current_pid_tgid();
	event->tgid = bpf_get_current_pid_tgid() >> 32;
	if (kind == INTERRUPTION_WORK)
		event->kworker = work_sender(&event->queued_by);
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	interruption_submit(event);
	return 0;
}

/*
 * Submit the interrupt that ends, which has the vector @id (x86) or the @reason (arm64). Its event
 * has the task that was interrupted: if the kernel sent the interrupt because of a signal, the
 * signal is for that task.
 */
static __always_inline int interruption_vector_left(__u32 id, const char *reason)
{
	struct interruption *event = interruption_left(INTERRUPTION_VECTOR);
	__u64 task = bpf_get_current_pid_tgid();

	if (!event)
		return 0;
	event->id = id;
	if (reason)
		bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), reason);
	event->prev = task;
	event->prev_tgid = task >> 32;
	bpf_get_current_comm(event->text, sizeof(event->text));
	interruption_submit(event);
	return 0;
}

/* x86: attached to irq_vectors' events, one for each vector. Arguments: vector. */
SEC("?raw_tp")
int interruption_vector_entry(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return interruption_entered(INTERRUPTION_VECTOR);
}

SEC("?raw_tp")
int interruption_vector_exit(struct bpf_raw_tracepoint_args *ctx)
{
	return interruption_vector_left(ctx->args[0], NULL);
}

#ifndef __TARGET_ARCH_x86
/* Arguments: reason, a text. x86 up to 6.12 has these events, too, but they never happen there. */
SEC("?raw_tp/ipi_entry")
int interruption_ipi_entry(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return interruption_entered(INTERRUPTION_VECTOR);
}

SEC("?raw_tp/ipi_exit")
int interruption_ipi_exit(struct bpf_raw_tracepoint_args *ctx)
{
	return interruption_vector_left(0, (void *)ctx->args[0]);
}
#endif

/* Arguments: irq, action. */
SEC("?raw_tp/irq_handler_entry")
int interruption_irq_entry(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return interruption_entered(INTERRUPTION_IRQ);
}

SEC("?raw_tp/irq_handler_exit")
int interruption_irq_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct interruption *event = interruption_left(INTERRUPTION_IRQ);
	struct irqaction *action = (void *)ctx->args[1];

	if (!event)
		return 0;
	event->id = ctx->args[0];
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), BPF_CORE_READ(action, name));
	interruption_submit(event);
	return 0;
}

/* Arguments: vec_nr. */
SEC("?raw_tp/softirq_entry")
int interruption_softirq_entry(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return interruption_entered(INTERRUPTION_SOFTIRQ);
}

SEC("?raw_tp/softirq_exit")
int interruption_softirq_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct interruption *event = interruption_left(INTERRUPTION_SOFTIRQ);

	if (!event)
		return 0;
	event->id = ctx->args[0];
	interruption_submit(event);
	return 0;
}

/* Arguments: hrtimer, now. */
SEC("?raw_tp/hrtimer_expire_entry")
int interruption_hrtimer(struct bpf_raw_tracepoint_args *ctx)
{
	struct hrtimer *timer = (void *)ctx->args[0];

	return interruption_mark(INTERRUPTION_TIMER, 1, (__u64)BPF_CORE_READ(timer, function));
}

/* Arguments: timer, baseclk. */
SEC("?raw_tp/timer_expire_entry")
int interruption_timer(struct bpf_raw_tracepoint_args *ctx)
{
	struct timer_list *timer = (void *)ctx->args[0];

	return interruption_mark(INTERRUPTION_TIMER, 0, (__u64)BPF_CORE_READ(timer, function));
}

/* Arguments: work. */
SEC("?raw_tp/workqueue_execute_start")
int interruption_work(struct bpf_raw_tracepoint_args *ctx)
{
	struct work_struct *work = (void *)ctx->args[0];

	return interruption_mark(INTERRUPTION_WORK, 0, (__u64)BPF_CORE_READ(work, func));
}

/* Arguments: success, dependency. Without success the tick goes on, because of the dependency. */
SEC("?raw_tp/tick_stop")
int interruption_tick(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[0] & 0xff ? 0 :
				     interruption_mark(INTERRUPTION_TICK, (__u32)ctx->args[1], 0);
}

/* Arguments: preempt, prev, next. A CPU that switches tasks is in no interruption. */
SEC("?raw_tp/sched_switch")
int interruption_switch(struct bpf_raw_tracepoint_args *ctx)
{
	struct interrupted *here = interrupted_here();
	struct task_struct *prev = (void *)ctx->args[1], *next = (void *)ctx->args[2];
	struct interruption *event;
	__u32 i;

	if (!here)
		return 0;
	for (i = 0; i < INTERRUPTION_TIMED; i++)
		here->start[i] = 0;
	here->depth = 0;
	interruption_add_host(here);
	event = interruption_begin(INTERRUPTION_SWITCH, bpf_get_smp_processor_id(),
				   bpf_ktime_get_ns());
	if (!event)
		return 0;
	event->inside = here->inside;
	event->host = here->host;
	event->preempted = ctx->args[0] & 0xff;
	event->pid = BPF_CORE_READ(next, pid);
	event->tgid = BPF_CORE_READ(next, tgid);
	event->kthread = !!(BPF_CORE_READ(next, flags) & PF_KTHREAD);
	BPF_CORE_READ_INTO(&event->comm, next, comm);
	event->prev = BPF_CORE_READ(prev, pid);
	event->prev_tgid = BPF_CORE_READ(prev, tgid);
	event->prev_kthread = !!(BPF_CORE_READ(prev, flags) & PF_KTHREAD);
	BPF_CORE_READ_INTO(&event->text, prev, comm);
	interruption_submit(event);
	return 0;
}

/* Arguments: task, dest_cpu. */
SEC("?raw_tp/sched_migrate_task")
int interruption_moved(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 dst = ctx->args[1];
	struct interruption *event;

	if (!epoch || !has_cpu(dst_filter, dst))
		return 0;
	event = interruption_begin(INTERRUPTION_MOVED, dst, bpf_ktime_get_ns());
	if (!event)
		return 0;
	interruption_set_sender(event, ctx);
	event->id = BPF_CORE_READ(task, pid);
	event->prev_tgid = BPF_CORE_READ(task, tgid);
	event->kthread = !!(BPF_CORE_READ(task, flags) & PF_KTHREAD);
	BPF_CORE_READ_INTO(&event->text, task, comm);
	interruption_submit(event);
	return 0;
}

/*
 * Arguments: task. To move a task that runs, or to stop a CPU, the kernel wakes that CPU's
 * stopper thread, migration/N (kernel/stop_machine.c).
 */
SEC("?raw_tp/sched_waking")
int interruption_stopper(struct bpf_raw_tracepoint_args *ctx)
{
	static const char name[10] = "migration/";
	struct task_struct *task = (void *)ctx->args[0];
	struct interruption *event;
	char comm[COMM_LEN];
	__u32 i, cpu = 0;

	if (!epoch || !(BPF_CORE_READ(task, flags) & PF_KTHREAD))
		return 0;
	BPF_CORE_READ_INTO(&comm, task, comm);
	for (i = 0; i < sizeof(name); i++)
		if (comm[i] != name[i])
			return 0;
	for (; i < COMM_LEN && comm[i] >= '0' && comm[i] <= '9'; i++)
		cpu = cpu * 10 + comm[i] - '0';
	event = interruption_begin(INTERRUPTION_STOPPER, cpu, bpf_ktime_get_ns());
	if (!event)
		return 0;
	interruption_set_sender(event, ctx);
	event->id = cpu;
	interruption_submit(event);
	return 0;
}

/*
 * Arguments: parent, child. The parent is the thread that forks, also with
 * CLONE_PARENT, and the child has not run (kernel_clone() in kernel/fork.c).
 */
SEC("?raw_tp/sched_process_fork")
int interruption_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (void *)ctx->args[0], *child = (void *)ctx->args[1];
	__u32 parent_tgid = BPF_CORE_READ(parent, tgid), tgid = BPF_CORE_READ(child, tgid);
	struct interruption *event;

	if (!epoch || tgid == parent_tgid)
		return 0;
	event = interruption_begin(INTERRUPTION_FORK, bpf_get_smp_processor_id(),
				   bpf_ktime_get_ns());
	if (!event)
		return 0;
	event->id = tgid;
	event->tgid = parent_tgid;
	interruption_submit(event);
	return 0;
}

#endif /* IPITRACE_BPF_INTERRUPTIONS_BPF_H */
