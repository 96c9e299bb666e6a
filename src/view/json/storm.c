// SPDX-License-Identifier: GPL-2.0
#include "view/json/json.h"
#include "view/words/words.h"

/*
 * Returns the CPUs that take part; null where it is not known which CPUs send, or get, interrupts
 * without a csd.
 */
static json_t *cpus_json(const struct storm *storm, const uint64_t *by)
{
	json_t *cpus = json_array();

	for (size_t i = 0; i < storm->nr_cpus; i++)
		if (storm__has_cpu(storm, by, i))
			parts__append(&cpus, json_integer(i));
	if (json_array_size(cpus) || !storm__is_of_kind(storm))
		return cpus;
	json_decref(cpus);
	return json_null();
}

/* Returns the storm's own csds by CPU, with a sum of those whose CPU is not known. */
static json_t *rates_json(const struct storm *storm, const uint64_t *by, double elsewhere)
{
	json_t *cpus;

	if (!storm->own)
		return json_null();
	cpus = json_array();
	for (size_t i = 0; i < storm->nr_cpus; i++)
		if (by[i])
			parts__append(&cpus,
				      json_pack("{s:I, s:f}", "cpu", (json_int_t)i, "rate_per_s",
						storm__cpu_rate(storm, by, elsewhere, i)));
	return json_pack("{s:o, s:f}", "cpus", cpus, "other_per_s",
			 storm__part_rate(storm, elsewhere));
}

/* The derived keys of a part of the storm's line, whose record @form describes. */
static void part_derive(json_t **object, const struct form *form, const void *record,
			const struct storm *storm, const struct storm_evidence *evidence)
{
	const struct guest_ipi_evidence *ipis = &evidence->guest_ipis;
	double each = storm_words__updates_each(evidence);

	if (form == &storm_func_form)
		parts__add(object, "rate_per_s",
			   json_real(per_second(((const struct storm_func *)record)->count,
						storm->last.ns)));
	else if (form == &storm_source_form)
		parts__add(object, "share",
			   json_real((double)((const struct storm_source *)record)->samples /
				     storm->samples));
	else if (form == &cpufreq_form && evidence->cpufreq.transitions > 0)
		parts__add(object, "ipis_per_transition",
			   json_real(sums__rate(&storm->last) / evidence->cpufreq.transitions));
	else if (form == &guest_form)
		parts__add(object, "module_users",
			   parts__integer_or_null(evidence->guests.users,
						  evidence->guests.users >= 0));
	else if (form == &vm_form)
		parts__add(
			object, "ipis_per_s",
			json_real(per_second(((const struct guest_vm *)record)->ipis, ipis->ns)));
	else if (form == &guest_ipi_form)
		parts__add(object, "other_per_s",
			   json_real(per_second(storm_words__other_ipis(ipis), ipis->ns)));
	else if (form == &clock_form)
		parts__add(object, "updates_per_transition",
			   parts__number_or_null(each, each >= 0));
}

/*
 * Add the rates of handlers, waits and stolen time in @sums, null where they are unknown; then the
 * rate of ipitrace's own csds, and the share of csds whose senders were not sampled.
 */
static void times_derive(json_t **object, const struct storm_sums *sums, bool handled)
{
	bool ran = handled && !sums->runs_unseen;

	parts__add(object, "cost_ns_per_s",
		   parts__integer_or_null(per_second(sums->handler_ns + sums->wait_ns, sums->ns),
					  ran));
	parts__add(object, "handler_ns_per_s",
		   parts__integer_or_null(per_second(sums->handler_ns, sums->ns), ran));
	parts__add(object, "wait_ns_per_s",
		   parts__integer_or_null(per_second(sums->wait_ns, sums->ns),
					  handled && !sums->waits_unknown));
	parts__add(object, "stolen_ns_per_s",
		   sums->stolen.known ?
			   json_pack("{s:I, s:I}", "delay",
				     (json_int_t)per_second(sums->stolen.delay, sums->ns),
				     "handler",
				     (json_int_t)per_second(sums->stolen.handler, sums->ns)) :
			   json_null());
	parts__add(object, "own_per_s", json_real(sums__own_rate(sums)));
	parts__add(object, "unsampled_share", json_real(sums__unsampled(sums)));
	if (sums->at_most)
		parts__add(object, "at_most", json_true());
}

/*
 * Add the figures of storm__figures(): a storm that begins shows its last interval, later lines its
 * whole life.
 */
static void storm_derive(json_t **object, const struct storm *storm,
			 const struct storm_evidence *evidence, const struct json_fields *fields)
{
	const struct storm_sums *sums = storm__figures(storm);
	const struct storm_func *first = &storm->funcs[0];
	char why[1024], advice[1024];

	storm_words__why(storm, evidence, why, sizeof(why));
	storm_words__advice(storm, evidence, advice, sizeof(advice));
	parts__update(
		object,
		json_pack(
			"{s:b, s:s, s:o, s:o, s:f, s:f, s:f, s:s, s:o, s:o, s:o, s:o, s:b, s:s?, s:o,"
			" s:o, s:o}",
			"ongoing", storm->news != STORM_ENDED, "name", storm_words__name(storm),
			"func", parts__word_or_null(first->name), "module",
			parts__word_or_null(first->module), "rate_per_s", sums__rate(sums),
			"cpu_rate_per_s", sums__victim_rate(sums), "share", sums__share(sums),
			"limit_why", storm_words__usual(storm), "src", cpus_json(storm, storm->src),
			"dst", cpus_json(storm, storm->dst), "sent",
			rates_json(storm, storm->src, storm->life.sent_elsewhere), "received",
			rates_json(storm, storm->dst, storm->life.received_elsewhere),
			"cpus_are_of_it", storm__has_cpus(storm), "shape",
			shape_names[storm__shape(storm, evidence->nr_online)], "evidence",
			json_fields__object(fields, &evidence_form, evidence), "explanation",
			parts__text(why), "advice", parts__text(advice)));
	times_derive(object, sums, *first->name);
	parts__update(object, json_fields__object(fields, &changes_form, evidence));
}

static void derive_value(json_t **object, const struct form *form, const void *record,
			 const void *root)
{
	const struct storm_told *told = root;

	if (form == &storm_form)
		storm_derive(object, told->storm, told->evidence,
			     &(struct json_fields){ told, derive_value });
	else
		part_derive(object, form, record, told->storm, told->evidence);
}

char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	const struct storm_told told = { storm, evidence };
	json_t *object = json_fields__object(&(struct json_fields){ &told, derive_value },
					     &storm_form, storm);

	return json__owned_line(stamp__line("storm", time, object));
}

json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent)
{
	json_t *object = json_fields__object(&(struct json_fields){}, &verdict_form, nearest);

	parts__add(&object, "verdict", parts__text_or_null(storm_nearest__verdict(nearest, sent)));
	return object;
}

char *json__no_storm_line(const struct calm *calm, uint64_t time)
{
	bool known = calm->cpu_ns && !calm->irqs_unseen;
	json_t *rest = json_fields__object(&(struct json_fields){}, &calm_form, calm);

	parts__add(&rest, "cost_share", parts__number_or_null(calm__cost(calm), known));
	parts__add(&rest, "explanation", parts__word_or_null(storm_words__calm(calm).s));
	return json__owned_line(stamp__line("no_storm", time, rest));
}
