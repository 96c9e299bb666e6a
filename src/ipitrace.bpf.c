// SPDX-License-Identifier: GPL-2.0
/*
 * The entry points: they follow each csd from its queue event to its function's
 * exit, and count the interrupts sent. The programs that only some options or kernels
 * need are in the headers of bpf/, which are included here.
 *
 * The programs are raw_tp, not tp_btf: where a function runs without an IPI (a local run),
 * csd is NULL, which the types of tp_btf forbid; arguments of raw_tp are scalars. Each
 * program reads `epoch` once. It reads the clock once, and again only after work that takes
 * long.
 */
#include "bpf/calls_fentry.bpf.h"
#include "bpf/events.bpf.h"
#include "bpf/evidence.bpf.h"
#include "bpf/frames.bpf.h"
#include "bpf/ipis.bpf.h"
#include "bpf/modules.bpf.h"
#include "bpf/queue.bpf.h"
#include "bpf/sends.bpf.h"

SEC("raw_tp/csd_queue_cpu")
int csd_queue(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_rec *rec = cpu_rec(bpf_get_smp_processor_id());
	const bool nested = false;
	__u32 e = epoch, at;
	struct queued q;

	if (!e || !rec)
		return 0;
	queuing_set(rec, true);
	if (queued_read(ctx, &q)) {
		at = queued_record(ctx, &q, cpu_bank(rec, e), nested, e);
		rec->queued_at = at;
		rec->queued_csd = q.csd;
	}
	queuing_set(rec, false);
	return 0;
}

/*
 * The kernel does not run a program inside itself: if an IPI interrupts
 * csd_queue() and the IPI's function queues another csd, csd_queue() does not
 * see that csd. This program is attached after csd_queue(). It checks whether
 * csd_queue() saw the csd, and does the work if not.
 */
SEC("raw_tp/csd_queue_cpu")
int csd_queue_twin(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 e = epoch, cpu = bpf_get_smp_processor_id();
	struct cpu_rec *rec = cpu_rec(cpu);

	if (e && rec && !queued_last_take(rec, ctx->args[3]))
		queued_recover(ctx, cpu, e);
	return 0;
}

/* Arguments: func, csd; csd is NULL for a local run. */
SEC("raw_tp/csd_function_entry")
int csd_entry(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 func = ctx->args[0], csd = ctx->args[1], now, begun;
	__u32 cpu = bpf_get_smp_processor_id(), home;
	struct cpu_rec *rec = cpu_rec(cpu);
	const bool follows = false;
	__u32 e = epoch;
	struct taken t;

	if (!e || !rec)
		return 0;
	if (!csd) {
		run_local(rec, cpu, func, e);
		return 0;
	}
	home = cpu_probe(cpu, csd_home(csd), 0);
	slot_fetch(home);
	now = bpf_ktime_get_ns();
	begun = now;
	box_take(cpu, csd, home, e, now, follows, &t);
	/* Do not count the walk through a batch of wake-ups as the function's time. */
	if (csd_type(csd) == CSD_TYPE_TTWU && batch_take(cpu, csd, e, now))
		begun = bpf_ktime_get_ns();
	frame_push(rec, cpu, func, csd, t.row == FN_NONE ? NULL : &t, begun, e);
	if (keep_interruptions && t.row == FN_NONE)
		interruption_submit_orphan(func, now);
	if (stall_threshold_ns && t.row != FN_NONE && now > t.queued + stall_threshold_ns)
		stall_report_delivery(ctx, cpu, rec->depth - 1, t.queued, now);
	return 0;
}

/* Arguments: func, csd; csd is NULL for a local run. */
SEC("raw_tp/csd_function_exit")
int csd_exit(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct cpu_rec *rec = cpu_rec(cpu);
	struct frame *frame;
	__u64 now, stolen, call_end = 0;

	if (!rec)
		return 0;
	frame = frame_pop(rec, cpu, ctx->args[0], e);
	if (!e || !frame)
		return 0;
	if (frame->row == FN_NONE) {
		/* The sender itself has run the function of its call: the call lasts until now. */
		if (waits_by_task && !ctx->args[1])
			wait_end(ctx->args[0]);
		return 0;
	}
	now = bpf_ktime_get_ns();
	stolen = stolen_since(cpu, frame->start, now - frame->start, now);
	if (keep_sums)
		run_ended(rec, cpu, frame, now, stolen, e);
	/* The target that ends last reads all ends, so each end is stored before it is counted. */
	if (stall_threshold_ns) {
		end_store(cpu, frame, now);
		rec->batch_ran += now - frame->start;
	}
	if (frame->call)
		call_end = call_ended(frame, now);
	if (keep_csds())
		record_exit(cpu, rec->depth, frame, now, stolen, call_end);
	if (stall_threshold_ns)
		stall_report_exit(ctx, cpu, rec->depth, now, call_end);
	frame->row = FN_NONE;
	return 0;
}

/*
 * Arguments: cpu, callsite, callback (6.4). callback is NULL for a reschedule. For an
 * irq_work callback is the work's function, and a CPU interrupts itself (irq_work_raise()).
 * For a csd a CPU interrupts another CPU.
 */
SEC("raw_tp/ipi_send_cpu")
int ipi_send_cpu(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 dst = ctx->args[0], cpu = bpf_get_smp_processor_id(), e = epoch;
	struct cpu_rec *rec = cpu_rec(cpu);
	enum ipi_kind kind = KIND_CALL_FUNCTION;

	if (!e || !rec)
		return 0;
	if (!ctx->args[2])
		kind = KIND_RESCHEDULE;
	else if (dst == cpu)
		kind = KIND_IRQ_WORK;
	else
		call_sent(cpu, ctx->args[1]);
	if (!admitted(cpu, dst, 0))
		return 0;
	cpu_bank(rec, e)->kinds[kind]++;
	if (kind != KIND_CALL_FUNCTION)
		send_take(ctx, cpu, e);
	return 0;
}

/*
 * Arguments: cpumask, callsite, callback. A mask is sent for call functions
 * only, to the CPUs whose queue was empty.
 */
SEC("raw_tp/ipi_send_cpumask")
int ipi_send_cpumask(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch, n = 0, i;
	struct cpu_rec *rec = cpu_rec(cpu);
	const __u64 *mask = (const __u64 *)ctx->args[0];

	if (!e || !rec)
		return 0;
	call_sent(cpu, ctx->args[1]);
	if (!sender_admitted(cpu))
		return 0;
	for (i = 0; i < CPU_WORDS && i * 64 < nr_cpus; i++) {
		__u64 word = 0;

		if (bpf_probe_read_kernel(&word, sizeof(word), mask + i))
			break;
		if (filter_cpus && !has_cpu(cpu_filter, cpu))
			word &= cpu_filter[i];
		if (filter_dst)
			word &= dst_filter[i];
		n += popcount64(word);
	}
	cpu_bank(rec, e)->mask_sent += n;
	return 0;
}

/*
 * Arguments: cpu. A CPU that polls in idle needs no IPI. In a call this event takes the place
 * of the IPI, and comes, like the IPI, after all csds are queued: it may seal the call.
 */
SEC("?raw_tp/sched_wake_idle_without_ipi")
int call_polled(struct bpf_raw_tracepoint_args *ctx)
{
	if (epoch)
		call_needs_no_ipi(bpf_get_smp_processor_id(), ctx->args[0]);
	return 0;
}

/*
 * Free the slots of the irq_works that have run. User space runs this program after a cut,
 * attached to nothing. The argument is the epoch that has ended.
 */
SEC("raw_tp")
int sweep(struct bpf_raw_tracepoint_args *ctx)
{
	irq_work_sweep(ctx->args[0]);
	return 0;
}

/* By CPU: how many steps of going offline it took. Known with interruptions. */
__u32 gone[MAX_CPUS] = {};

/*
 * CPUs that came online since ipitrace began. User space maps the parts of CPUs that have
 * been online, and looks for new CPUs at each cut; a CPU may come, be counted and go between
 * two cuts. Without interruptions the program is loaded only if a possible CPU was offline at
 * the beginning.
 */
__u8 hotplugged[MAX_CPUS] = {}; /* 1: this CPU came online, or is about to */

/*
 * Runs at each step in which a CPU comes or goes, in cpuhp_invoke_callback() of
 * kernel/cpu.c. The first steps are taken before the CPU runs (CPUHP_CREATE_THREADS and
 * others, in 6.5 to 7.3). Arguments: cpu, target, idx, fun.
 */
SEC("?raw_tp/cpuhp_enter")
int cpu_hotplugged(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 cpu = ctx->args[0];

	if (cpu >= MAX_CPUS)
		return 0;
	hotplugged[cpu] = 1;
	/* A single step for all CPUs, as of a module that comes, leaves the target of each CPU. */
	if (ctx->args[1] < ctx->args[2])
		gone[cpu]++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
