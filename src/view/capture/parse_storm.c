// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>
#include "model/names.h"
#include "view/capture/parse.h"
#include "view/capture/parse_storm.h"

#define NS 1000000000ULL

/* A rate a second as a count over @ns; 0 for a rate that no count can be. */
static uint64_t over(double per_second, uint64_t ns)
{
	double n = per_second * ns / NS;

	return n > 0 && n < 1e18 ? llround(n) : 0;
}

static void sums_parse(const json_t *object, uint64_t ns, uint32_t nr_online,
		       struct storm_sums *sums)
{
	double rate = parse__real(object, "rate_per_s"), share = parse__real(object, "share");

	*sums = (struct storm_sums){
		.ns = ns,
		.cpu_ns = ns * nr_online,
		.count = over(rate, ns),
		.all = share > 0 ? over(rate / share, ns) : 0,
		.handler_ns = over(parse__real(object, "handler_ns_per_s"), ns),
		.wait_ns = over(parse__real(object, "wait_ns_per_s"), ns),
		.victim = over(parse__real(object, "cpu_rate_per_s"), ns),
		.runs_unseen = parse__text(object, "func") &&
			       json_is_null(json_object_get(object, "handler_ns_per_s")),
		.at_most = json_is_true(json_object_get(object, "at_most")),
	};
}

static void func_parse(const json_t *object, struct storm_func *func)
{
	parse__copy(object, "func", func->name, sizeof(func->name));
	parse__copy(object, "module", func->module, sizeof(func->module));
	func->kind = parse__name(object, "kind", kind_names, NR_KINDS, KIND_CALL_FUNCTION);
}

static struct storm_cost cost_parse(const json_t *object)
{
	return (struct storm_cost){
		.share = parse__real(object, "cost_share"),
		.limit = parse__real(object, "limit_share"),
		.of = parse__name(object, "cost_of", cost_of_names, NR_COST_OF, COST_OF_ALL),
	};
}

static void funcs_parse(const json_t *array, struct storm *storm)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct storm_func *func = &storm->funcs[i];

		if (i == STORM_FUNCS)
			break;
		func_parse(item, func);
		func->count = over(parse__real(item, "rate_per_s"), storm->last.ns);
		storm->nr_funcs++;
	}
}

static void user_parse(const json_t *frame, struct storm_source *source)
{
	source->has_user = json_is_object(frame);
	source->user_offset = parse__number(frame, "offset");
	parse__copy(frame, "func", source->user_func, sizeof(source->user_func));
	parse__copy(frame, "module", source->user_module, sizeof(source->user_module));
}

static void sources_parse(const json_t *array, struct storm *storm)
{
	const json_t *item, *frame;
	size_t i, f;

	json_array_foreach(array, i, item) {
		struct storm_source *source = &storm->sources[i];

		if (i == STORM_SOURCES)
			break;
		source->interrupt = parse__true(item, "interrupt");
		source->tgid = parse__number(item, "tgid");
		parse__copy(item, "comm", source->comm, sizeof(source->comm));
		parse__copy(item, "cgroup", source->cgroup, sizeof(source->cgroup));
		source->samples = parse__number(item, "samples");
		parse__copy(item, "caller", source->caller, sizeof(source->caller));
		parse__copy(item, "reason", source->reason, sizeof(source->reason));
		json_array_foreach(json_object_get(item, "chain"), f, frame) {
			const char *text = json_string_value(frame);

			if (f == STORM_CHAIN)
				break;
			strncpy(source->chain[f], text ? text : "", STORM_CHAIN_LEN - 1);
			source->nr_chain++;
		}
		user_parse(json_array_get(json_object_get(item, "user_frames"), 0), source);
		storm->nr_sources++;
	}
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

	*elsewhere = over(parse__real(object, "other_per_s"), ns);
	json_array_foreach(json_object_get(object, "cpus"), i, item) {
		uint64_t cpu = parse__number(item, "cpu");

		if (cpu < MAX_CPUS)
			by[cpu] = over(parse__real(item, "rate_per_s"), ns);
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

static void tsc_parse(const json_t *object, struct tsc_evidence *tsc)
{
	tsc->known = json_is_object(object);
	tsc->constant = parse__true(object, "constant");
	tsc->nonstop = parse__true(object, "nonstop");
	tsc->invariant = parse__true(object, "invariant");
	parse__copy(object, "clocksource", tsc->clocksource, sizeof(tsc->clocksource));
}

static void cpufreq_parse(const json_t *object, struct cpufreq_evidence *cpufreq)
{
	const json_t *item;
	size_t i;

	cpufreq->nr_policies = parse__number(object, "nr_policies");
	cpufreq->counted = json_is_number(json_object_get(object, "transitions_per_s"));
	cpufreq->ns = 1000 * NS;
	json_array_foreach(json_object_get(object, "policies"), i, item) {
		struct cpufreq_policy *policy = &cpufreq->policies[i];

		if (i == POLICIES_MAX)
			break;
		parse__copy(item, "policy", policy->name, sizeof(policy->name));
		policy->nr_cpus = parse__number(item, "cpus");
		parse__cpus(json_object_get(item, "cpu_list"), &policy->cpus);
		parse__copy(item, "driver", policy->driver, sizeof(policy->driver));
		parse__copy(item, "governor", policy->governor, sizeof(policy->governor));
	}
	/* Transitions are known where all policies have as many CPUs, and each is an event for each of these. */
	if (cpufreq->counted)
		cpufreq->cpus_a_policy = cpufreq->policies[0].nr_cpus;
	cpufreq->events = over(parse__real(object, "transitions_per_s") * cpufreq->cpus_a_policy,
			       cpufreq->ns);
}

static void guests_parse(const json_t *object, struct guest_evidence *guests)
{
	bool users;

	guests->vcpus = parse__known(object, "vcpu_threads", &guests->known);
	parse__copy(object, "owner", guests->owner, sizeof(guests->owner));
	parse__copy(object, "module", guests->module, sizeof(guests->module));
	guests->users = parse__known(object, "module_users", &users);
	if (!users)
		guests->users = -1;
}

static void guest_ipis_parse(const json_t *object, struct guest_ipi_evidence *ipis)
{
	const json_t *item;
	size_t i;

	ipis->known = json_is_object(object);
	ipis->virtualized = parse__true(object, "virtualized");
	ipis->ns = 1000 * NS;
	ipis->all = over(parse__real(object, "ipis_per_s"), ipis->ns);
	json_array_foreach(json_object_get(object, "vms"), i, item) {
		struct guest_vm *vm = &ipis->vms[i];

		if (i == GUESTS_MAX)
			break;
		vm->tgid = parse__number(item, "tgid");
		parse__copy(item, "comm", vm->comm, sizeof(vm->comm));
		vm->ipis = over(parse__real(item, "ipis_per_s"), ipis->ns);
		ipis->nr_vms++;
	}
}

static void evidence_parse(const json_t *object, struct storm_evidence *evidence)
{
	evidence->ns = parse__number(object, "interval");
	evidence->stops_ns = 1000 * NS;
	evidence->stops_known = json_is_number(json_object_get(object, "stopper_runs_per_s"));
	evidence->stops = over(parse__real(object, "stopper_runs_per_s"), evidence->stops_ns);
	evidence->moves_known = json_is_number(json_object_get(object, "tasks_moved_per_s"));
	evidence->moves_ns = evidence->stops_ns;
	evidence->moves = over(parse__real(object, "tasks_moved_per_s"), evidence->moves_ns);
	tsc_parse(json_object_get(object, "tsc"), &evidence->tsc);
	cpufreq_parse(json_object_get(object, "cpufreq"), &evidence->cpufreq);
	guests_parse(json_object_get(object, "guests"), &evidence->guests);
	evidence->clock.counted = json_is_object(json_object_get(object, "guest_clocks"));
	evidence->clock.ns = 1000 * NS;
	evidence->clock.updates = over(
		parse__real(json_object_get(object, "guest_clocks"), "updates_per_s"), 1000 * NS);
	guest_ipis_parse(json_object_get(object, "guest_ipis"), &evidence->guest_ipis);
}

static void changes_parse(const json_t *array, struct storm_evidence *evidence)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct change *change = &evidence->changes[i];

		if (i == CHANGES_MAX)
			break;
		change->time = parse__number(item, "time");
		parse__copy(item, "what", change->text, sizeof(change->text));
		evidence->nr_changes++;
	}
}

void parse__storm(const json_t *object, const struct signature *sig, uint32_t nr_online,
		  struct parsed_storm *parsed)
{
	uint64_t duration = parse__number(object, "duration");
	struct storm *storm = &parsed->storm;

	memset(parsed, 0, sizeof(*parsed));
	parsed->time = parse__number(object, "time");
	parsed->evidence.nr_online = nr_online;
	storm->id = parse__number(object, "id");
	storm->sig = sig;
	storm->reason =
		parse__name(object, "reason", reason_names, STORM_BY_SHARE + 1, STORM_BY_RATE);
	storm->news = parse__true(object, "ongoing") ? STORM_BEGAN : STORM_ENDED;
	storm->onset = parse__number(object, "onset");
	storm->seen = storm->onset + duration;
	storm->before = parse__true(object, "before");
	storm->note = parse__true(object, "note");
	storm->names =
		parse__name(object, "names_hidden", names_hidden, NR_NAMES_SHOWN, NAMES_SHOWN);
	storm->limit = parse__real(object, "limit_per_s");
	storm->cost = cost_parse(object);
	storm->baseline = parse__real(object, "baseline_per_s");
	storm->baseline_known = json_is_number(json_object_get(object, "baseline_per_s"));
	sums_parse(object, NS, nr_online, &storm->last);
	sums_parse(object, duration ? duration : NS, nr_online, &storm->life);
	spread_parse(object, parsed);
	shape_parse(object, storm->own, &storm->life);
	storm->samples = parse__number(object, "samples");
	funcs_parse(json_object_get(object, "functions"), storm);
	sources_parse(json_object_get(object, "sources"), storm);
	changes_parse(json_object_get(object, "changes"), &parsed->evidence);
	evidence_parse(json_object_get(object, "evidence"), &parsed->evidence);
}

static void nearest_parse(struct strings *strings, const json_t *object,
			  struct storm_nearest *nearest)
{
	const json_t *second = json_object_get(object, "second");

	*nearest = (struct storm_nearest){
		.known = json_is_object(object),
		.cause = strings__keep(strings, parse__text(object, "name")),
		.usual = strings__keep(strings, parse__text(object, "limit_class")),
		.names = parse__name(object, "names_hidden", names_hidden, NR_NAMES_SHOWN,
				     NAMES_SHOWN),
		.rate = parse__real(object, "cpu_rate_per_s"),
		.rate_limit = parse__real(object, "limit_per_s"),
		.cost = cost_parse(object),
	};
	func_parse(object, &nearest->func);
	func_parse(second, &nearest->second);
	nearest->second.count = json_is_object(second);
	nearest->cpu = parse__known(object, "cpu", &nearest->cpu_known);
}

void parse__calm(struct strings *strings, const json_t *object, uint32_t nr_online,
		 struct calm *calm)
{
	*calm = (struct calm){
		.seconds = parse__real(object, "duration_s"),
		.csds = parse__number(object, "csds"),
		.reschedules = parse__number(object, "reschedules"),
		.handler_ns = parse__number(object, "handler_ns"),
		.runs_unseen = json_is_null(json_object_get(object, "handler_ns")),
		.irqs_unseen = json_is_null(json_object_get(object, "handler_ns")) &&
			       json_is_null(json_object_get(object, "cost_share")),
		.wait_ns = parse__number(object, "wait_ns"),
		.cpu_ns = over(parse__real(object, "duration_s") * nr_online * NS, NS),
	};
	nearest_parse(strings, json_object_get(object, "nearest"), &calm->nearest);
}
