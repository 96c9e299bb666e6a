/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls: a phase that took longer than stall_threshold_ns is reported to user
 * space when it ends. While it lasts, user space finds it in the mailboxes,
 * frames and sleepers, which are mapped. Without a threshold the verifier
 * removes all of this.
 */
#ifndef IPITRACE_BPF_STALLS_BPF_H
#define IPITRACE_BPF_STALLS_BPF_H

#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/stall_event.h"
#include "bpf/calls.bpf.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/origins.bpf.h"
#include "bpf/sleepers.bpf.h"
#include "bpf/stall_events.bpf.h"

/* By destination: end_slots for each, by the low bits of the sender. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct end_rec);
} ends SEC(".maps");

/*
 * The sender's name is too costly to store for each csd. It can still be read
 * if the sender waits, which is so if the task at this address has the same
 * number as before.
 */
static __always_inline void stall_event_comm(struct stall_event *ev, const struct origin *origin)
{
	struct task_struct *task = (void *)origin->task;
	int pid = 0;

	if (origin->interrupt || bpf_core_read(&pid, sizeof(pid), &task->pid) ||
	    (__u32)pid != origin->pid)
		return;
	bpf_core_read(ev->sender_comm, sizeof(ev->sender_comm), &task->comm);
}

static __always_inline void stall_event_sender(struct stall_event *ev, const struct origin *origin)
{
	if (!origin)
		return;
	ev->func = origin->func;
	ev->callsite = origin->callsite;
	ev->sender_known = !origin->interrupt;
	ev->sender_pid = origin->pid;
	ev->sender_tgid = origin->tgid;
	stall_event_comm(ev, origin);
}

/* @ev is about @frame, at @depth on @cpu: add that, and the sender of its csd. */
static __always_inline void stall_event_frame(struct stall_event *ev, __u32 cpu, __u32 depth,
					      const struct frame *frame)
{
	stall_event_sender(ev, frame_origin(cpu, depth));
	ev->call = frame->call;
	ev->src = frame->src;
	ev->dst = cpu;
}

/* The running task is the one that @csd interrupted. */
static __always_inline void stall_event_victim(struct stall_event *ev, __u64 csd)
{
	__u64 id = bpf_get_current_pid_tgid();

	ev->csd = csd;
	ev->victim_pid = id;
	ev->victim_tgid = id >> 32;
	ev->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(ev->victim_comm, sizeof(ev->victim_comm));
}

/* When the interrupt came: a flush that began before the csd was queued is not the one that runs it. */
static __always_inline void stall_event_arrived(struct stall_event *ev, const struct cpu_rec *rec)
{
	if (rec->batch_entered >= ev->start && rec->batch_entered <= ev->time)
		ev->arrived = rec->batch_entered;
}

/* A csd is entered on @cpu too late, in the frame at @depth: report its delivery. */
__noinline int stall_delivery(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 depth,
			      __u64 queued, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct stall_event *ev;
	struct call_rec *call;
	struct frame *frame;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	ev = stall_event_reserve(PHASE_DELIVERY, queued, now);
	if (!ev)
		return 0;
	stall_event_frame(ev, cpu, depth, frame);
	stall_event_victim(ev, frame->csd);
	stall_event_arrived(ev, rec);
	/* Without a waiter, sent_at may belong to a later call. */
	call = frame->call ? call_rec(frame->src) : NULL;
	if (call && call->begun == frame->call && call->sent && call->sent_at >= queued &&
	    call->sent_at <= now)
		ev->sent = call->sent_at;
	stall_event_stack(ev, ctx, STACK_INTERRUPTED);
	stall_event_submit(ev);
	return 0;
}

/* A walk through all destinations for the targets of one call. */
struct target_walk {
	struct wait_event *wait;
	__u64 call;
	__u64 last; /* the latest end so far */
	__u32 src;
	__u32 nr;
};

static long target_next(__u32 dst, struct target_walk *walk)
{
	__u32 at = dst * end_slots + (walk->src & (end_slots - 1));
	struct end_rec *end = bpf_map_lookup_elem(&ends, &at);
	struct target_time *target;

	if (!end || end->call != walk->call)
		return 0;
	if (end->end > walk->last) {
		walk->last = end->end;
		walk->wait->event.dst = dst;
	}
	if (walk->nr < TARGETS_MAX) {
		target = &walk->wait->targets[walk->nr & (TARGETS_MAX - 1)];
		target->dst = dst;
		target->pad = 0;
		target->entry = end->entry;
		target->end = end->end;
	}
	walk->nr++;
	return 0;
}

static __always_inline void wait_event_targets(struct wait_event *wait)
{
	struct target_walk walk = { .wait = wait,
				    .call = wait->event.call,
				    .src = wait->event.src };

	bpf_loop(nr_cpus, target_next, &walk, 0);
	wait->event.nr_targets = walk.nr;
}

/* Store the end of @frame on @cpu for the report of its call. */
static __always_inline void end_store(__u32 cpu, const struct frame *frame, __u64 now)
{
	__u32 at = cpu * end_slots + (frame->src & (end_slots - 1));
	struct end_rec *end = bpf_map_lookup_elem(&ends, &at);

	if (!end || !frame->call)
		return;
	end->call = frame->call;
	end->entry = frame->start;
	end->end = now;
}

/* Report a function that ran too long, or slept. */
static __always_inline void stall_handler(void *ctx, __u32 cpu, __u32 depth,
					  const struct frame *frame, __u64 now)
{
	struct stall_event *ev = stall_event_reserve(PHASE_HANDLER, frame->start, now);

	if (!ev)
		return;
	stall_event_frame(ev, cpu, depth, frame);
	stall_event_victim(ev, frame->csd);
	if (frame->slept)
		sleeper_fill(frame->slept, ev);
	else
		stall_event_stack(ev, ctx, STACK_END);
	stall_event_submit(ev);
}

/* Report a call that its sender waited for too long; @frame is the last of the call to end. */
static __always_inline void stall_wait(__u32 cpu, __u32 depth, const struct frame *frame, __u64 now)
{
	struct wait_event *wait = wait_event_reserve(frame->call, now);
	struct call_rec *call = call_rec(frame->src);

	if (!wait)
		return;
	stall_event_frame(&wait->event, cpu, depth, frame);
	if (call && call->begun == frame->call)
		wait->event.wait_in = call->wait_in;
	wait_event_targets(wait);
	/* The sender waits for this program, too: the csd is unlocked after the exit event. */
	wait->event.time = bpf_ktime_get_ns();
	bpf_ringbuf_submit(wait, BPF_RB_NO_WAKEUP);
}

/*
 * The function in the frame at @depth on @cpu ended at @now: report what took too
 * long. @over: what call_ended() said of its call.
 */
__noinline int stall_exit(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 depth, __u64 now,
			  __u64 over)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct frame *frame;
	bool own;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	/* Another csd's function ends: this frame's exit was not seen, nor the other's entry. */
	own = frame->csd == ctx->args[1];
	if (own && (frame->slept || now - frame->start > stall_threshold_ns))
		stall_handler(ctx, cpu, depth, frame, now);
	if (frame->slept && !depth)
		sleeper_done(frame->slept);
	if (own && over > frame->call + stall_threshold_ns)
		stall_wait(cpu, depth, frame, over);
	return 0;
}

#endif /* IPITRACE_BPF_STALLS_BPF_H */
