// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "model/storm.h"

static bool signature_shows(const void *root, unsigned int what)
{
	const struct storm *storm = ((const struct storm_told *)root)->storm;

	return storm->sig && storm->sig->shows & what;
}

RULE(no_function, storm_func, !*row->name)
RULE(runs_seen, calm, !row->runs_unseen)
RULE(waits_seen, calm, !row->waits_unknown)
RULE(by_task, storm_source, !row->interrupt)
RULE(at_most, storm, storm__figures(row)->at_most)
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
	DERIVED("rate_per_s"),
};
const struct form storm_func_form = FORM(struct storm_func, func_fields);

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
	DERIVED("share"),
	K(storm_source, TEXTS, NONE, chain, .nr = STORM_CHAIN,
	  .with = PLACE(storm_source, nr_chain)),
	{ .key = "user_frames",
	  .type = FIELD_LIST,
	  .of = &user_form,
	  .nr = 1,
	  .with = PLACE(storm_source, has_user),
	  KNOWN(storm_source, has_user) },
};
const struct form storm_source_form = FORM(struct storm_source, source_fields);

static const struct field cost_fields[] = {
	F(storm_cost, "cost_share", REAL, NONE, share),
	F(storm_cost, "limit_share", REAL, NONE, limit),
	F(storm_cost, "cost_of", NAME, NONE, of, NAMES(cost_of_names)),
};
static const struct form cost_form = FORM(struct storm_cost, cost_fields);

/* Rates and shares are computed from sums. */
static const struct field storm_fields[] = {
	K(storm, NUMBER, NONE, id),
	DERIVED("ongoing"),
	DERIVED("name"),
	DERIVED("func"),
	DERIVED("module"),
	DERIVED("rate_per_s"),
	DERIVED("cpu_rate_per_s"),
	DERIVED("share"),
	F(storm, "limit_per_s", REAL, NONE, limit),
	DERIVED("limit_why"),
	F(storm, "baseline_per_s", REAL, NONE, baseline, KNOWN(storm, baseline_known)),
	DERIVED("src"),
	DERIVED("dst"),
	DERIVED("sent"),
	DERIVED("received"),
	DERIVED("cpus_are_of_it"),
	DERIVED("shape"),
	DERIVED("cost_ns_per_s"),
	DERIVED("handler_ns_per_s"),
	DERIVED("wait_ns_per_s"),
	DERIVED("stolen_ns_per_s"),
	DERIVED("own_per_s"),
	DERIVED("unsampled_share"),
	F(storm, "reason", NAME, NONE, reason, NAMES(reason_names), .none = STORM_BY_RATE),
	K(storm, NUMBER, NONE, onset),
	K(storm, BOOL, NONE, before),
	F(storm, "duration", SINCE, NONE, seen, .with = PLACE(storm, onset)),
	LIST(storm, "functions", NONE, funcs, storm_func, .with = PLACE(storm, nr_funcs)),
	LIST(storm, "sources", NONE, sources, storm_source, .with = PLACE(storm, nr_sources)),
	K(storm, NUMBER, NONE, samples),
	DERIVED("changes"),
	DERIVED("evidence"),
	DERIVED("explanation"),
	DERIVED("advice"),
	K(storm, BOOL, NONE, note),
	F(storm, "names_hidden", NAME, NONE, names, NAMES(names_hidden)),
	FLAT(cost, .at = PLACE(storm, cost), PRESENT(storm, cost.limit)),
	{ .key = "at_most", .type = FIELD_DERIVED, .is_present = at_most },
};
const struct form storm_form = FORM(struct storm, storm_fields);

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
	DERIVED("ipis_per_transition"),
	K(cpufreq_evidence, NUMBER, NONE, nr_policies),
	LIST(cpufreq_evidence, "policies", NONE, policies, policy),
};
const struct form cpufreq_form = FORM(struct cpufreq_evidence, cpufreq_fields);

static const struct field guest_fields[] = {
	F(guest_evidence, "vcpu_threads", NUMBER, NONE, vcpus, KNOWN(guest_evidence, known)),
	NAME(guest_evidence, "owner", owner),
	NAME(guest_evidence, "module", module),
	DERIVED("module_users"),
};
const struct form guest_form = FORM(struct guest_evidence, guest_fields);

static const struct field vm_fields[] = {
	K(guest_vm, NUMBER, NONE, tgid),
	NAME(guest_vm, "comm", comm),
	DERIVED("ipis_per_s"),
};
const struct form vm_form = FORM(struct guest_vm, vm_fields);

static const struct field guest_ipi_fields[] = {
	F(guest_ipi_evidence, "ipis_per_s", RATE, NONE, all, .with = PLACE(guest_ipi_evidence, ns)),
	K(guest_ipi_evidence, BOOL, NONE, virtualized),
	LIST(guest_ipi_evidence, "vms", NONE, vms, vm, .with = PLACE(guest_ipi_evidence, nr_vms)),
	DERIVED("other_per_s"),
};
const struct form guest_ipi_form = FORM(struct guest_ipi_evidence, guest_ipi_fields);

static const struct field clock_fields[] = {
	F(clock_evidence, "updates_per_s", RATE, NONE, updates, .with = PLACE(clock_evidence, ns)),
	DERIVED("updates_per_transition"),
};
const struct form clock_form = FORM(struct clock_evidence, clock_fields);

static const struct field evidence_fields[] = {
	F(storm_evidence, "interval", NUMBER, NONE, ns),
	OBJECT(storm_evidence, "tsc", NONE, tsc, tsc, KNOWN(storm_evidence, tsc.known),
	       .is_known = shows_tsc),
	OBJECT(storm_evidence, "cpufreq", NONE, cpufreq, cpufreq, .is_known = shows_cpufreq),
	OBJECT(storm_evidence, "guests", NONE, guests, guest, .is_known = shows_guests),
	OBJECT(storm_evidence, "guest_clocks", NONE, clock, clock,
	       KNOWN(storm_evidence, clock.counted), .is_known = shows_tsc),
	OBJECT(storm_evidence, "guest_ipis", NONE, guest_ipis, guest_ipi,
	       KNOWN(storm_evidence, guest_ipis.known), .is_known = shows_ipis),
	F(storm_evidence, "stopper_runs_per_s", RATE, NONE, stops,
	  .with = PLACE(storm_evidence, stops_ns), KNOWN(storm_evidence, stops_known),
	  .is_known = shows_stops),
	F(storm_evidence, "tasks_moved_per_s", RATE, NONE, moves,
	  .with = PLACE(storm_evidence, moves_ns), KNOWN(storm_evidence, moves_known),
	  .is_known = shows_stops),
};
const struct form evidence_form = FORM(struct storm_evidence, evidence_fields);

static const struct field change_fields[] = {
	K(change, NUMBER, NONE, time),
	F(change, "what", TEXT, NONE, text),
};
static const struct form change_form = FORM(struct change, change_fields);

static const struct field changes_fields[] = {
	LIST(storm_evidence, "changes", NONE, changes, change,
	     .with = PLACE(storm_evidence, nr_changes)),
};
const struct form changes_form = FORM(struct storm_evidence, changes_fields);

static const struct field nearest_fields[] = {
	FLAT(name, .at = PLACE(storm_nearest, func)),
	OBJECT(storm_nearest, "second", NONE, second, name, KNOWN(storm_nearest, second.count)),
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
	K(calm, NUMBER, NONE, handler_ns, .is_known = runs_seen),
	K(calm, NUMBER, NONE, wait_ns, .is_known = waits_seen),
	DERIVED("cost_share"),
	F(calm, "tlb_flushes", NAME, NONE, flushes.way, NAMES(flush_way_names)),
	F(calm, "host_flushes", NUMBER, NONE, flushes.hosted, KNOWN(calm, flushes.hosted_known),
	  PRESENT(calm, flushes.way)),
	F(calm, "local_flushes", NUMBER, NONE, flushes.local, PRESENT(calm, flushes.way)),
	F(calm, "flush_csds", NUMBER, NONE, flushes.csds, PRESENT(calm, flushes.way)),
	OBJECT(calm, "nearest", NONE, nearest, nearest, KNOWN(calm, nearest.known)),
	DERIVED("explanation"),
};
const struct form calm_form = FORM(struct calm, calm_fields);
