/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs know: the configuration that user space sets before
 * load, the maps, and how a counter is counted.
 */
#ifndef IPITRACE_STATE_BPF_H
#define IPITRACE_STATE_BPF_H

#define U64_MAX (~0ULL)

/* Set by user space before load; the verifier removes what they rule out. */
const volatile __u32 nr_cpus = 1; /* highest possible CPU + 1 */
const volatile __u32 mailbox_slots = MAILBOX_SLOTS; /* a power of two */
const volatile __u32 irq_work_slots = MAILBOX_SLOTS; /* a power of two */
const volatile __u32 edge_slots = 1; /* a power of two */
const volatile __u32 fn_shards = 1; /* a power of two */
const volatile bool filter_cpus = false;
const volatile bool filter_src = false;
const volatile bool filter_dst = false;
const volatile bool filter_funcs = false;
const volatile __u32 filter_tgid = 0; /* 0: none */
const volatile __u64 cpu_filter[CPU_WORDS] = {};
const volatile __u64 src_filter[CPU_WORDS] = {};
const volatile __u64 dst_filter[CPU_WORDS] = {};
const volatile enum by_key by_key = BY_NONE;
const volatile bool keep_origins = false;
const volatile bool keep_stacks = false; /* with origins */
const volatile __u32 record_kinds = 0; /* a bit for each enum ipi_kind */
const volatile __u32 record_slots = 1; /* of each ring; a power of two */
const volatile __u64 min_delay = 0; /* ns */
const volatile __u64 min_handler = 0;
/* Programs stand where tasks begin to wait (waits.bpf.h). */
const volatile bool waits_by_task = false;
const volatile __u32 wait_slots = WAITS_MIN; /* a power of two */
/* What takes longer is a stall, ns; 0: stalls are not watched for. */
const volatile __u64 watch_ns = 0;
const volatile __u32 end_slots = 1; /* for each destination; a power of two */
/* Addresses of the function that calls the functions; 0: not known. */
const volatile __u64 flush_from = 0;
const volatile __u64 flush_to = 0;

/* 0: collect nothing. Raised by user space alone; see ipitrace.h. */
volatile __u32 epoch = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_rec);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct origin);
} origins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct edge_rec);
} edges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FN_ROWS);
	__type(key, __u32);
	__type(value, struct fn_key);
} fn_keys SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FN_ROWS + 1);
	__type(key, __u32);
	__type(value, struct fn_rec);
} fns SEC(".maps");

/* How many samples each bank was asked to hold; the rest was dropped. */
__u64 samples_taken[NR_BANKS] = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NR_BANKS *SAMPLES);
	__type(key, __u32);
	__type(value, struct sample);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call_rec);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WAITS_MIN);
	__type(key, __u32);
	__type(value, struct wait_rec);
} waits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u8);
} func_filter SEC(".maps");

/* csd and ipi tracepoints came with 6.5 and 6.4; these kfuncs with 6.2. */
extern void *bpf_rdonly_cast(void *obj, __u32 btf_id) __ksym;

#define count_atomic(p, n) __sync_fetch_and_add((p), (n))

/*
 * Where the order between CPUs matters. x86 keeps stores in order; arm64
 * does not, and clang 14 knows no BPF release store, so an atomic with
 * fetch, which is fully ordered, does it.
 */
static __always_inline void store_release(__u64 *p, __u64 v)
{
#ifdef __TARGET_ARCH_x86
	asm volatile("" ::: "memory");
	*(volatile __u64 *)p = v;
#else
	__sync_lock_test_and_set(p, v);
#endif
}

static __always_inline struct cpu_rec *cpu_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline struct cpu_bank *cpu_bank(struct cpu_rec *rec, __u32 e)
{
	return &rec->bank[e & 1];
}

static __always_inline struct slot *slot_at(__u32 i)
{
	return bpf_map_lookup_elem(&slots, &i);
}

static __always_inline struct __call_single_data *csd_cast(__u64 csd)
{
	return bpf_rdonly_cast((void *)csd, bpf_core_type_id_kernel(struct __call_single_data));
}

static __always_inline __u8 csd_type(__u64 csd)
{
	return csd_cast(csd)->node.u_flags & CSD_FLAG_TYPE_MASK;
}

static __always_inline __u32 hash64(__u64 v)
{
	return (v * 0x61c8864680b583ebULL) >> 32;
}

/* The kernel's stack here, from the inside: how many frames there are. */
static __always_inline __u32 stack_take(void *ctx, __u64 stack[STACK_DEPTH])
{
	long size = bpf_get_stack(ctx, stack, STACK_DEPTH * sizeof(*stack), 0);

	return size > 0 ? size / sizeof(*stack) : 0;
}

/* By the one CPU that owns @h, with interrupts off. @slot: hist_slot(@ns). */
static __always_inline void hist_add(struct hist_bank *h, __u64 ns, __u32 slot)
{
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	if (slot < HIST_SLOTS)
		h->slots[slot]++;
}

struct raise {
	__u64 *max;
	__u64 seen;
	__u64 to;
};

/* Returns whether *max is at least @to now. */
static __always_inline bool raise_max(struct raise *r)
{
	__u64 was;

	if (r->to <= r->seen)
		return true;
	was = __sync_val_compare_and_swap(r->max, r->seen, r->to);
	if (was == r->seen)
		return true;
	r->seen = was;
	return false;
}

static long raise_again(__u32 i __attribute__((unused)), struct raise *r)
{
	return raise_max(r);
}

static __always_inline void raise_far(struct raise r)
{
	struct raise far = r;

	bpf_loop(1 << 20, raise_again, &far, 0);
}

/* Others may raise it too: then again. */
static __always_inline void raise_to(__u64 *max, __u64 to)
{
	struct raise r = { .max = max, .seen = *(volatile __u64 *)max, .to = to };

	if (!raise_max(&r))
		raise_far(r);
}

/* By any CPU. */
static __always_inline void hist_add_shared(struct hist_bank *h, __u64 ns, __u32 slot)
{
	count_atomic(&h->sum, ns);
	raise_to(&h->max, ns);
	if (slot < HIST_SLOTS)
		count_atomic(&h->slots[slot], 1);
}

/* With a shard for each CPU nobody else writes there while interrupts are off. */
#define fn_own (fn_shards >= nr_cpus)

/* A CPU's own, by an entry or an exit; where a shard is its own, that tells all of it. */
static __always_inline void hist_add_cpu(struct hist_bank *h, __u64 ns, __u32 slot)
{
	if (!fn_own)
		hist_add(h, ns, slot);
}

/* A shard's, by an entry or an exit, of a function or an interrupt. */
static __always_inline void hist_add_row(struct hist_bank *h, __u64 ns, __u32 slot)
{
	if (fn_own)
		hist_add(h, ns, slot);
	else
		hist_add_shared(h, ns, slot);
}

#endif /* IPITRACE_STATE_BPF_H */
