/* SPDX-License-Identifier: GPL-2.0 */
/* The interrupts of IPIs that arrive, by CPU and kind, with their time. */
#ifndef IPITRACE_BPF_HOOK_IRQS_BPF_H
#define IPITRACE_BPF_HOOK_IRQS_BPF_H

#include "bpf/under_way.bpf.h"

/*
 * Count a delay: a call-function interrupt begins at @now on the CPU of @rec, so all calls to that
 * CPU have arrived.
 */
static __always_inline void irq_delay_count(struct hook_cpu *rec, __u64 now, __u32 e)
{
	__u64 sent = __sync_lock_test_and_set(&rec->sent, 0), ns;

	if (sent <= SENT_SEVERAL)
		return;
	ns = now > sent ? now - sent : 0;
	hist_add(&rec->bank[e & 1].delay, ns, hist_slot(ns));
}

static __always_inline int irq_entry(enum ipi_kind kind)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct hook_cpu *rec = e ? bpf_map_lookup_elem(&hook_cpus, &cpu) : NULL;
	__u64 now;

	if (!rec)
		return 0;
	rec->irq_kind = kind;
	now = bpf_ktime_get_ns();
	store_release(&rec->irq_begun, now);
	if (kind == KIND_CALL_FUNCTION && !has_filter)
		irq_delay_count(rec, now, e);
	return 0;
}

/*
 * Count an interrupt that ends. These interrupts do not nest. An interrupt that was under way when
 * ipitrace began is left out.
 */
static __always_inline int irq_exit(void *ctx, enum ipi_kind kind)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct hook_cpu *rec = e ? bpf_map_lookup_elem(&hook_cpus, &cpu) : NULL;
	struct hook_irq *irq;
	__u64 begun, now, ns;

	if (!rec || !rec->irq_begun)
		return 0;
	irq = &rec->bank[e & 1].irqs[kind];
	begun = rec->irq_begun;
	now = bpf_ktime_get_ns();
	ns = now - begun;
	rec->irq_begun = 0;
	irq->count++;
	irq->sum += ns;
	if (ns > irq->max)
		irq->max = ns;
	hook_report_interrupt(ctx, cpu, kind, begun, now);
	return 0;
}

/* Arguments: cpu. It polls in idle and gets no IPI (send_call_function_single_ipi(), 5.8). */
SEC("raw_tp/sched_wake_idle_without_ipi")
int hook_irq_polled(struct bpf_raw_tracepoint_args *ctx)
{
	if (epoch)
		hook_unsent(ctx->args[0]);
	return 0;
}

#ifdef __TARGET_ARCH_x86
#define VECTOR(name, kind)                                     \
	SEC("raw_tp/" #name "_entry")                          \
	int hook_irq_##name(void *ctx __attribute__((unused))) \
	{                                                      \
		return irq_entry(kind);                        \
	}                                                      \
	SEC("raw_tp/" #name "_exit")                           \
	int hook_irq_##name##_end(void *ctx)                   \
	{                                                      \
		return irq_exit(ctx, kind);                    \
	}

VECTOR(call_function, KIND_CALL_FUNCTION)
VECTOR(call_function_single, KIND_CALL_FUNCTION)
VECTOR(reschedule, KIND_RESCHEDULE)
VECTOR(irq_work, KIND_IRQ_WORK)
#else
/*
 * Returns the kind of an interrupt, by the first letter of the kernel's reason: "Function call
 * interrupts", "Rescheduling interrupts", "IRQ work interrupts" (arm64: ipi_types[], 5.13 to 7.3).
 * NR_KINDS: another.
 */
static __always_inline enum ipi_kind irq_kind(const char *reason)
{
	char first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), reason);
	return first == 'F' ? KIND_CALL_FUNCTION :
	       first == 'R' ? KIND_RESCHEDULE :
	       first == 'I' ? KIND_IRQ_WORK :
			      NR_KINDS;
}

SEC("raw_tp/ipi_entry")
int hook_irq(struct bpf_raw_tracepoint_args *ctx)
{
	enum ipi_kind kind = irq_kind((const char *)ctx->args[0]);

	return kind < NR_KINDS ? irq_entry(kind) : 0;
}

SEC("raw_tp/ipi_exit")
int hook_irq_end(struct bpf_raw_tracepoint_args *ctx)
{
	enum ipi_kind kind = irq_kind((const char *)ctx->args[0]);

	return kind < NR_KINDS ? irq_exit(ctx, kind) : 0;
}
#endif

#endif /* IPITRACE_BPF_HOOK_IRQS_BPF_H */
