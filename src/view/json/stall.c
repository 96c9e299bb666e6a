// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "abi/stall_event.h"
#include "model/container.h"
#include "model/incident.h"
#include "model/symbol.h"
#include "model/totals.h"
#include "view/json/parts.h"
#include "view/json/stall.h"

static json_t *frame(const void *of, size_t i)
{
	const struct symbol *symbol = (const struct symbol *)of + i;
	char line[320];

	if (!symbol->name || !symbol->module)
		return callsite(symbol);
	snprintf(line, sizeof(line), "%.200s+0x%" PRIx64 " [%.60s]", symbol->name, symbol->offset,
		 symbol->module);
	return text(line);
}

static json_t *waiter(const void *of, size_t i)
{
	const struct waiter *w = (const struct waiter *)of + i;

	return json_pack("{s:o, s:I, s:I, s:I, s:o, s:b}", "sender", task_or_null(&w->task), "src",
			 (json_int_t)w->src, "call", (json_int_t)w->call, "duration",
			 (json_int_t)(w->until - w->call), "in",
			 text_or_null(wait_in__name(w->wait_in)), "behind", w->behind);
}

/* When it began and ended, from the call on. */
static json_t *target(const void *of, size_t i)
{
	const struct incident *in = of;
	const struct target_time *t = &in->targets[i];
	bool begun = t->entry >= in->start, ended = t->end >= in->start;

	return json_pack("{s:I, s:o, s:o}", "dst", (json_int_t)t->dst, "entry",
			 integer_or_null(t->entry - in->start, begun), "end",
			 integer_or_null(t->end - in->start, ended));
}

static json_t *straggler(const struct incident *in)
{
	if (in->ongoing || in->nr_targets < 2 || (in->phase != PHASE_WAIT && !in->straggler.known))
		return json_null();
	return json_pack("{s:I, s:I, s:o}", "dst", (json_int_t)in->dst, "later",
			 (json_int_t)in->straggler.later, "why",
			 !in->straggler.known ? json_null() :
						json_string(in->straggler.late ? "late" : "long"));
}

/* Queue to IPI, IPI to interrupt, interrupt to function; of what is not known null. */
static json_t *split(const struct incident *in)
{
	bool sent = in->sent >= in->start && in->sent;
	bool arrived = in->arrived >= in->start && in->arrived;

	if (in->phase != PHASE_DELIVERY || in->ongoing || in->end_unseen)
		return json_null();
	/* An interrupt that was under way already took it along. */
	if (sent && arrived && in->sent > in->arrived)
		sent = false;
	return json_pack("{s:o, s:o, s:o}", "send", integer_or_null(in->sent - in->start, sent),
			 "interrupt", integer_or_null(in->arrived - in->sent, sent && arrived),
			 "function", integer_or_null(in->time - in->arrived, arrived));
}

static json_t *doing(const struct incident *in)
{
	if (!in->doing.addr)
		return json_null();
	return json_pack("{s:o, s:s?, s:I}", "func", name_or_address(&in->doing), "module",
			 in->doing.module, "start", (json_int_t)in->doing_since);
}

/* What the contract has for a stall. */
static json_t *fields(const struct incident *in, uint64_t id)
{
	bool stack = in->stack_of != STACK_NONE && (in->nr || in->user);

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:s?, s:s, s:I, s:b, s:o, s:o}",
			 "schema", "ipitrace/1", "type", "stall", "id", (json_int_t)id, "time",
			 (json_int_t)in->time, "src", (json_int_t)in->src, "dst",
			 integer_or_null(in->dst, in->dst_known), "func",
			 name_or_address(&in->func), "module", in->func.module, "phase",
			 phase_names[in->phase], "duration", (json_int_t)incident__duration(in),
			 "ongoing", in->ongoing, "slept",
			 in->phase == PHASE_HANDLER ? json_boolean(in->slept) : json_null(),
			 "stack", stack ? array_of(in->nr, frame, in->stack) : json_null());
}

static json_t *more(const struct incident *in, uint64_t cause)
{
	static const char *const stacks[] = {
		[STACK_INTERRUPTED] = "interrupted",
		[STACK_SLEEP] = "sleep",
		[STACK_END] = "end",
		[STACK_CALL] = "call",
	};
	bool stack = (in->nr || in->user) && in->stack_of <= STACK_CALL;
	char label[64];
	bool labelled = container__label(in->cgroup_path, label, sizeof(label));

	return json_pack(
		"{s:I, s:b, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:o, "
		"s:o, s:s?, s:o, s:I, s:I}",
		"start", (json_int_t)in->start, "end_unseen", in->end_unseen, "cause",
		integer_or_null(cause, cause), "callsite", callsite(&in->callsite), "call",
		integer_or_null(in->call, in->call), "sender", task_or_null(&in->sender),
		"interrupt", in->sender.interrupt, "victim", task_or_null(&in->victim), "cgroup",
		text_or_null(in->cgroup_path), "cgroup_id", integer_or_null(in->cgroup, in->cgroup),
		"container", text_or_null(labelled ? label : NULL), "wait_in",
		text_or_null(wait_in__name(in->wait_in)), "late", lateness_names[in->late], "split",
		split(in), "stolen", integer_or_null(in->stolen, in->stolen), "doing", doing(in),
		"straggler", straggler(in), "stack_of", stack ? stacks[in->stack_of] : NULL,
		"waiters", array_of(in->nr_waiters, waiter, in->waiters), "waiters_more",
		(json_int_t)in->more_waiters, "queued_behind", (json_int_t)in->queued_behind);
}

/* A line into @buf; the pool's objects go with the pool. */
static size_t line(char *buf, size_t size, json_t *object)
{
	size_t len = object ? json_dumpb(object, buf, size, JSON_COMPACT) : 0;

	json_decref(object);
	if (!len || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}

size_t json__stall(char *buf, size_t size, const struct incident *in, uint64_t id, uint64_t cause)
{
	json_t *object = fields(in, id), *rest = more(in, cause);
	size_t told = in->phase == PHASE_WAIT && !in->ongoing ? in->nr_listed : 0;

	if (!object || json_object_update(object, rest) ||
	    json_object_set_new(object, "nr_targets",
				integer_or_null(in->nr_targets,
						in->phase == PHASE_WAIT && in->nr_targets)) ||
	    json_object_set_new(object, "targets",
				told ? array_of(told, target, in) : json_null())) {
		json_decref(object);
		object = NULL;
	}
	json_decref(rest);
	return line(buf, size, object);
}

size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *sum)
{
	json_t *found = json_object();

	for (int i = 0; i < NR_PHASES; i++)
		json_object_set_new(found, phase_names[i], json_integer(sum->found[i]));
	return line(buf, size,
		    json_pack("{s:s, s:s, s:I, s:o, s:I, s:I, s:I}", "schema", "ipitrace/1", "type",
			      "stalls_end", "threshold", (json_int_t)sum->threshold, "found", found,
			      "lost", (json_int_t)sum->lost, "dropped", (json_int_t)sum->dropped,
			      "doubted", (json_int_t)sum->doubted));
}
