/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls of tasks that may be preempted while they wait (calls_at_once; from Linux 7.3 on). Several
 * tasks of one CPU may then wait at once, so each call has a record of its own, whose key is the
 * CPU that queued its csds and the time at which it began. The targets leave their end times in
 * that record, and not in slots (parts.bpf.h). A call still queues its csds with preemption off.
 *
 * The first to find that the call is over frees the record: its CPU when it begins another call,
 * user space at a cut, or, where no sums are kept, the target that ends last.
 *
 * While a task waits its CPU may do other work. A program at sched_switch measures for how long.
 */
#ifndef IPITRACE_BPF_TASK_CALLS_BPF_H
#define IPITRACE_BPF_TASK_CALLS_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/rows.bpf.h"

/* Indexed by a hash of the key. Has task_call_slots entries. */
MAPPED_ARRAY(task_calls, struct task_call, 1);

/* Tasks that left their CPU while they wait: a hash by the task, with task_call_slots entries. */
ARRAY_MAP(away_tasks, struct away_task, 1, 0);

/* How many tasks away_tasks has. */
__u64 nr_away = 0;

/* Number of calls, and of times off the CPU, for which there was no room. */
__u64 task_calls_lost = 0;

/* Returns the record at @at, which is 1 + the place; NULL if there is none. */
static __always_inline struct task_call *task_call_at(__u32 at)
{
	__u32 place = (at - 1) & (task_call_slots - 1);

	return at ? bpf_map_lookup_elem(&task_calls, &place) : NULL;
}

/* Returns 1 + the place of @src's call that began at @begun; 0 if there is none. */
__noinline __u32 task_call_find(__u32 src, __u64 begun)
{
	__u64 key = task_call_key(src, begun);
	__u32 i;

	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 at = 1 + ((hash64(key) + i) & (task_call_slots - 1));
		struct task_call *call = task_call_at(at);

		if (call && *(volatile __u64 *)&call->key == key)
			return at;
	}
	return 0;
}

/*
 * Claim a place for @src's call that begins at @begun; the caller sets its key. Returns 0 if there
 * is none.
 */
__noinline __u32 task_call_claim(__u32 src, __u64 begun)
{
	__u64 key = task_call_key(src, begun);
	__u32 i;

	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 at = 1 + ((hash64(key) + i) & (task_call_slots - 1));
		struct task_call *call = task_call_at(at);

		if (!call || __sync_val_compare_and_swap(&call->key, TASK_CALL_FREE,
							 TASK_CALL_CLAIMED) != TASK_CALL_FREE)
			continue;
		call->begun = begun;
		call->src = src;
		call->csds = 0;
		call->sealed = 0;
		call->away_since = 0;
		call->away = 0;
		call->task_end = 0;
		call->done = 0;
		call->ended = 0;
		return at;
	}
	count_atomic(&task_calls_lost, 1);
	return 0;
}

/* Whether all csds of @call are queued and have ended. */
static __always_inline bool task_call_over(const struct task_call *call)
{
	return *(volatile __u32 *)&call->sealed &&
	       *(volatile __u64 *)&call->done >= *(volatile __u32 *)&call->csds;
}

/* Note that @task, which waits in the call at @rec->waiter_at, leaves this CPU, that of @rec. */
__noinline int task_call_leave(struct call_rec *rec, __u64 task)
{
	struct task_call *call;
	__u32 i;

	if (!rec)
		return 0;
	call = task_call_at(rec->waiter_at);
	rec->waiter = 0;
	if (!call || call->task != task || call->key <= TASK_CALL_CLAIMED || task_call_over(call))
		return 0;
	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 place = (hash64(task) + i) & (task_call_slots - 1);
		struct away_task *away = bpf_map_lookup_elem(&away_tasks, &place);

		if (!away || __sync_val_compare_and_swap(&away->task, 0, task))
			continue;
		away->at = rec->waiter_at;
		call->away_since = bpf_ktime_get_ns();
		count_atomic(&nr_away, 1);
		return 0;
	}
	count_atomic(&task_calls_lost, 1);
	return 0;
}

/*
 * Returns how long @call's task was away since @call->away_since until @now, or until the call was
 * over.
 */
static __always_inline __u64 task_call_away(const struct task_call *call, __u64 now)
{
	__u64 since = call->away_since, end;

	if (!since)
		return 0;
	end = task_call_over(call) ? call->begun + task_call_ended_ns(call->ended) : now;
	if (end > now)
		end = now;
	return end > since ? end - since : 0;
}

/* Note that @task comes to this CPU: if it waits in a call, it was away until now. */
__noinline int task_call_return(struct call_rec *rec, __u64 task)
{
	struct task_call *call = NULL;
	__u32 i;

	if (!rec)
		return 0;
	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 place = (hash64(task) + i) & (task_call_slots - 1);
		struct away_task *away = bpf_map_lookup_elem(&away_tasks, &place);

		if (!away || away->task != task)
			continue;
		rec->waiter_at = away->at;
		call = task_call_at(away->at);
		store_release(&away->task, 0);
		count_atomic(&nr_away, -1);
		break;
	}
	/* If the call's record is gone, or has another task's call, the call is over. */
	if (!call || call->task != task || call->key <= TASK_CALL_CLAIMED)
		return 0;
	call->away += task_call_away(call, bpf_ktime_get_ns());
	call->away_since = 0;
	rec->waiter = task;
	return 0;
}

/*
 * Add @ns to the time of the waits of @row, a row that CPUs share, in which the sender's CPU ran
 * other tasks.
 */
static __always_inline void row_add_away(__u32 table, __u32 row, __u32 src, __u64 ns, __u32 e)
{
	struct fn_bank *fn = fn_bank(table, row, src, e);

	if (fn)
		count_atomic(&fn->wait_away, ns);
}

/* Add up @call of this CPU, whose record is claimed; @rec: of this CPU. */
static __always_inline void task_call_add_up(struct call_rec *rec, const struct task_call *call,
					     __u32 e)
{
	__u64 ended = call->ended, ns = task_call_ended_ns(ended), away;
	struct worst_call worst = {
		.begun = call->begun,
		.csds = call->csds,
		.src = call->src,
		.last = ended ? task_call_ended_cpu(ended) : LAST_UNKNOWN,
		.tgid = call->tgid,
	};

	if (call->task_end > call->begun + ns) {
		ns = call->task_end - call->begun;
		if (call->wait_in == WAIT_MANY)
			worst.last = call->src;
	}
	if (ns)
		hist_add(&rec->wait[e & 1], ns, hist_slot(ns));
	row_add_call(TABLE_FN, call->row, &worst, ns, e);
	if (by_key_sends(by_key))
		row_add_call(TABLE_BY, call->by, &worst, ns, e);
	away = call->away + task_call_away(call, call->begun + ns);
	if (away > ns)
		away = ns;
	if (!away)
		return;
	rec->away[e & 1] += away;
	row_add_away(TABLE_FN, call->row, call->src, away, e);
	if (by_key_sends(by_key))
		row_add_away(TABLE_BY, call->by, call->src, away, e);
}

/*
 * This CPU, @src, begins a call. If the CPU's latest call is over, add up that call and free its
 * record; a call whose task was preempted may not be over. @by_task: a task, and no interrupt,
 * makes the new call; if the latest call is of the same task, that call is over, even if some of
 * its ends were not seen.
 */
__noinline int task_call_settle(__u32 src, bool by_task, __u32 e)
{
	struct call_rec *rec = call_rec(src);
	struct task_call *call;
	__u64 key;

	if (!rec)
		return 0;
	call = task_call_at(rec->at);
	if (!call)
		return 0;
	rec->at = 0;
	key = call->key;
	if (key != task_call_key(src, rec->begun) ||
	    (*(volatile __u64 *)&call->done < call->csds &&
	     !(by_task && call->task == bpf_get_current_task())) ||
	    __sync_val_compare_and_swap(&call->key, key, TASK_CALL_CLAIMED) != key)
		return 0;
	if (keep_sums)
		task_call_add_up(rec, call, e);
	store_release(&call->key, TASK_CALL_FREE);
	return 0;
}

/*
 * A csd joins the latest call of @rec, perhaps as its first: add it to the call's own record, too.
 * Returns whether there is a record.
 */
static __always_inline bool task_call_join(struct call_rec *rec, bool is_new, __u32 src)
{
	struct task_call *call;

	if (is_new)
		rec->at = task_call_claim(src, rec->begun);
	call = task_call_at(rec->at);
	if (!call) {
		rec->waiter = 0;
		return false;
	}
	call->csds++;
	call->sealed = rec->sealed;
	if (!is_new)
		return true;
	call->row = rec->row;
	call->by = rec->by;
	call->tgid = rec->tgid;
	call->wait_in = rec->wait_in;
	call->epoch = rec->epoch;
	call->task = rec->waiter = bpf_get_current_task();
	rec->waiter_at = rec->at;
	store_release(&call->key, task_call_key(src, rec->begun));
	return true;
}

/*
 * Count the end of a csd on this CPU at @now; its call, begun at @begun on @src, has a record of
 * its own. Returns what call_ended() returns.
 */
__noinline __u64 task_call_end(__u32 src, __u64 begun, __u64 now)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct task_call *call = task_call_at(task_call_find(src, begun));
	__u64 key = task_call_key(src, begun), end, done;

	if (!call)
		return 0;
	if (now > begun)
		max_raise(&call->ended, task_call_ended(now - begun, cpu));
	done = __sync_fetch_and_add(&call->done, 1) + 1;
	if (!calls_are_reported() || !*(volatile __u32 *)&call->sealed ||
	    done != *(volatile __u32 *)&call->csds)
		return 0;
	end = begun + task_call_ended_ns(*(volatile __u64 *)&call->ended);
	/* Without sums nobody reads the record any more: free it. */
	if (!keep_sums)
		__sync_val_compare_and_swap(&call->key, key, TASK_CALL_FREE);
	return end;
}

#endif /* IPITRACE_BPF_TASK_CALLS_BPF_H */
