// SPDX-License-Identifier: GPL-2.0
#include "view/json/json.h"

size_t json__stall(char *buf, size_t size, const struct incident *in, uint64_t id, uint64_t cause)
{
	struct stall_line line;

	stall_line__make(&line, in, id, cause);
	return json__line(buf, size,
			  stamp__line("stall", in->time,
				      json_fields__object(&(struct json_fields){ .root = &line },
							  &stall_line_form, &line)));
}

size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *totals)
{
	return json__line(buf, size,
			  stamp__line("stalls_end", totals->ended,
				      json_fields__object(&(struct json_fields){ .root = totals },
							  &stall_totals_form, totals)));
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
