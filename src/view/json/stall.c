// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "abi/stall_event.h"
#include "model/callers.h"
#include "model/container.h"
#include "model/field.h"
#include "model/incident.h"
#include "model/names.h"
#include "model/symbol.h"
#include "model/totals.h"
#include "view/json/line.h"
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

size_t json__stall(char *buf, size_t size, const struct incident *in, uint64_t id, uint64_t cause)
{
	json_t *object = json_fields__object(&(struct json_fields){}, &incident_form, in);
	struct reason reason = incident__reason(in);
	char label[64];

	parts__add(&object, "id", json_integer(id));
	parts__add(&object, "cause", parts__integer_or_null(cause, cause));
	if (in->stack_of != STACK_NONE && (in->nr || in->user))
		parts__add(&object, "stack", parts__array(in->nr, frame_json, in->stack));
	parts__add(&object, "reason", parts__text_or_null(*reason.name ? reason.name : NULL));
	if (container__label(in->cgroup_path, label, sizeof(label)))
		parts__add(&object, "container", parts__text(label));
	parts__add(&object, "split", split_json(in));
	parts__add(&object, "straggler", straggler_json(in));
	parts__add(&object, "backtrace", backtrace_json(in));
	if (in->phase == PHASE_WAIT && !in->ongoing && in->nr_listed)
		parts__add(&object, "targets", parts__array(in->nr_listed, target_json, in));
	return json__line(buf, size, stamp__line("stall", in->time, object));
}

size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *totals)
{
	json_t *rest = json_fields__object(&(struct json_fields){}, &stall_totals_form, totals);
	json_t *found = json_object();

	for (int i = 0; i < NR_PHASES; i++)
		if (stall_scope__has(&totals->scope, i))
			parts__add(&found, phase_names[i],
				   parts__integer_or_null(totals->found[i],
							  stall_scope__knows(&totals->scope, i)));
	parts__add(&rest, "sources",
		   json_pack("{s:s}", "figures", totals->scope.calls ? "calls" : "csds"));
	parts__add(&rest, "found", found);
	return json__line(buf, size, stamp__line("stalls_end", totals->ended, rest));
}
