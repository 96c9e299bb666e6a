// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "collect/read_bank.h"
#include "model/field.h"

/* Returns the key of @row; NULL for FN_OTHER, which has no key. */
static struct fn_key *key_of(const struct maps *maps, uint32_t table, uint32_t row)
{
	return row == FN_OTHER ? NULL : &maps->fn_keys[table * FN_ROWS + row];
}

static uint64_t read_key_word(const struct maps *maps, uint32_t row)
{
	return __atomic_load_n(&key_of(maps, TABLE_BY, row)->func, __ATOMIC_ACQUIRE);
}

/* Mark the rows to which @cpu refers: the csds queued to @cpu, its functions that run, its call. */
static void cpu_refs_mark(const struct maps *maps, uint32_t cpu, bool *referred)
{
	uint32_t slots = maps->geo.mailbox_slots;
	const struct slot *box = &maps->slots[(size_t)cpu * slots];
	const struct cpu_rec *rec = &maps->cpus[cpu];
	const struct call_rec *call = &maps->calls[cpu];
	uint32_t depth;

	for (uint32_t i = 0; i < slots; i++)
		if (slot_has_csd(__atomic_load_n(&box[i].csd, __ATOMIC_ACQUIRE)))
			referred[from_by(box[i].from)] = true;
	depth = __atomic_load_n(&rec->depth, __ATOMIC_ACQUIRE);
	for (uint32_t i = 0; i < depth && i < FRAMES; i++)
		if (rec->frames[i].row != FN_NONE && rec->frames[i].by <= FN_OTHER)
			referred[rec->frames[i].by] = true;
	if (by_key_sends(maps->by_key) && __atomic_load_n(&call->call, __ATOMIC_ACQUIRE) &&
	    call->by <= FN_OTHER)
		referred[call->by] = true;
}

/* Mark the rows to which records of calls (struct task_call) refer. */
static void task_calls_refs_mark(const struct maps *maps, bool *referred)
{
	uint32_t nr = maps->geo.task_call_slots > 1 ? maps->geo.task_call_slots : 0;

	for (uint32_t i = 0; i < nr; i++) {
		const struct task_call *call = &maps->task_calls[i];

		if (__atomic_load_n(&call->key, __ATOMIC_ACQUIRE) > TASK_CALL_CLAIMED &&
		    call->by <= FN_OTHER)
			referred[call->by] = true;
	}
}

/*
 * Retire and free the rows of TABLE_BY that are idle, as row_was_idle() says. A csd that is queued
 * or runs, or a call that is not added up, may still refer to a retired row. Therefore the row is
 * free only after two windows at whose end no csd, function or call refers to the row. A csd that
 * moves from the mailbox to a frame while user space looks at both is counted when it moves, so its
 * row has counted something.
 *
 * The row's counts were read at each cut, so nothing is lost. A process that sends again meanwhile
 * gets another row, and rows of one key are added up.
 *
 * Call this after a cut. @counted: whether each row counted anything in the window. @snap has the
 * CPUs.
 */
static void retire_rows(struct maps *maps, const struct snapshot *snap, const bool counted[FN_ROWS])
{
	bool referred[FROM_BY_MAX + 1] = {}, any = false;

	/* If any row is retired, find the rows that something refers to: they must stay. */
	for (uint32_t row = 0; row < FN_ROWS && !any; row++)
		any = read_key_word(maps, row) & BY_RETIRED;
	for (size_t i = 0; any && i < snap->nr_cpus; i++)
		cpu_refs_mark(maps, snap->cpus[i].cpu, referred);
	if (any && by_key_sends(maps->by_key))
		task_calls_refs_mark(maps, referred);
	for (uint32_t row = 0; row < FN_ROWS; row++) {
		struct fn_key *key = key_of(maps, TABLE_BY, row);
		uint64_t word = read_key_word(maps, row);
		bool retired = word & BY_RETIRED;

		if (!row_was_idle(&maps->by_idle[row],
				  word <= FN_BUSY || counted[row] || (retired && referred[row])))
			continue;
		if (retired) {
			key->callsite = 0;
			memset(key->comm, 0, sizeof(key->comm));
		}
		__atomic_store_n(&key->func, retired ? 0 : word | BY_RETIRED, __ATOMIC_RELEASE);
	}
}

/* The counts of a row, summed over its shards and the CPUs' own places. */
struct tally {
	bool any; /* the row counted something */
	struct fn_stats sum; /* the sums; names are not set */
	uint64_t reschedules, irq_works; /* only in TABLE_BY */
};

/*
 * Whether @bank counted anything. The histograms are checked, too, because a run may end in a later
 * window than the window that counted its csd.
 */
static bool bank_is_touched(const struct fn_bank *bank)
{
	return bank->count || bank->samples || bank->local || bank->reschedules ||
	       bank->irq_works || bank->calls || bank->delay_stolen || bank->handler_stolen ||
	       hist_bank__touched(&bank->delay) || hist_bank__touched(&bank->handler);
}

/* Add @row's shards to @tally and clear them. */
static void shards_read(struct maps *maps, uint32_t table, uint32_t row, uint32_t epoch,
			struct tally *tally)
{
	uint32_t shards = maps->geo.fn_shards;

	for (uint32_t shard = 0; shard < shards; shard++) {
		size_t at = (size_t)(table * shards + shard) * (FN_ROWS + 1) + row;
		struct fn_bank *bank = &maps->fns[at].bank[epoch & 1];
		struct call_sum calls;

		if (!bank_is_touched(bank))
			continue;
		tally->any = true;
		tally->sum.count += bank->count;
		tally->sum.local += bank->local;
		tally->reschedules += bank->reschedules;
		tally->irq_works += bank->irq_works;
		calls = (struct call_sum){ bank->calls, bank->call_csds, bank->call_csds_max,
					   bank->wait_max, bank->worst };
		if (bank->worst_ns != bank->wait_max)
			calls.worst = (struct worst_call){};
		call_sum__add(&tally->sum.calls, &calls);
		wait_sum__add(&tally->sum.wait,
			      &(struct wait_sum){ bank->waits, bank->wait_sum, bank->wait_max,
						  bank->wait_away });
		hist_bank__read(&tally->sum.delay, &bank->delay);
		hist_bank__read(&tally->sum.handler, &bank->handler);
		tally->sum.stolen.delay += bank->delay_stolen;
		tally->sum.stolen.handler += bank->handler_stolen;
		tally->sum.stolen.csds += bank->stolen_csds;
		memset(bank, 0, sizeof(*bank));
	}
}

static void hot_row_read(const struct hot_row *hot, struct tally *tally)
{
	tally->any = true;
	tally->sum.count += hot->count;
	tally->sum.local += hot->local;
	call_sum__add(&tally->sum.calls,
		      &(struct call_sum){ hot->calls, hot->call_csds, hot->call_csds_max,
					  hot->wait_max, hot->worst });
	wait_sum__add(&tally->sum.wait,
		      &(struct wait_sum){ hot->waits, hot->wait_sum, hot->wait_max, 0 });
	hist_bank__read_hot(&tally->sum.delay, &hot->delay);
	hist_bank__read_hot(&tally->sum.handler, &hot->handler);
}

/* Returns the number of values in the slots of a hot row's histogram. */
static uint64_t hot_hist_count(const struct hot_hist *hot)
{
	uint64_t count = 0;

	for (int i = 0; i < HOT_SLOTS; i++)
		count += hot->slots[i];
	return count;
}

/*
 * Keep what @cpu counted of a row. The member fn is the row of the table, until fn_cpus_settle()
 * makes it an index of snap->fns. A delay or a handler time outside the hot slots is not counted
 * here but in the shared row, so the csds received are the larger of the two numbers.
 */
static void fn_cpu_read(struct snapshot *snap, uint32_t cpu, const struct hot_row *hot)
{
	uint64_t delays = hot_hist_count(&hot->delay), handlers = hot_hist_count(&hot->handler);

	snap->fn_cpus[snap->nr_fn_cpus++] = (struct fn_cpu){
		.fn = hot->owner - 1,
		.cpu = cpu,
		.sent = hot->count,
		.received = delays > handlers ? delays : handlers,
		.handler = hot->handler.sum,
		.wait = hot->wait_sum,
	};
}

/*
 * Add the places of @cpu in @table to the tallies of their rows and, unless @stats is
 * NULL, to @stats, and clear the places.
 */
static void hot_rows_read(struct maps *maps, uint32_t table, uint32_t cpu, uint32_t epoch,
			  struct tally *tallies, struct snapshot *snap, struct cpu_stats *stats)
{
	const struct geometry *geo = &maps->geo;
	struct hot_row *places =
		&maps->hot_rows[((table * geo->nr_cpus + cpu) * NR_BANKS + (epoch & 1)) *
				geo->hot_places];

	for (uint32_t i = 0; i < geo->hot_places; i++) {
		struct hot_row *hot = &places[i];

		if (!hot->owner || hot->owner > FN_OTHER + 1)
			continue;
		hot_row_read(hot, &tallies[hot->owner - 1]);
		if (stats) {
			fn_cpu_read(snap, cpu, hot);
			hist_bank__read_hot(&stats->delay, &hot->delay);
			hist_bank__read_hot(&stats->handler, &hot->handler);
		}
		memset(hot, 0, sizeof(*hot));
	}
}

/* Returns the tallies of @table's rows, which the caller frees; NULL if there is no memory. */
static struct tally *table_read(struct maps *maps, uint32_t table, uint32_t epoch,
				struct snapshot *snap)
{
	struct tally *tallies = calloc(FN_OTHER + 1, sizeof(*tallies));

	if (!tallies)
		return NULL;
	for (uint32_t row = 0; row <= FN_OTHER; row++) {
		const struct fn_key *key = key_of(maps, table, row);

		/* Without a key the row's counts mean nothing. */
		if (!key || __atomic_load_n(&key->func, __ATOMIC_ACQUIRE) > FN_BUSY)
			shards_read(maps, table, row, epoch, &tallies[row]);
	}
	for (size_t i = 0; i < snap->nr_cpus; i++)
		hot_rows_read(maps, table, snap->cpus[i].cpu, epoch, tallies, snap,
			      table == TABLE_FN ? &snap->cpus[i] : NULL);
	return tallies;
}

/* Returns the function's row. Two CPUs may have made one key, each in its own row of the table. */
static struct fn_stats *fn_find(struct snapshot *snap, const struct fn_key *key)
{
	struct fn_stats *fn;

	for (size_t i = 0; key && i < snap->nr_fns; i++) {
		fn = &snap->fns[i];
		if (fn->func.addr == key->func && fn->callsite.addr == key->callsite)
			return fn;
	}
	fn = &snap->fns[snap->nr_fns++];
	fn->other = !key;
	fn->func.addr = key ? key->func : 0;
	fn->callsite.addr = key ? key->callsite : 0;
	return fn;
}

/* Returns the row in @snap of interrupts without a csd that have the key @key. */
static struct send_stats *send_find(struct snapshot *snap, const struct fn_key *key)
{
	bool irq_work = key->func != SEND_RESCHEDULE;
	const struct send_stats want = {
		.kind = irq_work ? KIND_IRQ_WORK : KIND_RESCHEDULE,
		.func.addr = irq_work ? key->func | SEND_BIT : 0,
		.callsite.addr = key->callsite,
	};
	size_t at = rows__find(&send_form, snap->sends, snap->nr_sends, SIZE_MAX, &want);

	if (at == snap->nr_sends)
		snap->sends[snap->nr_sends++] = want;
	return &snap->sends[at];
}

/* Turn the rows in snap->fn_cpus into indices of snap->fns; drop rows of sends. */
static void fn_cpus_settle(struct snapshot *snap, const int *fn_at)
{
	size_t nr = 0;

	for (size_t i = 0; i < snap->nr_fn_cpus; i++) {
		int fn = fn_at[snap->fn_cpus[i].fn];

		if (fn < 0)
			continue;
		snap->fn_cpus[nr] = snap->fn_cpus[i];
		snap->fn_cpus[nr++].fn = fn;
	}
	snap->nr_fn_cpus = nr;
}

/* Each table row's index in snap->fns and in snap->sends; -1 if there is none. */
struct rows_at {
	int fn[FN_ROWS + 1];
	int send[FN_ROWS + 1];
	uint64_t count[FN_ROWS + 1]; /* csds and interrupts of the row */
};

static int fns_read(struct maps *maps, uint32_t epoch, struct snapshot *snap, struct rows_at *at)
{
	size_t places = snap->nr_cpus * maps->geo.hot_places;
	struct tally *tallies;

	snap->fns = calloc(FN_ROWS + 1, sizeof(*snap->fns));
	/* sends__complete() adds a row for each kind to the table's rows. */
	snap->sends = calloc(FN_ROWS + NR_KINDS, sizeof(*snap->sends));
	snap->fn_cpus = calloc(places + 1, sizeof(*snap->fn_cpus));
	if (!snap->fns || !snap->sends || !snap->fn_cpus)
		return -ENOMEM;
	tallies = table_read(maps, TABLE_FN, epoch, snap);
	if (!tallies)
		return -ENOMEM;
	for (uint32_t row = 0; row <= FN_OTHER; row++) {
		const struct fn_key *key = key_of(maps, TABLE_FN, row);
		const struct tally *tally = &tallies[row];
		struct send_stats *send;
		struct fn_stats *fn;

		at->fn[row] = at->send[row] = -1;
		at->count[row] = tally->sum.count;
		if (!tally->any)
			continue;
		if (key && key_is_send(key->func)) {
			send = send_find(snap, key);
			send->count += tally->sum.count;
			at->send[row] = send - snap->sends;
		} else {
			fn = fn_find(snap, key);
			form__add(&fn_form, fn, &tally->sum);
			at->fn[row] = fn - snap->fns;
		}
	}
	free(tallies);
	return 0;
}

/* Returns the row in @snap of TABLE_BY's @key. */
static struct by_stats *by_find(struct snapshot *snap, const struct fn_key *key)
{
	struct by_stats want = { .other = !key || key->func & BY_USER }, *by;

	if (!want.other) {
		want.interrupt = key->func & BY_INTERRUPT;
		if (snap->how.by_key == BY_CGROUP) {
			want.cgroup = key->func & ~(BY_MARK | BY_INTERRUPT | BY_RETIRED);
		} else {
			want.tgid = key->func;
			want.cgroup = key->callsite;
			if (!want.interrupt)
				memcpy(want.comm, key->comm, COMM_LEN - 1);
		}
	}
	for (size_t i = 0; i < snap->nr_by; i++) {
		by = &snap->by[i];
		if (by->tgid == want.tgid && by->cgroup == want.cgroup &&
		    by->interrupt == want.interrupt && by->other == want.other)
			return by;
	}
	by = &snap->by[snap->nr_by++];
	*by = want;
	return by;
}

/* Returns the row of the user of TABLE_BY's @key; NULL: of no user. */
static struct by_stats *other_find(struct snapshot *snap, const struct fn_key *key)
{
	uint32_t uid = key ? key->func : 0;
	struct by_stats *other;

	for (size_t i = 0; i < snap->nr_others; i++) {
		other = &snap->others[i];
		if (other->uid_known == !!key && other->uid == uid)
			return other;
	}
	other = &snap->others[snap->nr_others++];
	*other = (struct by_stats){ .uid_known = key, .uid = uid };
	return other;
}

static void tally_add(struct by_stats *by, const struct tally *tally)
{
	by->count += tally->sum.count;
	by->local += tally->sum.local;
	by->reschedules += tally->reschedules;
	by->irq_works += tally->irq_works;
	wait_sum__add(&by->wait, &tally->sum.wait);
	hist__add(&by->delay, &tally->sum.delay);
	hist__add(&by->handler, &tally->sum.handler);
	form__add(&steal_sum_form, &by->stolen, &tally->sum.stolen);
}

static int by_read(struct maps *maps, uint32_t epoch, struct snapshot *snap)
{
	struct tally *tallies = table_read(maps, TABLE_BY, epoch, snap);
	bool counted[FN_ROWS] = {};

	snap->by = calloc(FN_ROWS + 1, sizeof(*snap->by));
	snap->others = calloc(USER_ROWS + 1, sizeof(*snap->others));
	if (!tallies || !snap->by || !snap->others) {
		free(tallies);
		return -ENOMEM;
	}
	for (uint32_t row = 0; row <= FN_OTHER; row++) {
		const struct fn_key *key = key_of(maps, TABLE_BY, row);
		struct by_stats *by;

		if (!tallies[row].any)
			continue;
		if (row != FN_OTHER)
			counted[row] = true;
		by = by_find(snap, key);
		tally_add(by, &tallies[row]);
		if (by->other)
			tally_add(other_find(snap, key), &tallies[row]);
	}
	retire_rows(maps, snap, counted);
	free(tallies);
	return 0;
}

/* Returns the user stack of sample @i. */
static struct user_stack user_stack_read(const struct maps *maps, uint32_t epoch, size_t i)
{
	struct user_stack stack = maps->user_stacks[(epoch & 1) * SAMPLES + i];

	if (stack.nr > USER_DEPTH)
		stack.nr = 0;
	if (stack.words > USER_WORDS)
		stack.words = 0;
	return stack;
}

/* Fill @stack from @sample, which represents @csds of @fn, an index of snap->fns or snap->sends. */
static void sample_read(const struct sample *sample, size_t fn, double csds,
			struct stack_sample *stack)
{
	const struct work_queuer *by = &sample->queued_by;

	stack->fn = fn;
	stack->csds = csds;
	stack->tgid = sample->tgid;
	stack->uid = sample->uid;
	stack->uid_known = true;
	stack->contained = sample->contained;
	stack->own_exe = sample->own_exe;
	stack->cgroup = sample->cgroup;
	memcpy(stack->comm, sample->comm, COMM_LEN - 1);
	stack->kworker = sample->kworker;
	if (sample->kworker && by->tgid) {
		stack->queued_by = (struct task_id){ true, false, by->pid, by->tgid, "" };
		memcpy(stack->queued_by.comm, by->comm, COMM_LEN - 1);
	}
	stack->nr = sample->nr;
	for (uint32_t frame = 0; frame < sample->nr; frame++)
		stack->stack[frame].addr = sample->stack[frame];
}

/*
 * Write to @csds how many csds each of the @nr samples represents. The first, second, fourth, 11th
 * ... csd of each row and CPU is sampled: a CPU that sends ten csds has 3 samples, and one that
 * sends ten thousand has 14. So the samples of a CPU that has a hot row share what the CPU counted
 * there; the samples of all other CPUs share the rest. What CPUs without samples sent is divided
 * among all samples of the row. @counts has the csds of each row; fn in @snap's fn_cpus is a row of
 * the table.
 *
 * A sample's part of a share is the square root of its number. If all parts were equal, 8 of 12
 * samples would show who sent the first 200 of 4,000 csds. If a part were the number, the last
 * sample would be half of all, and who sends most would change from window to window.
 */
static void samples_weigh(const struct sample *samples, size_t nr, const struct snapshot *snap,
			  const uint64_t *counts, double *csds)
{
	int first[FN_ROWS + 1], next[SAMPLES]; /* the samples of each row; -1: no more */
	/* csds: of each row, outside of hot rows; of each sample, in the hot row of its CPU. */
	uint64_t rest[FN_ROWS + 1], own[SAMPLES];
	double part[SAMPLES];
	bool placed[SAMPLES] = {}; /* the sample's CPU has a hot row */

	memset(first, -1, sizeof(first));
	memcpy(rest, counts, sizeof(rest));
	for (size_t i = 0; i < nr; i++) {
		uint32_t row = samples[i].row > FN_OTHER ? FN_OTHER : samples[i].row;

		part[i] = sqrt(samples[i].nth);
		next[i] = first[row];
		first[row] = i;
	}
	for (size_t c = 0; c < snap->nr_fn_cpus; c++) {
		const struct fn_cpu *hot = &snap->fn_cpus[c];

		rest[hot->fn] -= hot->sent < rest[hot->fn] ? hot->sent : rest[hot->fn];
		for (int i = first[hot->fn]; i >= 0; i = next[i])
			if (samples[i].cpu == hot->cpu) {
				own[i] = hot->sent;
				placed[i] = true;
			}
	}
	for (size_t row = 0; row <= FN_ROWS; row++) {
		double represented = 0; /* csds, without those of CPUs that have no samples */

		for (int i = first[row]; i >= 0; i = next[i]) {
			double parts = 0; /* of the samples that share the same csds */

			for (int j = first[row]; j >= 0; j = next[j])
				if (placed[i] ? placed[j] && samples[j].cpu == samples[i].cpu :
						!placed[j])
					parts += part[j];
			csds[i] = (placed[i] ? own[i] : rest[row]) * part[i] / parts;
			represented += csds[i];
		}
		for (int i = first[row]; i >= 0; i = next[i])
			csds[i] *= represented > 0 ? counts[row] / represented : 0;
	}
}

/* Allocate room for @nr samples of csds, and for as many of sends. */
static bool samples_alloc(const struct maps *maps, struct snapshot *snap, size_t nr)
{
	nr = nr ? nr : 1;
	snap->samples = calloc(nr, sizeof(*snap->samples));
	snap->send_samples = calloc(nr, sizeof(*snap->send_samples));
	if (maps->geo.user_stacks) {
		snap->user_stacks = calloc(nr, sizeof(*snap->user_stacks));
		snap->send_user_stacks = calloc(nr, sizeof(*snap->send_user_stacks));
	}
	return snap->samples && snap->send_samples &&
	       (!maps->geo.user_stacks || (snap->user_stacks && snap->send_user_stacks));
}

static int samples_read(struct maps *maps, uint32_t epoch, struct snapshot *snap,
			const struct rows_at *at)
{
	const struct sample *samples = &maps->samples[(epoch & 1) * SAMPLES];
	uint64_t taken = maps->samples_taken[epoch & 1];
	size_t nr = taken < SAMPLES ? taken : SAMPLES;
	double csds[SAMPLES];

	maps->samples_taken[epoch & 1] = 0;
	snap->samples_dropped = taken - nr;
	if (!samples_alloc(maps, snap, nr))
		return -ENOMEM;
	samples_weigh(samples, nr, snap, at->count, csds);
	for (size_t i = 0; i < nr; i++) {
		const struct sample *sample = &samples[i];
		bool of_send;

		if (sample->row > FN_OTHER || sample->nr > STACK_DEPTH)
			continue;
		of_send = at->send[sample->row] >= 0;
		if (!of_send && at->fn[sample->row] < 0)
			continue;
		if (of_send)
			sample_read(sample, at->send[sample->row], csds[i],
				    &snap->send_samples[snap->nr_send_samples++]);
		else
			sample_read(sample, at->fn[sample->row], csds[i],
				    &snap->samples[snap->nr_samples++]);
		if (snap->send_user_stacks && of_send)
			snap->send_user_stacks[snap->nr_send_user_stacks++] =
				user_stack_read(maps, epoch, i);
		else if (snap->user_stacks)
			snap->user_stacks[snap->nr_user_stacks++] = user_stack_read(maps, epoch, i);
	}
	return 0;
}

void sends__complete(struct snapshot *snap)
{
	for (int kind = 0; kind < NR_KINDS; kind++) {
		struct send_stats rest = { .kind = kind, .count = snap->kinds[kind] };

		if (kind == KIND_CALL_FUNCTION)
			continue;
		for (size_t i = 0; i < snap->nr_sends; i++)
			if (snap->sends[i].kind == rest.kind)
				rest.count -= snap->sends[i].count;
		if (rest.count)
			snap->sends[snap->nr_sends++] = rest;
	}
	snap->known.sends = true;
}

int read_tables(struct maps *maps, uint32_t epoch, struct snapshot *snap)
{
	struct rows_at at;
	int err;

	snap->how.by_key = maps->by_key;
	err = fns_read(maps, epoch, snap, &at);
	if (!err)
		err = samples_read(maps, epoch, snap, &at);
	if (!err)
		fn_cpus_settle(snap, at.fn);
	if (!err && maps->geo.tables > TABLE_BY)
		err = by_read(maps, epoch, snap);
	return err;
}

size_t live_stacks__each(struct live_stacks *live, const struct maps *maps, uint32_t epoch,
			 live_stack_fn *see, void *ctx)
{
	uint64_t taken = __atomic_load_n(&maps->samples_taken[epoch & 1], __ATOMIC_RELAXED);
	size_t bank = (size_t)(epoch & 1) * SAMPLES;
	bool more = true;
	uint64_t before;

	if (live->epoch != epoch)
		*live = (struct live_stacks){ .epoch = epoch };
	before = live->seen;
	while (more && maps->geo.user_stacks && live->seen < taken && live->seen < SAMPLES) {
		more = see(ctx, maps->samples[bank + live->seen].tgid,
			   &maps->user_stacks[bank + live->seen]);
		live->seen++;
	}
	return live->seen - before;
}
