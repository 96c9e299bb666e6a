/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reschedules by who wakes whom. try_to_wake_up() (kernel/sched/core.c) has
 * interrupts off from sched_waking to sched_wakeup, and sends the reschedule,
 * if one is needed, in between: so the task that is about to wake is known. A
 * wake-up that is queued to another CPU has a queue event and no reschedule.
 */
#ifndef IPITRACE_BPF_WAKES_BPF_H
#define IPITRACE_BPF_WAKES_BPF_H

#include "abi/hash.h"
#include "abi/ipi.h"
#include "bpf/count.bpf.h"
#include "bpf/ipi_maps.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/task.bpf.h"

#define WAKE_PROBES 16
#define WAKE_MARK   (1ULL << 63) /* keeps a key from being 0 */
#define WAKE_IRQ    (1ULL << 62) /* an interrupt woke the task */

/* A search for a row of `wakes`. */
struct wake_search {
	__u64 key;
	__u64 woken; /* struct task_struct's address */
	__u32 row;
};

static long wake_next(__u32 i, struct wake_search *s)
{
	__u32 at = (hash64(s->key) + i) & (WAKE_ROWS - 1);
	struct wake_rec *rec = bpf_map_lookup_elem(&wakes, &at);
	struct task_struct *woken = (void *)s->woken;
	__u64 seen;

	if (!rec)
		return 1;
	seen = *(volatile __u64 *)&rec->key;
	if (!seen) {
		seen = __sync_val_compare_and_swap(&rec->key, 0, s->key);
		if (!seen) {
			rec->interrupt = !!(s->key & WAKE_IRQ);
			rec->waker = current_tgid();
			rec->woken = BPF_CORE_READ(woken, tgid);
			bpf_get_current_comm(rec->waker_comm, sizeof(rec->waker_comm));
			BPF_CORE_READ_INTO(&rec->woken_comm, woken, comm);
			seen = s->key;
		}
	}
	if (seen != s->key)
		return 0;
	s->row = at;
	return 1;
}

/* A reschedule is sent: count it under the task that is about to wake. */
static __always_inline void wake_count(struct ipi_rec *rec, __u32 e)
{
	struct wake_search s = { .woken = rec->waking, .row = WAKE_OTHER };
	struct task_struct *woken = (void *)s.woken;
	struct wake_rec *wake;

	if (!s.woken) {
		count_atomic(&rec->bank[e & 1].reschedule_other, 1);
		return;
	}
	s.key = WAKE_MARK | (__u64)(in_interrupt() ? 0 : current_tgid()) << 31 |
		(BPF_CORE_READ(woken, tgid) & 0x7fffffff);
	if (in_interrupt())
		s.key |= WAKE_IRQ;
	bpf_loop(WAKE_PROBES, wake_next, &s, 0);
	wake = bpf_map_lookup_elem(&wakes, &s.row);
	if (wake)
		count_atomic(&wake->count[e & 1], 1);
}

/* @task is about to wake; 0: no longer. */
static __always_inline int waking_set(__u64 task)
{
	struct ipi_rec *rec = ipi_rec(bpf_get_smp_processor_id());

	if (rec)
		rec->waking = task;
	return 0;
}

SEC("?raw_tp/sched_waking")
int ipis_waking(struct bpf_raw_tracepoint_args *ctx)
{
	return waking_set(ctx->args[0]);
}

SEC("?raw_tp/sched_wakeup")
int ipis_wakeup(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return waking_set(0);
}

/* The wake-up is queued to another CPU (ttwu_queue_wakelist()): the next reschedule is not its. */
SEC("?raw_tp/csd_queue_cpu")
int ipis_queue(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return waking_set(0);
}

#endif /* IPITRACE_BPF_WAKES_BPF_H */
