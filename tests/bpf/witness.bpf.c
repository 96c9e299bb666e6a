// SPDX-License-Identifier: GPL-2.0
/*
 * A second witness of stolen time, which shares nothing with ipitrace: each csd has an entry of a hash
 * map from its queue event on, with what the target's steal clock was at that event. The clock is read
 * once more when the function begins, and when it ends.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "witness.h"

struct queued {
	__u64 time, steal, src_steal;
	__u32 src, dst;
};

/* The csd that a CPU runs; @at: where it is in the log, SEEN_MAX: nowhere. */
struct running {
	__u64 csd, time, steal, at;
	__u64 delay; /* 0: its queue event was not seen */
	struct queued queued;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct queued);
} csds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct running);
} now_running SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEEN_MAX);
	__type(key, __u32);
	__type(value, struct seen);
} kept SEC(".maps");

/* Its clocks are set before the programs are attached. */
struct memory memory;

SEC("raw_tp")
int peek(void *ctx)
{
	(void)ctx;
	return bpf_probe_read_kernel(memory.peeked, sizeof(memory.peeked), (void *)memory.peek_at);
}

static __always_inline __u64 read_clock(__u32 cpu)
{
	__u64 steal = 0;

	if (cpu < CPUS_MAX)
		bpf_probe_read_kernel(&steal, sizeof(steal), (void *)memory.clocks[cpu]);
	return steal;
}

static __always_inline __u64 lesser(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

SEC("raw_tp/csd_queue_cpu")
int witness_queue(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 csd = ctx->args[3];
	struct queued queued = { .src = bpf_get_smp_processor_id(), .dst = ctx->args[0] };

	queued.steal = read_clock(queued.dst);
	queued.src_steal = read_clock(queued.src);
	queued.time = bpf_ktime_get_ns();
	bpf_map_update_elem(&csds, &csd, &queued, BPF_ANY);
	return 0;
}

/* Returns where in the log the delivery is. */
static __always_inline __u64 keep(const struct queued *queued, __u64 delay, __u64 stolen)
{
	__u64 at = __sync_fetch_and_add(&memory.totals.seen, 1);
	__u32 key = at;
	struct seen seen = { .time = queued->time,
			     .delay = delay,
			     .delay_stolen = stolen,
			     .src_stolen =
				     lesser(read_clock(queued->src) - queued->src_steal, delay),
			     .src = queued->src,
			     .dst = queued->dst };

	if (at < SEEN_MAX)
		bpf_map_update_elem(&kept, &key, &seen, BPF_ANY);
	return at;
}

SEC("raw_tp/csd_function_entry")
int witness_entry(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 csd = ctx->args[1], now = bpf_ktime_get_ns(), delay, stolen, clock;
	__u32 zero = 0, cpu = bpf_get_smp_processor_id();
	struct running *running = bpf_map_lookup_elem(&now_running, &zero);
	struct queued *queued;

	if (!csd || !running)
		return 0;
	clock = read_clock(cpu);
	*running = (struct running){ .csd = csd, .time = now, .steal = clock, .at = SEEN_MAX };
	queued = bpf_map_lookup_elem(&csds, &csd);
	if (!queued || queued->dst != cpu) {
		__sync_fetch_and_add(&memory.totals.unpaired, 1);
		return 0;
	}
	delay = now - queued->time;
	stolen = lesser(clock - queued->steal, delay);
	__sync_fetch_and_add(&memory.totals.deliveries, 1);
	if (delay > LATE_NS) {
		__sync_fetch_and_add(&memory.totals.late, 1);
		if (stolen)
			__sync_fetch_and_add(&memory.totals.late_stolen, 1);
	}
	running->delay = delay;
	running->queued = *queued;
	if (delay > LATE_NS || stolen)
		running->at = keep(queued, delay, stolen);
	bpf_map_delete_elem(&csds, &csd);
	return 0;
}

SEC("raw_tp/csd_function_exit")
int witness_exit(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 now = bpf_ktime_get_ns(), handler, stolen;
	__u32 zero = 0, key;
	struct running *running = bpf_map_lookup_elem(&now_running, &zero);
	struct seen *seen;

	if (!running || !ctx->args[1] || running->csd != ctx->args[1])
		return 0;
	running->csd = 0;
	handler = now - running->time;
	stolen = lesser(read_clock(bpf_get_smp_processor_id()) - running->steal, handler);
	if (stolen && running->at == SEEN_MAX && running->delay)
		running->at = keep(&running->queued, running->delay, 0);
	key = running->at;
	seen = running->at < SEEN_MAX ? bpf_map_lookup_elem(&kept, &key) : NULL;
	if (seen) {
		seen->handler = handler;
		seen->handler_stolen = stolen;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
