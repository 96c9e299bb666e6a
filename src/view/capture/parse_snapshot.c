// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "model/callers.h"
#include "model/calls.h"
#include "model/names.h"
#include "view/capture/parse.h"
#include "view/capture/parse_snapshot.h"

/* More samples of one window than the kernel takes of all rows (MAX_SAMPLES) are no capture's. */
#define SAMPLES_MAX 1024

static void hist_parse(const json_t *object, struct hist *hist)
{
	const json_t *bucket;
	size_t i;

	hist->count = parse__number(object, "count");
	hist->sum = parse__number(object, "sum");
	hist->max = parse__number(object, "max");
	json_array_foreach(json_object_get(object, "buckets"), i, bucket)
		hist->slots[hist_slot(parse__number(bucket, "le"))] +=
			parse__number(bucket, "count");
}

static void wait_parse(const json_t *object, struct wait_sum *wait)
{
	wait->count = parse__number(object, "count");
	wait->sum = parse__number(object, "sum");
	wait->max = parse__number(object, "max");
}

/* The part of @sum, the waits of @item, that is not `wait_spun`; a capture may lack that key. */
static uint64_t away_parse(const json_t *item, uint64_t sum)
{
	bool known;
	uint64_t spun = parse__known(item, "wait_spun", &known);

	return known ? wait_spun(sum, spun) : 0;
}

static void calls_parse(const json_t *object, uint64_t wait_max, struct call_sum *calls)
{
	const json_t *worst = json_object_get(object, "worst");
	bool last_known;
	uint64_t last = parse__known(worst, "last", &last_known);

	calls->count = parse__number(object, "count");
	calls->csds = parse__number(object, "csds");
	calls->csds_max = parse__number(object, "targets_max");
	calls->worst_ns = wait_max;
	calls->worst = (struct worst_call){
		.begun = parse__number(worst, "begun"),
		.csds = parse__number(worst, "targets"),
		.src = parse__cpu(worst, "src"),
		.tgid = parse__number(worst, "tgid"),
		.last = last_known && last < MAX_CPUS ? last : LAST_UNKNOWN,
	};
}

static void window_parse(const json_t *object, struct window *window)
{
	window->start = parse__date(parse__text(object, "start"));
	window->mono_start = parse__number(object, "mono_start");
	window->mono_end = parse__number(object, "mono_end");
	if (window->mono_end < window->mono_start)
		window->mono_end = window->mono_start;
}

static void ledger_parse(const json_t *object, struct ledger *ledger)
{
	const json_t *matched = json_object_get(object, "matched");
	const json_t *lost_by = json_object_get(object, "lost_by");

	ledger->queued = parse__number(object, "queued");
	ledger->carried_in = parse__number(object, "carried_in");
	ledger->function = parse__number(matched, "function");
	ledger->ttwu = parse__number(matched, "ttwu");
	ledger->irq_work = parse__number(matched, "irq_work");
	ledger->in_flight = parse__number(object, "in_flight");
	for (int i = 0; i < NR_LOST; i++)
		ledger->lost_by[i] = parse__number(lost_by, lost_names[i]);
	ledger->orphans = parse__number(object, "orphans");
	ledger->local = parse__number(object, "local");
	ledger->exit_unseen = parse__number(object, "exit_unseen");
}

/* Room for the items of @array. *@nr: how many; false: no memory. */
static bool items_alloc(const json_t *array, size_t size, void **items, size_t *nr)
{
	*nr = json_array_size(array);
	*items = *nr ? calloc(*nr, size) : NULL;
	if (*nr && !*items)
		*nr = 0;
	return *items || !json_array_size(array);
}

static bool cpus_parse(const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	if (!items_alloc(array, sizeof(*snap->cpus), (void **)&snap->cpus, &snap->nr_cpus))
		return false;
	json_array_foreach(array, i, item) {
		struct cpu_stats *cpu = &snap->cpus[i];

		cpu->cpu = parse__cpu(item, "cpu");
		cpu->sent = parse__number(item, "sent");
		cpu->received = parse__number(item, "received");
		cpu->local = parse__number(item, "local");
		cpu->reschedules = parse__known(item, "reschedules", &cpu->reschedules_known);
		hist_parse(json_object_get(item, "delay"), &cpu->delay);
		hist_parse(json_object_get(item, "handler"), &cpu->handler);
		hist_parse(json_object_get(item, "wait"), &cpu->wait);
		cpu->wait_away = away_parse(item, cpu->wait.sum);
	}
	return true;
}

static bool fns_parse(struct strings *strings, const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	if (!items_alloc(array, sizeof(*snap->fns), (void **)&snap->fns, &snap->nr_fns))
		return false;
	json_array_foreach(array, i, item) {
		struct fn_stats *fn = &snap->fns[i];
		const char *name = parse__text(item, "func");

		fn->func = parse__function(strings, item);
		fn->callsite = parse__site(strings, parse__text(item, "callsite"));
		fn->count = parse__number(item, "count");
		fn->local = parse__number(item, "local");
		/* No function of the kernel is called "other" without a call site. */
		fn->other = name && !strcmp(name, "other") && !fn->callsite.addr && fn->count;
		wait_parse(json_object_get(item, "wait"), &fn->wait);
		fn->wait.away = away_parse(item, fn->wait.sum);
		calls_parse(json_object_get(item, "calls"), fn->wait.max, &fn->calls);
		hist_parse(json_object_get(item, "delay"), &fn->delay);
		hist_parse(json_object_get(item, "handler"), &fn->handler);
	}
	return true;
}

static bool edges_parse(const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	if (!items_alloc(array, sizeof(*snap->edges), (void **)&snap->edges, &snap->nr_edges))
		return false;
	json_array_foreach(array, i, item) {
		snap->edges[i].src = parse__cpu(item, "src");
		snap->edges[i].dst = parse__cpu(item, "dst");
		snap->edges[i].count = parse__number(item, "count");
	}
	return true;
}

static bool kinds_parse(struct strings *strings, const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	snap->known.kinds = json_is_array(array);
	if (!items_alloc(array, sizeof(*snap->all_kinds), (void **)&snap->all_kinds,
			 &snap->nr_all_kinds))
		return false;
	json_array_foreach(array, i, item) {
		struct kind_stats *kind = &snap->all_kinds[i];

		parse__copy(item, "kind", kind->kind, sizeof(kind->kind));
		kind->sent = parse__known(item, "sent", &kind->sent_known);
		kind->received = parse__known(item, "received", &kind->received_known);
		kind->timed = json_object_get(item, "interrupt");
		kind->coalesced = parse__number(item, "coalesced");
		kind->unseen = parse__number(item, "unseen");
		hist_parse(json_object_get(item, "delay"), &kind->delay);
		hist_parse(json_object_get(item, "interrupt"), &kind->time);
		kind->why = strings__keep(strings, parse__text(item, "why"));
	}
	for (int of = 0; of < NR_KINDS; of++) {
		const struct kind_stats *kind = snapshot__kind(snap, kind_names[of]);

		snap->kinds[of] = kind ? kind->sent : 0;
	}
	return true;
}

static bool wakes_parse(const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	if (!items_alloc(array, sizeof(*snap->wakes), (void **)&snap->wakes, &snap->nr_wakes))
		return false;
	json_array_foreach(array, i, item) {
		struct wake_stats *wake = &snap->wakes[i];

		wake->waker = parse__number(item, "waker_tgid");
		wake->woken = parse__number(item, "woken_tgid");
		wake->interrupt = parse__true(item, "interrupt");
		wake->other = parse__true(item, "other");
		parse__copy(item, "waker", wake->waker_comm, sizeof(wake->waker_comm));
		parse__copy(item, "woken", wake->woken_comm, sizeof(wake->woken_comm));
		wake->count = parse__number(item, "count");
	}
	return true;
}

/* Parse the parts that --kinds adds. False: no memory. */
static bool timed_parse(struct strings *strings, const json_t *object, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	snap->how.timed = json_object_get(object, "wakes");
	snap->polled = parse__known(object, "polled", &snap->known.polled);
	snap->reschedule_other = parse__number(object, "reschedule_other");
	snap->known.tlb = json_is_array(json_object_get(object, "tlb"));
	json_array_foreach(json_object_get(object, "tlb"), i, item) {
		struct tlb_stats *tlb = &snap->tlb[parse__name(item, "reason", tlb_names,
							       TLB_REASONS, TLB_REASONS - 1)];

		tlb->count += parse__number(item, "count");
		tlb->pages += parse__number(item, "pages");
		tlb->all += parse__number(item, "all");
	}
	return kinds_parse(strings, json_object_get(object, "kinds"), snap) &&
	       wakes_parse(json_object_get(object, "wakes"), snap);
}

static bool by_parse(struct strings *strings, const json_t *object, struct snapshot *snap)
{
	static const char *const keys[] = {
		[BY_SENDER] = "sender", [BY_CGROUP] = "cgroup", [BY_VICTIM] = "victim"
	};
	const json_t *rows = json_object_get(object, "rows"), *item;
	size_t i;

	snap->how.by_key = parse__name(object, "key", keys, sizeof(keys) / sizeof(*keys), BY_NONE);
	if (!items_alloc(rows, sizeof(*snap->by), (void **)&snap->by, &snap->nr_by))
		return false;
	json_array_foreach(rows, i, item) {
		struct by_stats *by = &snap->by[i];

		by->tgid = parse__number(item, "tgid");
		by->cgroup = parse__number(item, "cgroup_id");
		by->cgroup_path = strings__keep(strings, parse__text(item, "cgroup"));
		by->interrupt = parse__true(item, "interrupt");
		by->other = parse__true(item, "other");
		parse__copy(item, "comm", by->comm, sizeof(by->comm));
		by->count = parse__number(item, "count");
		by->local = parse__number(item, "local");
		hist_parse(json_object_get(item, "delay"), &by->delay);
		hist_parse(json_object_get(item, "handler"), &by->handler);
		wait_parse(json_object_get(item, "wait"), &by->wait);
		by->wait.away = away_parse(item, by->wait.sum);
	}
	return true;
}

static void self_parse(struct strings *strings, const json_t *object, struct snapshot *snap)
{
	const json_t *programs = json_object_get(object, "programs"), *item;
	size_t i;

	snap->known.self = json_is_object(object);
	snap->rss_bytes = parse__number(object, "rss_bytes");
	snap->cut_ns = parse__number(object, "cut_ns");
	json_array_foreach(programs, i, item) {
		if (i == NR_PROGS)
			break;
		snap->cost[i].name = strings__keep(strings, parse__text(item, "name"));
		snap->cost[i].runs = parse__number(item, "runs");
		snap->cost[i].ns = parse__number(item, "ns");
	}
}

static void task_parse(struct strings *strings, const json_t *object, struct stack_sample *sample)
{
	sample->tgid = parse__number(object, "tgid");
	sample->cgroup_path = strings__keep(strings, parse__text(object, "cgroup"));
	parse__copy(object, "comm", sample->comm, sizeof(sample->comm));
}

/* The program's frames, where the line has them. */
static void user_parse(struct strings *strings, const json_t *object, struct stack_sample *sample)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(object, "user_frames"), i, item) {
		struct symbol *frame = &sample->user[i];

		if (i == USER_FRAMES)
			break;
		*frame = parse__function(strings, item);
		frame->module = strings__keep(strings, parse__text(item, "module"));
		frame->offset = parse__number(item, "offset");
		sample->nr_user++;
	}
	sample->user_end =
		parse__name(object, "user_end", user_end_names, NR_USER_ENDS, USER_END_NONE);
}

/* A frame that callers__interrupt() knows, for a sample without its stack. */
static void interrupt_mark(struct strings *strings, struct stack_sample *sample)
{
	if (sample->nr < STACK_DEPTH)
		sample->stack[sample->nr++] = parse__site(strings, "asm_common_interrupt+0x0");
}

/* As --stacks shows them, which name no row: the first one of the function. */
static void stacks_parse(struct strings *strings, const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct stack_sample *sample = &snap->samples[snap->nr_samples];
		const char *func = parse__text(item, "func");
		size_t fn = 0;

		if (snap->nr_samples == SAMPLES_MAX)
			break;
		while (func && fn < snap->nr_fns &&
		       (!snap->fns[fn].func.name || strcmp(snap->fns[fn].func.name, func)))
			fn++;
		if (!func || fn == snap->nr_fns)
			continue;
		sample->fn = fn;
		task_parse(strings, item, sample);
		sample->nr = parse__stack(strings, json_object_get(item, "frames"), sample->stack,
					  STACK_DEPTH - 1);
		user_parse(strings, item, sample);
		if (parse__true(item, "interrupt") && !callers__interrupt(sample))
			interrupt_mark(strings, sample);
		snap->nr_samples++;
	}
}

/* As many samples as the caller has, each with the frames that make it that caller. */
static void caller_parse(struct strings *strings, const json_t *item, size_t fn,
			 struct snapshot *snap)
{
	struct stack_sample sample = { .fn = fn };
	const char *caller = parse__text(item, "caller"), *reason = parse__text(item, "reason");
	uint64_t samples = parse__number(item, "samples");

	task_parse(strings, item, &sample);
	user_parse(strings, item, &sample);
	if (caller)
		sample.stack[sample.nr++] = parse__site(strings, caller);
	if (caller && reason && strcmp(caller, reason))
		sample.stack[sample.nr++] = parse__site(strings, reason);
	if (parse__true(item, "interrupt"))
		interrupt_mark(strings, &sample);
	for (; samples && snap->nr_samples < SAMPLES_MAX; samples--)
		snap->samples[snap->nr_samples++] = sample;
}

static bool samples_parse(struct strings *strings, const json_t *object, struct snapshot *snap)
{
	const json_t *stacks = json_object_get(object, "stacks");
	const json_t *fns = json_object_get(object, "functions"), *fn, *item;
	size_t i, j;

	snap->samples = calloc(SAMPLES_MAX, sizeof(*snap->samples));
	if (!snap->samples)
		return false;
	snap->samples_dropped = parse__number(object, "samples_dropped");
	if (stacks) {
		stacks_parse(strings, stacks, snap);
		return true;
	}
	json_array_foreach(fns, i, fn)
		json_array_foreach(json_object_get(fn, "callers"), j, item)
			caller_parse(strings, item, i, snap);
	return true;
}

int parse__snapshot(struct strings *strings, const json_t *object, struct snapshot *snap,
		    struct host *host)
{
	const json_t *sources = json_object_get(object, "sources");
	const char *wait = parse__text(sources, "wait"), *task = parse__text(sources, "task");
	bool known;

	*snap = (struct snapshot){ .host = host };
	parse__host(json_object_get(object, "host"), host);
	window_parse(json_object_get(object, "window"), &snap->window);
	ledger_parse(json_object_get(object, "ledger"), &snap->ledger);
	for (int i = 0; wait && i < NR_WAIT_SOURCES; i++)
		if (!strcmp(wait, wait_source_names[i]))
			snap->how.wait_source = i;
	snap->how.names =
		parse__name(sources, "names_hidden", names_hidden, NR_NAMES_SHOWN, NAMES_SHOWN);
	snap->how.by_task = task;
	snap->how.sees_interrupts = task && !strcmp(task, "preempt_count");
	snap->edges_other = parse__number(object, "edges_other");
	snap->sends_unseen = parse__known(object, "sends_unseen", &known);
	snap->how.filtered = !known;
	snap->begin_unseen = parse__known(json_object_get(object, "calls"), "begin_unseen",
					  &snap->known.begin_unseen);
	snap->waits_unseen = parse__known(json_object_get(object, "calls"), "waits_unseen",
					  &snap->known.waits_unseen);
	self_parse(strings, json_object_get(object, "self"), snap);
	if (cpus_parse(json_object_get(object, "cpus"), snap) &&
	    fns_parse(strings, json_object_get(object, "functions"), snap) &&
	    edges_parse(json_object_get(object, "edges"), snap) &&
	    timed_parse(strings, object, snap) &&
	    by_parse(strings, json_object_get(object, "by"), snap) &&
	    samples_parse(strings, object, snap))
		return 0;
	snapshot__free(snap);
	return -ENOMEM;
}
