// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "model/storm.h"

static bool signature_shows(const void *root, unsigned int what)
{
	const struct signature *sig = ((const struct storm_line *)root)->storm.sig;

	return sig && sig->shows & what;
}

RULE(no_function, storm_func, !*row->name)
RULE(runs_seen, calm, !row->runs_unseen)
RULE(waits_seen, calm, !row->waits_unknown)
RULE(cost_seen, calm, row->cpu_ns && !row->irqs_unseen)
RULE(by_task, storm_source, !row->interrupt)
RULE(shows_tsc, storm_evidence, signature_shows(root, SHOWS_TSC))
RULE(shows_cpufreq, storm_evidence, signature_shows(root, SHOWS_CPUFREQ))
RULE(shows_guests, storm_evidence, signature_shows(root, SHOWS_GUESTS))
RULE(shows_stops, storm_evidence, signature_shows(root, SHOWS_STOPS))
RULE(shows_ipis, storm_evidence, signature_shows(root, SHOWS_GUESTS | SHOWS_GUEST_IPIS))

/* A text that is null if it is "". */
#define NAME(type, key, member) F(type, key, TEXT, NONE, member, KNOWN(type, member))

static const struct field name_fields[] = {
	NAME(storm_func, "func", name),
	NAME(storm_func, "module", module),
	K(storm_func, NAME, NONE, kind, NAMES(kind_names), .is_known = no_function),
};
static const struct form name_form = FORM(struct storm_func, name_fields);

static const struct field func_fields[] = {
	FLAT(name),
	F(storm_func, "rate_per_s", REAL, NONE, rate),
};
static const struct form storm_func_form = FORM(struct storm_func, func_fields);

static const struct field user_fields[] = {
	NAME(storm_source, "func", user_func),
	NAME(storm_source, "module", user_module),
	F(storm_source, "offset", NUMBER, NONE, user_offset),
};
static const struct form user_form = FORM(struct storm_source, user_fields);

static const struct field source_fields[] = {
	K(storm_source, BOOL, NONE, interrupt),
	K(storm_source, NUMBER, NONE, tgid, .is_known = by_task),
	K(storm_source, TEXT, NONE, comm, .is_known = by_task),
	K(storm_source, TASK, NONE, queued_by, KNOWN(storm_source, queued_by.known),
	  PRESENT(storm_source, kworker)),
	NAME(storm_source, "cgroup", cgroup),
	NAME(storm_source, "caller", caller),
	NAME(storm_source, "reason", reason),
	NAME(storm_source, "why", why),
	K(storm_source, NUMBER, NONE, samples),
	K(storm_source, REAL, NONE, csds),
	K(storm_source, REAL, NONE, share),
	K(storm_source, TEXTS, NONE, chain, .nr = STORM_CHAIN,
	  .with = PLACE(storm_source, nr_chain)),
	{ .key = "user_frames",
	  .type = FIELD_LIST,
	  .of = &user_form,
	  .nr = 1,
	  .with = PLACE(storm_source, has_user),
	  KNOWN(storm_source, has_user) },
};
static const struct form storm_source_form = FORM(struct storm_source, source_fields);

static const struct field why_fields[] = {
	NAME(storm_why, "why", why),
	NAME(storm_why, "reason", reason),
	K(storm_why, NUMBER, NONE, samples),
	K(storm_why, REAL, NONE, csds),
};
static const struct form storm_why_form = FORM(struct storm_why, why_fields);

static const struct field cost_fields[] = {
	F(storm_cost, "cost_share", REAL, NONE, share),
	F(storm_cost, "limit_share", REAL, NONE, limit),
	F(storm_cost, "cost_of", NAME, NONE, of, NAMES(cost_of_names)),
};
static const struct form cost_form = FORM(struct storm_cost, cost_fields);

static const struct field tsc_fields[] = {
	K(tsc_evidence, BOOL, NONE, constant),
	K(tsc_evidence, BOOL, NONE, nonstop),
	K(tsc_evidence, BOOL, NONE, invariant),
	NAME(tsc_evidence, "clocksource", clocksource),
};
static const struct form tsc_form = FORM(struct tsc_evidence, tsc_fields);

static const struct field policy_fields[] = {
	F(cpufreq_policy, "policy", TEXT, NONE, name),
	F(cpufreq_policy, "cpus", NUMBER, NONE, nr_cpus),
	F(cpufreq_policy, "cpu_list", CPUS, NONE, cpus),
	NAME(cpufreq_policy, "driver", driver),
	NAME(cpufreq_policy, "governor", governor),
};
static const struct form policy_form = FORM(struct cpufreq_policy, policy_fields);

static const struct field cpufreq_fields[] = {
	F(cpufreq_evidence, "transitions_per_s", REAL, NONE, transitions,
	  KNOWN(cpufreq_evidence, counted)),
	F(cpufreq_evidence, "ipis_per_transition", REAL, NONE, ipis_each,
	  KNOWN(cpufreq_evidence, transitions)),
	K(cpufreq_evidence, NUMBER, NONE, nr_policies),
	LIST(cpufreq_evidence, "policies", NONE, policies, policy),
};
static const struct form cpufreq_form = FORM(struct cpufreq_evidence, cpufreq_fields);

static const struct field guest_fields[] = {
	F(guest_evidence, "vcpu_threads", NUMBER, NONE, vcpus, KNOWN(guest_evidence, known)),
	NAME(guest_evidence, "owner", owner),
	NAME(guest_evidence, "module", module),
	F(guest_evidence, "module_users", NUMBER, NONE, users, KNOWN(guest_evidence, users_known)),
};
static const struct form guest_form = FORM(struct guest_evidence, guest_fields);

static const struct field vm_fields[] = {
	K(guest_vm, NUMBER, NONE, tgid),
	NAME(guest_vm, "comm", comm),
	F(guest_vm, "ipis_per_s", REAL, NONE, rate),
};
static const struct form vm_form = FORM(struct guest_vm, vm_fields);

static const struct field guest_ipi_fields[] = {
	F(guest_ipi_evidence, "ipis_per_s", RATE, NONE, all, .with = PLACE(guest_ipi_evidence, ns)),
	K(guest_ipi_evidence, BOOL, NONE, virtualized),
	LIST(guest_ipi_evidence, "vms", NONE, vms, vm, .with = PLACE(guest_ipi_evidence, nr_vms)),
	F(guest_ipi_evidence, "other_per_s", REAL, NONE, other_rate),
};
static const struct form guest_ipi_form = FORM(struct guest_ipi_evidence, guest_ipi_fields);

static const struct field clock_fields[] = {
	F(storm_evidence, "updates_per_s", RATE, NONE, clock.updates,
	  .with = PLACE(storm_evidence, clock.ns)),
	F(storm_evidence, "updates_per_transition", REAL, NONE, updates_each,
	  KNOWN(storm_evidence, updates_each_known)),
};
static const struct form clock_form = FORM(struct storm_evidence, clock_fields);

static const struct field evidence_fields[] = {
	F(storm_evidence, "interval", NUMBER, NONE, ns),
	OBJECT(storm_evidence, "tsc", NONE, tsc, tsc, KNOWN(storm_evidence, tsc.known),
	       .is_known = shows_tsc),
	OBJECT(storm_evidence, "cpufreq", NONE, cpufreq, cpufreq, .is_known = shows_cpufreq),
	OBJECT(storm_evidence, "guests", NONE, guests, guest, .is_known = shows_guests),
	PART("guest_clocks", clock, KNOWN(storm_evidence, clock.counted), .is_known = shows_tsc),
	OBJECT(storm_evidence, "guest_ipis", NONE, guest_ipis, guest_ipi,
	       KNOWN(storm_evidence, guest_ipis.known), .is_known = shows_ipis),
	F(storm_evidence, "stopper_runs_per_s", RATE, NONE, stops,
	  .with = PLACE(storm_evidence, stops_ns), KNOWN(storm_evidence, stops_known),
	  .is_known = shows_stops),
	F(storm_evidence, "tasks_moved_per_s", RATE, NONE, moves,
	  .with = PLACE(storm_evidence, moves_ns), KNOWN(storm_evidence, moves_known),
	  .is_known = shows_stops),
};
static const struct form evidence_form = FORM(struct storm_evidence, evidence_fields);

static const struct field change_fields[] = {
	K(change, NUMBER, NONE, time),
	F(change, "what", TEXT, NONE, text),
};
static const struct form change_form = FORM(struct change, change_fields);

static const struct field cpu_rate_fields[] = {
	K(cpu_rate, CPU, NONE, cpu),
	F(cpu_rate, "rate_per_s", REAL, NONE, rate),
};
static const struct form cpu_rate_form = FORM(struct cpu_rate, cpu_rate_fields);

static const struct field spread_fields[] = {
	LIST(storm_spread, "cpus", NONE, cpus, cpu_rate, .with = PLACE(storm_spread, nr)),
	F(storm_spread, "other_per_s", REAL, NONE, elsewhere),
};
static const struct form spread_form = FORM(struct storm_spread, spread_fields);

static const struct field storm_line_fields[] = {
	F(storm_line, "id", NUMBER, NONE, storm.id, FOUND(storm_line, id_known)),
	K(storm_line, BOOL, NONE, ongoing),
	K(storm_line, STRING, NONE, name),
	NAME(storm_line, "func", storm.funcs[0].name),
	NAME(storm_line, "module", storm.funcs[0].module),
	F(storm_line, "rate_per_s", REAL, NONE, rate),
	F(storm_line, "cpu_rate_per_s", REAL, NONE, victim_rate),
	K(storm_line, REAL, NONE, share),
	F(storm_line, "limit_per_s", REAL, NONE, storm.limit),
	K(storm_line, STRING, NONE, limit_why),
	F(storm_line, "baseline_per_s", REAL, NONE, storm.baseline,
	  KNOWN(storm_line, storm.baseline_known)),
	K(storm_line, CPUS, NONE, src, KNOWN(storm_line, src_known)),
	K(storm_line, CPUS, NONE, dst, KNOWN(storm_line, dst_known)),
	OBJECT(storm_line, "sent", NONE, sent, spread, KNOWN(storm_line, storm.own_counts)),
	OBJECT(storm_line, "received", NONE, received, spread, KNOWN(storm_line, storm.own_counts)),
	F(storm_line, "cpus_are_of_it", BOOL, NONE, has_cpus),
	K(storm_line, NAME, NONE, shape, .names = shape_names, .nr_names = NR_SHAPES),
	F(storm_line, "cost_ns_per_s", NUMBER, NONE, cost_ns, KNOWN(storm_line, cost_known)),
	F(storm_line, "handler_ns_per_s", NUMBER, NONE, handler_ns,
	  KNOWN(storm_line, handler_known)),
	F(storm_line, "wait_ns_per_s", NUMBER, NONE, wait_ns, KNOWN(storm_line, wait_known)),
	OBJECT(storm_line, "stolen_ns_per_s", NONE, stolen, steal_rate,
	       KNOWN(storm_line, stolen.known)),
	F(storm_line, "own_per_s", REAL, NONE, own_rate),
	F(storm_line, "unsampled_share", REAL, NONE, unsampled),
	F(storm_line, "reason", NAME, NONE, storm.reason, NAMES(reason_names),
	  .none = STORM_BY_RATE),
	F(storm_line, "onset", NUMBER, NONE, storm.onset),
	F(storm_line, "before", BOOL, NONE, storm.before),
	F(storm_line, "duration", SINCE, NONE, storm.seen, .with = PLACE(storm_line, storm.onset)),
	LIST(storm_line, "functions", NONE, storm.funcs, storm_func,
	     .with = PLACE(storm_line, storm.nr_funcs)),
	LIST(storm_line, "sources", NONE, storm.sources, storm_source,
	     .with = PLACE(storm_line, storm.nr_sources)),
	LIST(storm_line, "whys", NONE, storm.whys, storm_why,
	     .with = PLACE(storm_line, storm.nr_whys)),
	F(storm_line, "samples", NUMBER, NONE, storm.samples),
	LIST(storm_line, "changes", NONE, evidence.changes, change,
	     .with = PLACE(storm_line, evidence.nr_changes)),
	OBJECT(storm_line, "evidence", NONE, evidence, evidence),
	K(storm_line, TEXT, NONE, explanation),
	K(storm_line, TEXT, NONE, advice),
	F(storm_line, "note", BOOL, NONE, storm.note),
	F(storm_line, "names_hidden", NAME, NONE, storm.names, NAMES(names_hidden)),
	FLAT(cost, .at = PLACE(storm_line, storm.cost), PRESENT(storm_line, storm.cost.limit)),
	K(storm_line, BOOL, NONE, at_most, PRESENT(storm_line, at_most)),
};
const struct form storm_line_form = FORM(struct storm_line, storm_line_fields);

static void make_spread(struct storm_spread *spread, const struct storm *storm, const uint64_t *by,
			double elsewhere)
{
	for (uint32_t cpu = 0; cpu < storm->nr_cpus && cpu < MAX_CPUS; cpu++)
		if (by[cpu])
			spread->cpus[spread->nr++] =
				(struct cpu_rate){ cpu,
						   storm__cpu_rate(storm, by, elsewhere, cpu) };
	spread->elsewhere = storm__part_rate(storm, elsewhere);
}

/*
 * Find the CPUs that take part in the storm: its senders or its targets, as @by has them. Returns
 * false if these are unknown, as they may be for interrupts without a csd.
 */
static bool find_cpus(struct cpuset *cpus, const struct storm *storm, const uint64_t *by)
{
	for (uint32_t cpu = 0; cpu < storm->nr_cpus; cpu++)
		if (storm__has_cpu(storm, by, cpu))
			cpuset__add(cpus, cpu);
	return cpuset__count(cpus) || !storm__is_of_kind(storm);
}

static void make_cpus(struct storm_line *line)
{
	const struct storm *storm = &line->storm;

	line->src_known = find_cpus(&line->src, storm, storm->src);
	line->dst_known = find_cpus(&line->dst, storm, storm->dst);
	line->has_cpus = storm__has_cpus(storm);
	line->shape = storm__shape(storm, line->evidence.nr_online);
	if (!storm->own_counts)
		return;
	make_spread(&line->sent, storm, storm->src, storm->life.sent_elsewhere);
	make_spread(&line->received, storm, storm->dst, storm->life.received_elsewhere);
}

static void make_times(struct storm_line *line, const struct storm_sums *sums)
{
	bool has_function = *line->storm.funcs[0].name;

	line->cost_known = line->handler_known = has_function && !sums->runs_unseen;
	line->wait_known = has_function && !sums->waits_unknown;
	line->cost_ns = per_second(sums->handler_ns + sums->wait_ns, sums->ns);
	line->handler_ns = per_second(sums->handler_ns, sums->ns);
	line->wait_ns = per_second(sums->wait_ns, sums->ns);
	line->stolen.known = sums->stolen.known;
	line->stolen.delay = per_second(sums->stolen.delay, sums->ns);
	line->stolen.handler = per_second(sums->stolen.handler, sums->ns);
}

/* Set the figures of the parts of the storm, and of its evidence. */
static void make_parts(struct storm *storm, struct storm_evidence *evidence)
{
	struct guest_ipi_evidence *ipis = &evidence->guest_ipis;
	double transitions = evidence->cpufreq.transitions;

	for (int i = 0; i < storm->nr_funcs; i++)
		storm->funcs[i].rate = per_second(storm->funcs[i].count, storm->last.ns);
	for (int i = 0; i < storm->nr_sources; i++)
		storm->sources[i].share = storm_source__share(storm, &storm->sources[i]);
	for (uint32_t i = 0; i < ipis->nr_vms; i++)
		ipis->vms[i].rate = per_second(ipis->vms[i].ipis, ipis->ns);
	ipis->other_rate = per_second(guest_ipis__other(ipis), ipis->ns);
	if (transitions > 0)
		evidence->cpufreq.ipis_each = sums__rate(&storm->last) / transitions;
	evidence->guests.users_known = evidence->guests.users >= 0;
	evidence->updates_each = storm_evidence__updates_each(evidence);
	evidence->updates_each_known = evidence->updates_each >= 0;
}

void storm_line__make(struct storm_line *line, const struct storm *storm,
		      const struct storm_evidence *evidence)
{
	const struct storm_sums *sums = storm__figures(storm);

	line->storm = *storm;
	line->evidence = *evidence;
	line->ongoing = storm->news != STORM_ENDED;
	line->rate = sums__rate(sums);
	line->victim_rate = sums__victim_rate(sums);
	line->share = sums__share(sums);
	line->own_rate = sums__own_rate(sums);
	line->unsampled = sums__unsampled(sums);
	line->at_most = sums->at_most;
	make_cpus(line);
	make_times(line, sums);
	make_parts(&line->storm, &line->evidence);
}

#define SECOND_NS 1000000000ULL

static void restore_sums(const struct storm_line *line, uint64_t ns, uint32_t nr_online,
			 struct storm_sums *sums)
{
	bool has_function = *line->storm.funcs[0].name;

	*sums = (struct storm_sums){
		.ns = ns,
		.cpu_ns = ns * nr_online,
		.count = count_of_rate(line->rate, ns),
		.all = line->share > 0 ? count_of_rate(line->rate / line->share, ns) : 0,
		.handler_ns = count_of_rate(line->handler_ns, ns),
		.wait_ns = count_of_rate(line->wait_ns, ns),
		.stolen = { line->stolen.known, count_of_rate(line->stolen.delay, ns),
			    count_of_rate(line->stolen.handler, ns) },
		.victim = count_of_rate(line->victim_rate, ns),
		.own = count_of_rate(line->own_rate, ns),
		.unsampled = count_of_rate(line->rate * line->unsampled, ns),
		.runs_unseen = has_function && !line->handler_known,
		.waits_unknown = has_function && !line->wait_known,
		.at_most = line->at_most,
	};
}

/* Set the csds by CPU. A line without a spread has no counts: take 1 for each CPU. */
static void restore_counts(const struct storm_spread *spread, const struct cpuset *cpus,
			   struct storm *storm, uint64_t *by, double *elsewhere)
{
	int cpu;

	if (!storm->own_counts) {
		for_each_cpu(cpu, cpus)
			by[cpu] = 1;
		return;
	}
	*elsewhere = count_of_rate(spread->elsewhere, storm->life.ns);
	for (size_t i = 0; i < spread->nr; i++)
		by[spread->cpus[i].cpu] = count_of_rate(spread->cpus[i].rate, storm->life.ns);
}

static void restore_cpus(struct storm_line *line)
{
	struct storm *storm = &line->storm;
	struct storm_sums *life = &storm->life;

	storm->nr_cpus = MAX_CPUS;
	storm->src = line->counts_src;
	storm->dst = line->counts_dst;
	restore_counts(&line->sent, &line->src, storm, storm->src, &life->sent_elsewhere);
	restore_counts(&line->received, &line->dst, storm, storm->dst, &life->received_elsewhere);
	/* Choose the sums for which storm__shape() returns the shape that the line has. */
	if (line->shape == SHAPE_BROADCAST || line->shape == SHAPE_MASK)
		life->many = life->count;
	if (!storm->own_counts && (2 * life->count > life->all) != line->has_cpus)
		life->all = line->has_cpus ? life->count : 2 * life->count;
}

/*
 * Set what the samples represent. In captures of older versions each sample represents one csd, and
 * these have no reasons, or no csds of them.
 */
static void restore_csds(struct storm *storm)
{
	double all = 0;

	for (int i = 0; i < storm->nr_whys; i++)
		all += storm->whys[i].csds;
	storm->csds = all > 0 ? all : storm->samples;
	for (int i = 0; i < storm->nr_whys && all <= 0; i++)
		storm->whys[i].csds = storm->whys[i].samples;
	for (int i = 0; i < storm->nr_sources && all <= 0; i++)
		storm->sources[i].csds = storm->sources[i].samples;
}

void storm_line__restore(struct storm_line *line, uint32_t nr_online)
{
	struct storm_evidence *evidence = &line->evidence;
	struct guest_ipi_evidence *ipis = &evidence->guest_ipis;
	struct storm *storm = &line->storm;

	evidence->nr_online = nr_online;
	storm->sig = line->name ? signature__named(line->name) : NULL;
	storm->news = line->ongoing ? STORM_BEGAN : STORM_ENDED;
	restore_sums(line, SECOND_NS, nr_online, &storm->last);
	restore_sums(line, storm->seen - storm->onset ?: SECOND_NS, nr_online, &storm->life);
	restore_cpus(line);
	restore_csds(storm);
	for (int i = 0; i < storm->nr_funcs; i++)
		storm->funcs[i].count = count_of_rate(storm->funcs[i].rate, SECOND_NS);
	for (uint32_t i = 0; i < ipis->nr_vms; i++)
		ipis->vms[i].ipis = count_of_rate(ipis->vms[i].rate, ipis->ns);
	if (!evidence->guests.users_known)
		evidence->guests.users = -1;
}

static const struct field nearest_fields[] = {
	FLAT(name, .at = PLACE(storm_nearest, func)),
	OBJECT(storm_nearest, "second", NONE, second, name, KNOWN(storm_nearest, second.count),
	       FOUND(storm_nearest, second_found)),
	F(storm_nearest, "name", STRING, NONE, cause),
	K(storm_nearest, CPU, NONE, cpu, KNOWN(storm_nearest, cpu_known)),
	F(storm_nearest, "cpu_rate_per_s", REAL, NONE, rate),
	F(storm_nearest, "limit_per_s", REAL, NONE, rate_limit),
	F(storm_nearest, "limit_class", STRING, NONE, usual),
	F(storm_nearest, "names_hidden", NAME, NONE, names, NAMES(names_hidden)),
	FLAT(cost, .at = PLACE(storm_nearest, cost)),
};
static const struct form nearest_form = FORM(struct storm_nearest, nearest_fields);

static const struct field note_fields[] = {
	FLAT(name, .at = PLACE(storm_note, func)),
	K(storm_note, STRING, NONE, name),
	F(storm_note, "cpu_rate_per_s", REAL, NONE, rate),
	F(storm_note, "limit_per_s", REAL, NONE, rate_limit),
	FLAT(cost, .at = PLACE(storm_note, cost)),
};
static const struct form note_form = FORM(struct storm_note, note_fields);

static const struct field verdict_fields[] = {
	DERIVED("verdict"),
	K(storm_nearest, BOOL, NONE, judged),
	F(storm_nearest, "storms", NUMBER, NONE, nr_storms),
	PART("nearest", nearest, KNOWN(storm_nearest, known)),
	F(storm_nearest, "notes", NUMBER, NONE, nr_notes),
	OBJECT(storm_nearest, "note", NONE, note, note, KNOWN(storm_nearest, nr_notes)),
};
const struct form verdict_form = FORM(struct storm_nearest, verdict_fields);

static const struct field calm_fields[] = {
	F(calm, "duration_s", REAL, NONE, seconds),
	K(calm, NUMBER, NONE, csds),
	K(calm, NUMBER, NONE, reschedules),
	K(calm, NUMBER, NONE, handler_ns, .is_known = runs_seen, FOUND(calm, handler_found)),
	K(calm, NUMBER, NONE, wait_ns, .is_known = waits_seen, FOUND(calm, wait_found)),
	K(calm, REAL, NONE, cost_share, .is_known = cost_seen, FOUND(calm, cost_found)),
	F(calm, "tlb_flushes", NAME, NONE, flushes.way, NAMES(flush_way_names)),
	F(calm, "host_flushes", NUMBER, NONE, flushes.hosted, KNOWN(calm, flushes.hosted_known),
	  PRESENT(calm, flushes.way)),
	F(calm, "local_flushes", NUMBER, NONE, flushes.local, PRESENT(calm, flushes.way)),
	F(calm, "flush_csds", NUMBER, NONE, flushes.csds, PRESENT(calm, flushes.way)),
	OBJECT(calm, "nearest", NONE, nearest, nearest, KNOWN(calm, nearest.known)),
	NAME(calm, "explanation", explanation),
};
const struct form calm_form = FORM(struct calm, calm_fields);

void calm__restore(struct calm *calm, uint32_t nr_online)
{
	calm->runs_unseen = !calm->handler_found;
	calm->waits_unknown = !calm->wait_found;
	calm->irqs_unseen = calm->runs_unseen && !calm->cost_found;
	calm->cpu_ns = count_of_rate(calm->seconds * nr_online * SECOND_NS, SECOND_NS);
	calm->nearest.second.count = calm->nearest.second_found;
}
