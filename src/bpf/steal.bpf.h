/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stolen time: how long the host ran something else while a csd waited for a CPU of this guest,
 * or its function ran there.
 *
 * KVM adds up what it took from each CPU in that CPU's struct kvm_steal_time, in ns, when it lets
 * the CPU run again (arch/x86/kvm/x86.c: record_steal_time()). That sum is the CPU's steal clock.
 * Programs check whether the clock of a CPU advanced: the sender's program when it queues a csd to
 * the CPU, and the CPU's own program after each delay or function that took long enough. If each
 * call is reported, the sender's program also checks the clock of the sender's own CPU. The clock
 * rarely advanced; if it did, the program notes the time and the clock. So a note says what the
 * clock was from the note's time until the next note's time. Nothing is kept for each csd. The
 * clock may have advanced at any time between two checks, so the stolen time that is reported is an
 * upper bound.
 */
#ifndef IPITRACE_BPF_STEAL_BPF_H
#define IPITRACE_BPF_STEAL_BPF_H

#include "bpf/maps.bpf.h"

/* Whether the kernel has steal clocks; if it has none, no program checks them. */
const volatile bool steal_clocks = false;

/*
 * A host that takes a CPU away keeps it for at least this time. A check that finds no advance costs
 * 5 ns, and 50 ns where the clock is of another CPU and its cache line is not in this CPU's cache.
 * The sender's check costs 1 to 3 % of a csd, 9 to 18 ns (docs/performance.md, `no clock`).
 */
#define STEAL_LEAST_NS 20000

/* The kernel's structures, as far as they are read. */
struct kvm_steal_time___read {
	__u64 steal;
	__u8 preempted;
} __attribute__((preserve_access_index));

/* Returns the steal clock of the CPU of @rec, which must have a steal clock. */
static __always_inline const struct kvm_steal_time___read *steal_clock(const struct cpu_rec *rec)
{
	return bpf_rdonly_cast((void *)rec->steal_clock, steal_time_type_id);
}

/* Note that the steal clock of @cpu has advanced, to @steal at @now. */
__noinline int steal_note(__u32 cpu, __u64 steal, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct steal_note *note;

	/* Another CPU is noting the same. */
	if (!rec || __sync_val_compare_and_swap(&rec->steal_busy, 0, 1))
		return 0;
	if (rec->steal != steal) {
		note = &rec->steals[rec->steal_nr & (STEALS - 1)];
		note->since = now;
		note->steal = steal;
		*(volatile __u64 *)&rec->steal_since = note->since;
		*(volatile __u64 *)&rec->steal = steal;
		store_release(&rec->steal_nr, rec->steal_nr + 1);
	}
	store_release(&rec->steal_busy, 0);
	return 0;
}

/*
 * Check whether the steal clock of @cpu, whose record is @rec, has advanced, and note that. @now:
 * the time; 0: read it.
 */
static __always_inline void steal_look(const struct cpu_rec *rec, __u32 cpu, __u64 now)
{
	__u64 steal;

	if (!steal_clocks || !rec || !rec->steal_clock)
		return;
	steal = steal_clock(rec)->steal;
	if (steal != *(volatile __u64 *)&rec->steal)
		steal_note(cpu, steal, now ?: bpf_ktime_get_ns());
}

struct steal_search {
	__u64 time;
	__u64 steal; /* the steal clock at @time */
	__u32 cpu;
	__u32 nr;
};

/* Take the note that has @i later notes. Returns whether it is from @s->time or earlier. */
static long steal_next(__u32 i, struct steal_search *s)
{
	const struct cpu_rec *rec = cpu_rec(s->cpu);
	const struct steal_note *note;

	if (!rec || i >= s->nr)
		return 1;
	note = &rec->steals[(s->nr - 1 - i) & (STEALS - 1)];
	s->steal = note->steal;
	return note->since <= s->time;
}

LOOP_BODY(steal_next, struct steal_search)

/*
 * Returns by how much the steal clock of @cpu advanced from @time until @now, as far as the notes
 * reach back. Not inlined, so that the verifier walks through this function once, and not
 * for each path to its callers.
 */
__noinline __u64 steal_far(__u32 cpu, __u64 time, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct steal_search s = { .time = time, .cpu = cpu };

	if (!rec)
		return 0;
	steal_look(rec, cpu, now);
	if (*(volatile __u64 *)&rec->steal_since <= time)
		return 0;
	s.steal = rec->steal;
	s.nr = rec->steal_nr;
	/* A note that is written now takes the place of the oldest. */
	loop_n(STEALS - 1, steal_next, &s);
	return rec->steal - s.steal;
}

/* Returns how much of the @ns between @time and @now the host stole from @cpu. */
static __always_inline __u64 stolen_since(__u32 cpu, __u64 time, __u64 ns, __u64 now)
{
	__u64 stolen, span = ns;

	/*
	 * Hide from the verifier that @ns is short or long: it would follow all later code twice,
	 * once for each.
	 */
	asm volatile("%0 ^= 0" : "+r"(span));
	if (!steal_clocks || span < STEAL_LEAST_NS)
		return 0;
	stolen = steal_far(cpu, time, now);
	return stolen < ns ? stolen : ns;
}

/* Whether the host says that it runs something else instead of @cpu now. */
static __always_inline bool steal_preempted(__u32 cpu)
{
	const struct cpu_rec *rec = cpu_rec(cpu);

	/* Bit 0 (KVM_VCPU_PREEMPTED); bit 1 is about TLBs. */
	return steal_clocks && rec && rec->steal_clock && (steal_clock(rec)->preempted & 1);
}

/*
 * User space runs this program, attached to nothing, to check a CPU's steal clock. The argument is
 * the CPU.
 */
SEC("raw_tp")
int steal_clock_look(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = ctx->args[0];

	steal_look(cpu_rec(cpu), cpu, 0);
	return 0;
}

#endif /* IPITRACE_BPF_STEAL_BPF_H */
