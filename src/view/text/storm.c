// SPDX-License-Identifier: GPL-2.0
/* A storm as a block of rows, each with a label; the last lines of `storm`. */
#include <math.h>
#include "view/text/views.h"

#define SOURCES_SHOWN 4
#define LABEL	      10

/* Add a label and its text. A label of "" continues the row before. */
static void __attribute__((format(printf, 3, 4)))
add_row(struct block *l, const char *label, const char *format, ...)
{
	va_list args;

	block__add(l, "%s%-*s%s", style__on(STYLE_HEAD), LABEL, label, style__off());
	va_start(args, format);
	block__vwrap(l, LABEL, format, args);
	va_end(args);
}

#define add_text(l, label, text) add_row(l, label, "%s", text)

static void add_funcs(struct block *l, const struct storm *storm)
{
	struct block b = BLOCK(1024);

	for (int i = 0; i < storm->nr_funcs; i++) {
		const struct storm_func *func = &storm->funcs[i];

		block__add(&b, "%s%s%s%s%s %s/s", i ? ", " : "",
			   safe(*func->name ? func->name : kind_names[func->kind]).s,
			   *func->module ? " [" : "", safe(func->module).s,
			   *func->module ? "]" : "",
			   units__rate(per_second(func->count, storm->last.ns)).s);
	}
	add_text(l, "function", b.buf);
}

/* Returns the part of the storm, 0 to 1, that has no csd: no event shows how long it took. */
static double get_untimed_part(const struct storm *storm)
{
	uint64_t all = 0, untimed = 0;

	for (int i = 0; i < storm->nr_funcs; i++) {
		all += storm->funcs[i].count;
		untimed += *storm->funcs[i].name ? 0 : storm->funcs[i].count;
	}
	return all ? (double)untimed / all : 0;
}

/*
 * Returns "0.3 %", with so many decimals, or two if one would show "0.0 %"; "<0.01 %" for a figure
 * above 0 that two would show as 0.
 */
static struct text format_average(double percent, int decimals)
{
	struct text t;

	if (percent > 0 && percent < 0.005)
		return (struct text){ "<0.01 %" };
	snprintf(t.s, sizeof(t.s), "%.*f %%", percent > 0 && percent < 0.05 ? 2 : decimals,
		 percent);
	return t;
}

static void add_rates(struct block *l, const struct storm *storm)
{
	static const char *const reasons[] = {
		[STORM_BY_RATE] = "more than is usual for this cause",
		[STORM_BY_RISE] = "far more than before",
		[STORM_BY_SHARE] = "the cost is over its limit",
	};
	const struct storm_sums *last = &storm->last;
	double part = storm->limit > 0 ? sums__victim_rate(last) / storm->limit : 0;
	double cost = storm->cost.limit > 0 ? storm->cost.share / storm->cost.limit : 0;
	char before[64] = "";

	if (storm->baseline_known)
		snprintf(before, sizeof(before), ", previous rate %s/s",
			 units__rate(storm->baseline).s);
	add_row(l, "rate",
		"%s%s/s, %.0f %% of all IPIs; to the CPU that gets most about %s/s%s; %s",
		last->at_most ? "at most " : "", units__rate(sums__rate(last)).s,
		100 * sums__share(last), units__rate(sums__victim_rate(last)).s, before,
		reasons[storm->reason]);
	add_row(l, "limit", "%s/s to a CPU: %s", units__rate(storm->limit).s,
		storm_words__usual(storm));
	if (storm->limit > 0 && storm->cost.limit > 0)
		add_row(l, "",
			"rate %.*f times its limit; cost %s%s, %.*f times its limit of %.3g %%",
			part < 0.1 ? 3 : 1, part, storm_words__cost(&storm->cost).s,
			storm->cost.of == COST_OF_ONE ? " (an estimate: 1 us for each interrupt)" :
							"",
			cost < 0.1 ? 3 : 1, cost, 100 * storm->cost.limit);
	if (storm->note)
		/* The cost is that of the last window, and a storm is judged when it begins. */
		add_row(l, "",
			"%s less than %.0f %% of CPU time%s: a note, which --exit-code and --on "
			"ignore",
			storm->cost.share < STORM_NOTE ? "costs" : "cost", 100 * STORM_NOTE,
			storm->cost.share < STORM_NOTE ? "" : " when it began");
}

static struct words format_cpus(const struct storm *storm, const uint64_t *by)
{
	struct cpuset cpus = {};

	for (uint32_t cpu = 0; cpu < storm->nr_cpus && cpu < CPUSET_MAX; cpu++)
		if (storm__has_cpu(storm, by, cpu))
			cpuset__add(&cpus, cpu);
	return cpuset__count(&cpus) ? view__cpus(&cpus) : (struct words){ "(not known)" };
}

/*
 * Returns a note if the CPUs that a row names are those of all csds or interrupts, most of which
 * are not the storm's.
 */
static const char *describe_cpus(const struct storm *storm)
{
	if (storm__has_cpus(storm))
		return "";
	return storm__is_of_kind(storm) ?
		       " (CPUs of all such interrupts, most of which may not belong to this "
		       "storm)" :
		       " (CPUs of all csds, most of which do not belong to this storm)";
}

static void add_shape(struct block *l, const struct storm *storm, uint32_t nr_online)
{
	static const char *const shapes[] = {
		[SHAPE_UNKNOWN] = "",
		[SHAPE_BROADCAST] = "one call to all other CPUs at once; ",
		[SHAPE_MASK] = "one call to several CPUs at once; ",
		[SHAPE_IN_TURN] = "one CPU after the other; ",
		[SHAPE_PAIRWISE] = "one CPU at a time, from several; ",
		[SHAPE_ONE_TARGET] = "one CPU gets all; ",
	};
	enum storm_shape shape = storm__shape(storm, nr_online);

	if (shape == SHAPE_SELF)
		add_row(l, "shape", "each CPU to itself: CPU %s%s",
			format_cpus(storm, storm->dst).s, describe_cpus(storm));
	else
		add_row(l, "shape", "%sfrom CPU %s to CPU %s%s", shapes[shape],
			format_cpus(storm, storm->src).s, format_cpus(storm, storm->dst).s,
			describe_cpus(storm));
}

static const char *get_or_null(const char *text)
{
	return *text ? text : NULL;
}

/* A source says its share of the IPIs if its share of the samples is off by this much or more. */
#define SHARE_OFF 0.05

static void add_sources(struct block *l, const struct storm *storm)
{
	const struct storm_sums *sums = storm__figures(storm);

	if (!storm->nr_sources)
		add_row(l, "sources", "not known: no stack of a sender was sampled");
	else if (sums__unsampled(sums) > 0.005)
		add_row(l, "not known", "the senders of %.0f %%: no stack of theirs was sampled",
			100 * sums__unsampled(sums));
	for (int i = 0; i < storm->nr_sources && i < SOURCES_SHOWN; i++) {
		const struct storm_source *source = &storm->sources[i];
		double share = storm_source__share(storm, source);
		struct block b = BLOCK(1024);

		if (i && share < 0.05)
			break;
		block__add(&b, "%" PRIu64 " of %" PRIu64 " samples", source->samples,
			   storm->samples);
		if (fabs(share - (double)source->samples / storm->samples) >= SHARE_OFF)
			block__add(&b, ", %.0f %% of the IPIs", 100 * share);
		block__add(&b, ": ");
		block__add(&b, "%s", words__source(source).s);
		if (*source->cgroup && !storm_source__is_stopper(source))
			block__add(&b, " in cgroup %s", safe(source->cgroup).s);
		for (int f = 0; f < source->nr_chain; f++)
			block__add(&b, "%s%s", f ? " < " : ", by ", safe(source->chain[f]).s);
		if (source->has_user)
			block__add(&b, "%s",
				   words__user(&(struct symbol){
						       .name = get_or_null(source->user_func),
						       .module = get_or_null(source->user_module),
						       .offset = source->user_offset })
					   .s);
		add_text(l, i ? "" : "sources", b.buf);
	}
}

static void add_cost(struct block *l, const struct storm *storm)
{
	const struct storm_sums *last = &storm->last;
	double cpu = last->cpu_ns ? 100.0 / last->cpu_ns : 0;
	double untimed = get_untimed_part(storm);
	struct text waits = units__ns(per_second(last->wait_ns, last->ns));

	if (!last->handler_ns && !last->wait_ns) {
		add_row(l, "cost",
			"not known: the kernel has no event at the end of such an interrupt");
		return;
	}
	if (last->runs_unseen)
		add_row(l, "cost",
			"senders wait %s a second, %s of all CPU time; the functions' own time is "
			"not known",
			waits.s, format_average(last->wait_ns * cpu, 1).s);
	else if (last->waits_unknown)
		add_row(l, "cost",
			"handlers %s a second, %s of all CPU time; how long senders wait is not "
			"known; entry and exit of the interrupts are not included",
			units__ns(per_second(last->handler_ns, last->ns)).s,
			format_average(last->handler_ns * cpu, 2).s);
	else
		add_row(l, "cost",
			"handlers %s a second, %s of all CPU time; senders wait %s a second, %s; "
			"entry and exit of the interrupts are not included",
			units__ns(per_second(last->handler_ns, last->ns)).s,
			format_average(last->handler_ns * cpu, 2).s, waits.s,
			format_average(last->wait_ns * cpu, 1).s);
	if (untimed >= 0.005)
		add_row(l, "",
			"the cost of csds only: no event times the other %.0f %% of the IPIs, "
			"which have no csd",
			100 * untimed);
	/* Several causes share the function, and its figures by the ratio of sampled stacks. */
	if (storm->sig && storm->nr_sources && (storm->sig->via[0] || storm->sig->by[0]))
		add_row(l, "", "cost and rate are estimates, by sampled stacks");
}

static void add_tsc(struct block *l, const struct tsc_evidence *tsc)
{
	if (!tsc->known)
		return;
	add_row(l, "tsc", "%s (%s), %s; CPUID: %s; clocksource %s",
		tsc->constant ? "constant" : "NOT constant",
		tsc->constant ? "constant_tsc" : "no constant_tsc",
		tsc->nonstop ? "never stops" : "may stop in deep idle",
		tsc->invariant ? "invariant" : "not invariant",
		*tsc->clocksource ? safe(tsc->clocksource).s : "unknown");
}

static void add_transitions(struct block *l, const struct storm *storm,
			    const struct cpufreq_evidence *cpufreq)
{
	double per_s = cpufreq->transitions;
	/* Transitions are counted only if all policies have the same number of CPUs. */
	uint32_t nr_cpus = cpufreq->policies[0].nr_cpus;

	if (!cpufreq->counted) {
		add_row(l, "", "transitions cannot be counted here");
		return;
	}
	add_row(l, "", "%s transitions a second", units__rate(per_s).s);
	if (!(storm->sig->shows & SHOWS_TSC) || per_s <= 0)
		return;
	/*
	 * arch/x86/kvm/x86.c, kvmclock_cpufreq_notifier(): KVM calls each CPU of the policy after
	 * the frequency has fallen, or before it rises. Before a rise KVM calls a CPU twice if a
	 * vCPU runs or last ran there. The call to the CPU that changes the frequency needs no IPI.
	 */
	add_row(l, "", "%s IPIs a second to %s transitions of %s: %.1f each (KVM sends %u to %u)",
		units__rate(sums__rate(&storm->last)).s, units__rate(per_s).s,
		words__number(nr_cpus, "CPU").s, sums__rate(&storm->last) / per_s, nr_cpus - 1,
		2 * nr_cpus);
}

/* Returns "CPU 0-3"; "4 CPUs" for a capture of an older ipitrace, which has only their number. */
static struct words format_policy_cpus(const struct cpufreq_policy *policy)
{
	struct words words;

	if (!cpuset__count(&policy->cpus))
		return words__number(policy->nr_cpus, "CPU");
	snprintf(words.s, sizeof(words.s), "CPU %.59s", view__cpus(&policy->cpus).s);
	return words;
}

static void add_cpufreq(struct block *l, const struct storm *storm,
			const struct cpufreq_evidence *cpufreq)
{
	if (!cpufreq->nr_policies) {
		add_row(l, "cpufreq", "this machine has no frequency policy");
		return;
	}
	for (uint32_t i = 0; i < cpufreq->nr_policies && i < POLICIES_MAX; i++) {
		const struct cpufreq_policy *policy = &cpufreq->policies[i];

		add_row(l, i ? "" : "cpufreq", "%s of %s: driver %s, governor %s",
			safe(policy->name).s, format_policy_cpus(policy).s, safe(policy->driver).s,
			safe(policy->governor).s);
	}
	if (cpufreq->nr_policies > POLICIES_MAX)
		add_row(l, "", "more policies: %u", cpufreq->nr_policies - POLICIES_MAX);
	add_transitions(l, storm, cpufreq);
}

static void add_guests(struct block *l, const struct guest_evidence *guests)
{
	if (!guests->known && *guests->module && guests->users >= 0)
		add_row(l, "guests", "unknown: /proc hides processes; %s has %ld users",
			safe(guests->module).s, guests->users);
	else if (!guests->known)
		add_row(l, "guests", "unknown: /proc hides processes");
	else if (guests->vcpus)
		add_row(l, "guests", "%u vCPU threads, of %s%s", guests->vcpus,
			safe(guests->owner).s, guests->vcpus > 1 ? " and others" : "");
	else if (guests->users > 0)
		add_row(l, "guests", "no vCPU thread by name, but %s has %ld users",
			safe(guests->module).s, guests->users);
	else
		add_row(l, "guests", "none: no vCPU thread%s%s%s", *guests->module ? ", " : "",
			safe(guests->module).s,
			*guests->module ? " is loaded and has no users" : "");
}

/* Whether a guest runs, or may run. */
static bool guests_may_run(const struct guest_evidence *guests)
{
	return !guests->known || guests->vcpus || guests->users > 0;
}

static void add_clock_updates(struct block *l, const struct storm_evidence *evidence)
{
	const struct clock_evidence *clock = &evidence->clock;
	double each = storm_evidence__updates_each(evidence);
	char per_transition[48] = "";

	if (!guests_may_run(&evidence->guests))
		return;
	if (!clock->counted) {
		add_row(l, "", "their kvmclock's updates cannot be counted here");
		return;
	}
	if (each >= 0)
		snprintf(per_transition, sizeof(per_transition), ", %.1f for each transition",
			 each);
	add_row(l, "", "%s kvmclock updates a second on vCPU threads%s; their time is not known",
		units__rate(per_second(clock->updates, clock->ns)).s, per_transition);
}

static void add_guest_ipis(struct block *l, const char *label,
			   const struct guest_ipi_evidence *ipis)
{
	struct block b = BLOCK(1024);

	if (!ipis->known) {
		add_row(l, label, "IPIs between vCPUs cannot be counted here");
		return;
	}
	block__add(&b, "vCPUs ask for %s IPIs a second by exits",
		   units__rate(per_second(ipis->all, ipis->ns)).s);
	for (uint32_t i = 0; i < ipis->nr_vms; i++)
		block__add(&b, "%s %s of %s[%u]", i ? "," : ":",
			   units__rate(per_second(ipis->vms[i].ipis, ipis->ns)).s,
			   safe(ipis->vms[i].comm).s, ipis->vms[i].tgid);
	if (ipis->nr_vms)
		block__add(&b, ", %s of others",
			   units__rate(per_second(guest_ipis__other(ipis), ipis->ns)).s);
	add_text(l, label, b.buf);
	if (ipis->virtualized)
		add_row(l, "",
			"this CPU delivers most IPIs between vCPUs without an exit (AVIC, IPI "
			"virtualization): those are not counted");
}

static void add_moves(struct block *l, const struct storm_evidence *evidence)
{
	if (evidence->moves_known)
		add_row(l, "moved", "%s tasks a second to other CPUs",
			units__rate(per_second(evidence->moves, evidence->moves_ns)).s);
	else
		add_row(l, "moved", "cannot be counted here");
	if (!evidence->stops_known)
		return;
	add_row(l, "", "the stopper threads (migration/N) ran %s times a second",
		units__rate(per_second(evidence->stops, evidence->stops_ns)).s);
}

/* A source with fewer csds than a stopper thread is the culprit if it has this part of all. */
#define CULPRIT_PART 0.1

/* Returns the source with most csds that is no stopper thread; NULL if they are too few. */
static const struct storm_source *find_culprit(const struct storm *storm)
{
	for (int i = 0; i < storm->nr_sources; i++) {
		const struct storm_source *source = &storm->sources[i];

		if (!storm_source__is_stopper(source))
			return i && storm_source__share(storm, source) < CULPRIT_PART ? NULL :
											source;
	}
	return NULL;
}

/*
 * Add "CULPRIT: ipiload[4460], munmap in sender_main": who sent most of the sampled csds, and how.
 * This is the first line, because it is the answer. A stopper thread does what another task has
 * asked for, so it is never the answer. Adds nothing if no sample has a sender.
 */
static void add_culprit(struct block *l, const struct storm *storm)
{
	const struct storm_source *first = find_culprit(storm);
	struct block b = BLOCK(512);

	if (!storm->nr_sources)
		return;
	if (!first) {
		add_row(l, "CULPRIT:",
			"not known: stopper threads (migration/N) send, and no stack shows who "
			"queued their work");
		return;
	}
	block__add(&b, "%s", words__source(first).s);
	if (*first->reason)
		block__add(&b, ", %s", safe(first->reason).s);
	else if (first->nr_chain)
		block__add(&b, ", %s", safe(first->chain[0]).s);
	if (first->has_user && *first->user_func)
		block__add(&b, " in %s", safe(first->user_func).s);
	if (first != &storm->sources[0])
		block__add(
			&b,
			" (%" PRIu64 " of %" PRIu64
			" samples; most samples are of stopper threads, which work for an unknown "
			"task)",
			first->samples, storm->samples);
	else if (2 * storm_source__share(storm, first) < 1)
		block__add(&b, ", and others");
	add_text(l, "CULPRIT:", b.buf);
}

size_t view__storm_text(char *buf, size_t size, const struct storm *storm,
			const struct storm_evidence *evidence, int64_t realtime)
{
	const struct storm_sums *sums = storm__figures(storm), *last = &storm->last;
	unsigned int shows = storm->sig ? storm->sig->shows : 0;
	struct block block, *l = &block;
	char text[1024];

	block__begin(l, buf, size);
	add_culprit(l, storm);
	block__add(l, "%s%s %s%s\n", style__on(storm->note ? STYLE_HEAD : STYLE_ALERT),
		   storm->note ? "NOTE" : "STORM", storm_words__name(storm), style__off());
	storm_words__why(storm, evidence, text, sizeof(text));
	add_text(l, "", text);
	add_funcs(l, storm);
	add_rates(l, storm);
	add_shape(l, storm, evidence->nr_online);
	add_sources(l, storm);
	/* The csds that ipitrace itself sends belong to no storm; their rate is reported. */
	if (sums->own)
		add_row(l, "ipitrace",
			"%s/s of these functions are ipitrace's own, and not in the storm's "
			"figures",
			units__rate(sums__own_rate(sums)).s);
	add_cost(l, storm);
	/* Show what the host stole, because on a less busy host the same IPIs may be no storm. */
	if (last->stolen.delay || last->stolen.handler)
		add_row(l, "stolen",
			"the host took %s a second of delays, %s a second of handlers' time",
			units__ns(per_second(last->stolen.delay, last->ns)).s,
			units__ns(per_second(last->stolen.handler, last->ns)).s);
	if (storm->before)
		add_row(l, "onset", "in the first window, or before ipitrace began");
	else
		add_row(l, "onset", "about %s", clock__date_at(storm->onset + realtime).s);
	for (uint32_t i = 0; i < evidence->nr_changes; i++)
		add_row(l, i ? "" : "changed", "%s %s",
			clock__at(evidence->changes[i].time + realtime).s,
			safe(evidence->changes[i].text).s);
	if (shows & SHOWS_TSC)
		add_tsc(l, &evidence->tsc);
	if (shows & SHOWS_CPUFREQ)
		add_cpufreq(l, storm, &evidence->cpufreq);
	if (shows & SHOWS_GUESTS)
		add_guests(l, &evidence->guests);
	if (shows & SHOWS_TSC)
		add_clock_updates(l, evidence);
	if (shows & SHOWS_GUESTS && guests_may_run(&evidence->guests))
		add_guest_ipis(l, "", &evidence->guest_ipis);
	if (shows & SHOWS_GUEST_IPIS && evidence->guest_ipis.all)
		add_guest_ipis(l, "guests", &evidence->guest_ipis);
	if (shows & SHOWS_STOPS)
		add_moves(l, evidence);
	storm_words__advice(storm, evidence, text, sizeof(text));
	add_text(l, "advice", text);
	return l->len;
}

void view__storm(const struct storm *storm, const struct storm_evidence *evidence, int64_t realtime)
{
	char text[STORM_TEXT];

	view__storm_text(text, sizeof(text), storm, evidence, realtime);
	printf("\n%s", text);
}

void view__storm_over(const struct storm *storm, int64_t realtime)
{
	const struct storm_sums *life = &storm->life;
	bool ended = storm->news == STORM_ENDED;
	char title[64], seen[64] = "";

	snprintf(title, sizeof(title), ended ? "ended: %s" : "%s went on to the end",
		 storm_words__name(storm));
	if (ended)
		snprintf(seen, sizeof(seen), "last seen at %s, ",
			 clock__at(storm->seen + realtime).s);
	putchar('\n');
	paragraph__labelled(title, strlen(title), ": %s%.1f s, mean %s/s, %.0f %% of all IPIs",
			    seen, (storm->seen - storm->onset) / 1e9,
			    units__rate(sums__rate(life)).s, 100 * sums__share(life));
}

static void print_nearest(const struct storm_nearest *nearest)
{
	const char *why = storm_words__limit(nearest);
	char cpu[32] = "one CPU", limit[32] = "";

	if (!nearest->known)
		return;
	if (nearest->cost.limit)
		snprintf(limit, sizeof(limit), " (limit %.3g %%)", 100 * nearest->cost.limit);
	if (nearest->cpu_known)
		snprintf(cpu, sizeof(cpu), "CPU %u", nearest->cpu);
	paragraph__labelled("nearest", LABEL,
			    "%s, peak: %s %s/s to %s, limit %s/s%s%s%s; cost %s%s%s",
			    storm_words__nearest(nearest, true).s, units__rate(nearest->rate).s,
			    storm_words__unit(nearest), cpu, units__rate(nearest->rate_limit).s,
			    why ? " (" : "", why ? safe(why).s : "", why ? ")" : "",
			    storm_words__cost(&nearest->cost).s, limit,
			    storm_nearest__part(nearest) >= 1 ? "; over a limit once" : "");
}

void view__no_storm(const struct calm *calm)
{
	double cpu = calm->cpu_ns ? 100.0 / calm->cpu_ns : 0;
	struct words flushes = storm_words__flushes(&calm->flushes, calm->seconds);
	struct words verdict = storm_words__calm(calm);
	const char *untimed = "";
	char waits[32] = "not known";

	/* No option times what another tracer has recorded. */
	if (calm->reschedules && !calm->runs_unseen)
		untimed = calm->waits_unknown ?
				  "; reschedules not timed" :
				  "; reschedules not timed (summary --kinds times them)";
	if (!calm->waits_unknown)
		snprintf(waits, sizeof(waits), "%s", format_average(calm->wait_ns * cpu, 2).s);
	printf("\nno storm in %.2f s\n", calm->seconds);
	print_nearest(&calm->nearest);
	if (calm->cpu_ns && calm->csds && !calm->irqs_unseen)
		paragraph__labelled("average", LABEL, "%s %s of CPU time, sender wait %s%s",
				    calm->runs_unseen ? "interrupts" : "handlers",
				    format_average(calm->handler_ns * cpu, 2).s, waits, untimed);
	if (*flushes.s)
		paragraph__labelled("flushes", LABEL, "%s", flushes.s);
	if (*verdict.s)
		paragraph__labelled("", 0, "%s", verdict.s);
}
