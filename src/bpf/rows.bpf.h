/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting in a row of a table: in the CPU's own place for that row if it has
 * one, else in the row that all CPUs share.
 */
#ifndef IPITRACE_BPF_ROWS_BPF_H
#define IPITRACE_BPF_ROWS_BPF_H

#include "abi/cpu.h"
#include "abi/hist_slots.h"
#include "abi/hot_row.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/tables.bpf.h"

/* nr_cpus for each table. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hot_rec);
} hot_rows SEC(".maps");

static __always_inline struct hot_bank *hot_bank(__u32 table, __u32 cpu, __u32 e)
{
	__u32 at = table * nr_cpus + cpu;
	struct hot_rec *rec = bpf_map_lookup_elem(&hot_rows, &at);

	return rec ? &rec->bank[e & 1] : NULL;
}

/*
 * Whether @hot is @row's place now. An interrupt's program on this CPU may take the
 * place meanwhile: cmpxchg.
 */
static __always_inline bool hot_take(struct hot_row *hot, __u32 row)
{
	__u32 was = __sync_val_compare_and_swap(&hot->owner, 0, row + 1);

	return !was || was == row + 1;
}

/*
 * A place for @row on @cpu, which is not at the row's first choice: the first
 * choice if it is free, else the second. HOT_ROWS: both are other rows'.
 */
__noinline __u32 hot_place_far(__u32 table, __u32 cpu, __u32 row, __u32 e)
{
	__u32 first = row & (HOT_ROWS - 1), second = row / HOT_ROWS & (HOT_ROWS - 1);
	struct hot_bank *bank = hot_bank(table, cpu, e);

	if (!bank)
		return HOT_ROWS;
	if (hot_take(&bank->rows[first], row))
		return first;
	return hot_take(&bank->rows[second], row) ? second : HOT_ROWS;
}

/* @row's place on @cpu, this CPU; NULL: it has none in this window. */
static __always_inline struct hot_row *hot_row(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	struct hot_bank *bank = keep_hot_rows ? hot_bank(table, cpu, e) : NULL;
	__u32 at = row & (HOT_ROWS - 1);

	if (!bank)
		return NULL;
	if (bank->rows[at].owner != row + 1) {
		at = hot_place_far(table, cpu, row, e);
		if (at >= HOT_ROWS)
			return NULL;
	}
	return &bank->rows[at];
}

/* Returns whether @h took @ns; @slot: hist_slot(@ns). */
static __always_inline bool hot_add(struct hot_hist *h, __u64 ns, __u32 slot)
{
	__u32 at = slot - HOT_FIRST;

	if (at >= HOT_SLOTS || h->slots[at] == ~0U)
		return false;
	h->slots[at]++;
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	return true;
}

/* This CPU's place did not take the delay @ns: add it to the shared row. */
__noinline int row_delay_far(__u32 table, __u32 row, __u64 ns, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, bpf_get_smp_processor_id(), e);

	if (fn)
		hist_add_shared(&fn->delay, ns, hist_slot(ns));
	return 0;
}

/* The same for a handler time. */
__noinline int row_handler_far(__u32 table, __u32 row, __u64 ns, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, bpf_get_smp_processor_id(), e);

	if (fn)
		hist_add_shared(&fn->handler, ns, hist_slot(ns));
	return 0;
}

/*
 * Add a delay to @row, at an entry. Returns whether this CPU's own place took it:
 * then the CPU's histogram must not.
 */
static __always_inline bool row_delay(__u32 table, __u32 row, __u32 cpu, __u64 ns, __u32 slot,
				      __u32 e)
{
	struct hot_row *hot = hot_row(table, row, cpu, e);

	if (hot && hot_add(&hot->delay, ns, slot))
		return true;
	row_delay_far(table, row, ns, e);
	return false;
}

/* The same for a handler time, at an exit. */
static __always_inline bool row_handler(__u32 table, __u32 row, __u32 cpu, __u64 ns, __u32 slot,
					__u32 e)
{
	struct hot_row *hot = hot_row(table, row, cpu, e);

	if (hot && hot_add(&hot->handler, ns, slot))
		return true;
	row_handler_far(table, row, ns, e);
	return false;
}

/* Count a csd in the shared row. Returns how many were counted there before. */
__noinline __u64 row_count_shared(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, cpu, e);

	return fn ? __sync_fetch_and_add(&fn->count, 1) : 0;
}

/*
 * Count a csd of @row. Returns how many were counted in the same place before.
 * For one program alone, which does not nest in itself.
 */
static __always_inline __u64 row_count(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	struct hot_row *hot = hot_row(table, row, cpu, e);

	return hot ? hot->count++ : row_count_shared(table, row, cpu, e);
}

/* Count a local run of @row, with interrupts off. */
static __always_inline void row_local(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	struct hot_row *hot = hot_row(table, row, cpu, e);
	struct fn_bank *fn;

	if (hot) {
		hot->local++;
		return;
	}
	fn = fn_bank(table, row, cpu, e);
	if (fn)
		count_atomic(&fn->local, 1);
}

/* A sender has waited for @ns, for the function in @row; with interrupts off. */
static __always_inline void row_wait(__u32 row, __u32 cpu, __u64 ns, __u32 e)
{
	struct hot_row *hot = hot_row(TABLE_FN, row, cpu, e);
	struct fn_bank *fn;

	if (hot) {
		hot->waits++;
		hot->wait_sum += ns;
		if (ns > hot->wait_max)
			hot->wait_max = ns;
		return;
	}
	fn = fn_bank(TABLE_FN, row, cpu, e);
	if (!fn)
		return;
	count_atomic(&fn->waits, 1);
	count_atomic(&fn->wait_sum, ns);
	max_raise(&fn->wait_max, ns);
}

#endif /* IPITRACE_BPF_ROWS_BPF_H */
