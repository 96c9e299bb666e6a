// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "view/json/json.h"

static json_t *frame_json(const void *items, size_t i)
{
	const struct symbol *symbol = (const struct symbol *)items + i;
	char line[320];

	if (!symbol->name || !symbol->module)
		return parts__callsite(symbol);
	snprintf(line, sizeof(line), "%.200s+0x%" PRIx64 " [%.60s]", symbol->name, symbol->offset,
		 symbol->module);
	return parts__text(line);
}

/* When the target entered and left the function, in ns since the call began. */
static json_t *target_json(const void *items, size_t i)
{
	const struct incident *incident = items;
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

/*
 * Returns the delay in parts: queue to IPI, IPI to interrupt, interrupt to function; null if
 * unknown.
 */
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

/* Returns the task and the function that the stuck CPU ran; null if nobody looked. */
static json_t *backtrace_json(const struct incident *incident)
{
	const struct backtrace *bt = incident->backtrace;
	struct symbol culprit = backtrace_frame__symbol(bt ? backtrace__culprit(bt) : NULL);
	struct task_id task;
	bool process;

	if (!bt)
		return json_null();
	task = incident__stuck_task(incident);
	process = task.known && (task.tgid || !task.pid);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "func",
			 parts__text_or_null(culprit.name), "module",
			 parts__text_or_null(culprit.module), "interrupts_off",
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
	parts__add(&object, "reason", parts__word_or_null(reason.name));
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

struct from {
	const struct moment *moment;
	const struct waiting *waiting; /* only csds of this call; NULL: all csds */
	const struct naming *naming;
};

/* @object with the keys of the function at @addr; unchanged for address 0. */
static json_t *with_func(const struct from *from, uint64_t addr, json_t *object)
{
	struct symbol symbol = { .addr = addr };

	if (!addr)
		return object;
	from->naming->symbol(from->naming->ctx, &symbol, true);
	parts__add(&object, "func", parts__function(&symbol));
	parts__add(&object, "module", parts__text_or_null(symbol.module));
	return object;
}

/*
 * Returns the age of @since; 0 for an event after moment->now: the clock is read before the maps.
 * Null: @since is unknown.
 */
static json_t *age_json(const struct from *from, uint64_t since)
{
	uint64_t now = from->moment->now;

	return parts__integer_or_null(since < now ? now - since : 0, since);
}

static json_t *cpu_or_null(uint32_t cpu)
{
	return parts__integer_or_null(cpu, cpu != CPU_UNKNOWN);
}

/* Whether a csd belongs to the call that is asked for. */
static bool is_of_call(const struct from *from, uint32_t src, uint64_t call)
{
	return !from->waiting || (call == from->waiting->call && src == from->waiting->src);
}

static json_t *csd_json(const struct from *from, uint32_t dst, uint32_t src, uint64_t start)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "cpu", cpu_or_null(dst), "src", cpu_or_null(src),
			 "start", parts__integer_or_null(start, start), "duration",
			 age_json(from, start));
}

static json_t *running_json(const struct from *from)
{
	const struct running *r = from->moment->running;
	json_t *array = json_array(), *csd;
	bool known;

	for (const struct running *end = r + from->moment->nr_running; r < end; r++) {
		if (!is_of_call(from, r->src, r->call))
			continue;
		csd = csd_json(from, r->dst, r->src, r->start);
		/* The queues do not always say whether a function slept: null. */
		known = !from->moment->from_queues || r->slept || r->found;
		parts__add(&csd, "slept", known ? json_boolean(r->slept) : json_null());
		parts__append(&array, with_func(from, r->func, csd));
	}
	return array;
}

static json_t *pending_json(const struct from *from)
{
	const struct pending *p = from->moment->pending;
	json_t *array = json_array();

	for (const struct pending *end = p + from->moment->nr_pending; p < end; p++)
		if (is_of_call(from, p->src, p->call))
			parts__append(&array, with_func(from, p->func,
							csd_json(from, p->dst, p->src, p->queued)));
	return array;
}

static json_t *waiting_json(const void *items, size_t i)
{
	struct from from = *(const struct from *)items;
	const struct waiting *w = &from.moment->waiting[i];
	uint64_t call = from.moment->from_queues ? 0 : w->call;

	from.waiting = w;
	return with_func(&from, w->func,
			 json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "src",
				   (json_int_t)w->src, "call", parts__integer_or_null(call, call),
				   "duration", age_json(&from, call), "at_least",
				   parts__integer_or_null(w->at_least, w->at_least), "at_most",
				   parts__integer_or_null(w->at_most, w->at_most), "sender",
				   parts__task_or_null(&w->sender), "in",
				   parts__text_or_null(wait_in__name(w->wait_in)), "running",
				   running_json(&from), "queued", pending_json(&from)));
}

static json_t *cpu_json(const void *items, size_t i)
{
	const struct cpu_state *cpu = &((const struct moment *)items)->cpus[i];

	return json_pack("{s:I, s:o, s:o, s:o}", "cpu", (json_int_t)cpu->cpu, "task",
			 parts__task_or_null(&cpu->task), "in_interrupt",
			 cpu->interrupt_known ? json_boolean(cpu->interrupt) : json_null(),
			 "overdue", parts__integer_or_null(cpu->overdue, cpu->overdue));
}

static json_t *counts_json(const struct wait_counts *counts)
{
	if (!counts)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:{s:I, s:I}, s:o, s:I}", "threshold",
			 (json_int_t)counts->threshold, "looks", (json_int_t)counts->looks,
			 "look_period", (json_int_t)counts->look_period, "waits",
			 (json_int_t)counts->waits, "longer", "at_least",
			 (json_int_t)counts->at_least, "at_most", (json_int_t)counts->at_most,
			 "longest", parts__integer_or_null(counts->longest, counts->waits), "lost",
			 (json_int_t)counts->lost);
}

size_t json__waits(char *buf, size_t size, const struct moment *moment,
		   const struct wait_counts *counts, const struct naming *naming)
{
	struct from from = { .moment = moment, .naming = naming };
	json_t *line = json_pack("{s:s, s:o, s:o, s:o, s:I}", "how",
				 moment->from_queues ? "queues" : "tracepoints", "waiting",
				 parts__array(moment->nr_waiting, waiting_json, &from), "running",
				 running_json(&from), "queued", pending_json(&from), "dropped",
				 (json_int_t)moment->dropped);

	parts__add(&line, "counted", counts_json(counts));
	if (moment->from_queues) {
		parts__add(&line, "torn", json_integer(moment->torn));
		parts__add(&line, "unread", json_integer(moment->unread));
		parts__add(&line, "cpus", parts__array(moment->nr_cpus, cpu_json, moment));
	}
	if (moment->vmcore)
		parts__add(&line, "vmcore", parts__text(moment->vmcore));
	return json__line(buf, size, stamp__line("waits", moment->now, line));
}
