/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting in a row of a table: in the CPU's own place for that row if it has
 * one, else in the row that all CPUs share. So a delay goes one of two ways:
 *
 *                 the row has a place here, which takes the value
 *   row_add() --+---> hot_rows: this CPU's own. User space adds the place to row and CPU.
 *               |
 *               +---> fns: the row, in the shard of this CPU, atomically
 *                  `-> cpus: this CPU's histogram, for a row of TABLE_FN (the caller)
 *
 * TABLE_FN has the rows by (function, call site). TABLE_BY is the table by sender, of --by:
 * its rows are by process or by cgroup, of the sender or (BY_VICTIM) of the task that was
 * interrupted, and by user for those that found no row. In all headers `row` is a row of
 * TABLE_FN and `by` a row of TABLE_BY; here `place` is an entry of hot_rows, which a CPU has
 * for some rows of either table.
 */
#ifndef IPITRACE_BPF_ROWS_BPF_H
#define IPITRACE_BPF_ROWS_BPF_H

#include "abi/cpu.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"

/*
 * Each table has one set of keys, and its counts in a few shards, so that not all CPUs
 * write the same cache lines. Most counts go to hot_rows, and never to these shards.
 */

#define FN_PROBES 32

/* FN_ROWS for each table. */
MAPPED_ARRAY(fn_keys, struct fn_key, FN_ROWS);

/* FN_ROWS and FN_OTHER for each shard of each table. */
MAPPED_ARRAY(fns, struct fn_rec, FN_ROWS + 1);

/* A search through the rows of a table, from the key's hash on. */
struct fn_search {
	__u64 func;
	__u64 callsite;
	__u32 table;
	__u32 hash;
	__u32 row;
	__u32 step; /* from a row to the next that is tried */
	enum row_use takes; /* the search may take rows of this use, too */
};

/*
 * Try the row at @distance from the hash. Returns whether the row has the key: it had the key
 * before, or was free.
 */
static __always_inline bool fn_row_try(struct fn_search *s, __u32 distance)
{
	__u32 row = (s->hash + distance) & (FN_ROWS - 1), at = s->table * FN_ROWS + row;
	struct fn_key *key = bpf_map_lookup_elem(&fn_keys, &at);
	__u64 seen;

	if (!key)
		return false;
	seen = *(volatile __u64 *)&key->func;
	if (seen != s->func || key->callsite != s->callsite) {
		if (seen || (s->table == TABLE_BY && row_use(row) && row_use(row) != s->takes))
			return false;
		if (__sync_val_compare_and_swap(&key->func, 0, FN_BUSY))
			return false;
		key->callsite = s->callsite;
		if (s->table == TABLE_BY)
			bpf_get_current_comm(key->comm, sizeof(key->comm));
		store_release(&key->func, s->func);
	}
	s->row = row;
	return true;
}

static long fn_row_next(__u32 i, struct fn_search *s)
{
	return i >= FN_PROBES || fn_row_try(s, (i + 1) * s->step);
}

LOOP_BODY(fn_row_next, struct fn_search)

/*
 * Returns the row of the key in @table, which may be made among rows for any key or for @takes.
 * FN_OTHER if there is no room. Not inlined, so that the verifier walks through the loop once.
 */
__noinline __u32 fn_row_search(__u32 table, __u64 func, __u64 callsite, __u32 hash, __u32 takes)
{
	struct fn_search s = {
		.func = func,
		.callsite = callsite,
		.table = table,
		.hash = hash,
		.row = FN_OTHER,
		.step = takes == ROW_USER ? ROW_USER_STEP : 1,
		.takes = takes,
	};

	loop_n(FN_PROBES, fn_row_next, &s);
	return s.row;
}

/* The kernel refuses user namespaces that are deeper (create_user_ns()). */
#define USER_NS_DEPTH 33

struct ns_walk {
	struct user_namespace *ns;
	int level;
};

/* Go from a user namespace to its parent, until the level is 1: the first namespace has level 0. */
static long ns_walk_up(__u32 i, struct ns_walk *walk)
{
	struct user_namespace *ns = walk->ns;

	if (i >= USER_NS_DEPTH || walk->level <= 1)
		return 1;
	ns = BPF_CORE_READ(ns, parent);
	walk->ns = ns;
	walk->level = BPF_CORE_READ(ns, level);
	return 0;
}

LOOP_BODY(ns_walk_up, struct ns_walk)

/*
 * Returns whose the running task is: its real user id, in the first user namespace. In a user
 * namespace that a user made, the user id is that of this user, because there the user may have
 * thousands of user ids (subuid(5)).
 */
static __always_inline __u32 current_user(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct user_namespace *ns = BPF_CORE_READ(task, cred, user_ns);
	struct ns_walk walk = { .ns = ns, .level = BPF_CORE_READ(ns, level) };
	__u32 owner = 0;

	if (walk.level > 0) {
		loop_n(USER_NS_DEPTH, ns_walk_up, &walk);
		ns = walk.ns;
		owner = BPF_CORE_READ(ns, owner.val);
	}
	return owner ?: (__u32)bpf_get_current_uid_gid();
}

/* Returns the row in TABLE_BY of the running task's user; FN_OTHER if other users have all. */
static __always_inline __u32 by_user_row(void)
{
	__u32 uid = current_user();

	return fn_row_search(TABLE_BY, BY_MARK | BY_USER | uid, 0,
			     hash64(uid) * ROW_USER_STEP + ROW_USER_STEP - 1, ROW_USER);
}

/*
 * Do what fn_row() does, if the first row of the search does not have the key. Only here, where a
 * sender finds no row, is its user looked up.
 */
__noinline __u32 fn_row_far(__u32 table, __u64 func, __u64 callsite, __u32 hash)
{
	__u32 row = fn_row_search(table, func, callsite, hash, ROW_ANY);

	if (row != FN_OTHER || table != TABLE_BY)
		return row;
	if (late_key_count(LATE_BY, func, callsite, hash))
		row = fn_row_search(table, func, callsite, hash, ROW_LATE);
	if (row != FN_OTHER || func & BY_INTERRUPT)
		return row;
	return by_user_row();
}

/*
 * Returns the row of (@func, @callsite) in @table, which is made if it is new. If there is no room:
 * FN_OTHER, or in TABLE_BY the row of the task's user. Two CPUs that make the same row at once may
 * make it twice: user space adds up rows with the same key.
 */
static __always_inline __u32 fn_row(__u32 table, __u64 func, __u64 callsite)
{
	struct fn_search s = {
		.func = func,
		.callsite = callsite,
		.table = table,
		.hash = hash64(func ^ (callsite << 7)),
	};

	if (table == TABLE_BY)
		s.hash = by_home(s.hash);
	return fn_row_try(&s, 0) ? s.row : fn_row_far(table, func, callsite, s.hash);
}

/* Returns a row's bank of epoch @e, in the shard of @cpu. */
static __always_inline struct fn_bank *fn_bank(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	__u32 i = (table * fn_shards + (cpu & (fn_shards - 1))) * (FN_ROWS + 1) + row;
	struct fn_rec *rec = bpf_map_lookup_elem(&fns, &i);

	return rec ? &rec->bank[e & 1] : NULL;
}

/* Give the process in @row the running task's name: it may have another name since exec(). */
static __always_inline void by_rename(__u32 row)
{
	__u32 at = TABLE_BY * FN_ROWS + row;
	struct fn_key *key = row < FN_ROWS ? bpf_map_lookup_elem(&fn_keys, &at) : NULL;

	if (key)
		bpf_get_current_comm(key->comm, sizeof(key->comm));
}

/* Returns the row in TABLE_BY of the sender: of the running task, at a queue event. */
static __always_inline __u32 by_sender_row(void)
{
	__u64 cgroup = bpf_get_current_cgroup_id();

	if (in_interrupt())
		return fn_row(TABLE_BY, BY_MARK | BY_INTERRUPT, 0);
	if (by_key == BY_CGROUP)
		return fn_row(TABLE_BY, BY_MARK | cgroup, 0);
	return fn_row(TABLE_BY, BY_MARK | current_tgid(), cgroup);
}

/* Returns the row in TABLE_BY of the interrupted process: of the running task, at an entry. */
static __always_inline __u32 by_victim_row(void)
{
	return fn_row(TABLE_BY, BY_MARK | current_tgid(), bpf_get_current_cgroup_id());
}

/* Indexed by table, CPU, bank and place. */
MAPPED_ARRAY(hot_rows, struct hot_row, 1);

/*
 * Whether @hot is @row's place now. A cmpxchg takes the place, because an interrupt's program on
 * this CPU may take it meanwhile.
 */
static __always_inline bool hot_take(struct hot_row *hot, __u32 row)
{
	__u32 owner = *(volatile __u32 *)&hot->owner;

	if (!owner)
		owner = __sync_val_compare_and_swap(&hot->owner, 0, row + 1) ?: row + 1;
	return owner == row + 1;
}

/*
 * Returns @row's place on @cpu, this CPU. A row may have one of two places, and takes the first
 * that is free. NULL: other rows have both places in this window.
 */
static __always_inline struct hot_row *hot_row(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	__u32 places = ((table * nr_cpus + cpu) * NR_BANKS + (e & 1)) * hot_places;
	__u32 first = row & (hot_places - 1);
	__u32 second = first ^ (1 + (row / hot_places & (hot_places / 2 - 1)));
	struct hot_row *hot;
	__u32 at = places + first;

	if (!hot_places)
		return NULL;
	hot = bpf_map_lookup_elem(&hot_rows, &at);
	if (hot && hot_take(hot, row))
		return hot;
	at = places + second;
	hot = bpf_map_lookup_elem(&hot_rows, &at);
	return hot && hot_take(hot, row) ? hot : NULL;
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

/* The histograms of a row. */
enum row_hist {
	ROW_DELAY,
	ROW_HANDLER,
};

/* The row has no place on this CPU that can take @ns: add @ns to the row that all CPUs share. */
__noinline int row_add_shared(__u32 table, __u32 row, enum row_hist hist, __u64 ns, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, bpf_get_smp_processor_id(), e);

	if (fn)
		hist_add_shared(hist == ROW_DELAY ? &fn->delay : &fn->handler, ns, hist_slot(ns));
	return 0;
}

/*
 * Add @ns to a histogram of @row: a delay at an entry, a handler time at an exit. @slot:
 * hist_slot(@ns). Returns whether the row's place on this CPU took @ns. If so, the caller does not
 * add @ns to the CPU's histogram: a cut adds the place to the row and to the CPU.
 */
static __always_inline bool row_add(__u32 table, __u32 row, enum row_hist hist, __u32 cpu, __u64 ns,
				    __u32 slot, __u32 e)
{
	struct hot_row *hot = hot_row(table, row, cpu, e);

	if (hot && hot_add(hist == ROW_DELAY ? &hot->delay : &hot->handler, ns, slot))
		return true;
	row_add_shared(table, row, hist, ns, e);
	return false;
}

/*
 * Count @ns that the host stole from this CPU during a delay or handler time of @row. That is rare,
 * so hot rows have no counter for stolen time. @csds: as of stolen_add().
 */
static __always_inline void row_add_stolen(__u32 table, __u32 row, enum row_hist hist, __u64 ns,
					   __u32 csds, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, bpf_get_smp_processor_id(), e);

	if (!fn)
		return;
	count_atomic(hist == ROW_DELAY ? &fn->delay_stolen : &fn->handler_stolen, ns);
	count_atomic(&fn->stolen_csds, csds);
}

/*
 * Count @ns that the host stole, for both rows of a csd, @row and @by, and for the CPU's @bank.
 * @csds: 1; 0 if the csd is counted already, because a part of its delay was stolen, too.
 */
static __always_inline void stolen_add(struct cpu_bank *bank, __u32 row, __u32 by,
				       enum row_hist hist, __u64 ns, __u32 csds, __u32 e)
{
	bank->stolen_csds += csds;
	if (hist == ROW_DELAY)
		bank->delay_stolen += ns;
	else
		bank->handler_stolen += ns;
	row_add_stolen(TABLE_FN, row, hist, ns, csds, e);
	if (by_key != BY_NONE)
		row_add_stolen(TABLE_BY, by, hist, ns, csds, e);
}

/* Count a csd in the shared row. Returns how many csds were counted there before. */
__noinline __u64 row_count_shared(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, cpu, e);

	return fn ? __sync_fetch_and_add(&fn->count, 1) : 0;
}

/*
 * Count a csd of @row. Returns how many csds were counted in the same place
 * before. Only one program may call this, which must not nest in itself.
 */
static __always_inline __u64 row_count(__u32 table, __u32 row, __u32 cpu, __u32 e)
{
	struct hot_row *hot = hot_row(table, row, cpu, e);

	return hot ? hot->count++ : row_count_shared(table, row, cpu, e);
}

/* Count a local run of @row, at its entry. */
static __always_inline void row_count_local(__u32 table, __u32 row, __u32 cpu, __u32 e)
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

/* Add @call, which took @ns, to its row's own place on its sender. */
static __always_inline void hot_call_add(struct hot_row *hot, const struct worst_call *call,
					 __u64 ns)
{
	hot->calls++;
	hot->call_csds += call->csds;
	if (call->csds > hot->call_csds_max)
		hot->call_csds_max = call->csds;
	if (!ns)
		return;
	hot->waits++;
	hot->wait_sum += ns;
	if (ns <= hot->wait_max)
		return;
	hot->wait_max = ns;
	hot->worst = *call;
}

/*
 * Make @call, which took @ns, the worst call of @fn, a row that CPUs share, if @call is longer than
 * the call there. Another CPU may write the same row now: then that CPU's call stays, and user
 * space sees that this call is not the worst.
 */
static __always_inline void worst_raise(struct fn_bank *fn, const struct worst_call *call, __u64 ns)
{
	if (ns <= *(volatile __u64 *)&fn->worst_ns ||
	    __sync_val_compare_and_swap(&fn->worst_busy, 0, 1))
		return;
	if (ns > fn->worst_ns) {
		fn->worst = *call;
		fn->worst_ns = ns;
	}
	store_release(&fn->worst_busy, 0);
}

/*
 * Count @call, which is over and belongs to the function or the sender in @row; @ns: how long its
 * sender waited; 0: not known. Only csd_queue() adds calls.
 */
static __always_inline void row_add_call(__u32 table, __u32 row, const struct worst_call *call,
					 __u64 ns, __u32 e)
{
	struct hot_row *hot = hot_row(table, row, call->src, e);
	struct fn_bank *fn;

	if (hot) {
		hot_call_add(hot, call, ns);
		return;
	}
	fn = fn_bank(table, row, call->src, e);
	if (!fn)
		return;
	count_atomic(&fn->calls, 1);
	count_atomic(&fn->call_csds, call->csds);
	max_raise(&fn->call_csds_max, call->csds);
	if (!ns)
		return;
	count_atomic(&fn->waits, 1);
	count_atomic(&fn->wait_sum, ns);
	max_raise(&fn->wait_max, ns);
	worst_raise(fn, call, ns);
}

#endif /* IPITRACE_BPF_ROWS_BPF_H */
