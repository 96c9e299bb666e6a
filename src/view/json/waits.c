// SPDX-License-Identifier: GPL-2.0
#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/json/emit.h"
#include "view/json/parts.h"
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

/* 0 for an event after moment->now: the clock is read before the maps. */
static json_int_t age(const struct from *from, uint64_t since)
{
	return since < from->moment->now ? from->moment->now - since : 0;
}

static json_t *running_json(const void *of, size_t i)
{
	const struct from *from = of;
	const struct running *r = &from->moment->running[i];

	if (from->waiting && (r->call != from->waiting->call || r->src != from->waiting->src))
		return parts__none();
	return with_func(from, r->func,
			 json_pack("{s:I, s:I, s:I, s:I, s:b}", "cpu", (json_int_t)r->dst, "src",
				   (json_int_t)r->src, "start", (json_int_t)r->start, "duration",
				   age(from, r->start), "slept", r->slept));
}

static json_t *pending_json(const void *of, size_t i)
{
	const struct from *from = of;
	const struct pending *p = &from->moment->pending[i];

	if (from->waiting && (p->call != from->waiting->call || p->src != from->waiting->src))
		return parts__none();
	return with_func(from, p->func,
			 json_pack("{s:I, s:I, s:I, s:I}", "cpu", (json_int_t)p->dst, "src",
				   (json_int_t)p->src, "start", (json_int_t)p->queued, "duration",
				   age(from, p->queued)));
}

static json_t *waiting_json(const void *of, size_t i)
{
	struct from from = *(const struct from *)of;

	from.waiting = &from.moment->waiting[i];
	return with_func(
		&from, from.waiting->func,
		json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "src",
			  (json_int_t)from.waiting->src, "call", (json_int_t)from.waiting->call,
			  "duration", age(&from, from.waiting->call), "sender",
			  parts__task_or_null(&from.waiting->sender), "in",
			  parts__text_or_null(wait_in__name(from.waiting->wait_in)), "running",
			  parts__array(from.moment->nr_running, running_json, &from), "queued",
			  parts__array(from.moment->nr_pending, pending_json, &from)));
}

size_t json__waits(char *buf, size_t size, const struct moment *moment, const struct naming *naming)
{
	struct from from = { .moment = moment, .naming = naming };

	return json__line(buf, size,
			  json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:I}", "schema", "ipitrace/1",
				    "type", "waits", "time", (json_int_t)moment->now, "waiting",
				    parts__array(moment->nr_waiting, waiting_json, &from),
				    "running",
				    parts__array(moment->nr_running, running_json, &from), "queued",
				    parts__array(moment->nr_pending, pending_json, &from),
				    "dropped", (json_int_t)moment->dropped));
}
