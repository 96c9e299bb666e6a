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

#define NS 1000000000ULL

static void parse_sums(const json_t *object, uint64_t ns, uint32_t nr_online,
		       struct storm_sums *sums)
{
	double rate = parse__real(object, "rate_per_s"), share = parse__real(object, "share");
	const json_t *stolen = json_object_get(object, "stolen_ns_per_s");

	*sums = (struct storm_sums){
		.ns = ns,
		.cpu_ns = ns * nr_online,
		.count = parse__sum(rate, ns),
		.all = share > 0 ? parse__sum(rate / share, ns) : 0,
		.handler_ns = parse__sum(parse__real(object, "handler_ns_per_s"), ns),
		.wait_ns = parse__sum(parse__real(object, "wait_ns_per_s"), ns),
		.stolen = { json_is_object(stolen), parse__sum(parse__real(stolen, "delay"), ns),
			    parse__sum(parse__real(stolen, "handler"), ns) },
		.victim = parse__sum(parse__real(object, "cpu_rate_per_s"), ns),
		.own = parse__sum(parse__real(object, "own_per_s"), ns),
		.unsampled = parse__sum(rate * parse__real(object, "unsampled_share"), ns),
		.runs_unseen = parse__text(object, "func") &&
			       json_is_null(json_object_get(object, "handler_ns_per_s")),
		.waits_unknown = parse__text(object, "func") &&
				 json_is_null(json_object_get(object, "wait_ns_per_s")),
		.at_most = json_is_true(json_object_get(object, "at_most")),
	};
}

/* Read the CPUs that take part. A line does not have how much: each counts as 1. */
static void parse_storm_cpus(const json_t *array, uint64_t *by)
{
	struct cpuset cpus = {};
	int cpu;

	parse__cpus(array, &cpus);
	for_each_cpu(cpu, &cpus)
		by[cpu] = 1;
}

/* Read the storm's own csds by CPU; *@elsewhere: csds of CPUs that are not known. */
static void parse_rates(const json_t *object, uint64_t ns, uint64_t *by, double *elsewhere)
{
	const json_t *item;
	size_t i;

	*elsewhere = parse__sum(parse__real(object, "other_per_s"), ns);
	json_array_foreach(json_object_get(object, "cpus"), i, item) {
		uint64_t cpu = parse__number(item, "cpu");

		if (cpu < MAX_CPUS)
			by[cpu] = parse__sum(parse__real(item, "rate_per_s"), ns);
	}
}

/* Read the CPUs of the storm. A line of an older version has no csds by CPU. */
static void parse_spread(const json_t *object, struct parsed_storm *parsed)
{
	const json_t *sent = json_object_get(object, "sent");
	struct storm *storm = &parsed->storm;
	struct storm_sums *life = &storm->life;

	storm->nr_cpus = MAX_CPUS;
	storm->src = parsed->src;
	storm->dst = parsed->dst;
	storm->own = json_is_object(sent);
	if (!storm->own) {
		parse_storm_cpus(json_object_get(object, "src"), parsed->src);
		parse_storm_cpus(json_object_get(object, "dst"), parsed->dst);
		return;
	}
	parse_rates(sent, life->ns, parsed->src, &life->sent_elsewhere);
	parse_rates(json_object_get(object, "received"), life->ns, parsed->dst,
		    &life->received_elsewhere);
}

static void settle_record(const struct form *form, void *record, const json_t *object)
{
	struct storm_func *func = record;
	struct guest_vm *vm = record;
	struct guest_evidence *guests = record;
	uint64_t users;

	/* The sums of the last interval are made for one second. */
	if (form == &storm_func_form)
		func->count = parse__sum(parse__real(object, "rate_per_s"), NS);
	if (form == &vm_form)
		vm->ipis = parse__sum(parse__real(object, "ipis_per_s"), FIELD_RATE_NS);
	if (form == &guest_form)
		guests->users = parse__is_number(object, "module_users", &users) ? (int64_t)users :
										   -1;
}

void parse__storm(const json_t *object, const struct signature *sig, uint32_t nr_online,
		  struct parsed_storm *parsed)
{
	const struct field_reader reader = { .settle = settle_record };
	const char *shape = parse__text(object, "shape");
	bool mine = parse__true(object, "cpus_are_of_it");
	struct storm *storm = &parsed->storm;
	struct storm_sums *life = &storm->life;

	memset(parsed, 0, sizeof(*parsed));
	parsed->report = parse_report(object);
	parsed->name = parse__text(object, "name");
	parsed->func = parse__text(object, "func");
	parsed->explanation = parse__text(object, "explanation");
	parsed->advice = parse__text(object, "advice");
	parsed->rate = parse__real(object, "rate_per_s");
	parsed->time = parse__number(object, "time");
	parsed->evidence.nr_online = nr_online;
	storm->sig = sig;
	storm->news = parsed->report.ongoing ? STORM_BEGAN : STORM_ENDED;
	parse_sums(object, NS, nr_online, &storm->last);
	parse_sums(object, parsed->report.duration ?: NS, nr_online, life);
	parse_spread(object, parsed);
	/* Choose the sums from which storm__shape() finds the shape in the line. */
	if (shape && (!strcmp(shape, "broadcast") || !strcmp(shape, "mask")))
		life->many = life->count;
	if (!storm->own && (2 * life->count > life->all) != mine)
		life->all = mine ? life->count : 2 * life->count;
	parse__fields(&reader, &storm_form, storm, object);
	parse__fields(&reader, &changes_form, &parsed->evidence, object);
	parse__fields(&reader, &evidence_form, &parsed->evidence,
		      json_object_get(object, "evidence"));
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
	calm->cpu_ns = parse__sum(calm->seconds * nr_online * NS, NS);
	calm->nearest.second.count = json_is_object(second);
}
