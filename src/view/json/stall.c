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

/* The csds of a moment, all or those of one call. */
struct moment_part {
	const struct moment *moment;
	const struct waiting *waiting; /* the call; NULL: all csds */
	const struct naming *naming;
};

/* Returns @object with the keys of the function at @addr: func, module. No keys for address 0. */
static json_t *add_func(const struct moment_part *part, uint64_t addr, json_t *object)
{
	struct symbol symbol = { .addr = addr };

	if (!addr)
		return object;
	part->naming->symbol(part->naming->ctx, &symbol, true);
	parts__add(&object, "func", parts__function(&symbol));
	parts__add(&object, "module", parts__text_or_null(symbol.module));
	return object;
}

/*
 * Returns the time since @since, null if @since is unknown. Events after moment->now are 0 old: the
 * clock is read before the maps.
 */
static json_t *age_json(const struct moment_part *part, uint64_t since)
{
	uint64_t now = part->moment->now;

	return parts__integer_or_null(since < now ? now - since : 0, since);
}

static json_t *cpu_or_null(uint32_t cpu)
{
	return parts__integer_or_null(cpu, cpu != CPU_UNKNOWN);
}

/* Whether @part has the csds that @src queued for the call @call. */
static bool has_call(const struct moment_part *part, uint32_t src, uint64_t call)
{
	return !part->waiting || (call == part->waiting->call && src == part->waiting->src);
}

static json_t *csd_json(const struct moment_part *part, uint32_t dst, uint32_t src, uint64_t start)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "cpu", cpu_or_null(dst), "src", cpu_or_null(src),
			 "start", parts__integer_or_null(start, start), "duration",
			 age_json(part, start));
}

static json_t *running_json(const struct moment_part *part)
{
	const struct running *r = part->moment->running;
	json_t *array = json_array(), *csd;
	bool known;

	for (const struct running *end = r + part->moment->nr_running; r < end; r++) {
		if (!has_call(part, r->src, r->call))
			continue;
		csd = csd_json(part, r->dst, r->src, r->start);
		/* In a moment from the queues, only the stack that shows the function says this. */
		known = !part->moment->from_queues || r->slept || r->found;
		parts__add(&csd, "slept", known ? json_boolean(r->slept) : json_null());
		parts__append(&array, add_func(part, r->func, csd));
	}
	return array;
}

static json_t *pending_json(const struct moment_part *part)
{
	const struct pending *p = part->moment->pending;
	json_t *array = json_array();

	for (const struct pending *end = p + part->moment->nr_pending; p < end; p++)
		if (has_call(part, p->src, p->call))
			parts__append(&array, add_func(part, p->func,
						       csd_json(part, p->dst, p->src, p->queued)));
	return array;
}

static json_t *waiting_json(const void *items, size_t i)
{
	struct moment_part part = *(const struct moment_part *)items;
	const struct waiting *w = &part.moment->waiting[i];
	/* From the queues, w->call is not the time at which the call began. */
	uint64_t begun = part.moment->from_queues ? 0 : w->call;

	part.waiting = w;
	return add_func(&part, w->func,
			json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "src",
				  (json_int_t)w->src, "call", parts__integer_or_null(begun, begun),
				  "duration", age_json(&part, begun), "at_least",
				  parts__integer_or_null(w->at_least, w->at_least), "at_most",
				  parts__integer_or_null(w->at_most, w->at_most), "sender",
				  parts__task_or_null(&w->sender), "in",
				  parts__text_or_null(wait_in__name(w->wait_in)), "running",
				  running_json(&part), "queued", pending_json(&part)));
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
	struct moment_part all = { .moment = moment, .naming = naming };
	json_t *line = json_pack("{s:s, s:o, s:o, s:o, s:I}", "how",
				 moment->from_queues ? "queues" : "tracepoints", "waiting",
				 parts__array(moment->nr_waiting, waiting_json, &all), "running",
				 running_json(&all), "queued", pending_json(&all), "dropped",
				 (json_int_t)moment->dropped);

	parts__add(&line, "counted", counts_json(counts));
	if (moment->from_queues) {
		parts__add(&line, "torn", json_integer(moment->torn));
		parts__add(&line, "unread", json_integer(moment->unread));
		parts__add(&line, "blocked", json_integer(moment->blocked));
		parts__add(&line, "cpus", parts__array(moment->nr_cpus, cpu_json, moment));
	}
	if (moment->vmcore)
		parts__add(&line, "vmcore", parts__text(moment->vmcore));
	return json__line(buf, size, stamp__line("waits", moment->now, line));
}
