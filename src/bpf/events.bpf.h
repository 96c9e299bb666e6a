/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events besides IPIs that explain a storm, counted where they happen. A perf
 * counter would do, but to read one the kernel sends an IPI to its CPU
 * (perf_event_read()): three counters made 190 IPIs a window on 64 CPUs.
 */
#ifndef IPITRACE_BPF_EVENTS_BPF_H
#define IPITRACE_BPF_EVENTS_BPF_H

#include "abi/event.h"
#include "abi/hash.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/task.bpf.h"

#define GUEST_PROBES 8

/* include/uapi/linux/kvm_para.h */
#define KVM_HC_SEND_IPI 10

/* By CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_rec);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, GUEST_ROWS);
	__type(key, __u32);
	__type(value, struct guest_rec);
} guests SEC(".maps");

static __always_inline int event_count(enum event event, __u32 e)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct event_rec *rec = bpf_map_lookup_elem(&events, &cpu);

	if (e && rec)
		__sync_fetch_and_add(&rec->hits[e & 1][event], 1);
	return 0;
}

/* Where no row is free the IPI counts in the sum of all alone. */
static __always_inline int guest_ipi_count(void)
{
	__u32 tgid = current_tgid(), e = epoch;

	for (__u32 i = 0; e && i < GUEST_PROBES; i++) {
		__u32 at = (hash64(tgid) + i) & (GUEST_ROWS - 1), seen;
		struct guest_rec *rec = bpf_map_lookup_elem(&guests, &at);

		if (!rec)
			break;
		seen = *(volatile __u32 *)&rec->tgid;
		if (!seen)
			seen = __sync_val_compare_and_swap(&rec->tgid, 0, tgid) ?: tgid;
		if (seen != tgid)
			continue;
		__sync_fetch_and_add(&rec->ipis[e & 1], 1);
		break;
	}
	return event_count(EVENT_GUEST_IPI, e);
}

/* In cpufreq_notify_transition(), and at a fast switch. */
SEC("?raw_tp/cpu_frequency")
int event_frequency(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	return event_count(EVENT_FREQUENCY, epoch);
}

/* In set_task_cpu(). */
SEC("?raw_tp/sched_migrate_task")
int event_migration(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	return event_count(EVENT_MIGRATION, epoch);
}

/* In call_function_single_prep_ipi(), for a CPU that polls in idle (mwait on x86). */
SEC("?raw_tp/sched_wake_idle_without_ipi")
int event_polled(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	return event_count(EVENT_POLLED, epoch);
}

/* In kvm_setup_guest_pvclock(). KVM's events are there only while its module is. */
SEC("?raw_tp/kvm_pvclock_update")
int event_guest_clock(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	return event_count(EVENT_GUEST_CLOCK, epoch);
}

/* In kvm_apic_send_ipi(), for each write of the APIC's ICR that makes an exit. */
SEC("?raw_tp/kvm_apic_ipi")
int event_guest_icr(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	return guest_ipi_count();
}

/* Arguments: nr, a0 to a3. Linux guests ask so for IPIs to several vCPUs. */
SEC("?raw_tp/kvm_hypercall")
int event_guest_hypercall(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[0] == KVM_HC_SEND_IPI ? guest_ipi_count() : 0;
}

#endif /* IPITRACE_BPF_EVENTS_BPF_H */
