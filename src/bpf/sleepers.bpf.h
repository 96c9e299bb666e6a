/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sleepers: tasks interrupted by a function that sleeps between its entry and
 * exit, which no function may. The frames leave the CPU with the task that was
 * interrupted and return with it, on whichever CPU that is.
 *
 * A frame whose exit was not seen is also there when the CPU switches tasks.
 * So the task's stack must show the kernel's flush of the queue.
 */
#ifndef IPITRACE_BPF_SLEEPERS_BPF_H
#define IPITRACE_BPF_SLEEPERS_BPF_H

#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/sleeper.h"
#include "abi/stall_event.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/origins.bpf.h"

/* In no order; task is SLOT_FREE in those that are not in use. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLEEPERS);
	__type(key, __u32);
	__type(value, struct sleeper);
} sleepers SEC(".maps");

/* The origins of the csds of their frames: FRAMES for each sleeper. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, (SLEEPERS * FRAMES));
	__type(key, __u32);
	__type(value, struct origin);
} sleeper_origins SEC(".maps");

/* Sleepers in use. */
__u64 nr_sleepers = 0;

static __always_inline struct sleeper *sleeper_at(__u32 i)
{
	return bpf_map_lookup_elem(&sleepers, &i);
}

struct sleeper_search {
	__u64 task;
	__u32 found; /* SLEEPERS: none */
};

static long sleeper_next(__u32 i, struct sleeper_search *s)
{
	struct sleeper *sleeper = sleeper_at(i);

	if (!sleeper || sleeper->task != s->task)
		return 0;
	s->found = i;
	return 1;
}

static __always_inline __u32 sleeper_find(__u64 task)
{
	struct sleeper_search s = { .task = task, .found = SLEEPERS };

	bpf_loop(SLEEPERS, sleeper_next, &s, 0);
	return s.found;
}

static long sleeper_claim_next(__u32 i, struct sleeper_search *s)
{
	struct sleeper *sleeper = sleeper_at(i);

	if (!sleeper || __sync_val_compare_and_swap(&sleeper->task, SLOT_FREE, s->task))
		return 0;
	s->found = i;
	return 1;
}

/*
 * A task that never returns keeps its entry, which user space goes on reading
 * as a function that runs. SLEEPERS: the table is full.
 */
static __always_inline __u32 sleeper_claim(__u64 task)
{
	struct sleeper_search s = { .task = task, .found = SLEEPERS };

	bpf_loop(SLEEPERS, sleeper_claim_next, &s, 0);
	return s.found;
}

/* Whether the stack shows a flush of the queue. */
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

/* @task leaves the CPU while a function runs on it. */
__noinline int sleeper_park(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u64 task)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	__u32 at = sleeper_find(task);
	bool again = at < SLEEPERS;
	struct sleeper *s;

	if (!again)
		at = sleeper_claim(task);
	s = sleeper_at(at);
	if (!rec || !s)
		return 0;
	if (!again) {
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

/* @task comes to the CPU: if it is a sleeper, its frames come with it. */
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

/* Add to @ev, the end of a function that slept, where it slept and on which CPU it began. */
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
static __always_inline void sleeper_done(__u32 slept)
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

#endif /* IPITRACE_BPF_SLEEPERS_BPF_H */
