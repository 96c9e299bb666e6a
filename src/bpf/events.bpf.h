/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events besides IPIs that explain a storm, counted where they happen. A perf
 * counter would count them, too, but to read a counter the kernel sends an IPI to its CPU
 * (perf_event_read()): three counters made 190 IPIs a window on 64 CPUs.
 */
#ifndef IPITRACE_BPF_EVENTS_BPF_H
#define IPITRACE_BPF_EVENTS_BPF_H

#include "abi/event.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"

#define GUEST_PROBES 8

/* include/uapi/linux/kvm_para.h */
#define KVM_HC_SEND_IPI 10

/* Indexed by CPU. */
MAPPED_ARRAY(events, struct event_rec, 1);

MAPPED_ARRAY(guests, struct guest_rec, GUEST_ROWS);

static __always_inline int event_count(enum event event, __u32 e)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct event_rec *rec = bpf_map_lookup_elem(&events, &cpu);

	if (e && rec)
		__sync_fetch_and_add(&rec->hits[e & 1][event], 1);
	return 0;
}

/* Count an IPI that a guest sends; if no row is free, only in the sum of all guests. */
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

#define COUNT_AT(tracepoint, name, event)           \
	SEC("?raw_tp/" #tracepoint)                 \
	int name(void *ctx __attribute__((unused))) \
	{                                           \
		return event_count(event, epoch);   \
	}

/* The tracepoint is in cpufreq_notify_transition(), and at a fast switch. */
COUNT_AT(cpu_frequency, event_frequency, EVENT_FREQUENCY)
/* The tracepoint is in set_task_cpu(). */
COUNT_AT(sched_migrate_task, event_migration, EVENT_MIGRATION)
/* The tracepoint is in call_function_single_prep_ipi(): a CPU polls in idle (mwait on x86). */
COUNT_AT(sched_wake_idle_without_ipi, event_polled, EVENT_POLLED)
/* The tracepoint is in kvm_setup_guest_pvclock(). It exists only while KVM's module is loaded. */
COUNT_AT(kvm_pvclock_update, event_guest_clock, EVENT_GUEST_CLOCK)

/*
 * The tracepoints are in hyperv_flush_tlb_multi() (arch/x86/hyperv/mmu.c) and in
 * xen_flush_tlb_multi() (arch/x86/xen/mmu_pv.c), whose names ended in _others before 5.13
 * (4ce94eabac16). They fire before it is known whether Hyper-V's hypercall is ready: if not, the
 * kernel sends IPIs as well.
 */
COUNT_AT(hyperv_mmu_flush_tlb_multi, event_host_hyperv, EVENT_HOST_FLUSH)
COUNT_AT(xen_mmu_flush_tlb_multi, event_host_xen, EVENT_HOST_FLUSH)

/* The tracepoint is in kvm_apic_send_ipi(), for each write of the APIC's ICR that makes an exit. */
SEC("?raw_tp/kvm_apic_ipi")
int event_guest_icr(void *ctx __attribute__((unused)))
{
	return guest_ipi_count();
}

/* Arguments: nr, a0 to a3. By this hypercall Linux guests ask for IPIs to several vCPUs. */
SEC("?raw_tp/kvm_hypercall")
int event_guest_hypercall(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[0] == KVM_HC_SEND_IPI ? guest_ipi_count() : 0;
}

#endif /* IPITRACE_BPF_EVENTS_BPF_H */
