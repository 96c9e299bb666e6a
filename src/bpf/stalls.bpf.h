/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The watch for stalls: what took longer than `watch_ns` goes to user space
 * as it ends. While it lasts user space finds it in the mailboxes, frames
 * and sleepers, which are mapped. Without a watch nothing of this is left.
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
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} stall_events SEC(".maps");

/* Events that found no room. */
__u64 stall_events_lost = 0;

/* By destination, then by the low bits of the sender. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct end_rec);
} ends SEC(".maps");

/* No wake-up: user space looks every few ms; a wake-up would be an IPI. */
static __always_inline void event_end(struct stall_event *ev)
{
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
}

static __always_inline void event_stack(struct stall_event *ev, void *ctx, enum stack_of of)
{
	ev->nr = stack_take(ctx, ev->stack);
	ev->stack_of = ev->nr ? of : STACK_NONE;
}

/*
 * The sender's name costs too much to be noted for each csd. It is still
 * there if it waits, and if its address and number still go together.
 */
static __always_inline void event_comm(struct stall_event *ev, const struct origin *origin)
{
	struct task_struct *task = (void *)origin->task;
	int pid = 0;

	if (origin->interrupt || bpf_core_read(&pid, sizeof(pid), &task->pid) ||
	    (__u32)pid != origin->pid)
		return;
	bpf_core_read(ev->sender_comm, sizeof(ev->sender_comm), &task->comm);
}

static __always_inline void event_sender(struct stall_event *ev, const struct origin *origin)
{
	if (!origin)
		return;
	ev->func = origin->func;
	ev->callsite = origin->callsite;
	ev->sender_known = !origin->interrupt;
	ev->sender_pid = origin->pid;
	ev->sender_tgid = origin->tgid;
	event_comm(ev, origin);
}

/* Of the frame @depth on @cpu, and who queued its csd. */
static __always_inline struct stall_event *event_begin(enum stall_phase phase, __u64 start,
						       __u64 now, __u32 cpu, __u32 depth,
						       const struct frame *frame)
{
	struct stall_event *ev = bpf_ringbuf_reserve(&stall_events, sizeof(*ev), 0);

	if (!ev) {
		count_atomic(&stall_events_lost, 1);
		return NULL;
	}
	__builtin_memset(ev, 0, offsetof(struct stall_event, stack));
	ev->phase = phase;
	ev->start = start;
	ev->time = now;
	event_sender(ev, frame_origin(cpu, depth));
	ev->call = frame->call;
	ev->src = frame->src;
	ev->dst = cpu;
	return ev;
}

/* Whose csd it was that interrupted the task that runs. */
static __always_inline void event_victim(struct stall_event *ev, const struct frame *frame)
{
	__u64 id = bpf_get_current_pid_tgid();

	ev->csd = frame->csd;
	ev->victim_pid = id;
	ev->victim_tgid = id >> 32;
	ev->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(ev->victim_comm, sizeof(ev->victim_comm));
}

/* A csd is entered on @cpu too late, in the frame @depth. */
__noinline int watch_delivery(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 depth,
			      __u64 queued, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct stall_event *ev;
	struct call_rec *call;
	struct frame *frame;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	ev = event_begin(PHASE_DELIVERY, queued, now, cpu, depth, frame);
	if (!ev)
		return 0;
	event_victim(ev, frame);
	/* A flush that began before it was queued is not the one that runs it. */
	if (rec->batch_entered >= queued && rec->batch_entered <= now)
		ev->arrived = rec->batch_entered;
	/* Of what nobody waits for it may be a later one's. */
	call = frame->call ? call_rec(frame->src) : NULL;
	if (call && call->sent && call->sent_at >= queued && call->sent_at <= now)
		ev->sent = call->sent_at;
	event_stack(ev, ctx, STACK_INTERRUPTED);
	event_end(ev);
	return 0;
}

struct gather {
	struct stall_event *ev;
	__u64 call;
	__u64 last;
	__u32 src;
	__u32 nr;
};

static long gather_next(__u32 dst, struct gather *g)
{
	__u32 at = dst * end_slots + (g->src & (end_slots - 1));
	struct end_rec *end = bpf_map_lookup_elem(&ends, &at);
	struct target_time *target;

	if (!end || end->call != g->call)
		return 0;
	if (end->end > g->last) {
		g->last = end->end;
		g->ev->dst = dst;
	}
	if (g->nr < TARGETS_MAX) {
		target = &g->ev->targets[g->nr & (TARGETS_MAX - 1)];
		target->dst = dst;
		target->pad = 0;
		target->entry = end->entry;
		target->end = end->end;
	}
	g->nr++;
	return 0;
}

static __always_inline void event_targets(struct stall_event *ev)
{
	struct gather g = { .ev = ev, .call = ev->call, .src = ev->src };

	bpf_loop(nr_cpus, gather_next, &g, 0);
	ev->nr_targets = g.nr;
}

/* What the end of @frame on @cpu is, for the call that it is of. */
static __always_inline void end_note(__u32 cpu, const struct frame *frame, __u64 now)
{
	__u32 at = cpu * end_slots + (frame->src & (end_slots - 1));
	struct end_rec *end = bpf_map_lookup_elem(&ends, &at);

	if (!end || !frame->call)
		return;
	end->call = frame->call;
	end->entry = frame->start;
	end->end = now;
}

static __always_inline void watch_handler(void *ctx, __u32 cpu, __u32 depth,
					  const struct frame *frame, __u64 now)
{
	struct stall_event *ev = event_begin(PHASE_HANDLER, frame->start, now, cpu, depth, frame);

	if (!ev)
		return;
	event_victim(ev, frame);
	if (frame->slept)
		sleeper_tell(frame->slept, ev);
	else
		event_stack(ev, ctx, STACK_END);
	event_end(ev);
}

static __always_inline void watch_wait(__u32 cpu, __u32 depth, const struct frame *frame, __u64 now)
{
	struct stall_event *ev = event_begin(PHASE_WAIT, frame->call, now, cpu, depth, frame);
	struct call_rec *call = call_rec(frame->src);

	if (!ev)
		return;
	if (call && call->begun == frame->call)
		ev->wait_in = call->wait_in;
	event_targets(ev);
	/* It waits for us, too: its csd is unlocked behind this program. */
	ev->time = bpf_ktime_get_ns();
	event_end(ev);
}

/* A function has ended on @cpu that ran, or slept, in the frame @depth. */
__noinline int watch_exit(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 depth, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct frame *frame;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	end_note(cpu, frame, now);
	if (frame->slept || now - frame->start > watch_ns)
		watch_handler(ctx, cpu, depth, frame, now);
	if (frame->slept && !depth)
		sleeper_done(frame->slept);
	if (frame->call && now - frame->call > watch_ns && call_is_over(frame->src))
		watch_wait(cpu, depth, frame, now);
	return 0;
}

#endif /* IPITRACE_BPF_STALLS_BPF_H */
