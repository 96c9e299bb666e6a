/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The own time of functions that call-function interrupts run: programs at their entries and
 * returns, which user space attaches once calls have named them. A program's cookie is the
 * function's place. What such a function calls itself, and the same function called outside
 * of these interrupts, is not counted.
 */
#ifndef IPITRACE_BPF_HOOK_RUNS_BPF_H
#define IPITRACE_BPF_HOOK_RUNS_BPF_H

#include "abi/hook.h"
#include "abi/limits.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/under_way.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HOOK_RUNS);
	__type(key, __u32);
	__type(value, struct hook_run);
} hook_runs SEC(".maps");

static __always_inline struct hook_cpu *hook_run_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct hook_cpu *rec = epoch ? bpf_map_lookup_elem(&hook_cpus, &cpu) : NULL;

	return rec && rec->irq_begun && rec->irq_kind == KIND_CALL_FUNCTION ? rec : NULL;
}

SEC("kprobe")
int hook_run(void *ctx)
{
	struct hook_cpu *rec = hook_run_cpu();

	if (!rec || rec->run)
		return 0;
	rec->run = 1 + bpf_get_attach_cookie(ctx);
	rec->run_begun = bpf_ktime_get_ns();
	return 0;
}

SEC("kretprobe")
int hook_run_end(void *ctx)
{
	__u64 now = bpf_ktime_get_ns(), ns;
	struct hook_cpu *rec = hook_run_cpu();
	__u32 place = bpf_get_attach_cookie(ctx), e = epoch;
	struct hook_run *run;

	if (!rec || rec->run != 1 + place)
		return 0;
	rec->run = 0;
	run = bpf_map_lookup_elem(&hook_runs, &place);
	ns = now > rec->run_begun ? now - rec->run_begun : 0;
	if (run)
		hist_add_shared(&run->bank[e & 1], ns, hist_slot(ns));
	return 0;
}

#endif /* IPITRACE_BPF_HOOK_RUNS_BPF_H */
