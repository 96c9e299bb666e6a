// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "abi/call.h"
#include "abi/stall_event.h"
#include "model/names.h"
#include "model/field.h"
#include "view/capture/fields.h"
#include "view/capture/parse.h"
#include "view/capture/parse_stall.h"

/* A time that JSON gives from the beginning of the call on; 0: not known. */
static uint64_t time_parse(const json_t *object, const char *key, uint64_t start)
{
	bool known;
	uint64_t since = parse__known(object, key, &known);

	return known ? start + since : 0;
}

static void targets_parse(const json_t *object, struct parsed_stall *stall)
{
	struct incident *incident = &stall->incident;
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(object, "targets"), i, item) {
		if (i == TARGETS_MAX)
			break;
		stall->targets[i] = (struct target_time){
			.dst = parse__cpu(item, "dst"),
			.entry = time_parse(item, "entry", incident->start),
			.end = time_parse(item, "end", incident->start),
		};
		incident->nr_listed++;
	}
	incident->targets = stall->targets;
}

static void straggler_parse(const json_t *object, struct incident *incident)
{
	const char *why = parse__text(object, "why");

	if (!json_is_object(object))
		return;
	incident->straggler.known = why;
	incident->straggler.late = why && !strcmp(why, "late");
	incident->straggler.later = parse__number(object, "later");
	/* Where it is the straggler of another's call, its own targets are not counted. */
	if (!incident->nr_targets)
		incident->nr_targets = 2;
}

/* The marks of a delivery, from its parts. */
static void split_parse(const json_t *object, struct incident *incident)
{
	bool sent, interrupt, function;
	uint64_t to_sent = parse__known(object, "send", &sent);
	uint64_t to_interrupt = parse__known(object, "interrupt", &interrupt);
	uint64_t to_function = parse__known(object, "function", &function);

	if (sent)
		incident->sent = incident->start + to_sent;
	if (function && to_function <= incident->time)
		incident->arrived = incident->time - to_function;
	else if (sent && interrupt)
		incident->arrived = incident->sent + to_interrupt;
}

static void stack_parse(struct strings *strings, const json_t *object, struct incident *incident)
{
	const json_t *stack = json_object_get(object, "stack");

	incident->nr = parse__stack(strings, stack, incident->stack, STACK_DEPTH);
	incident->user = incident->stack_of == STACK_INTERRUPTED && json_is_array(stack) &&
			 !incident->nr;
}

static void frame_copy(struct backtrace_frame *to, const struct symbol *from)
{
	to->offset = from->offset;
	snprintf(to->name, sizeof(to->name), "%s", from->name ? from->name : "");
	snprintf(to->module, sizeof(to->module), "%s", from->module ? from->module : "");
}

/* While the stall lasts, its stack is the backtrace's; later the line has the frame to blame alone. */
static void backtrace_parse(const json_t *object, struct parsed_stall *stall)
{
	const json_t *off = json_object_get(object, "interrupts_off");
	const struct incident *in = &stall->incident;
	struct backtrace *bt = &stall->backtrace;

	if (!json_is_object(object))
		return;
	stall->incident.backtrace = bt;
	bt->interrupts_known = json_is_boolean(off);
	bt->interrupts_off = json_is_true(off);
	bt->task.pid = parse__known(object, "tid", &bt->task.known);
	parse__copy(object, "comm", bt->task.comm, sizeof(bt->task.comm));
	if (in->stack_of == STACK_NMI) {
		for (; bt->nr < in->nr; bt->nr++)
			frame_copy(&bt->frames[bt->nr], &in->stack[bt->nr]);
		return;
	}
	bt->nr = parse__text(object, "func") ? 1 : 0;
	parse__copy(object, "func", bt->frames[0].name, sizeof(bt->frames[0].name));
	parse__copy(object, "module", bt->frames[0].module, sizeof(bt->frames[0].module));
}

void parse__stall(struct strings *strings, const json_t *object, struct parsed_stall *stall)
{
	const struct field_reader reader = { .strings = strings };
	struct incident *in = &stall->incident;

	*stall = (struct parsed_stall){ .id = parse__number(object, "id") };
	parse__fields(&reader, &incident_form, in, object);
	in->time += in->start;
	in->covered = parse__aside(object);
	in->sender.known |= in->sender.interrupt;
	split_parse(json_object_get(object, "split"), in);
	targets_parse(object, stall);
	straggler_parse(json_object_get(object, "straggler"), in);
	stack_parse(strings, object, in);
	backtrace_parse(json_object_get(object, "backtrace"), stall);
}

void parse__trigger(const json_t *object, struct trigger *trigger, uint64_t *from)
{
	*trigger = (struct trigger){ .time = parse__number(object, "time") };
	parse__fields(&(struct field_reader){}, &trigger_form, trigger, object);
	*from = parse__number(object, "from");
}

/* Where calls alone are followed, null may stand for a phase that nobody asked for, too. */
static struct stall_scope scope_parse(const json_t *object)
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

	*totals = (struct stall_totals){ .scope = scope_parse(object) };
	parse__fields(&(struct field_reader){}, &stall_totals_form, totals, object);
	for (int i = 0; i < NR_PHASES; i++)
		totals->found[i] = parse__number(found, phase_names[i]);
}
