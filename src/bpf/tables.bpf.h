/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables: by (function, call site), and by the key of --by. Each table has
 * one set of keys, and its counts in a few shards, so that not all CPUs write the
 * same cache lines. Most counts never come here: rows.bpf.h.
 */
#ifndef IPITRACE_BPF_TABLES_BPF_H
#define IPITRACE_BPF_TABLES_BPF_H

#include "abi/hash.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/loop.bpf.h"
#include "bpf/task.bpf.h"

#define FN_PROBES 32

/* FN_ROWS for each table. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FN_ROWS);
	__type(key, __u32);
	__type(value, struct fn_key);
} fn_keys SEC(".maps");

/* FN_ROWS and FN_OTHER for each shard of each table. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FN_ROWS + 1);
	__type(key, __u32);
	__type(value, struct fn_rec);
} fns SEC(".maps");

/* A search through the rows of a table, from the key's hash on. */

struct fn_search {
	__u64 func;
	__u64 callsite;
	__u32 table;
	__u32 hash;
	__u32 row;
};

/* Returns whether the row at @distance has the key now: it had it, or was free. */
static __always_inline bool fn_at(struct fn_search *s, __u32 distance)
{
	__u32 row = (s->hash + distance) & (FN_ROWS - 1), at = s->table * FN_ROWS + row;
	struct fn_key *key = bpf_map_lookup_elem(&fn_keys, &at);
	__u64 seen;

	if (!key)
		return false;
	seen = *(volatile __u64 *)&key->func;
	if (seen != s->func || key->callsite != s->callsite) {
		if (seen || __sync_val_compare_and_swap(&key->func, 0, FN_BUSY))
			return false;
		key->callsite = s->callsite;
		if (s->table == TABLE_BY)
			bpf_get_current_comm(key->comm, sizeof(key->comm));
		store_release(&key->func, s->func);
	}
	s->row = row;
	return true;
}

static long fn_next(__u32 i, struct fn_search *s)
{
	return i >= FN_PROBES || fn_at(s, i + 1);
}

LOOP_BODY(fn_next, struct fn_search)

__noinline __u32 fn_row_far(__u32 table, __u64 func, __u64 callsite, __u32 hash)
{
	struct fn_search s = {
		.func = func,
		.callsite = callsite,
		.table = table,
		.hash = hash,
		.row = FN_OTHER,
	};

	loop_n(FN_PROBES, fn_next, &s);
	return s.row;
}

/*
 * The row of (@func, @callsite) in @table, made if there is none; FN_OTHER if
 * there is no room. Two CPUs that make the same row at once may make it twice:
 * user space adds up rows with the same key.
 */
static __always_inline __u32 fn_row(__u32 table, __u64 func, __u64 callsite)
{
	struct fn_search s = {
		.func = func,
		.callsite = callsite,
		.table = table,
		.hash = hash64(func ^ (callsite << 7)),
	};

	return fn_at(&s, 0) ? s.row : fn_row_far(table, func, callsite, s.hash);
}

/* A row's bank of epoch @e, in the shard of @cpu. */
static __always_inline struct fn_bank *fn_bank(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	__u32 i = (table * fn_shards + (cpu & (fn_shards - 1))) * (FN_ROWS + 1) + row;
	struct fn_rec *rec = bpf_map_lookup_elem(&fns, &i);

	return rec ? &rec->bank[e & 1] : NULL;
}

/* The process in @row may have another name since exec(): take the running task's. */
static __always_inline void by_rename(__u32 row)
{
	__u32 at = TABLE_BY * FN_ROWS + row;
	struct fn_key *key = row < FN_ROWS ? bpf_map_lookup_elem(&fn_keys, &at) : NULL;

	if (key)
		bpf_get_current_comm(key->comm, sizeof(key->comm));
}

/* For the sender: the running task, at a queue event. */
static __always_inline __u32 by_sender_row(void)
{
	__u64 cgroup = bpf_get_current_cgroup_id();

	if (in_interrupt())
		return fn_row(TABLE_BY, BY_MARK | BY_INTERRUPT, 0);
	if (by_key == BY_CGROUP)
		return fn_row(TABLE_BY, BY_MARK | cgroup, 0);
	return fn_row(TABLE_BY, BY_MARK | current_tgid(), cgroup);
}

/* For the interrupted process: the running task, at an entry. */
static __always_inline __u32 by_victim_row(void)
{
	return fn_row(TABLE_BY, BY_MARK | current_tgid(), bpf_get_current_cgroup_id());
}

#endif /* IPITRACE_BPF_TABLES_BPF_H */
