/* SPDX-License-Identifier: GPL-2.0 */
/*
 * --kinds: the interrupts themselves, by class: from the send on one CPU to
 * the handler's entry on the other, and from that entry to the handler's exit.
 * These programs are loaded and attached only for --kinds.
 *
 * An interrupt has no identity, so a send stores its time with the
 * destination, by class, and the next arrival there takes that time. While an
 * interrupt is pending the hardware merges all later ones into it: the oldest
 * send's time stays, the others are counted as coalesced.
 */
#ifndef IPITRACE_BPF_IPIS_BPF_H
#define IPITRACE_BPF_IPIS_BPF_H

#include "abi/ipi.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"

/* The maps of --kinds; created only where --kinds is given. */

/* Indexed by CPU. */
MAPPED_ARRAY(ipi_recs, struct ipi_rec, 1);

/* IPI_CLASSES for each of ipi_shards shards. */
MAPPED_ARRAY(ipi_hists, struct ipi_hist_rec, IPI_CLASSES);

/* Indexed by class; empty on x86, where a class is a vector. */
MAPPED_ARRAY(ipi_reasons, struct ipi_reason, IPI_CLASSES);

/* Indexed by a hash of waker and woken. The last row is WAKE_OTHER. */
MAPPED_ARRAY(wakes, struct wake_rec, WAKE_ROWS + 1);

static __always_inline struct ipi_rec *ipi_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&ipi_recs, &cpu);
}

/*
 * Reschedules by who wakes whom. try_to_wake_up() (kernel/sched/core.c) has
 * interrupts off from sched_waking to sched_wakeup, and sends the reschedule,
 * if it is needed, in between: so the task that is about to wake is known. A
 * wake-up that is queued to another CPU has a queue event and no reschedule.
 */

#define WAKE_PROBES 16
#define WAKE_MARK   (1ULL << 63) /* keeps a key from being 0 */
#define WAKE_IRQ    (1ULL << 62) /* an interrupt woke the task */

/* A search for a row of `wakes`. */
struct wake_search {
	__u64 key;
	__u64 woken; /* struct task_struct's address */
	__u32 row;
	bool takes_reserved; /* the search may take a row that row_is_reserved() */
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
	if (!seen && (s->takes_reserved || !row_is_reserved(at))) {
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
	if (s.row == WAKE_OTHER && late_key_count(LATE_WAKES, s.key, 0, hash64(s.key))) {
		s.takes_reserved = true;
		bpf_loop(WAKE_PROBES, wake_next, &s, 0);
	}
	wake = bpf_map_lookup_elem(&wakes, &s.row);
	if (wake)
		count_atomic(&wake->count[e & 1], 1);
}

/* Note the task that this CPU is about to wake; 0: no task. */
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

/*
 * The wake-up is queued to another CPU (ttwu_queue_wakelist()): the next reschedule does not belong
 * to that wake-up.
 */
SEC("?raw_tp/csd_queue_cpu")
int ipis_queue(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))
{
	return waking_set(0);
}

/* Returns @class's bank of epoch @e, in the shard of @cpu. */
static __always_inline struct ipi_hist_bank *ipi_hist(__u32 class, __u32 cpu, __u32 e)
{
	__u32 i = (cpu & (ipi_shards - 1)) * IPI_CLASSES + class;
	struct ipi_hist_rec *rec = bpf_map_lookup_elem(&ipi_hists, &i);

	return rec ? &rec->bank[e & 1] : NULL;
}

/*
 * Note an interrupt on its way to @dst. A send that has been pending for longer
 * than is possible must have arrived unseen: @now replaces its time, because the
 * next arrival takes the time that it finds.
 */
static __always_inline void ipi_sent(struct ipi_bank *bank, __u32 dst, __u32 class, __u64 now)
{
	struct ipi_rec *to = ipi_rec(dst);
	__u64 was;

	class &= IPI_CLASSES - 1;
	count_atomic(&bank->sent[class], 1);
	if (!to)
		return;
	was = __sync_val_compare_and_swap(&to->pending[class], 0, now);
	if (!was)
		return;
	if (was + HORIZON_MARGIN_NS > now)
		count_atomic(&bank->coalesced[class], 1);
	else if (__sync_val_compare_and_swap(&to->pending[class], was, now) == was)
		count_atomic(&bank->unseen[class], 1);
}

/* Count a handler that begins. With a filter, arrivals without a recorded send do not count. */
static __always_inline int ipi_arrived(__u32 class)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct ipi_rec *rec = ipi_rec(cpu);
	bool filtered = filter_cpus || filter_src || filter_dst || filter_tgid;
	struct ipi_hist_bank *hist;
	__u64 sent, now;

	class &= IPI_CLASSES - 1;
	if (!e || !rec)
		return 0;
	sent = __sync_lock_test_and_set(&rec->pending[class], 0);
	rec->start[class] = 0;
	if (filtered && !sent)
		return 0;
	now = bpf_ktime_get_ns();
	rec->start[class] = now;
	hist = ipi_hist(class, cpu, e);
	if (hist && sent) {
		__u64 delay = now > sent ? now - sent : 0;

		hist_add_shared(&hist->delay, delay, hist_slot(delay));
	}
	return 0;
}

/* Count a handler that ends. */
static __always_inline int ipi_left(__u32 class)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct ipi_rec *rec = ipi_rec(cpu);
	struct ipi_hist_bank *hist;
	__u64 ns;

	class &= IPI_CLASSES - 1;
	if (!e || !rec || !rec->start[class])
		return 0;
	ns = bpf_ktime_get_ns() - rec->start[class];
	rec->start[class] = 0;
	hist = ipi_hist(class, cpu, e);
	if (hist)
		hist_add_shared(&hist->time, ns, hist_slot(ns));
	return 0;
}

/* A walk through the CPUs of a cpumask. */
struct mask_walk {
	const __u64 *mask;
	__u64 word; /* the bits of the current word that are left */
	__u64 now;
	__u32 cpu; /* the sender */
	__u32 base; /* the CPU of the word's first bit */
	__u32 class;
	__u32 e;
};

static long mask_bit_next(__u32 i __attribute__((unused)), struct mask_walk *walk)
{
	__u64 bit = walk->word & -walk->word;
	__u32 dst = walk->base + popcount64(bit - 1);
	struct ipi_rec *rec = ipi_rec(walk->cpu);

	if (!bit || !rec)
		return 1;
	walk->word &= ~bit;
	if (admitted(walk->cpu, dst, 0))
		ipi_sent(&rec->bank[walk->e & 1], dst, walk->class, walk->now);
	return 0;
}

static long mask_word_next(__u32 i, struct mask_walk *walk)
{
	walk->base = i * 64;
	if (bpf_probe_read_kernel(&walk->word, sizeof(walk->word), walk->mask + i))
		return 1;
	bpf_loop(64, mask_bit_next, walk, 0);
	return 0;
}

/* Note an interrupt on its way to each CPU of @mask, a cpumask with nr_cpu_ids bits. */
static __always_inline int ipi_sent_mask(__u64 mask, __u32 class)
{
	struct mask_walk walk = {
		.mask = (const __u64 *)mask,
		.cpu = bpf_get_smp_processor_id(),
		.class = class,
		.e = epoch,
	};

	if (!walk.e)
		return 0;
	walk.now = bpf_ktime_get_ns();
	bpf_loop((nr_cpus + 63) / 64, mask_word_next, &walk, 0);
	return 0;
}

#ifdef __TARGET_ARCH_x86
/*
 * Note an interrupt to @dst under the vector that the kernel picks: see send_IPI_mask() and its
 * callers (arch/x86/kernel/apic/).
 */
static __always_inline void ipi_sent_one(struct ipi_rec *rec, __u32 cpu, __u32 dst, __u64 callback,
					 __u32 e)
{
	enum ipi_class class = IPI_CALL_FUNCTION_SINGLE;

	if (!callback)
		class = IPI_RESCHEDULE;
	else if (dst == cpu)
		class = IPI_IRQ_WORK;
	ipi_sent(&rec->bank[e & 1], dst, class, bpf_ktime_get_ns());
}

SEC("?raw_tp/ipi_send_cpumask")
int ipis_send_mask(struct bpf_raw_tracepoint_args *ctx)
{
	return ipi_sent_mask(ctx->args[0], IPI_CALL_FUNCTION);
}

#define VECTOR(name, class)                                                           \
	SEC("?raw_tp/" #name "_entry")                                                \
	int name##_entry(struct bpf_raw_tracepoint_args *ctx __attribute__((unused))) \
	{                                                                             \
		return ipi_arrived(class);                                            \
	}                                                                             \
	SEC("?raw_tp/" #name "_exit")                                                 \
	int name##_exit(struct bpf_raw_tracepoint_args *ctx __attribute__((unused)))  \
	{                                                                             \
		return ipi_left(class);                                               \
	}

VECTOR(call_function, IPI_CALL_FUNCTION)
VECTOR(call_function_single, IPI_CALL_FUNCTION_SINGLE)
VECTOR(reschedule, IPI_RESCHEDULE)
VECTOR(irq_work, IPI_IRQ_WORK)
VECTOR(x86_platform_ipi, IPI_PLATFORM)

/* Arguments: reason, pages; pages is TLB_FLUSH_ALL, -1, for a flush of all. */
SEC("?raw_tp/tlb_flush")
int ipis_tlb_flush(struct bpf_raw_tracepoint_args *ctx)
{
	struct ipi_rec *rec = ipi_rec(bpf_get_smp_processor_id());
	__u32 e = epoch, reason = ctx->args[0];
	struct tlb_bank *tlb;

	if (!e || !rec)
		return 0;
	tlb = &rec->bank[e & 1].tlb[reason & (TLB_REASONS - 1)];
	count_atomic(&tlb->count, 1);
	if (ctx->args[1] == ~0ULL)
		count_atomic(&tlb->all, 1);
	else
		count_atomic(&tlb->pages, ctx->args[1]);
	return 0;
}
#else
/* Nothing to do: ipi_raise fires for every interrupt, with its reason. */
static __always_inline void ipi_sent_one(struct ipi_rec *rec __attribute__((unused)),
					 __u32 cpu __attribute__((unused)),
					 __u32 dst __attribute__((unused)),
					 __u64 callback __attribute__((unused)),
					 __u32 e __attribute__((unused)))
{
}

/*
 * Returns the class of the reason whose text is at @address: the kernel has one text for each
 * (ipi_types[], arch/arm64/kernel/smp.c). IPI_CLASSES: no class is free.
 */
__noinline __u32 ipi_class(__u64 address)
{
	__u32 i;

	for (i = 0; i < IPI_CLASSES; i++) {
		__u32 at = i;
		struct ipi_reason *reason = bpf_map_lookup_elem(&ipi_reasons, &at);
		__u64 seen;

		if (!reason)
			break;
		seen = *(volatile __u64 *)&reason->address;
		if (!seen) {
			seen = __sync_val_compare_and_swap(&reason->address, 0, address);
			if (!seen) {
				bpf_probe_read_kernel_str(reason->text, sizeof(reason->text),
							  (const void *)address);
				return i;
			}
		}
		if (seen == address)
			return i;
	}
	return IPI_CLASSES;
}

SEC("?raw_tp/ipi_raise")
int ipis_raise(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 class = ipi_class(ctx->args[1]);

	return class < IPI_CLASSES ? ipi_sent_mask(ctx->args[0], class) : 0;
}

SEC("?raw_tp/ipi_entry")
int ipis_entry(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 class = ipi_class(ctx->args[0]);

	return class < IPI_CLASSES ? ipi_arrived(class) : 0;
}

SEC("?raw_tp/ipi_exit")
int ipis_exit(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 class = ipi_class(ctx->args[0]);

	return class < IPI_CLASSES ? ipi_left(class) : 0;
}
#endif

SEC("?raw_tp/ipi_send_cpu")
int ipis_send(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 dst = ctx->args[0], cpu = bpf_get_smp_processor_id(), e = epoch;
	struct ipi_rec *rec = ipi_rec(cpu);

	if (!e || !rec || !admitted(cpu, dst, 0))
		return 0;
	if (!ctx->args[2])
		wake_count(rec, e);
	ipi_sent_one(rec, cpu, dst, ctx->args[2], e);
	return 0;
}

/* A CPU that polls in idle sees a flag that the waker sets, and needs no IPI. */
SEC("?raw_tp/sched_wake_idle_without_ipi")
int ipis_polled(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct ipi_rec *rec = ipi_rec(cpu);

	if (e && rec && admitted(cpu, ctx->args[0], 0))
		count_atomic(&rec->bank[e & 1].polled, 1);
	return 0;
}

#endif /* IPITRACE_BPF_IPIS_BPF_H */
