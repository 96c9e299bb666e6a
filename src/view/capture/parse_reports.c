// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "view/capture/capture.h"

/* In a capture without the key "folded", a stall with a cause is secondary. */
static struct parsed_report parse_report(const json_t *object)
{
	const json_t *folded = json_object_get(object, "folded");
	struct parsed_report report = {
		.ongoing = parse__true(object, "ongoing"),
		.secondary = parse__true(object, "note") || json_is_true(folded) ||
			     (!folded && parse__number(object, "cause")),
		.duration = parse__number(object, "duration"),
	};

	report.id_known = parse__is_number(object, "id", &report.id);
	return report;
}

/* Returns a time that JSON has as the time since the call's beginning; 0: not known. */
static uint64_t parse_time(const json_t *object, const char *key, uint64_t start)
{
	uint64_t since;

	return parse__is_number(object, key, &since) ? start + since : 0;
}

static void parse_targets(const json_t *object, struct parsed_stall *stall)
{
	struct incident *incident = &stall->incident;
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(object, "targets"), i, item) {
		if (i == TARGETS_MAX)
			break;
		stall->targets[i] = (struct target_time){
			.dst = parse__cpu(item, "dst"),
			.entry = parse_time(item, "entry", incident->start),
			.end = parse_time(item, "end", incident->start),
		};
		incident->nr_listed++;
	}
	incident->targets = stall->targets;
}

static void parse_straggler(const json_t *object, struct incident *incident)
{
	const char *why = parse__text(object, "why");

	if (!json_is_object(object))
		return;
	incident->straggler.known = why;
	incident->straggler.late = why && !strcmp(why, "late");
	incident->straggler.later = parse__number(object, "later");
	/*
	 * The line of the straggler's own stall has no number of targets. There are several, so
	 * take 2.
	 */
	if (!incident->nr_targets)
		incident->nr_targets = 2;
}

/* Set the marks of a delivery, from its parts. */
static void parse_split(const json_t *object, struct incident *incident)
{
	uint64_t to_sent, to_interrupt, to_function;
	bool sent = parse__is_number(object, "send", &to_sent);

	if (sent)
		incident->sent = incident->start + to_sent;
	if (parse__is_number(object, "function", &to_function) && to_function <= incident->time)
		incident->arrived = incident->time - to_function;
	else if (sent && parse__is_number(object, "interrupt", &to_interrupt))
		incident->arrived = incident->sent + to_interrupt;
}

/*
 * Read the stacks. While the stall lasts, its stack is the backtrace's. Later the line has only the
 * frame to blame.
 */
static void parse_backtrace(const json_t *object, struct parsed_stall *stall)
{
	const json_t *off = json_object_get(object, "interrupts_off");
	const struct incident *in = &stall->incident;
	struct backtrace *bt = &stall->backtrace;
	uint64_t pid;

	if (!json_is_object(object))
		return;
	stall->incident.backtrace = bt;
	bt->interrupts_known = json_is_boolean(off);
	bt->interrupts_off = json_is_true(off);
	bt->task.known = parse__is_number(object, "tid", &pid);
	bt->task.pid = pid;
	parse__copy(object, "comm", bt->task.comm, sizeof(bt->task.comm));
	if (in->stack_of == STACK_NMI) {
		for (; bt->nr < in->nr; bt->nr++) {
			const struct symbol *from = &in->stack[bt->nr];
			struct backtrace_frame *to = &bt->frames[bt->nr];

			to->offset = from->offset;
			snprintf(to->name, sizeof(to->name), "%s", from->name ? from->name : "");
			snprintf(to->module, sizeof(to->module), "%s",
				 from->module ? from->module : "");
		}
		return;
	}
	bt->nr = parse__text(object, "func") ? 1 : 0;
	parse__copy(object, "func", bt->frames[0].name, sizeof(bt->frames[0].name));
	parse__copy(object, "module", bt->frames[0].module, sizeof(bt->frames[0].module));
}

void parse__stall(struct strings *strings, const json_t *object, struct parsed_stall *stall)
{
	const struct field_reader reader = { .strings = strings };
	const json_t *stack = json_object_get(object, "stack");
	struct incident *in = &stall->incident;

	*stall = (struct parsed_stall){ .report = parse_report(object),
					.cause = parse__number(object, "cause") };
	parse__fields(&reader, &incident_form, in, object);
	in->time += in->start;
	in->covered = stall->report.secondary;
	in->sender.known |= in->sender.interrupt;
	parse_split(json_object_get(object, "split"), in);
	parse_targets(object, stall);
	parse_straggler(json_object_get(object, "straggler"), in);
	in->nr = parse__stack(strings, stack, in->stack, STACK_DEPTH);
	in->user = in->stack_of == STACK_INTERRUPTED && json_is_array(stack) && !in->nr;
	parse_backtrace(json_object_get(object, "backtrace"), stall);
}

void parse__trigger(const json_t *object, struct trigger *trigger, uint64_t *from)
{
	*trigger = (struct trigger){ .time = parse__number(object, "time") };
	parse__fields(&(struct field_reader){}, &trigger_form, trigger, object);
	*from = parse__number(object, "from");
}

/*
 * Returns the phases that the run asked for; other phases have null in place of a count. If only
 * calls are followed, null has another meaning: then returns all phases.
 */
static struct stall_scope parse_scope(const json_t *object)
{
	const json_t *found = json_object_get(object, "found");
	const char *figures =
		json_string_value(json_object_get(json_object_get(object, "sources"), "figures"));
	struct stall_scope scope = { .calls = figures && !strcmp(figures, "calls") };

	for (int i = 0; i < NR_PHASES; i++)
		if (scope.calls || json_is_integer(json_object_get(found, phase_names[i])))
			scope.asked |= 1U << i;
	scope.interrupts_known =
		json_is_integer(json_object_get(found, phase_names[PHASE_INTERRUPT]));
	return scope;
}

void parse__stalls_end(const json_t *object, struct stall_totals *totals)
{
	const json_t *found = json_object_get(object, "found");

	*totals = (struct stall_totals){ .scope = parse_scope(object) };
	parse__fields(&(struct field_reader){}, &stall_totals_form, totals, object);
	for (int i = 0; i < NR_PHASES; i++)
		totals->found[i] = parse__number(found, phase_names[i]);
}

void parse__storm(struct strings *strings, const json_t *object, uint32_t nr_online,
		  struct storm_line *line)
{
	const struct field_reader reader = { .strings = strings, .root = line };

	memset(line, 0, sizeof(*line));
	parse__fields(&reader, &storm_line_form, line, object);
	storm_line__restore(line, nr_online);
}

struct parsed_report parse__storm_report(const struct storm_line *line)
{
	const struct storm *storm = &line->storm;

	return (struct parsed_report){ line->id_known, line->ongoing, storm->note, storm->id,
				       storm->seen - storm->onset };
}

void parse__calm(struct strings *strings, const json_t *object, uint32_t nr_online,
		 struct calm *calm)
{
	const struct field_reader reader = { .strings = strings };
	const json_t *second = json_object_get(json_object_get(object, "nearest"), "second");

	*calm = (struct calm){};
	parse__fields(&reader, &calm_form, calm, object);
	calm->runs_unseen = json_is_null(json_object_get(object, "handler_ns"));
	calm->waits_unknown = json_is_null(json_object_get(object, "wait_ns"));
	calm->irqs_unseen = calm->runs_unseen &&
			    json_is_null(json_object_get(object, "cost_share"));
	calm->cpu_ns = count_of_rate(calm->seconds * nr_online * 1e9, 1000000000);
	calm->nearest.second.count = json_is_object(second);
}
