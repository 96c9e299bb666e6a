// SPDX-License-Identifier: GPL-2.0
#include "view/json/json.h"

/* At most this many callers of a function are listed: those with the most csds. */
#define CALLERS_LISTED 8

static void derive_call_sum(json_t **object, const struct snapshot *snap,
			    const struct call_sum *calls)
{
	const struct worst_call *worst = &calls->worst;

	if (calls->count)
		parts__add(object, "targets_mean", json_real(call_sum__targets(calls)));
	if (!call_sum__knows_worst(calls))
		return;
	parts__add(object, "worst",
		   json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "wait",
			     (json_int_t)calls->worst_ns, "begun", (json_int_t)worst->begun, "src",
			     (json_int_t)worst->src, "targets", (json_int_t)worst->csds, "last",
			     parts__integer_or_null(worst->last, worst->last != LAST_UNKNOWN),
			     "tgid", parts__integer_or_null(worst->tgid, worst->tgid), "comm",
			     parts__text_or_null(calls__worst_comm(snap, calls))));
}

static json_t *caller_json(const void *items, size_t i)
{
	struct caller_line line;

	caller_line__make(&line, (const struct caller *)items + i);
	return json_fields__object(&(struct json_fields){}, &caller_line_form, &line);
}

static void derive_callers(json_t **object, json_t *callers, size_t samples)
{
	parts__add(object, "callers", callers);
	parts__add(object, "samples", json_integer(samples));
}

static json_t *record_json(const struct snapshot *snap, const struct form *form,
			   const void *record);

/* Add the sums of the calls of all functions, and of their senders' waits. */
static void derive_calls(json_t **object, const struct snapshot *snap)
{
	struct call_sum sum;
	struct wait_sum wait;
	json_t *calls;

	calls__total(snap, &sum, &wait);
	calls = record_json(snap, &call_sum_form, &sum);
	parts__add(&calls, "wait", record_json(snap, &wait_sum_form, &wait));
	parts__add(&calls, "wait_spun", json_integer(wait_sum__spun(&wait)));
	parts__update(object, calls);
}

static void derive_value(json_t **object, const struct form *form, const void *record,
			 const void *root)
{
	const struct snapshot *snap = root;
	const struct fn_stats *fn = record;
	struct caller callers[CALLERS_LISTED];
	size_t nr, samples;
	char label[64];

	if (form == &call_sum_form) {
		derive_call_sum(object, snap, record);
	} else if (form == &fn_form) {
		parts__add(object, "func",
			   fn->other ? json_string("other") : parts__function(&fn->func));
		nr = callers__of(snap, fn - snap->fns, !ALL_ROWS, callers, CALLERS_LISTED,
				 &samples);
		derive_callers(object, parts__array(nr, caller_json, callers), samples);
	} else if (form == &send_form) {
		nr = callers__of_send(snap, (const struct send_stats *)record - snap->sends,
				      callers, CALLERS_LISTED, &samples);
		derive_callers(object, parts__array(nr, caller_json, callers), samples);
	} else if (form == &by_row_form) {
		if (container__label(((const struct by_stats *)record)->cgroup_path, label,
				     sizeof(label)))
			parts__add(object, "container", parts__text(label));
	} else if (form == &tlb_form) {
		const char *name = tlb_names[(const struct tlb_stats *)record - snap->tlb];

		parts__add(object, "reason", json_string(name ? name : "other"));
	} else if (form == &window_form) {
		parts__add(object, "duration_s", json_real(window__seconds(record)));
	} else if (form == &ledger_form) {
		parts__add(object, "closed", json_boolean(ledger__closed(record)));
	} else if (form == &call_ledger_form) {
		parts__add(object, "closed", json_boolean(call_ledger__closed(record)));
	} else if (form == &sources_form) {
		/*
		 * How the programs know the sender, for -p and --by. With "current" the sender may
		 * be an interrupt that ran on top of the task.
		 */
		if (snap->how.by_task)
			parts__add(object, "task",
				   json_string(snap->how.sees_interrupts ? "preempt_count" :
									   "current"));
	} else if (form == &calls_form) {
		derive_calls(object, snap);
	}
}

static json_t *record_json(const struct snapshot *snap, const struct form *form, const void *record)
{
	return json_fields__object(&(struct json_fields){ snap, derive_value }, form, record);
}

json_t *json_snapshot__window(const struct window *window)
{
	return record_json(NULL, &window_form, window);
}

json_t *json_snapshot__sources(const struct snapshot *snap)
{
	return record_json(snap, &sources_form, snap);
}

json_t *json_snapshot__call_ledger(const struct snapshot *snap)
{
	return snap->how.source == SOURCE_CALLS ?
		       record_json(snap, &call_ledger_form, &snap->call_ledger) :
		       json_null();
}

static json_t *stack_json(const void *items, size_t i)
{
	struct stack_line line;

	stack_line__make(&line, items, i);
	return json_fields__object(&(struct json_fields){}, &stack_line_form, &line);
}

/* Returns the value of `cost`: null if the CPUs are not known, or if the window has no length. */
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

char *json__snapshot_line(const struct snapshot *snap, const struct view_options *opts)
{
	/* The keys storm and stacks are null so far. */
	json_t *object = record_json(snap, &snapshot_form, snap);

	parts__add(&object, "host", parts__host(snap->host));
	if (snap->how.source == SOURCE_CSD)
		parts__add(&object, "cost", cost_json(snap));
	if (opts->nearest)
		parts__add(&object, "storm",
			   json_storm__verdict(opts->nearest, snap->ledger.queued));
	else
		json_object_del(object, "storm");
	if (opts->stacks)
		parts__add(&object, "stacks", parts__array(snap->nr_samples, stack_json, snap));
	else
		json_object_del(object, "stacks");
	if (opts->anonymous)
		json__anonymous(object);
	return json__owned_line(stamp__line("snapshot", snap->window.mono_end, object));
}
