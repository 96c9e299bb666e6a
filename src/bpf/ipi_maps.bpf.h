/* SPDX-License-Identifier: GPL-2.0 */
/* The maps of --kinds; created only where --kinds is given. */
#ifndef IPITRACE_BPF_IPI_MAPS_BPF_H
#define IPITRACE_BPF_IPI_MAPS_BPF_H

#include "bpf/kernel.bpf.h"
#include "abi/ipi.h"

/* By CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ipi_rec);
} ipi_recs SEC(".maps");

/* IPI_CLASSES for each of ipi_shards shards. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, IPI_CLASSES);
	__type(key, __u32);
	__type(value, struct ipi_hist_rec);
} ipi_hists SEC(".maps");

/* By class; empty on x86, where a class is a vector. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, IPI_CLASSES);
	__type(key, __u32);
	__type(value, struct ipi_reason);
} ipi_reasons SEC(".maps");

/* By a hash of waker and woken; the last row is WAKE_OTHER. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WAKE_ROWS + 1);
	__type(key, __u32);
	__type(value, struct wake_rec);
} wakes SEC(".maps");

static __always_inline struct ipi_rec *ipi_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&ipi_recs, &cpu);
}

#endif /* IPITRACE_BPF_IPI_MAPS_BPF_H */
