/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration, which user space sets before load: the verifier removes
 * the code that a constant rules out. The only variable here is `epoch`, which
 * user space raises.
 */
#ifndef IPITRACE_BPF_CONFIG_BPF_H
#define IPITRACE_BPF_CONFIG_BPF_H

#include "abi/call.h"
#include "abi/mailbox.h"
#include "bpf/kernel.bpf.h"

const volatile __u32 nr_cpus = 1; /* highest possible CPU + 1 */
const volatile __u32 mailbox_slots = MAILBOX_SLOTS; /* a power of two */
const volatile __u32 irq_work_slots = MAILBOX_SLOTS; /* a power of two */
const volatile __u32 edge_slots = 1; /* places for each sender; a power of two */
const volatile __u32 fn_shards = 1; /* a power of two */
const volatile __u32 hot_places = 0; /* places for each CPU, table and bank; a power of two or 0 */
const volatile __u32 ipi_shards = 1; /* shards of the histograms of --kinds; a power of two */
/* A filter below is set. If none is, each check reads nothing but this flag. */
const volatile bool has_filter = false;
/* Use cpu_filter: the sender or the target must be in it. */
const volatile bool filter_cpus = false;
const volatile bool filter_src = false;
const volatile bool filter_dst = false;
const volatile bool filter_funcs = false;
const volatile __u32 filter_tgid = 0; /* 0: no filter by process */
const volatile __u64 cpu_filter[CPU_WORDS] = {};
const volatile __u64 src_filter[CPU_WORDS] = {};
const volatile __u64 dst_filter[CPU_WORDS] = {};
const volatile enum by_key by_key = BY_NONE;
/* Add up functions, CPUs and calls; not for `trace`, `stalls` and `waits`, which print no sums. */
const volatile bool keep_sums = true;
const volatile bool keep_origins = false;
const volatile bool keep_stacks = false; /* keep the sender's stack with each origin */
const volatile bool keep_user_stacks = false; /* keep the program's stack with each sample */
/* Keep the tasks that queue works whose functions send (bpf/works.bpf.h). */
const volatile bool follow_works = false;
/* In place of records: events of all that interrupts the CPUs of dst_filter. */
const volatile bool keep_interruptions = false;
const volatile __u32 record_kinds = 0; /* a bit for each enum ipi_kind */
const volatile __u32 record_slots = 1; /* records in each ring; a power of two */
const volatile __u64 min_delay = 0; /* ns */
const volatile __u64 min_handler = 0; /* ns */
const volatile __u64 min_wait = 0; /* ns */
/* The programs of calls_fentry.bpf.h are attached. */
const volatile bool waits_by_task = false;
const volatile __u32 wait_slots = WAITS_MIN; /* a power of two */
/*
 * Several tasks of a CPU may have calls at once, because from 7.3 on a sender waits with preemption
 * on (bpf/task_calls.bpf.h).
 */
const volatile bool calls_at_once = false;
const volatile __u32 task_call_slots = 1; /* a power of two */
/* A phase that takes longer is a stall, ns; 0: stalls are not watched for. */
const volatile __u64 stall_threshold_ns = 0;
/* The phases that somebody asks for, a bit for each enum stall_phase; 0: all. */
const volatile __u32 stall_phases = 0;
const volatile __u32 end_slots = 1; /* end_recs for each destination; a power of two */
/* Where the function that flushes a CPU's queue begins, and an address after it; 0: unknown. */
const volatile __u64 flush_from = 0;
const volatile __u64 flush_to = 0;

/* The same for generic_exec_single(), the call site of every call to one CPU. */
const volatile __u64 single_from = 0;
const volatile __u64 single_to = 0;

/* 0: collect nothing. Only user space raises the epoch; see abi/limits.h. */
volatile __u32 epoch = 0;

/*
 * Whether interrupts of @kind are recorded. For KIND_CALL_FUNCTION their csds are recorded instead.
 */
static __always_inline bool keep_kind(enum ipi_kind kind)
{
	return record_kinds >> kind & 1;
}

static __always_inline bool keep_csds(void)
{
	return keep_kind(KIND_CALL_FUNCTION);
}

/* Whether somebody asks for the end of each call: `trace`, `stalls`, `waits`. */
static __always_inline bool calls_are_reported(void)
{
	return keep_csds() || stall_threshold_ns;
}

/* The filters that the options set. Without these options the verifier removes all code below. */

/* The functions that pass, by address; read where filter_funcs is set. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u8);
} func_filter SEC(".maps");

/*
 * The init functions of the latest modules that came while functions are filtered
 * (bpf/modules.bpf.h). The kernel frees them, and forgets their names, once the module's init
 * function has returned; so nobody can tell later whether they match.
 */
#define INIT_TEXTS 16 /* a power of two; more modules than CPUs hardly begin at one time */

__u64 init_texts[INIT_TEXTS][2] = {}; /* from, to */
__u32 nr_init_texts = 0;
/* csds of such functions, which the filter dropped. */
__u64 init_dropped = 0;

/* Count a dropped csd if @func is an init function of such a module. */
__noinline int init_func_note(__u64 func)
{
	for (__u32 i = 0; i < INIT_TEXTS; i++)
		if (func >= init_texts[i][0] && func < init_texts[i][1])
			__sync_fetch_and_add(&init_dropped, 1);
	return 0;
}

static __always_inline bool func_admitted(__u64 func)
{
	if (bpf_map_lookup_elem(&func_filter, &func))
		return true;
	if (nr_init_texts)
		init_func_note(func);
	return false;
}

static __always_inline bool has_cpu(const volatile __u64 *set, __u32 cpu)
{
	return cpu < MAX_CPUS && (set[(cpu / 64) & (CPU_WORDS - 1)] >> (cpu % 64) & 1);
}

/* Whether the sender passes: its CPU @src, and its task, which runs now. */
static __always_inline bool sender_admitted(__u32 src)
{
	if (!has_filter)
		return true;
	if (filter_src && !has_cpu(src_filter, src))
		return false;
	return !filter_tgid || (current_tgid() == filter_tgid && !in_interrupt());
}

/* Whether a csd or an interrupt passes all filters. Called on the sender, as it queues or sends. */
static __always_inline bool admitted(__u32 src, __u32 dst, __u64 func)
{
	if (!has_filter)
		return true;
	if (filter_cpus && !has_cpu(cpu_filter, src) && !has_cpu(cpu_filter, dst))
		return false;
	if (filter_dst && !has_cpu(dst_filter, dst))
		return false;
	if (filter_funcs && !func_admitted(func))
		return false;
	return sender_admitted(src);
}

#endif /* IPITRACE_BPF_CONFIG_BPF_H */
