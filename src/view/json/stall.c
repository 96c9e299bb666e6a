// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "abi/stall_event.h"
#include "model/callers.h"
#include "model/container.h"
#include "model/incident.h"
#include "model/names.h"
#include "model/symbol.h"
#include "model/totals.h"
#include "view/json/emit.h"
#include "view/json/parts.h"
#include "view/json/stall.h"
#include "view/json/stamp.h"

static json_t *frame_json(const void *of, size_t i)
{
	const struct symbol *symbol = (const struct symbol *)of + i;
	char line[320];

	if (!symbol->name || !symbol->module)
		return parts__callsite(symbol);
	snprintf(line, sizeof(line), "%.200s+0x%" PRIx64 " [%.60s]", symbol->name, symbol->offset,
		 symbol->module);
	return parts__text(line);
}

static json_t *waiter_json(const void *of, size_t i)
{
	const struct waiter *w = (const struct waiter *)of + i;

	return json_pack("{s:o, s:I, s:I, s:I, s:o, s:b}", "sender", parts__task_or_null(&w->task),
			 "src", (json_int_t)w->src, "call", (json_int_t)w->call, "duration",
			 (json_int_t)(w->until - w->call), "in",
			 parts__text_or_null(wait_in__name(w->wait_in)), "behind", w->behind);
}

/* When the target entered and left the function, in ns since the call began. */
static json_t *target_json(const void *of, size_t i)
{
	const struct incident *incident = of;
	const struct target_time *t = &incident->targets[i];
	bool begun = t->entry >= incident->start, ended = t->end >= incident->start;

	return json_pack("{s:I, s:o, s:o}", "dst", (json_int_t)t->dst, "entry",
			 parts__integer_or_null(t->entry - incident->start, begun), "end",
			 parts__integer_or_null(t->end - incident->start, ended));
}

static json_t *straggler_json(const struct incident *incident)
{
	if (incident->ongoing || incident->nr_targets < 2 || !incident->dst_known ||
	    (incident->phase != PHASE_WAIT && !incident->straggler.known))
		return json_null();
	return json_pack("{s:I, s:I, s:o}", "dst", (json_int_t)incident->dst, "later",
			 (json_int_t)incident->straggler.later, "why",
			 !incident->straggler.known ?
				 json_null() :
				 json_string(incident->straggler.late ? "late" : "long"));
}

/* The delay in parts: queue to IPI, IPI to interrupt, interrupt to function; null if unknown. */
static json_t *split_json(const struct incident *incident)
{
	bool sent = incident->sent >= incident->start && incident->sent;
	bool arrived = incident->arrived >= incident->start && incident->arrived;

	if (incident->phase != PHASE_DELIVERY || incident->ongoing || incident->end_unseen)
		return json_null();
	/* An earlier interrupt ran the csd, before its own IPI was sent. */
	if (sent && arrived && incident->sent > incident->arrived)
		sent = false;
	return json_pack(
		"{s:o, s:o, s:o}", "send",
		parts__integer_or_null(incident->sent - incident->start, sent), "interrupt",
		parts__integer_or_null(incident->arrived - incident->sent, sent && arrived),
		"function", parts__integer_or_null(incident->time - incident->arrived, arrived));
}

static json_t *doing_json(const struct incident *incident)
{
	if (!incident->doing.addr)
		return json_null();
	return json_pack("{s:o, s:o, s:I}", "func", parts__function(&incident->doing), "module",
			 parts__text_or_null(incident->doing.module), "start",
			 (json_int_t)incident->doing_since);
}

/* The keys that scripts rely on (docs/reference.md). */
static json_t *stall_object(const struct incident *incident, uint64_t id)
{
	bool stack = incident->stack_of != STACK_NONE && (incident->nr || incident->user);
	bool called = incident->phase != PHASE_INTERRUPT;

	return json_pack(
		"{s:I, s:o, s:o, s:o, s:o, s:s, s:I, s:b, s:o, s:o, s:o}", "id", (json_int_t)id,
		"src", parts__integer_or_null(incident->src, called), "dst",
		parts__integer_or_null(incident->dst, incident->dst_known), "func",
		called ? parts__function(&incident->func) : json_null(), "module",
		parts__text_or_null(called ? incident->func.module : NULL), "phase",
		phase_names[incident->phase], "duration", (json_int_t)incident__duration(incident),
		"ongoing", incident->ongoing, "slept",
		incident->phase == PHASE_HANDLER ? json_boolean(incident->slept) : json_null(),
		"stack",
		stack ? parts__array(incident->nr, frame_json, incident->stack) : json_null(),
		"irq", parts__text_or_null(incident->irq_known ? kind_names[incident->irq] : NULL));
}

/* The task and function that the stuck CPU ran; null: nobody looked. */
static json_t *backtrace_json(const struct incident *incident)
{
	const struct backtrace *bt = incident->backtrace;
	const struct backtrace_frame *frame = bt ? backtrace__culprit(bt) : NULL;
	struct task_id task;
	bool process;

	if (!bt)
		return json_null();
	task = incident__stuck_task(incident);
	process = task.known && (task.tgid || !task.pid);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "func",
			 parts__text_or_null(frame ? frame->name : NULL), "module",
			 parts__text_or_null(frame && *frame->module ? frame->module : NULL),
			 "interrupts_off",
			 bt->interrupts_known ? json_boolean(bt->interrupts_off) : json_null(),
			 "pid", parts__integer_or_null(task.tgid, process), "tgid",
			 parts__integer_or_null(task.tgid, process), "tid",
			 parts__integer_or_null(task.pid, task.known), "comm",
			 parts__text_or_null(task.known ? task.comm : NULL));
}

/* All other keys. */
static json_t *more_object(const struct incident *incident, uint64_t cause)
{
	static const char *const stacks[] = {
		[STACK_INTERRUPTED] = "interrupted",
		[STACK_SLEEP] = "sleep",
		[STACK_END] = "end",
		[STACK_CALL] = "call",
		[STACK_NMI] = "nmi",
	};
	bool stack = (incident->nr || incident->user) && incident->stack_of <= STACK_NMI;
	struct reason reason = incident__reason(incident);
	char label[64];
	bool labelled = container__label(incident->cgroup_path, label, sizeof(label));

	return json_pack(
		"{s:I, s:b, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, "
		"s:o, s:o, s:o, s:s?, s:o, s:I, s:I}",
		"start", (json_int_t)incident->start, "end_unseen", incident->end_unseen, "at_most",
		parts__integer_or_null(incident->at_most,
				       incident->end_unseen && incident->at_most),
		"cause", parts__integer_or_null(cause, cause), "folded", incident->covered,
		"callsite", parts__callsite(&incident->callsite), "reason",
		parts__text_or_null(*reason.name ? reason.name : NULL), "call",
		parts__integer_or_null(incident->call, incident->call), "sender",
		parts__task_or_null(&incident->sender), "interrupt", incident->sender.interrupt,
		"victim", parts__task_or_null(&incident->victim), "cgroup",
		parts__text_or_null(incident->cgroup_path), "cgroup_id",
		parts__integer_or_null(incident->cgroup, incident->cgroup), "container",
		parts__text_or_null(labelled ? label : NULL), "wait_in",
		parts__text_or_null(wait_in__name(incident->wait_in)), "late",
		lateness_names[incident->late], "split", split_json(incident), "stolen",
		parts__integer_or_null(incident->stolen, incident->stolen), "doing",
		doing_json(incident), "straggler", straggler_json(incident), "stack_of",
		stack ? stacks[incident->stack_of] : NULL, "waiters",
		parts__array(incident->nr_waiters, waiter_json, incident->waiters), "waiters_more",
		(json_int_t)incident->more_waiters, "queued_behind",
		(json_int_t)incident->queued_behind);
}

size_t json__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   uint64_t cause)
{
	json_t *object = stall_object(incident, id), *more = more_object(incident, cause);
	size_t nr = incident->phase == PHASE_WAIT && !incident->ongoing ? incident->nr_listed : 0;

	if (!object || json_object_update(object, more) ||
	    json_object_set_new(object, "nr_targets",
				parts__integer_or_null(incident->nr_targets,
						       incident->phase == PHASE_WAIT &&
							       incident->nr_targets)) ||
	    json_object_set_new(object, "backtrace", backtrace_json(incident)) ||
	    json_object_set_new(object, "targets",
				nr ? parts__array(nr, target_json, incident) : json_null())) {
		json_decref(object);
		object = NULL;
	}
	json_decref(more);
	return json__line(buf, size, stamp__line("stall", incident->time, object));
}

size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *totals)
{
	json_t *found = json_object();

	for (int i = 0; i < NR_PHASES; i++)
		if (stall_scope__has(&totals->scope, i))
			parts__add(&found, phase_names[i],
				   parts__integer_or_null(totals->found[i],
							  stall_scope__knows(&totals->scope, i)));
	return json__line(
		buf, size,
		stamp__line("stalls_end", totals->ended,
			    json_pack("{s:{s:s}, s:I, s:o, s:I, s:o, s:o, s:I, s:I, s:I}",
				      "sources", "figures", totals->scope.calls ? "calls" : "csds",
				      "threshold", (json_int_t)totals->threshold, "found", found,
				      "folded", (json_int_t)totals->folded, "csds",
				      parts__integer_or_null(totals->csds, totals->csds_known),
				      "run_unseen",
				      parts__integer_or_null(totals->run_unseen, totals->csds_known),
				      "lost", (json_int_t)totals->lost, "dropped",
				      (json_int_t)totals->dropped, "doubted",
				      (json_int_t)totals->doubted)));
}
