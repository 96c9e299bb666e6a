// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/names.h"
#include "model/field.h"
#include "view/capture/fields.h"
#include "view/capture/parse.h"
#include "view/capture/parse_storm.h"

#define NS 1000000000ULL

static void sums_parse(const json_t *object, uint64_t ns, uint32_t nr_online,
		       struct storm_sums *sums)
{
	double rate = parse__real(object, "rate_per_s"), share = parse__real(object, "share");

	*sums = (struct storm_sums){
		.ns = ns,
		.cpu_ns = ns * nr_online,
		.count = parse__sum(rate, ns),
		.all = share > 0 ? parse__sum(rate / share, ns) : 0,
		.handler_ns = parse__sum(parse__real(object, "handler_ns_per_s"), ns),
		.wait_ns = parse__sum(parse__real(object, "wait_ns_per_s"), ns),
		.victim = parse__sum(parse__real(object, "cpu_rate_per_s"), ns),
		.runs_unseen = parse__text(object, "func") &&
			       json_is_null(json_object_get(object, "handler_ns_per_s")),
		.at_most = json_is_true(json_object_get(object, "at_most")),
	};
}

/* A line has the CPUs that take part, all alike here. */
static void cpus_parse(const json_t *array, uint64_t *by)
{
	struct cpuset cpus = {};
	int cpu;

	parse__cpus(array, &cpus);
	for_each_cpu(cpu, &cpus)
		by[cpu] = 1;
}

/* The storm's own csds by CPU; @elsewhere: those of CPUs that are not known. */
static void rates_parse(const json_t *object, uint64_t ns, uint64_t *by, double *elsewhere)
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

/* A line of an older version has no csds by CPU. */
static void spread_parse(const json_t *object, struct parsed_storm *parsed)
{
	const json_t *sent = json_object_get(object, "sent");
	struct storm *storm = &parsed->storm;
	struct storm_sums *life = &storm->life;

	storm->nr_cpus = MAX_CPUS;
	storm->src = parsed->src;
	storm->dst = parsed->dst;
	storm->own = json_is_object(sent);
	if (!storm->own) {
		cpus_parse(json_object_get(object, "src"), parsed->src);
		cpus_parse(json_object_get(object, "dst"), parsed->dst);
		return;
	}
	rates_parse(sent, life->ns, parsed->src, &life->sent_elsewhere);
	rates_parse(json_object_get(object, "received"), life->ns, parsed->dst,
		    &life->received_elsewhere);
}

/* So that storm__shape() says the same again. @own: the CPUs are the storm's, whatever its share. */
static void shape_parse(const json_t *object, bool own, struct storm_sums *life)
{
	const char *shape = parse__text(object, "shape");
	bool mine = parse__true(object, "cpus_are_of_it");

	if (shape && (!strcmp(shape, "broadcast") || !strcmp(shape, "mask")))
		life->many = life->count;
	if (!own && (2 * life->count > life->all) != mine)
		life->all = mine ? life->count : 2 * life->count;
}

static void settle(const struct form *of, void *record, const json_t *object)
{
	struct storm_func *func = record;
	struct guest_vm *vm = record;
	struct guest_evidence *guests = record;
	bool known;

	/* The last interval is one of a second. */
	if (of == &storm_func_form)
		func->count = parse__sum(parse__real(object, "rate_per_s"), NS);
	if (of == &vm_form)
		vm->ipis = parse__sum(parse__real(object, "ipis_per_s"), FIELD_RATE_NS);
	if (of == &guest_form) {
		guests->users = parse__known(object, "module_users", &known);
		guests->users = known ? guests->users : -1;
	}
}

void parse__storm(const json_t *object, const struct signature *sig, uint32_t nr_online,
		  struct parsed_storm *parsed)
{
	uint64_t duration = parse__number(object, "duration");
	const struct field_reader reader = { .settle = settle };
	struct storm *storm = &parsed->storm;

	memset(parsed, 0, sizeof(*parsed));
	parsed->time = parse__number(object, "time");
	parsed->evidence.nr_online = nr_online;
	storm->sig = sig;
	storm->news = parse__true(object, "ongoing") ? STORM_BEGAN : STORM_ENDED;
	sums_parse(object, NS, nr_online, &storm->last);
	sums_parse(object, duration ? duration : NS, nr_online, &storm->life);
	spread_parse(object, parsed);
	shape_parse(object, storm->own, &storm->life);
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
	calm->irqs_unseen = calm->runs_unseen &&
			    json_is_null(json_object_get(object, "cost_share"));
	calm->cpu_ns = parse__sum(calm->seconds * nr_online * NS, NS);
	calm->nearest.second.count = json_is_object(second);
}
