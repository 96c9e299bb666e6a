/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls: a phase that took longer than stall_threshold_ns is reported to user
 * space when it ends. While it lasts, user space finds it in the mailboxes,
 * frames and sleepers, which are mapped. Without a threshold the verifier
 * removes all of this.
 */
#ifndef IPITRACE_BPF_STALLS_BPF_H
#define IPITRACE_BPF_STALLS_BPF_H

#include "bpf/origins.bpf.h"
#include "bpf/stall_events.bpf.h"
#include "bpf/steal.bpf.h"

/*
 * Sleepers: tasks interrupted by a function that sleeps between its entry and
 * exit, which no function may. The frames leave the CPU with the task that was
 * interrupted and return with it, on whichever CPU that is.
 *
 * A frame whose exit was not seen is also there when the CPU switches tasks.
 * So the task's stack must show the kernel's flush of the queue.
 */

/* In no order; `task` is SLOT_FREE in entries that are not in use. */
MAPPED_ARRAY(sleepers, struct sleeper, SLEEPERS);

/* The origins of the csds of their frames: FRAMES for each sleeper. */
MAPPED_ARRAY(sleeper_origins, struct origin, SLEEPERS *FRAMES);

/* Number of sleepers in use. */
__u64 nr_sleepers = 0;

static __always_inline struct sleeper *sleeper_at(__u32 i)
{
	return bpf_map_lookup_elem(&sleepers, &i);
}

struct sleeper_search {
	__u64 task;
	bool claim; /* look for a free entry, and set its task */
	__u32 found; /* SLEEPERS: none */
};

static long sleeper_next(__u32 i, struct sleeper_search *s)
{
	struct sleeper *sleeper = sleeper_at(i);

	if (!sleeper)
		return 0;
	if (s->claim ? __sync_val_compare_and_swap(&sleeper->task, SLOT_FREE, s->task) :
		       sleeper->task != s->task)
		return 0;
	s->found = i;
	return 1;
}

static __always_inline __u32 sleepers_search(__u64 task, bool claim)
{
	struct sleeper_search s = { .task = task, .claim = claim, .found = SLEEPERS };

	bpf_loop(SLEEPERS, sleeper_next, &s, 0);
	return s.found;
}

/* Returns the index of @task's entry; SLEEPERS if there is none. */
static __always_inline __u32 sleeper_find(__u64 task)
{
	return sleepers_search(task, false);
}

/*
 * Returns the index of a free entry, which gets @task; SLEEPERS if there is none. A task that never
 * returns keeps its entry, and user space keeps reading the entry as a function that runs.
 */
static __always_inline __u32 sleeper_claim(__u64 task)
{
	return sleepers_search(task, true);
}

/* Whether the sleeper's stack shows a flush of the queue. */
static __always_inline bool flush_is_below(const struct sleeper *s)
{
	__u32 i;

	for (i = 0; i < STACK_DEPTH && i < s->nr; i++)
		if (s->stack[i] >= flush_from && s->stack[i] < flush_to)
			return true;
	return false;
}

/* Copy frames and their origins from a CPU to a sleeper (@away), or back. */
static __always_inline void frames_move(struct frame *to, const struct frame *from, __u32 cpu,
					__u32 sleeper, bool away)
{
	__u32 i;

	for (i = 0; i < FRAMES; i++) {
		__u32 at = sleeper * FRAMES + i;
		struct origin *theirs = bpf_map_lookup_elem(&sleeper_origins, &at);
		struct origin *here = frame_origin(cpu, i);

		to[i] = from[i];
		to[i].slept = 1 + sleeper;
		if (theirs && here && away)
			*theirs = *here;
		else if (theirs && here)
			*here = *theirs;
	}
}

/* @task, on top of which a function runs, leaves the CPU: move the CPU's frames to a sleeper. */
__noinline int sleeper_park(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u64 task)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	__u32 at = sleeper_find(task);
	bool is_known = at < SLEEPERS;
	struct sleeper *s;

	if (!is_known)
		at = sleeper_claim(task);
	s = sleeper_at(at);
	if (!rec || !s)
		return 0;
	if (!is_known) {
		s->nr = stack_take(ctx, s->stack);
		if (!flush_is_below(s)) {
			s->task = SLOT_FREE;
			return 0;
		}
		s->cpu = cpu;
		count_atomic(&nr_sleepers, 1);
	}
	s->depth = rec->depth;
	frames_move(s->frames, rec->frames, cpu, at, true);
	rec->depth = 0;
	s->away = 1;
	return 0;
}

/* @task comes to the CPU: if it is a sleeper, move its frames to the CPU. */
__noinline int sleeper_resume(__u32 cpu, __u64 task)
{
	__u32 at = sleeper_find(task);
	struct sleeper *s = sleeper_at(at);
	struct cpu_rec *rec = cpu_rec(cpu);

	if (!rec || !s)
		return 0;
	frames_move(rec->frames, s->frames, cpu, at, false);
	rec->depth = s->depth;
	s->away = 0;
	return 0;
}

/*
 * Add to @ev, which reports the end of a function that slept, where it slept and on which CPU it
 * began.
 */
static __always_inline void sleeper_fill(__u32 slept, struct stall_event *ev)
{
	struct sleeper *s = sleeper_at(slept - 1);
	__u32 i;

	if (!s)
		return;
	ev->slept = 1;
	ev->stack_of = STACK_SLEEP;
	ev->dst = s->cpu;
	ev->nr = s->nr;
	for (i = 0; i < STACK_DEPTH; i++)
		ev->stack[i] = s->stack[i];
}

/* The last frame of a sleeper has ended: free the sleeper. @slept: as in struct frame. */
static __always_inline void sleeper_free(__u32 slept)
{
	struct sleeper *s = sleeper_at(slept - 1);

	if (!s || !s->task)
		return;
	s->task = SLOT_FREE;
	count_atomic(&nr_sleepers, -1);
}

/* Arguments: preempt, prev, next, ..., since 4.20. */
SEC("raw_tp/sched_switch")
int switched(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_rec *rec = cpu_rec(cpu);

	if (rec && rec->depth && flush_from)
		sleeper_park(ctx, cpu, ctx->args[1]);
	if (*(volatile __u64 *)&nr_sleepers)
		sleeper_resume(cpu, ctx->args[2]);
	return 0;
}

/* Indexed by destination and the low bits of the sender. Each destination has end_slots entries. */
ARRAY_MAP(ends, struct end_rec, 1, 0);

/*
 * Add the sender's name to @ev, if the task at the sender's address still has
 * the sender's pid, as it has while the sender waits. To store the name for
 * each csd would cost too much.
 */
static __always_inline void stall_event_set_comm(struct stall_event *ev,
						 const struct origin *origin)
{
	struct task_struct *task = (void *)origin->task;
	int pid = 0;

	if (origin->interrupt || bpf_core_read(&pid, sizeof(pid), &task->pid) ||
	    (__u32)pid != origin->pid)
		return;
	bpf_core_read(ev->sender_comm, sizeof(ev->sender_comm), &task->comm);
}

static __always_inline void stall_event_set_sender(struct stall_event *ev,
						   const struct origin *origin)
{
	if (!origin)
		return;
	ev->func = origin->func;
	ev->callsite = origin->callsite;
	ev->sender_known = !origin->interrupt;
	ev->sender_pid = origin->interrupt ? 0 : origin->pid;
	ev->sender_tgid = origin->interrupt ? 0 : origin->tgid;
	stall_event_set_comm(ev, origin);
}

/* Add to @ev where @frame is, at @depth on @cpu, and the sender of its csd. */
static __always_inline void stall_event_set_frame(struct stall_event *ev, __u32 cpu, __u32 depth,
						  const struct frame *frame)
{
	stall_event_set_sender(ev, frame_origin(cpu, depth));
	ev->call = frame->call;
	ev->src = frame->src;
	ev->dst = cpu;
}

/*
 * Set in @ev when the interrupt came, if the flush began after the csd was queued: an earlier flush
 * does not run the csd.
 */
static __always_inline void stall_event_set_arrived(struct stall_event *ev,
						    const struct cpu_rec *rec)
{
	if (rec->batch_entered < ev->start || rec->batch_entered > ev->time)
		return;
	ev->arrived = rec->batch_entered;
	ev->ran = rec->batch_ran;
}

/* A csd is entered on @cpu too late, in the frame at @depth: report its delivery. */
__noinline int stall_report_delivery(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 depth,
				     __u64 queued, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct stall_event *ev;
	struct call_rec *call;
	struct frame *frame;
	__u64 stolen;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	stolen = stolen_since(cpu, queued, now - queued, now);
	ev = stall_event_reserve(PHASE_DELIVERY, queued, now);
	if (!ev)
		return 0;
	stall_event_set_frame(ev, cpu, depth, frame);
	stall_event_set_victim(ev, frame->csd);
	stall_event_set_arrived(ev, rec);
	ev->stolen = stolen;
	ev->src_stolen = stolen_since(frame->src, queued, now - queued, now);
	ev->stolen_known = steal_clocks;
	/* Without a waiter, sent_at may belong to a later call. */
	call = frame->call ? call_rec(frame->src) : NULL;
	if (call && call->begun == frame->call && call->sent && call->sent_at >= queued &&
	    call->sent_at <= now)
		ev->sent = call->sent_at;
	stall_event_set_stack(ev, ctx, STACK_INTERRUPTED);
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

static __always_inline void wait_event_set_targets(struct wait_event *wait)
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
static __always_inline void stall_report_handler(void *ctx, __u32 cpu, __u32 depth,
						 const struct frame *frame, __u64 now)
{
	__u64 stolen = stolen_since(cpu, frame->start, now - frame->start, now);
	struct stall_event *ev = stall_event_reserve(PHASE_HANDLER, frame->start, now);

	if (!ev)
		return;
	stall_event_set_frame(ev, cpu, depth, frame);
	stall_event_set_victim(ev, frame->csd);
	if (frame->slept) {
		/* The function may have run on several CPUs, and each steal clock is of one CPU. */
		sleeper_fill(frame->slept, ev);
	} else {
		ev->stolen = stolen;
		ev->stolen_known = steal_clocks;
		stall_event_set_stack(ev, ctx, STACK_END);
	}
	stall_event_submit(ev);
}

/*
 * Report a call that its sender waited for too long; @frame, on @cpu, is the last of the call to
 * end. The report has the time that the host stole from @cpu: a program reads the clock of its own
 * CPU only, and @cpu held the sender up.
 */
static __always_inline void stall_report_wait(__u32 cpu, __u32 depth, const struct frame *frame,
					      __u64 now)
{
	__u64 stolen = stolen_since(cpu, frame->call, now - frame->call, now);
	struct wait_event *wait = wait_event_reserve(frame->call, now);
	struct call_rec *call = call_rec(frame->src);

	if (!wait)
		return;
	stall_event_set_frame(&wait->event, cpu, depth, frame);
	if (call && call->begun == frame->call)
		wait->event.wait_in = call->wait_in;
	wait_event_set_targets(wait);
	/* Another target may have ended later, and counted its end earlier. */
	wait->event.stolen = stolen;
	wait->event.stolen_known = steal_clocks && wait->event.dst == cpu;
	/* The sender waits for this program, too: the csd is unlocked after the exit event. */
	wait->event.time = bpf_ktime_get_ns();
	bpf_ringbuf_submit(wait, BPF_RB_NO_WAKEUP);
}

/*
 * The function in the frame at @depth on @cpu ended at @now: report what took too
 * long. @call_end: what call_ended() returned for its call.
 */
__noinline int stall_report_exit(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 depth,
				 __u64 now, __u64 call_end)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct frame *frame;
	bool own;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	/* If the csd that ends is another, this frame's exit and that csd's entry were not seen. */
	own = frame->csd == ctx->args[1];
	if (own && (frame->slept || now - frame->start > stall_threshold_ns))
		stall_report_handler(ctx, cpu, depth, frame, now);
	if (frame->slept && !depth)
		sleeper_free(frame->slept);
	if (own && call_end > frame->call + stall_threshold_ns)
		stall_report_wait(cpu, depth, frame, call_end);
	return 0;
}

#endif /* IPITRACE_BPF_STALLS_BPF_H */
