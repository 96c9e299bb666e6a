/* SPDX-License-Identifier: GPL-2.0 */
/* The ring of stalls that are over, which both sources have. */
#ifndef IPITRACE_BPF_STALL_EVENTS_BPF_H
#define IPITRACE_BPF_STALL_EVENTS_BPF_H

#include "abi/stall_event.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"

/* struct stall_event or wait_event, in the order of the ends. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} stall_events SEC(".maps");

/* Number of events that found no room, of the phases that are asked for. */
__u64 stall_events_lost = 0;

/*
 * Whether an event of @phase is dropped: nobody asks for the phase (its events only explain
 * others), and the ring is half full. If user space is held up, the rest of the ring is for the
 * events that are asked for.
 */
static __always_inline bool stall_event_gives_way(enum stall_phase phase)
{
	if (!stall_phases || stall_phases >> phase & 1)
		return false;
	return bpf_ringbuf_query(&stall_events, BPF_RB_AVAIL_DATA) >
	       bpf_ringbuf_query(&stall_events, BPF_RB_RING_SIZE) / 2;
}

static __always_inline void stall_event_clear(struct stall_event *ev, enum stall_phase phase,
					      __u64 start, __u64 now)
{
	__builtin_memset(ev, 0, offsetof(struct stall_event, stack));
	ev->phase = phase;
	ev->start = start;
	ev->time = now;
}

/*
 * Reserve an event, and set its phase and span. NULL: there is no room, or stall_event_gives_way()
 * says to drop it.
 */
static __always_inline struct stall_event *stall_event_reserve(enum stall_phase phase, __u64 start,
							       __u64 now)
{
	struct stall_event *ev;

	if (stall_event_gives_way(phase))
		return NULL;
	ev = bpf_ringbuf_reserve(&stall_events, sizeof(*ev), 0);
	if (ev)
		stall_event_clear(ev, phase, start, now);
	else
		count_atomic(&stall_events_lost, 1);
	return ev;
}

/* Reserve an event of PHASE_WAIT in the same way, with room for targets. */
static __always_inline struct wait_event *wait_event_reserve(__u64 start, __u64 now)
{
	struct wait_event *wait;

	if (stall_event_gives_way(PHASE_WAIT))
		return NULL;
	wait = bpf_ringbuf_reserve(&stall_events, sizeof(*wait), 0);
	if (wait)
		stall_event_clear(&wait->event, PHASE_WAIT, start, now);
	else
		count_atomic(&stall_events_lost, 1);
	return wait;
}

/* Submit @ev without a wake-up: user space polls every few ms, and a wake-up would be an IPI. */
static __always_inline void stall_event_submit(struct stall_event *ev)
{
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
}

static __always_inline void stall_event_set_stack(struct stall_event *ev, void *ctx,
						  enum stack_of of)
{
	ev->nr = stack_take(ctx, ev->stack);
	ev->stack_of = ev->nr ? of : STACK_NONE;
}

/*
 * Set the victim of @ev: the running task, which the function of @csd interrupted; @csd 0: an
 * interrupt did.
 */
static __always_inline void stall_event_set_victim(struct stall_event *ev, __u64 csd)
{
	__u64 id = bpf_get_current_pid_tgid();

	ev->csd = csd;
	ev->victim_pid = id;
	ev->victim_tgid = id >> 32;
	ev->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(ev->victim_comm, sizeof(ev->victim_comm));
}

#endif /* IPITRACE_BPF_STALL_EVENTS_BPF_H */
