// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "view/capture/parse.h"
#include "view/capture/parse_record.h"
#include "model/names.h"

static uint64_t duration_parse(const json_t *object, const char *key)
{
	bool known;
	uint64_t ns = parse__known(object, key, &known);

	return known ? ns : NOT_KNOWN;
}

void parse__record(struct strings *strings, const json_t *object, struct parsed_record *parsed)
{
	static const char *const types[] = { "async", "sync", "irq_work", "ttwu" };
	struct record *r = &parsed->record;

	*parsed = (struct parsed_record){
		.func = parse__function(strings, object),
		.callsite = parse__site(strings, parse__text(object, "callsite")),
	};
	r->time = parse__number(object, "time");
	r->func = parsed->func.addr;
	r->callsite = parsed->callsite.addr;
	r->delay = duration_parse(object, "delay");
	r->handler = duration_parse(object, "handler");
	r->wait = duration_parse(object, "wait");
	r->pid = parse__number(object, "tid");
	r->tgid = parse__number(object, "pid");
	r->stack = NO_STACK;
	r->src = parse__cpu(object, "src");
	r->dst = parse__cpu(object, "dst");
	r->kind = parse__name(object, "kind", kind_names, NR_KINDS, KIND_CALL_FUNCTION);
	r->type = parse__name(object, "csd", types, 4, 0) << 4;
	r->interrupt = parse__true(object, "interrupt");
	parse__copy(object, "comm", r->comm, sizeof(r->comm));
}

void parse__trace_end(const json_t *object, struct trace_totals *totals)
{
	const json_t *lost_by = json_object_get(object, "lost_by");

	*totals = (struct trace_totals){
		.records = parse__number(object, "records"),
		.queued = parse__number(object, "queued"),
		.csds = parse__number(object, "csds"),
		.in_flight = parse__number(object, "in_flight"),
		.brief = parse__number(object, "brief"),
		.late = parse__number(object, "late"),
		.dropped = parse__number(lost_by, "buffer_full"),
		.csds_wanted = json_is_integer(json_object_get(object, "queued")),
	};
	for (int i = 0; i < NR_LOST; i++)
		totals->lost_by[i] = parse__number(lost_by, lost_names[i]);
}
