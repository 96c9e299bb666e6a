// SPDX-License-Identifier: GPL-2.0
#include "model/calls.h"
#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/json/line.h"
#include "view/json/parts.h"
#include "view/json/stamp.h"
#include "view/json/waits.h"
#include "view/naming.h"

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

/* 0 for an event after moment->now: the clock is read before the maps. Null: @since is unknown. */
static json_t *age(const struct from *from, uint64_t since)
{
	uint64_t now = from->moment->now;

	return parts__integer_or_null(since < now ? now - since : 0, since);
}

static json_t *cpu_or_null(uint32_t cpu)
{
	return parts__integer_or_null(cpu, cpu != CPU_UNKNOWN);
}

/* Whether a function slept; null where the queues do not say. */
static json_t *slept(const struct from *from, const struct running *r)
{
	if (from->moment->from_queues && !r->slept && !r->found)
		return json_null();
	return json_boolean(r->slept);
}

static json_t *running_json(const void *of, size_t i)
{
	const struct from *from = of;
	const struct running *r = &from->moment->running[i];

	if (from->waiting && (r->call != from->waiting->call || r->src != from->waiting->src))
		return parts__none();
	return with_func(from, r->func,
			 json_pack("{s:o, s:o, s:o, s:o, s:o}", "cpu", cpu_or_null(r->dst), "src",
				   cpu_or_null(r->src), "start",
				   parts__integer_or_null(r->start, r->start), "duration",
				   age(from, r->start), "slept", slept(from, r)));
}

static json_t *pending_json(const void *of, size_t i)
{
	const struct from *from = of;
	const struct pending *p = &from->moment->pending[i];

	if (from->waiting && (p->call != from->waiting->call || p->src != from->waiting->src))
		return parts__none();
	return with_func(from, p->func,
			 json_pack("{s:o, s:o, s:o, s:o}", "cpu", cpu_or_null(p->dst), "src",
				   cpu_or_null(p->src), "start",
				   parts__integer_or_null(p->queued, p->queued), "duration",
				   age(from, p->queued)));
}

static json_t *waiting_json(const void *of, size_t i)
{
	struct from from = *(const struct from *)of;

	const struct waiting *w = &from.moment->waiting[i];
	uint64_t call = from.moment->from_queues ? 0 : w->call;

	from.waiting = w;
	return with_func(&from, w->func,
			 json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "src",
				   (json_int_t)w->src, "call", parts__integer_or_null(call, call),
				   "duration", age(&from, call), "at_least",
				   parts__integer_or_null(w->at_least, w->at_least), "at_most",
				   parts__integer_or_null(w->at_most, w->at_most), "sender",
				   parts__task_or_null(&w->sender), "in",
				   parts__text_or_null(wait_in__name(w->wait_in)), "running",
				   parts__array(from.moment->nr_running, running_json, &from),
				   "queued",
				   parts__array(from.moment->nr_pending, pending_json, &from)));
}

static json_t *cpu_json(const void *of, size_t i)
{
	const struct cpu_state *cpu = &((const struct moment *)of)->cpus[i];

	return json_pack("{s:I, s:o, s:o, s:o}", "cpu", (json_int_t)cpu->cpu, "task",
			 parts__task_or_null(&cpu->task), "in_interrupt",
			 cpu->interrupt_known ? json_boolean(cpu->interrupt) : json_null(),
			 "overdue", parts__integer_or_null(cpu->overdue, cpu->overdue));
}

static json_t *counted(const struct wait_counts *counts)
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
				 parts__array(moment->nr_running, running_json, &from), "queued",
				 parts__array(moment->nr_pending, pending_json, &from), "dropped",
				 (json_int_t)moment->dropped);

	parts__add(&line, "counted", counted(counts));
	if (moment->from_queues) {
		parts__add(&line, "torn", json_integer(moment->torn));
		parts__add(&line, "cpus", parts__array(moment->nr_cpus, cpu_json, moment));
	}
	if (moment->vmcore)
		parts__add(&line, "vmcore", parts__text(moment->vmcore));
	return json__line(buf, size, stamp__line("waits", moment->now, line));
}
