// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "collect/read_bank.h"

/* The latest known end of a part of a call. */
struct end {
	uint64_t time; /* CLOCK_MONOTONIC ns; 0 if no end was seen */
	uint16_t last; /* CPU of the end; LAST_UNKNOWN */
};

static void end_raise(struct end *end, uint64_t time, uint16_t cpu)
{
	if (time > end->time)
		*end = (struct end){ time, cpu };
}

/* Whether the csd of @edge, a part of @call, has ended. Raises @end if the end was seen. */
static bool part_ended(const struct maps *maps, const struct edge_rec *edge, uint64_t call,
		       struct end *end)
{
	size_t box = (size_t)(edge->dst - 1) * maps->geo.mailbox_slots;
	const struct slot *slot = &maps->slots[box + edge->place % maps->geo.mailbox_slots];
	uint64_t word = __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE), part;
	uint64_t time = __atomic_load_n(&slot->time, __ATOMIC_ACQUIRE);

	/* If another sender takes the slot, it first stores the end in @edge. */
	part = __atomic_load_n(&edge->part, __ATOMIC_ACQUIRE);
	if (part & PART_ENDED)
		time = part & ~PART_ENDED;
	else if (word == SLOT_RUNS || word == SLOT_TAKEN || slot_has_csd(word))
		return false;
	else if (word != slot_ended(call))
		time = 0;
	end_raise(end, time, edge->dst - 1);
	return true;
}

/* Whether @src's @call is over, and was seen to end. Sets @end to the end of the call. */
static bool call_is_over(const struct maps *maps, uint32_t src, uint64_t call, struct end *end)
{
	const struct call_rec *rec = &maps->calls[src];
	const struct edge_rec *edges = &maps->edges[(size_t)src * maps->geo.edge_slots];
	uint64_t task_end = __atomic_load_n(&rec->task_end, __ATOMIC_ACQUIRE);
	uint32_t next = rec->parts, nr = 0;

	*end = (struct end){ 0, LAST_UNKNOWN };
	for (; next && nr < maps->geo.edge_slots; nr++) {
		const struct edge_rec *edge = &edges[(next - 1) % maps->geo.edge_slots];

		if (!edge->dst || !part_ended(maps, edge, call, end))
			return false;
		next = edge->next;
	}
	if (__atomic_load_n(&rec->direct_done, __ATOMIC_ACQUIRE) != rec->direct)
		return false;
	if (rec->direct)
		end_raise(end, rec->direct_end, LAST_UNKNOWN);
	/* The same rule as in call_take_ends() in bpf/calls.bpf.h. */
	end_raise(end, task_end, rec->wait_in == WAIT_MANY ? src : end->last);
	return end->time > call;
}

/* A call that is over, to be added up. */
struct ended_call {
	struct worst_call call;
	uint64_t ns; /* duration of the call, ns */
	uint64_t away; /* the part of ns in which the sender's CPU ran another task */
};

/* Add @over to the row that all CPUs share: no program writes this bank now. */
static void row_add_call(struct maps *maps, uint32_t table, uint32_t row,
			 const struct ended_call *over, uint32_t epoch)
{
	size_t at = (size_t)table * maps->geo.fn_shards * (FN_ROWS + 1) + row;
	struct fn_bank *fn = &maps->fns[at].bank[epoch & 1];
	const struct worst_call *call = &over->call;

	fn->calls++;
	fn->call_csds += call->csds;
	if (fn->call_csds_max < call->csds)
		fn->call_csds_max = call->csds;
	fn->waits++;
	fn->wait_sum += over->ns;
	fn->wait_away += over->away;
	if (fn->wait_max >= over->ns)
		return;
	fn->wait_max = fn->worst_ns = over->ns;
	fn->worst = *call;
}

/* Add @over to its sender, to @row and, if --by is by sender or cgroup, to row @by of TABLE_BY. */
static void ended_call_add(struct maps *maps, const struct ended_call *over, uint32_t row,
			   uint32_t by, uint32_t epoch)
{
	struct call_rec *rec = &maps->calls[over->call.src];

	hist_bank__add(&rec->wait[epoch & 1], over->ns);
	rec->away[epoch & 1] += over->away;
	row_add_call(maps, TABLE_FN, row, over, epoch);
	if (by_key_sends(maps->by_key))
		row_add_call(maps, TABLE_BY, by, over, epoch);
}

/*
 * Add up the sender's latest call if it is over. The sender does the same when it begins its next
 * call, and may be faster (call_collect() in bpf/calls.bpf.h): the cmpxchg decides which of the two
 * adds up. If it succeeds here, the sender had removed no part from the call's list before. A call
 * that began after the cut is added up only by the sender.
 */
static void call_settle(struct maps *maps, uint32_t src, uint32_t epoch, uint64_t cut)
{
	struct call_rec *rec = &maps->calls[src];
	uint64_t call = __atomic_load_n(&rec->call, __ATOMIC_ACQUIRE);
	uint32_t row = __atomic_load_n(&rec->row, __ATOMIC_ACQUIRE);
	uint32_t by = by_key_sends(maps->by_key) ? __atomic_load_n(&rec->by, __ATOMIC_ACQUIRE) : 0;
	struct ended_call over = { .call = {
					   .begun = call,
					   .csds = __atomic_load_n(&rec->csds, __ATOMIC_ACQUIRE),
					   .src = src,
					   .tgid = __atomic_load_n(&rec->tgid, __ATOMIC_ACQUIRE),
				   } };
	struct end end;

	if (__atomic_load_n(&rec->epoch, __ATOMIC_ACQUIRE) == (uint16_t)(epoch + 1))
		return;
	/*
	 * A sender queues csds with preemption off, and a grace period has passed since the cut, so
	 * each call that began before the cut is queued whole.
	 */
	if (!call || row > FN_OTHER || by > FN_OTHER ||
	    (!__atomic_load_n(&rec->sealed, __ATOMIC_ACQUIRE) && call >= cut) ||
	    !call_is_over(maps, src, call, &end) ||
	    !__atomic_compare_exchange_n(&rec->call, &call, 0, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	over.ns = end.time - over.call.begun;
	over.call.last = end.last;
	ended_call_add(maps, &over, row, by, epoch);
}

/* Returns how long @call took; *@last: the last CPU. 0: it is not over, or its end was not seen. */
static uint64_t task_call_took(const struct task_call *call, uint64_t cut, uint16_t *last)
{
	uint64_t done = __atomic_load_n(&call->done, __ATOMIC_ACQUIRE), ns, task;

	if (done < call->csds ||
	    (!__atomic_load_n(&call->sealed, __ATOMIC_ACQUIRE) && call->begun >= cut))
		return 0;
	ns = task_call_ended_ns(call->ended);
	*last = task_call_ended_cpu(call->ended);
	task = __atomic_load_n(&call->task_end, __ATOMIC_ACQUIRE);
	if (task <= call->begun + ns)
		return ns;
	if (call->wait_in == WAIT_MANY)
		*last = call->src;
	return task - call->begun;
}

/* Add up @call if it is over and its CPU has not added it up. */
static void task_call_settle(struct maps *maps, struct task_call *call, uint32_t epoch,
			     uint64_t cut)
{
	uint64_t key = __atomic_load_n(&call->key, __ATOMIC_ACQUIRE), ns, since, away;
	uint16_t last = LAST_UNKNOWN;
	struct ended_call over;

	if (key <= TASK_CALL_CLAIMED || call->epoch == (uint16_t)(epoch + 1) ||
	    call->src >= maps->geo.nr_cpus || call->row > FN_OTHER || call->by > FN_OTHER)
		return;
	ns = task_call_took(call, cut, &last);
	if (!ns || !__atomic_compare_exchange_n(&call->key, &key, TASK_CALL_CLAIMED, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	/* The part of @ns in which the task was off its CPU, as task_call_away() in bpf/ has it. */
	since = call->away_since;
	away = call->away;
	if (since && since < call->begun + ns)
		away += call->begun + ns - since;
	over = (struct ended_call){
		.call = { call->begun, .csds = call->csds, .src = call->src, .tgid = call->tgid,
			  .last = last },
		.ns = ns,
		.away = away < ns ? away : ns,
	};
	ended_call_add(maps, &over, call->row, call->by, epoch);
	__atomic_store_n(&call->key, TASK_CALL_FREE, __ATOMIC_RELEASE);
}

void read_calls__settle(struct maps *maps, uint32_t epoch, uint64_t cut)
{
	if (maps->geo.task_call_slots < 2)
		return;
	for (uint32_t i = 0; i < maps->geo.task_call_slots; i++)
		task_call_settle(maps, &maps->task_calls[i], epoch, cut);
}

uint64_t read_calls__away(struct maps *maps, uint32_t cpu, uint32_t epoch)
{
	__u64 *away = &maps->calls[cpu].away[epoch & 1], ns = *away;

	if (ns)
		*away = 0;
	return ns;
}

struct task_call *read_calls__find(const struct maps *maps, uint32_t src, uint64_t begun)
{
	uint64_t key = task_call_key(src, begun);
	uint32_t hash = hash64(key);

	for (uint32_t i = 0; maps->geo.task_call_slots > 1 && i < TASK_CALL_PROBES; i++) {
		struct task_call *call =
			&maps->task_calls[(hash + i) & (maps->geo.task_call_slots - 1)];

		if (__atomic_load_n(&call->key, __ATOMIC_ACQUIRE) == key)
			return call;
	}
	return NULL;
}

void read_calls__lost(struct maps *maps, uint32_t src, uint64_t begun, bool part)
{
	struct call_rec *rec = &maps->calls[src];
	struct task_call *call;

	if (maps->geo.task_call_slots > 1) {
		call = read_calls__find(maps, src, begun);
		if (call)
			__atomic_fetch_add(&call->done, 1, __ATOMIC_ACQ_REL);
		return;
	}
	/* A sender that has begun another call has set the counts itself. */
	if (__atomic_load_n(&rec->begun, __ATOMIC_ACQUIRE) != begun)
		return;
	__atomic_fetch_add(&rec->done, 1, __ATOMIC_ACQ_REL);
	if (!part)
		__atomic_fetch_add(&rec->direct_done, 1, __ATOMIC_ACQ_REL);
}

bool read_calls__over(const struct maps *maps, uint32_t src, uint64_t begun)
{
	const struct task_call *call;

	if (maps->geo.task_call_slots < 2)
		return __atomic_load_n(&maps->calls[src].begun, __ATOMIC_ACQUIRE) > begun;
	call = read_calls__find(maps, src, begun);
	return !call || (__atomic_load_n(&call->sealed, __ATOMIC_ACQUIRE) &&
			 __atomic_load_n(&call->done, __ATOMIC_ACQUIRE) >= call->csds);
}

void read_calls(struct maps *maps, uint32_t cpu, uint32_t epoch, uint64_t cut, struct hist *wait)
{
	struct hist_bank *bank = &maps->calls[cpu].wait[epoch & 1];

	if (maps->geo.task_call_slots < 2)
		call_settle(maps, cpu, epoch, cut);
	if (!hist_bank__touched(bank))
		return;
	hist_bank__read(wait, bank);
	memset(bank, 0, sizeof(*bank));
}
