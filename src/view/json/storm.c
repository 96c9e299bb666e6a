// SPDX-License-Identifier: GPL-2.0
#include "base/cpuset.h"
#include "model/names.h"
#include "model/signature.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "view/json/emit.h"
#include "view/json/parts.h"
#include "view/json/stamp.h"
#include "view/json/storm.h"
#include "view/storm_words.h"

static json_t *string_or_null(const char *name)
{
	return parts__text_or_null(*name ? name : NULL);
}

static double per_second(uint64_t n, uint64_t ns)
{
	return ns ? n * 1e9 / ns : 0;
}

static json_t *func_json(const void *of, size_t i)
{
	const struct storm *storm = of;
	const struct storm_func *func = &storm->funcs[i];

	return json_pack("{s:o, s:o, s:s?, s:f}", "func", string_or_null(func->name), "module",
			 string_or_null(func->module), "kind",
			 *func->name ? NULL : kind_names[func->kind], "rate_per_s",
			 per_second(func->count, storm->last.ns));
}

static json_t *frame_json(const void *of, size_t i)
{
	const struct storm_source *source = of;

	return parts__text(source->chain[i]);
}

static json_t *user_json(const void *of, size_t i)
{
	const struct storm_source *source = of;

	(void)i;
	return json_pack("{s:o, s:o, s:I}", "func", string_or_null(source->user_func), "module",
			 string_or_null(source->user_module), "offset",
			 (json_int_t)source->user_offset);
}

static json_t *source_json(const void *of, size_t i)
{
	const struct storm *storm = of;
	const struct storm_source *source = &storm->sources[i];
	bool task = !source->interrupt;

	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:I, s:f, s:o, s:o}", "interrupt",
			 source->interrupt, "tgid", parts__integer_or_null(source->tgid, task),
			 "comm", parts__text_or_null(task ? source->comm : NULL), "cgroup",
			 string_or_null(source->cgroup), "caller", string_or_null(source->caller),
			 "reason", string_or_null(source->reason), "samples",
			 (json_int_t)source->samples, "share",
			 (double)source->samples / storm->samples, "chain",
			 parts__array(source->nr_chain, frame_json, source), "user_frames",
			 source->has_user ? parts__array(1, user_json, source) : json_null());
}

struct cpus_of {
	const struct storm *storm;
	const uint64_t *by;
};

static json_t *cpu_json(const void *of, size_t i)
{
	const struct cpus_of *cpus = of;

	return storm__has_cpu(cpus->storm, cpus->by, i) ? json_integer(i) : parts__none();
}

/* Interrupts without a function show neither sender nor destination: null. */
static json_t *cpus_json(const struct storm *storm, const uint64_t *by)
{
	struct cpus_of cpus = { storm, by };

	if (!storm->nr_funcs || !*storm->funcs[0].name)
		return json_null();
	return parts__array(storm->nr_cpus, cpu_json, &cpus);
}

struct rates_of {
	const struct storm *storm;
	const uint64_t *by;
	double elsewhere;
};

static json_t *cpu_rate_json(const void *of, size_t i)
{
	const struct rates_of *rates = of;

	if (!rates->by[i])
		return parts__none();
	return json_pack("{s:I, s:f}", "cpu", (json_int_t)i, "rate_per_s",
			 storm__cpu_rate(rates->storm, rates->by, rates->elsewhere, i));
}

/* The storm's own csds by CPU, and those whose CPU is not known. */
static json_t *rates_json(const struct storm *storm, const uint64_t *by, double elsewhere)
{
	struct rates_of rates = { storm, by, elsewhere };

	if (!storm->own)
		return json_null();
	return json_pack("{s:o, s:f}", "cpus", parts__array(storm->nr_cpus, cpu_rate_json, &rates),
			 "other_per_s", storm__part_rate(storm, elsewhere));
}

static json_t *change_json(const void *of, size_t i)
{
	const struct change *change = (const struct change *)of + i;

	return json_pack("{s:I, s:o}", "time", (json_int_t)change->time, "what",
			 parts__text(change->text));
}

static json_t *tsc_json(const struct storm *storm, const struct tsc_evidence *tsc)
{
	if (!storm->sig || !(storm->sig->shows & SHOWS_TSC) || !tsc->known)
		return json_null();
	return json_pack("{s:b, s:b, s:b, s:o}", "constant", tsc->constant, "nonstop", tsc->nonstop,
			 "invariant", tsc->invariant, "clocksource",
			 string_or_null(tsc->clocksource));
}

static json_t *policy_cpu_json(const void *of, size_t i)
{
	const struct cpufreq_policy *policy = of;

	return cpuset__has(&policy->cpus, i) ? json_integer(i) : parts__none();
}

static json_t *policy_json(const void *of, size_t i)
{
	const struct cpufreq_policy *policy = (const struct cpufreq_policy *)of + i;

	return json_pack("{s:o, s:I, s:o, s:o, s:o}", "policy", parts__text(policy->name), "cpus",
			 (json_int_t)policy->nr_cpus, "cpu_list",
			 parts__array(CPUSET_MAX, policy_cpu_json, policy), "driver",
			 string_or_null(policy->driver), "governor",
			 string_or_null(policy->governor));
}

static json_t *cpufreq_json(const struct storm *storm, const struct cpufreq_evidence *cpufreq)
{
	double transitions = storm_words__transitions(cpufreq);
	double ipis = transitions > 0 ? sums__rate(&storm->last) / transitions : 0;
	uint32_t nr = cpufreq->nr_policies < POLICIES_MAX ? cpufreq->nr_policies : POLICIES_MAX;

	if (!storm->sig || !(storm->sig->shows & SHOWS_CPUFREQ))
		return json_null();
	return json_pack("{s:o, s:o, s:I, s:o}", "transitions_per_s",
			 parts__number_or_null(transitions, transitions >= 0),
			 "ipis_per_transition", parts__number_or_null(ipis, transitions > 0),
			 "nr_policies", (json_int_t)cpufreq->nr_policies, "policies",
			 parts__array(nr, policy_json, cpufreq->policies));
}

static json_t *guests_json(const struct storm *storm, const struct guest_evidence *guests)
{
	if (!storm->sig || !(storm->sig->shows & SHOWS_GUESTS))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "vcpu_threads",
			 parts__integer_or_null(guests->vcpus, guests->known), "owner",
			 string_or_null(guests->owner), "module", string_or_null(guests->module),
			 "module_users", parts__integer_or_null(guests->users, guests->users >= 0));
}

static json_t *vm_json(const void *of, size_t i)
{
	const struct guest_ipi_evidence *ipis = of;
	const struct guest_vm *vm = &ipis->vms[i];

	return json_pack("{s:I, s:o, s:f}", "tgid", (json_int_t)vm->tgid, "comm",
			 string_or_null(vm->comm), "ipis_per_s", per_second(vm->ipis, ipis->ns));
}

static json_t *guest_ipis_json(const struct storm *storm, const struct guest_ipi_evidence *ipis)
{
	if (!storm->sig || !(storm->sig->shows & (SHOWS_GUESTS | SHOWS_GUEST_IPIS)) || !ipis->known)
		return json_null();
	return json_pack("{s:f, s:b, s:o, s:f}", "ipis_per_s", per_second(ipis->all, ipis->ns),
			 "virtualized", ipis->virtualized, "vms",
			 parts__array(ipis->nr_vms, vm_json, ipis), "other_per_s",
			 per_second(storm_words__other_ipis(ipis), ipis->ns));
}

static json_t *clock_json(const struct storm *storm, const struct storm_evidence *evidence)
{
	const struct clock_evidence *clock = &evidence->clock;
	double each = storm_words__updates_each(evidence);

	if (!storm->sig || !(storm->sig->shows & SHOWS_TSC) || !clock->counted)
		return json_null();
	return json_pack("{s:f, s:o}", "updates_per_s", per_second(clock->updates, clock->ns),
			 "updates_per_transition", parts__number_or_null(each, each >= 0));
}

static json_t *evidence_json(const struct storm *storm, const struct storm_evidence *evidence)
{
	bool shows = storm->sig && storm->sig->shows & SHOWS_STOPS;
	bool stops = shows && evidence->stops_known, moves = shows && evidence->moves_known;

	return json_pack(
		"{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "interval", (json_int_t)evidence->ns,
		"tsc", tsc_json(storm, &evidence->tsc), "cpufreq",
		cpufreq_json(storm, &evidence->cpufreq), "guests",
		guests_json(storm, &evidence->guests), "guest_clocks", clock_json(storm, evidence),
		"guest_ipis", guest_ipis_json(storm, &evidence->guest_ipis), "stopper_runs_per_s",
		parts__number_or_null(per_second(evidence->stops, evidence->stops_ns), stops),
		"tasks_moved_per_s",
		parts__number_or_null(per_second(evidence->moves, evidence->moves_ns), moves));
}

/* The cost that is judged, beside its limit. */
static void cost_add(json_t **object, const struct storm_cost *cost)
{
	parts__add(object, "cost_share", json_real(cost->share));
	parts__add(object, "limit_share", json_real(cost->limit));
	parts__add(object, "cost_of", json_string(cost_of_names[cost->of]));
}

/* storm__figures(): a storm that begins shows its last interval, later lines its whole life. */
static json_t *storm_json(const struct storm *storm, const struct storm_evidence *evidence,
			  uint64_t time)
{
	const struct storm_sums *sums = storm__figures(storm);
	const struct storm_func *first = &storm->funcs[0];
	bool handled = *first->name, ran = handled && !sums->runs_unseen;
	char why[1024], advice[1024];

	storm_words__why(storm, evidence, why, sizeof(why));
	storm_words__advice(storm, evidence, advice, sizeof(advice));
	json_t *rest = json_pack(
		"{s:I, s:b, s:s, s:o, s:o, s:f, s:f, s:f, s:f, s:s, s:o, s:o, s:o,"
		" s:o, s:o, s:b, s:s?, s:o, s:o, s:o, s:s, s:I, s:b, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"id", (json_int_t)storm->id, "ongoing", storm->news != STORM_ENDED, "name",
		storm_words__name(storm), "func", string_or_null(first->name), "module",
		string_or_null(first->module), "rate_per_s", sums__rate(sums), "cpu_rate_per_s",
		sums__victim_rate(sums), "share", sums__share(sums), "limit_per_s", storm->limit,
		"limit_why", storm_words__usual(storm), "baseline_per_s",
		parts__number_or_null(storm->baseline, storm->baseline_known), "src",
		cpus_json(storm, storm->src), "dst", cpus_json(storm, storm->dst), "sent",
		rates_json(storm, storm->src, storm->life.sent_elsewhere), "received",
		rates_json(storm, storm->dst, storm->life.received_elsewhere), "cpus_are_of_it",
		storm__has_cpus(storm), "shape",
		shape_names[storm__shape(storm, evidence->nr_online)], "cost_ns_per_s",
		parts__integer_or_null(per_second(sums->handler_ns + sums->wait_ns, sums->ns), ran),
		"handler_ns_per_s",
		parts__integer_or_null(per_second(sums->handler_ns, sums->ns), ran),
		"wait_ns_per_s",
		parts__integer_or_null(per_second(sums->wait_ns, sums->ns), handled), "reason",
		reason_names[storm->reason], "onset", (json_int_t)storm->onset, "before",
		storm->before, "duration", (json_int_t)(storm->seen - storm->onset), "functions",
		parts__array(storm->nr_funcs, func_json, storm), "sources",
		parts__array(storm->nr_sources, source_json, storm), "samples",
		json_integer(storm->samples), "changes",
		parts__array(evidence->nr_changes, change_json, evidence->changes), "evidence",
		evidence_json(storm, evidence), "explanation", parts__text(why), "advice",
		parts__text(advice));

	parts__add(&rest, "note", json_boolean(storm->note));
	parts__add(&rest, "names_hidden", parts__text_or_null(names_hidden[storm->names]));
	if (storm->cost.limit > 0)
		cost_add(&rest, &storm->cost);
	if (sums->at_most)
		parts__add(&rest, "at_most", json_true());
	return stamp__line("storm", time, rest);
}

char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	return json__owned_line(storm_json(storm, evidence, time));
}

int json__storm(const struct storm *storm, const struct storm_evidence *evidence, uint64_t time)
{
	return json__put(json__storm_line(storm, evidence, time));
}

static json_t *name_json(const struct storm_func *func)
{
	return json_pack("{s:o, s:o, s:s?}", "func", string_or_null(func->name), "module",
			 string_or_null(func->module), "kind",
			 *func->name ? NULL : kind_names[func->kind]);
}

static json_t *nearest_json(const struct storm_nearest *nearest)
{
	json_t *object;

	if (!nearest->known)
		return json_null();
	object = name_json(&nearest->func);
	parts__add(&object, "second",
		   nearest->second.count ? name_json(&nearest->second) : json_null());
	parts__add(&object, "name", parts__text_or_null(nearest->cause));
	parts__add(&object, "cpu", parts__integer_or_null(nearest->cpu, nearest->cpu_known));
	parts__add(&object, "cpu_rate_per_s", json_real(nearest->rate));
	parts__add(&object, "limit_per_s", json_real(nearest->rate_limit));
	parts__add(&object, "limit_class", parts__text_or_null(nearest->usual));
	parts__add(&object, "names_hidden", parts__text_or_null(names_hidden[nearest->names]));
	cost_add(&object, &nearest->cost);
	return object;
}

static json_t *note_json(const struct storm_nearest *nearest)
{
	const struct storm_note *note = &nearest->note;
	json_t *object;

	if (!nearest->nr_notes)
		return json_null();
	object = name_json(&note->func);
	parts__add(&object, "name", parts__text_or_null(note->name));
	parts__add(&object, "cpu_rate_per_s", json_real(note->rate));
	parts__add(&object, "limit_per_s", json_real(note->rate_limit));
	cost_add(&object, &note->cost);
	return object;
}

json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent)
{
	return json_pack("{s:o, s:b, s:I, s:o, s:I, s:o}", "verdict",
			 parts__text_or_null(storm_nearest__verdict(nearest, sent)), "judged",
			 nearest->judged, "storms", (json_int_t)nearest->nr_storms, "nearest",
			 nearest_json(nearest), "notes", (json_int_t)nearest->nr_notes, "note",
			 note_json(nearest));
}

char *json__no_storm_line(const struct calm *calm, uint64_t time)
{
	bool known = calm->cpu_ns && !calm->irqs_unseen;
	char words[160];
	json_t *rest;

	storm_words__calm(calm, words, sizeof(words));
	rest = json_pack("{s:f, s:I, s:I, s:o, s:I, s:o, s:o, s:o}", "duration_s", calm->seconds,
			 "csds", (json_int_t)calm->csds, "reschedules",
			 (json_int_t)calm->reschedules, "handler_ns",
			 parts__integer_or_null(calm->handler_ns, !calm->runs_unseen), "wait_ns",
			 (json_int_t)calm->wait_ns, "cost_share",
			 parts__number_or_null(calm__cost(calm), known), "nearest",
			 nearest_json(&calm->nearest), "explanation",
			 parts__text_or_null(*words ? words : NULL));
	return json__owned_line(stamp__line("no_storm", time, rest));
}

int json__no_storm(const struct calm *calm, uint64_t time)
{
	return json__put(json__no_storm_line(calm, time));
}
