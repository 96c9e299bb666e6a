// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/json/parts.h"
#include "view/text/waits.h"

/* What the items are made of. */
struct from {
	const struct moment *m;
	const struct waiting *w;
	waits_name_fn *name;
	void *ctx;
};

static json_t *func(const struct from *from, uint64_t addr, json_t *object)
{
	struct symbol symbol = { .addr = addr };

	if (!addr)
		return object;
	from->name(from->ctx, &symbol);
	json_object_set_new(object, "func", name_or_address(&symbol));
	json_object_set_new(object, "module", text_or_null(symbol.module));
	return object;
}

/* Never negative: it may have begun after the moment's clock was read. */
static json_int_t age(const struct from *from, uint64_t since)
{
	return since < from->m->now ? from->m->now - since : 0;
}

static json_t *running(const void *of, size_t i)
{
	const struct from *from = of;
	const struct running *r = &from->m->running[i];

	if (from->w && (r->call != from->w->call || r->src != from->w->src))
		return NULL;
	return func(from, r->func,
		    json_pack("{s:I, s:I, s:I, s:I, s:b}", "cpu", (json_int_t)r->dst, "src",
			      (json_int_t)r->src, "start", (json_int_t)r->start, "duration",
			      age(from, r->start), "slept", r->slept));
}

static json_t *pending(const void *of, size_t i)
{
	const struct from *from = of;
	const struct pending *p = &from->m->pending[i];

	if (from->w && (p->call != from->w->call || p->src != from->w->src))
		return NULL;
	return func(from, p->func,
		    json_pack("{s:I, s:I, s:I, s:I}", "cpu", (json_int_t)p->dst, "src",
			      (json_int_t)p->src, "start", (json_int_t)p->queued, "duration",
			      age(from, p->queued)));
}

static json_t *waiting(const void *of, size_t i)
{
	struct from from = *(const struct from *)of;

	from.w = &from.m->waiting[i];
	return func(&from, from.w->func,
		    json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "src", (json_int_t)from.w->src,
			      "call", (json_int_t)from.w->call, "duration",
			      age(&from, from.w->call), "sender", task_or_null(&from.w->sender),
			      "in", text_or_null(wait_in__name(from.w->wait_in)), "running",
			      array_of(from.m->nr_running, running, &from), "queued",
			      array_of(from.m->nr_pending, pending, &from)));
}

size_t json__waits(char *buf, size_t size, const struct moment *m, waits_name_fn *name, void *ctx)
{
	struct from from = { .m = m, .name = name, .ctx = ctx };
	json_t *object = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:I}", "schema", "ipitrace/1",
				   "type", "waits", "time", (json_int_t)m->now, "waiting",
				   array_of(m->nr_waiting, waiting, &from), "running",
				   array_of(m->nr_running, running, &from), "queued",
				   array_of(m->nr_pending, pending, &from), "dropped",
				   (json_int_t)m->dropped);
	size_t len = object ? json_dumpb(object, buf, size, JSON_COMPACT) : 0;

	json_decref(object);
	if (!len || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}
