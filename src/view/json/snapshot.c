// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include "abi/limits.h"
#include "model/callers.h"
#include "model/call_ledger.h"
#include "model/calm.h"
#include "model/calls.h"
#include "model/container.h"
#include "model/hist.h"
#include "model/ledger.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/symbol.h"
#include "model/window.h"
#include "view/json/anonymous.h"
#include "view/json/emit.h"
#include "view/json/hist.h"
#include "view/json/kinds.h"
#include "view/json/parts.h"
#include "view/json/snapshot.h"
#include "view/json/stamp.h"
#include "view/json/storm.h"
#include "view/options.h"

/* Callers listed for one function. */
#define CALLERS_MAX 8

json_t *json_snapshot__window(const struct window *window)
{
	return json_pack("{s:o, s:I, s:I, s:f}", "start", parts__date(&window->start), "mono_start",
			 (json_int_t)window->mono_start, "mono_end", (json_int_t)window->mono_end,
			 "duration_s", window__seconds(window));
}

static json_t *ledger_json(const struct snapshot *snap)
{
	const struct ledger *l = &snap->ledger;
	json_t *lost_by = json_object();

	for (int i = 0; i < NR_LOST; i++)
		parts__add(&lost_by, lost_names[i],
			   parts__integer_or_null(l->lost_by[i],
						  i != LOST_QUEUE_UNSEEN || !snap->how.filtered));
	return json_pack("{s:I, s:I, s:{s:I, s:I, s:I}, s:I, s:I, s:o, s:o, s:I, s:I, s:b}",
			 "queued", (json_int_t)l->queued, "carried_in", (json_int_t)l->carried_in,
			 "matched", "function", (json_int_t)l->function, "ttwu",
			 (json_int_t)l->ttwu, "irq_work", (json_int_t)l->irq_work, "in_flight",
			 (json_int_t)l->in_flight, "lost", (json_int_t)ledger__lost(l), "lost_by",
			 lost_by, "orphans",
			 parts__integer_or_null(l->orphans, !snap->how.filtered), "local",
			 (json_int_t)l->local, "exit_unseen", (json_int_t)l->exit_unseen, "closed",
			 ledger__closed(l));
}

/* In place of the ledger of csds, where calls are seen, and no csds. */
json_t *json_snapshot__call_ledger(const struct snapshot *snap)
{
	const struct call_ledger *l = &snap->call_ledger;
	json_t *lost_by;

	if (snap->how.source != SOURCE_CALLS)
		return json_null();
	lost_by = json_object();
	for (int i = 0; i < NR_HOOK_LOST; i++)
		parts__add(&lost_by, hook_lost_names[i],
			   parts__integer_or_null(l->lost_by[i], i != HOOK_ENTRY_UNSEEN ||
									 snap->known.entry_unseen));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:b}", "begun",
			 (json_int_t)l->begun, "carried_in", (json_int_t)l->carried_in, "returned",
			 (json_int_t)l->returned, "refused", (json_int_t)l->refused, "under_way",
			 (json_int_t)l->under_way, "lost", (json_int_t)call_ledger__lost(l),
			 "lost_by", lost_by, "local", (json_int_t)l->local, "closed",
			 call_ledger__closed(l));
}

static json_t *run_json(const void *of, size_t i)
{
	const struct run_stats *run = (const struct run_stats *)of + i;

	return json_pack("{s:o, s:o, s:I, s:o}", "func", parts__function(&run->func), "module",
			 parts__text_or_null(run->func.module), "measured",
			 (json_int_t)run->measured, "time", json_hist__object(&run->time));
}

/* Null: no function's own time can be measured. */
static json_t *runs_json(const struct snapshot *snap)
{
	return snap->runs ? parts__array(snap->nr_runs, run_json, snap->runs) : json_null();
}

/* Null: the source does not know when functions run. */
static json_t *run_hist_json(const struct snapshot *snap, const struct hist *hist)
{
	return snap->how.source == SOURCE_CALLS ? json_null() : json_hist__object(hist);
}

static json_t *irqs_json(const struct snapshot *snap, const struct cpu_stats *cpu)
{
	json_t *object;

	if (!snap->known.irqs)
		return json_null();
	object = json_object();
	for (int i = 0; i < NR_KINDS; i++)
		parts__add(&object, kind_names[i],
			   json_pack("{s:I, s:I, s:o}", "count", (json_int_t)cpu->irqs[i].count,
				     "sum", (json_int_t)cpu->irqs[i].sum, "max",
				     parts__integer_or_null(cpu->irqs[i].max, cpu->irqs[i].count)));
	return object;
}

static json_t *cpu_json(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct cpu_stats *cpu = &snap->cpus[i];
	bool calls = snap->how.source == SOURCE_CALLS;
	json_t *object;

	object = json_pack("{s:I, s:I, s:o, s:I, s:o, s:o, s:o, s:o}", "cpu", (json_int_t)cpu->cpu,
			   "sent", (json_int_t)cpu->sent, "received",
			   parts__integer_or_null(cpu->received, !calls), "local",
			   (json_int_t)cpu->local, "reschedules",
			   parts__integer_or_null(cpu->reschedules, cpu->reschedules_known),
			   "delay", run_hist_json(snap, &cpu->delay), "handler",
			   run_hist_json(snap, &cpu->handler), "wait",
			   json_hist__object(&cpu->wait));
	parts__add(&object, "wait_spun", json_integer((json_int_t)cpu_stats__spun(cpu)));
	if (!calls)
		return object;
	parts__add(&object, "irqs", irqs_json(snap, cpu));
	parts__add(&object, "irq_delay",
		   snap->known.irq_delay ? json_hist__object(&cpu->irq_delay) : json_null());
	return object;
}

static json_t *func_json(const struct fn_stats *fn)
{
	if (fn->other)
		return json_string("other");
	return parts__function(&fn->func);
}

static json_t *caller_json(const void *of, size_t i)
{
	const struct caller *c = (const struct caller *)of + i;
	const struct stack_sample *call = c->call;

	/* An interrupt sent the csd: the interrupted task is not the sender. */
	return json_pack("{s:o, s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:o}", "caller",
			 parts__text_or_null(c->frame ? c->frame->name : NULL), "reason",
			 parts__text_or_null(*c->reason.name ? c->reason.name : NULL), "samples",
			 (json_int_t)c->samples, "interrupt", c->interrupt, "tgid",
			 parts__integer_or_null(call->tgid, !c->interrupt), "comm",
			 parts__text_or_null(c->interrupt ? NULL : call->comm), "cgroup",
			 parts__text_or_null(c->interrupt ? NULL : call->cgroup_path),
			 "user_frames", parts__user_frames(call), "user_end",
			 parts__text_or_null(user_end_names[call->user_end]));
}

json_t *json_snapshot__callers(const struct snapshot *snap, size_t fn, size_t *samples)
{
	struct caller callers[CALLERS_MAX];
	size_t nr = callers__of(snap, fn, false, callers, CALLERS_MAX, samples);

	return parts__array(nr, caller_json, callers);
}

static json_t *wait_sum_json(const struct wait_sum *wait)
{
	return json_pack("{s:I, s:I, s:o}", "count", (json_int_t)wait->count, "sum",
			 (json_int_t)wait->sum, "max",
			 parts__integer_or_null(wait->max, wait->count));
}

/* Null: not known, or no call. */
static json_t *worst_call_json(const struct snapshot *snap, const struct call_sum *calls)
{
	const struct worst_call *worst = &calls->worst;

	if (!call_sum__knows_worst(calls))
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "wait", (json_int_t)calls->worst_ns,
			 "begun", (json_int_t)worst->begun, "src", (json_int_t)worst->src,
			 "targets", (json_int_t)worst->csds, "last",
			 parts__integer_or_null(worst->last, worst->last != LAST_UNKNOWN), "tgid",
			 parts__integer_or_null(worst->tgid, worst->tgid), "comm",
			 parts__text_or_null(calls__worst_comm(snap, calls)));
}

static json_t *calls_json(const struct snapshot *snap, const struct call_sum *calls)
{
	return json_pack("{s:I, s:I, s:o, s:o, s:o}", "count", (json_int_t)calls->count, "csds",
			 (json_int_t)calls->csds, "targets_mean",
			 calls->count ? json_real(call_sum__targets(calls)) : json_null(),
			 "targets_max", parts__integer_or_null(calls->csds_max, calls->count),
			 "worst", worst_call_json(snap, calls));
}

/* All functions' calls, with their senders' waits. */
static json_t *calls_total_json(const struct snapshot *snap)
{
	struct call_sum sum;
	struct wait_sum wait;
	json_t *object;

	calls__total(snap, &sum, &wait);
	object = calls_json(snap, &sum);
	parts__add(&object, "wait", wait_sum_json(&wait));
	parts__add(&object, "wait_spun", json_integer((json_int_t)wait_sum__spun(&wait)));
	parts__add(&object, "begin_unseen",
		   parts__integer_or_null(snap->begin_unseen, snap->known.begin_unseen));
	parts__add(&object, "waits_unseen",
		   parts__integer_or_null(snap->waits_unseen, snap->known.waits_unseen));
	return object;
}

static json_t *function_json(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct fn_stats *fn = &snap->fns[i];
	/* No tracepoint fires when an irq_work runs, so its delay and handler are null. */
	bool calls = snap->how.source == SOURCE_CALLS;
	bool timed = !calls && (fn->delay.count || fn->handler.count || !fn->count);
	size_t samples;
	json_t *callers = json_snapshot__callers(snap, i, &samples), *object;

	object = json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:o}", "func",
			   func_json(fn), "module", parts__text_or_null(fn->func.module),
			   "callsite", parts__callsite(&fn->callsite), "count",
			   (json_int_t)fn->count, "local", (json_int_t)fn->local, "delay",
			   timed ? json_hist__object(&fn->delay) : json_null(), "handler",
			   timed ? json_hist__object(&fn->handler) : json_null(), "calls",
			   calls_json(snap, &fn->calls), "wait", wait_sum_json(&fn->wait),
			   "samples", (json_int_t)samples, "callers", callers);
	parts__add(&object, "wait_spun", json_integer((json_int_t)wait_sum__spun(&fn->wait)));
	if (calls)
		parts__add(&object, "at_most", json_boolean(fn->at_most));
	return object;
}

static json_t *by_row_json(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct by_stats *by = &snap->by[i];
	bool task = !by->other && !by->interrupt;
	bool process = task && snap->how.by_key != BY_CGROUP;
	char label[64];
	bool labelled = container__label(by->cgroup_path, label, sizeof(label));
	bool waits = by_key_sends(snap->how.by_key);
	json_t *object;

	object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:I, s:o, s:o, s:o}", "tgid",
			   parts__integer_or_null(by->tgid, process), "comm",
			   parts__text_or_null(process ? by->comm : NULL), "cgroup",
			   parts__text_or_null(by->cgroup_path), "cgroup_id",
			   parts__integer_or_null(by->cgroup, task && by->cgroup), "container",
			   parts__text_or_null(labelled ? label : NULL), "interrupt", by->interrupt,
			   "other", by->other, "count", (json_int_t)by->count, "local",
			   (json_int_t)by->local, "delay", run_hist_json(snap, &by->delay),
			   "handler", run_hist_json(snap, &by->handler), "wait",
			   waits ? wait_sum_json(&by->wait) : json_null());
	parts__add(&object, "wait_spun", parts__integer_or_null(wait_sum__spun(&by->wait), waits));
	return object;
}

static json_t *by_json(const struct snapshot *snap)
{
	static const char *const keys[] = {
		[BY_SENDER] = "sender",
		[BY_CGROUP] = "cgroup",
		[BY_VICTIM] = "victim",
	};

	if (snap->how.by_key == BY_NONE)
		return json_null();
	return json_pack("{s:s, s:o}", "key", keys[snap->how.by_key], "rows",
			 parts__array(snap->nr_by, by_row_json, snap));
}

static json_t *frame_json(const void *of, size_t i)
{
	return parts__callsite((const struct symbol *)of + i);
}

static json_t *stack_json(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct stack_sample *call = &snap->samples[i];
	uint32_t first = callers__first(call);
	bool task = !callers__interrupt(call);

	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "func",
			 func_json(&snap->fns[call->fn]), "interrupt", !task, "tgid",
			 parts__integer_or_null(call->tgid, task), "comm",
			 parts__text_or_null(task ? call->comm : NULL), "cgroup",
			 parts__text_or_null(task ? call->cgroup_path : NULL), "frames",
			 parts__array(call->nr - first, frame_json, call->stack + first),
			 "user_frames", parts__user_frames(call), "user_end",
			 parts__text_or_null(user_end_names[call->user_end]));
}

static json_t *program_json(const void *of, size_t i)
{
	const struct prog_cost *cost = (const struct prog_cost *)of + i;

	if (!cost->name)
		return parts__none();
	return json_pack("{s:s, s:I, s:I}", "name", cost->name, "runs", (json_int_t)cost->runs,
			 "ns", (json_int_t)cost->ns);
}

static json_t *self_json(const struct snapshot *snap)
{
	uint64_t runs = 0, ns = 0, rss;

	if (!snap->known.self)
		return json_null();
	rss = snap->rss_bytes;
	for (int i = 0; i < NR_PROGS; i++) {
		runs += snap->cost[i].runs;
		ns += snap->cost[i].ns;
	}
	return json_pack("{s:I, s:I, s:I, s:o, s:o}", "bpf_runs", (json_int_t)runs, "bpf_ns",
			 (json_int_t)ns, "cut_ns", (json_int_t)snap->cut_ns, "rss_bytes",
			 parts__integer_or_null(rss, rss), "programs",
			 parts__array(NR_PROGS, program_json, snap->cost));
}

static json_t *edge_json(const void *of, size_t i)
{
	const struct edge *edge = (const struct edge *)of + i;

	return json_pack("{s:I, s:I, s:I}", "src", (json_int_t)edge->src, "dst",
			 (json_int_t)edge->dst, "count", (json_int_t)edge->count);
}

/* null: the host's CPUs are not known, or the window has no length. */
static json_t *cost_json(const struct snapshot *snap)
{
	struct calm sums = {};
	uint64_t reschedules;
	bool timed = snapshot__kind_time(snap, KIND_RESCHEDULE, &reschedules);

	calm__add(&sums, snap);
	if (!sums.cpu_ns)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:o}", "share", calm__cost(&sums), "handler_share",
			 (double)sums.handler_ns / sums.cpu_ns, "wait_share",
			 (double)sums.wait_ns / sums.cpu_ns, "reschedule_share",
			 parts__number_or_null((double)reschedules / sums.cpu_ns, timed));
}

/*
 * How -p and --by know the sender: exactly, since the preempt count shows
 * interrupts, or as the current task, which an interrupt may have interrupted.
 * Null: neither option is in use.
 */
static json_t *task_source_json(const struct snapshot *snap)
{
	if (!snap->how.by_task)
		return json_null();
	return json_string(snap->how.sees_interrupts ? "preempt_count" : "current");
}

char *json__snapshot_line(const struct snapshot *snap, const struct view_options *opts)
{
	bool calls = snap->how.source == SOURCE_CALLS;
	json_t *object = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:n, s:{s:s, s:s, s:o, s:s?}, s:o, s:I, s:o}",
		"host", parts__host(snap->host), "window", json_snapshot__window(&snap->window),
		"ledger", calls ? json_null() : ledger_json(snap), "kinds", json_kinds__array(snap),
		"cpus", parts__array(snap->nr_cpus, cpu_json, snap), "functions",
		parts__array(snap->nr_fns, function_json, snap), "edges",
		parts__array(snap->nr_edges, edge_json, snap->edges), "edges_other",
		(json_int_t)snap->edges_other, "sends_unseen",
		parts__integer_or_null(snap->sends_unseen, !snap->how.filtered), "stalls",
		"sources", "figures", calls ? "calls" : "csds", "wait",
		wait_source_names[snap->how.wait_source], "task", task_source_json(snap),
		"names_hidden", names_hidden[snap->how.names], "by", by_json(snap),
		"samples_dropped", (json_int_t)snap->samples_dropped, "self", self_json(snap));

	parts__add(&object, "calls", calls_total_json(snap));
	parts__add(&object, "cost", calls ? json_null() : cost_json(snap));
	if (opts->nearest)
		parts__add(&object, "storm",
			   json_storm__verdict(opts->nearest, snap->ledger.queued));
	if (calls) {
		parts__add(&object, "call_ledger", json_snapshot__call_ledger(snap));
		parts__add(&object, "runs", runs_json(snap));
	}
	json_kinds__add(&object, snap);
	if (opts->stacks)
		parts__add(&object, "stacks", parts__array(snap->nr_samples, stack_json, snap));
	if (opts->anonymous)
		json__anonymous(object);
	return json__owned_line(stamp__line("snapshot", snap->window.mono_end, object));
}

int json__snapshot(const struct snapshot *snap, const struct view_options *opts)
{
	return json__put(json__snapshot_line(snap, opts));
}
