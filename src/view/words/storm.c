// SPDX-License-Identifier: GPL-2.0
#include "view/view.h"
#include "view/words/words.h"

static const char *const why_unnamed[NR_NAMES_SHOWN] = {
	[NAMES_NEED_SYSLOG] = "names are hidden: needs CAP_SYSLOG",
	[NAMES_RESTRICTED] = "names are hidden: sysctl kernel.kptr_restrict",
	[NAMES_UNREADABLE] = "names are hidden: no /proc/kallsyms",
};

const char *storm_words__name(const struct storm *storm)
{
	return storm->sig ? storm->sig->name : "unknown";
}

const char *storm_words__usual(const struct storm *storm)
{
	static const char *const why[NR_USUAL] = {
		[USUAL_RARE] = "only administration causes it, so a higher rate is a loop",
		[USUAL_OCCASIONAL] = "monitoring and maintenance cause it a few times a second",
		[USUAL_COMMON] = "load causes it, but no program asks for it so often",
		[USUAL_ROUTINE] = "working programs often cause thousands a second",
		[USUAL_TRAFFIC] =
			"each packet, request or wake-up may cause one, so the cost decides more",
	};

	if (!storm->sig)
		return storm->names ? why_unnamed[storm->names] :
				      "no signature knows what it is for";
	return why[storm->sig->usual];
}

const char *storm_words__limit(const struct storm_nearest *nearest)
{
	if (nearest->cause)
		return nearest->usual;
	return nearest->names ? why_unnamed[nearest->names] : "unknown cause";
}

struct safe storm_words__nearest(const struct storm_nearest *nearest, bool cause)
{
	const struct storm_func *funcs[] = { &nearest->func, &nearest->second };
	struct safe text = { "" };
	struct block b = { .buf = text.s, .size = sizeof(text.s) };

	for (int i = 0; i < 2 && (!i || funcs[i]->count); i++) {
		block__add(&b, "%s%s", i ? " and " : "",
			   safe__cut(*funcs[i]->name ? funcs[i]->name : kind_names[funcs[i]->kind],
				     48)
				   .s);
		if (*funcs[i]->module)
			block__add(&b, " [%s]", safe(funcs[i]->module).s);
	}
	if (cause && nearest->cause)
		block__add(&b, " (%s)", safe(nearest->cause).s);
	return text;
}

const char *storm_words__unit(const struct storm_nearest *nearest)
{
	const struct storm_func *func = &nearest->func, *second = &nearest->second;
	bool named = *func->name, mixed = second->count && named != !!*second->name;

	if (mixed || (second->count && !named && func->kind != second->kind))
		return "IPIs";
	if (named)
		return "csds";
	return func->kind == KIND_RESCHEDULE ? "reschedules" :
	       func->kind == KIND_IRQ_WORK   ? "irq_works" :
					       "IPIs";
}

struct words storm_words__cost(const struct storm_cost *cost)
{
	static const char *const whose[NR_COST_OF] = {
		[COST_OF_ALL] = "of CPU time",
		[COST_OF_ONE] = "of one CPU's time",
		[COST_OF_WAITER] = "of one CPU's time (a quarter of its waits)",
	};
	struct words words;

	snprintf(words.s, sizeof(words.s), "%.2g %% %s", 100 * cost->share, whose[cost->of]);
	return words;
}

static bool shows_tsc(const struct storm *storm)
{
	return storm->sig && storm->sig->shows & SHOWS_TSC;
}

/* A reason within the storm's cause, and how many of the storm's sampled csds show it. */
struct seen {
	const struct why *why; /* NULL: these samples show no reason, only the signature's cause */
	double csds;
	const char *caller; /* callers__reason() of most of these csds; "" if it has no name */
};

/* The first reason is always named, another if it has at least this part of the sampled csds. */
#define SEEN_PART 0.1
/* A reason that at least this many percent of the sampled csds show is said without its share. */
#define SEEN_ALL  95

/*
 * Add the reason @why, an identifier of @storm's signature, to the @nr reasons in @seen, which are
 * sorted by csds, most first. If the reason is there already, add up the csds. Returns the new
 * number of reasons.
 */
static int add_seen(struct seen seen[STORM_WHYS], int nr, const struct storm *storm,
		    const char *why, double csds, const char *caller)
{
	struct seen new = { signature__why_named(storm->sig, why), csds, caller };
	int i = 0;

	while (i < nr && seen[i].why != new.why)
		i++;
	if (i < nr) {
		new.csds += seen[i].csds;
		new.caller = seen[i].caller;
	} else {
		nr++;
	}
	for (; i > 0 && seen[i - 1].csds < new.csds; i--)
		seen[i] = seen[i - 1];
	seen[i] = new;
	return nr;
}

/*
 * Collect the reasons that the samples show, most csds first. Returns how many there are; 0 if
 * the signature has no reasons, or no stack was sampled.
 */
static int collect_whys(const struct storm *storm, struct seen seen[STORM_WHYS])
{
	int nr = 0;

	if (!storm->sig->whys)
		return 0;
	for (int i = 0; i < storm->nr_whys; i++) {
		const struct storm_why *why = &storm->whys[i];

		nr = add_seen(seen, nr, storm, why->why, why->csds, why->reason);
	}
	/* A storm from a capture of an older ipitrace has sources, and no whys. */
	for (int i = 0; !storm->nr_whys && i < storm->nr_sources; i++) {
		const struct storm_source *source = &storm->sources[i];

		nr = add_seen(seen, nr, storm, source->why, source->csds, source->reason);
	}
	while (nr > 1 && seen[nr - 1].csds < SEEN_PART * storm->csds)
		nr--;
	return nr;
}

/* "and others" is said if these have at least this part of the sampled csds without a reason. */
#define OTHERS_PART 0.1

/* Whether samples that show no reason have other callers than @caller, by the list of sources. */
static bool has_other_callers(const struct storm *storm, const char *caller)
{
	double all = 0, others = 0;

	for (int i = 0; i < storm->nr_sources; i++) {
		const struct storm_source *source = &storm->sources[i];

		if (*source->why)
			continue;
		all += source->csds;
		others += strcmp(source->reason, caller) ? source->csds : 0;
	}
	return others > 0 && others >= OTHERS_PART * all;
}

/*
 * Add the signature's cause. An open signature matches what no other signature matches: all that is
 * known is the @caller of the samples, so add the caller, too.
 */
static void add_own_cause(struct block *b, const struct storm *storm, const char *caller)
{
	block__add(b, "%s", storm->sig->cause);
	if (storm->sig->open && *caller)
		block__add(b, ", by %s%s", safe(caller).s,
			   has_other_callers(storm, caller) ? " and others" : "");
}

/* Add the reasons that the sampled stacks show; if they show none, the signature's cause. */
static void add_cause(struct block *b, const struct storm *storm)
{
	struct seen seen[STORM_WHYS];
	int nr = collect_whys(storm, seen);

	for (int i = 0; i < nr; i++) {
		double part = 100 * seen[i].csds / storm->csds;

		block__add(b, "%s", i ? "; " : ": ");
		if (seen[i].why)
			block__add(b, "%s", seen[i].why->cause);
		else
			add_own_cause(b, storm, seen[i].caller);
		if (part < SEEN_ALL)
			block__add(b, " (%.0f %% of the sampled IPIs)", part);
	}
	if (nr)
		return;
	block__add(b, ": ");
	add_own_cause(b, storm, storm->nr_sources ? storm->sources[0].reason : "");
	if (storm->sig->open && !storm->nr_sources)
		block__add(b,
			   "; the caller is not known, because no stack of a sender was sampled");
}

/* Add the functions: "ipi_mb", "sched_ttwu_pending and reschedule", "ipi_mb and 2 others". */
static void add_funcs(struct block *b, const struct storm *storm)
{
	int shown = storm->nr_funcs == 2 ? 2 : 1;

	for (int i = 0; i < shown; i++) {
		const struct storm_func *func = &storm->funcs[i];

		block__add(b, "%s%s%s%s%s", i ? " and " : "",
			   safe(*func->name ? func->name : kind_names[func->kind]).s,
			   *func->module ? " [" : "", safe(func->module).s,
			   *func->module ? "]" : "");
	}
	if (storm->nr_funcs > shown)
		block__add(b, " and %s", words__number(storm->nr_funcs - shown, "other").s);
}

void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size)
{
	const struct storm_sums *sums = storm__figures(storm);
	double transitions = evidence->cpufreq.transitions;
	struct block b;

	block__begin(&b, buf, size);
	block__add(&b, "%.0f a second of ", sums__rate(sums));
	add_funcs(&b, storm);
	block__add(&b, ", %.0f %% of all IPIs", 100 * sums__share(sums));
	if (storm->sig)
		add_cause(&b, storm);
	else if (storm->names)
		block__add(&b, "; %s, so the storm has no name", why_unnamed[storm->names]);
	else
		block__add(&b, "; no signature knows this function, so the storm has no name");
	if (shows_tsc(storm) && transitions > 0)
		block__add(&b, "; %.0f frequency transitions a second", transitions);
	if (shows_tsc(storm) && evidence->tsc.known && evidence->tsc.constant)
		block__add(&b,
			   "; but this CPU says that its TSC is constant, so KVM should not do it");
}

/* Whether a governor of cpufreq has this frame. The names begin like this in Linux 6.5 to 7.3. */
static bool is_of_governor(const char *frame)
{
	static const char *const begins[] = { "cpufreq_gov_", "cs_dbs_", "dbs_work_handler", "od_",
					      "sugov_" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(frame, begins[i], strlen(begins[i])))
			return true;
	return false;
}

/* Returns the part of the sampled transitions that a governor asked for. */
static double get_governors_share(const struct storm *storm)
{
	double share = 0;

	for (int i = 0; i < storm->nr_sources; i++) {
		const struct storm_source *source = &storm->sources[i];
		bool found = false;

		for (int f = 0; f < source->nr_chain; f++)
			found |= is_of_governor(source->chain[f]);
		share += found ? storm_source__share(storm, source) : 0;
	}
	return share;
}

/* Add the advice if the governor is performance: find out why the driver changes the frequency. */
static void advise_on_driver(const struct storm *storm, const struct cpufreq_policy *policy,
			     struct block *b)
{
	const struct storm_source *first = &storm->sources[0];

	block__add(b,
		   "the governor is performance already, so see what makes the driver (%s) change "
		   "the frequency",
		   safe(policy->driver).s);
	if (storm->nr_sources && first->nr_chain)
		block__add(b, ": %s asks for %.0f %% of the sampled transitions",
			   safe(first->chain[0]).s, 100 * storm_source__share(storm, first));
	block__add(b, "; ");
}

static void advise_on_governor(const struct storm *storm, const struct cpufreq_evidence *cpufreq,
			       struct block *b)
{
	const struct cpufreq_policy *policy = &cpufreq->policies[0];
	double asked = get_governors_share(storm);

	if (cpufreq->nr_policies && !strcmp(policy->governor, "performance")) {
		advise_on_driver(storm, policy, b);
		return;
	}
	block__add(b, "cpupower frequency-set -g performance ");
	if (asked > 0)
		block__add(
			b,
			"(ends the %.0f %% of the sampled transitions that the governor asks for); ",
			100 * asked);
	else
		block__add(
			b,
			"(it is not known how much of the storm this ends: no sampled stack has a "
			"governor); ");
}

/*
 * Add advice on the TSC. KVM needs the TSC's frequency only for guests, so without guests it can be
 * unloaded. If the TSC is constant, KVM asks for no notification.
 */
static void advise_on_tsc(const struct storm *storm, const struct storm_evidence *evidence,
			  struct block *b)
{
	const struct guest_evidence *guests = &evidence->guests;

	if (guests->known && *guests->module && !guests->users && !guests->vcpus)
		block__add(b, "no guest runs: modprobe -r %s kvm (ends the whole storm); ",
			   safe(guests->module).s);
	advise_on_governor(storm, &evidence->cpufreq, b);
	block__add(b, "%s (ends the whole storm)", storm->sig->advice);
}

/*
 * Advise on guests if the rate of their IPIs is at least this part of the storm's rate: each of
 * their IPIs interrupts or wakes a CPU once.
 */
#define GUESTS_PART 0.5

static void advise_on_guests(const struct storm *storm, const struct guest_ipi_evidence *ipis,
			     struct block *b)
{
	double asked = ipis->known ? per_second(ipis->all, ipis->ns) : 0;
	double sent = sums__rate(&storm->last);

	if (asked > 0 && asked >= GUESTS_PART * sent)
		block__add(b,
			   "guests ask for %.0f IPIs a second, up to %.0f %% of this: use fewer "
			   "vCPUs, or AVIC or IPI virtualization where the CPU has it; ",
			   asked, asked < sent ? 100 * asked / sent : 100.0);
}

/*
 * Returns the advice for samples from @caller that show no reason. The advice of an open signature
 * is how to find the caller: no advice if the caller is known.
 */
static const char *get_own_advice(const struct signature *sig, const char *caller)
{
	return sig->open && *caller ? NO_ADVICE : sig->advice;
}

/* An advice, and how many of the storm's sampled csds it is for. */
struct said {
	const char *advice;
	double csds;
	bool general; /* the signature's own advice, which fits all of its reasons */
};

/* Returns the general advice of the @nr advices if @advice is a part of it, else @advice. */
static const char *find_whole(const struct said *advices, int nr, const char *advice)
{
	for (int i = 0; i < nr; i++)
		if (advices[i].general && strstr(advices[i].advice, advice))
			return advices[i].advice;
	return advice;
}

/*
 * Join the @nr advices that are equal, or a part of the general one. Returns how many are left. The
 * advice for another reason may have the same part, and more that is of no use for this one.
 */
static int join_advices(struct said *advices, int nr)
{
	int nr_said = 0;

	for (int i = 0; i < nr; i++) {
		struct said one = advices[i];
		int at = 0;

		one.advice = find_whole(advices, nr, one.advice);
		while (at < nr_said && strcmp(advices[at].advice, one.advice))
			at++;
		if (at < nr_said)
			advices[at].csds += one.csds;
		else
			advices[nr_said++] = one;
	}
	return nr_said;
}

/*
 * Add the advice for each reason that the samples show. An advice that is not for all of them says
 * for how many: who follows it ends no more than that part of the storm.
 */
static void add_advice(const struct storm *storm, struct block *b)
{
	const struct signature *sig = storm->sig;
	struct seen seen[STORM_WHYS];
	struct said said[STORM_WHYS];
	int nr = collect_whys(storm, seen), nr_said;

	for (int i = 0; i < nr; i++)
		said[i] = (struct said){ seen[i].why ? seen[i].why->advice :
						       get_own_advice(sig, seen[i].caller),
					 seen[i].csds, !seen[i].why };
	nr_said = join_advices(said, nr);
	for (int i = 0; i < nr_said; i++) {
		double part = 100 * said[i].csds / storm->csds;

		block__add(b, "%s", i ? "; " : "");
		if (part < SEEN_ALL && (nr_said > 1 || strcmp(said[i].advice, NO_ADVICE)))
			block__add(b, "for %.0f %% of the sampled IPIs: ", part);
		block__add(b, "%s", said[i].advice);
	}
	if (!nr_said)
		block__add(b, "%s",
			   get_own_advice(sig, storm->nr_sources ? storm->sources[0].reason : ""));
}

/* A storm by its cost is the host's if the host stole at least this part of the cost. */
#define STOLEN_PART 0.5

/*
 * Advise on the host: while a vCPU of the target is off its CPU, senders wait. At the same rate the
 * csds would cost little on a host that is less busy.
 */
static void advise_on_host(const struct storm *storm, struct block *b)
{
	const struct storm_sums *sums = &storm->last;
	double stolen = sums->stolen.delay + sums->stolen.handler;
	double cost = sums->handler_ns + sums->wait_ns;

	if (storm->reason != STORM_BY_SHARE || stolen < STOLEN_PART * cost)
		return;
	block__add(b,
		   "the host stole up to %.0f %% of what these IPIs cost: have the host give this "
		   "guest more CPU time (st in top(1) shows how much is missing); ",
		   stolen < cost ? 100 * stolen / cost : 100.0);
}

void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size)
{
	struct block b;

	block__begin(&b, buf, size);
	advise_on_host(storm, &b);
	if (shows_tsc(storm))
		advise_on_tsc(storm, evidence, &b);
	else if (storm->sig) {
		if (storm->sig->shows & SHOWS_GUEST_IPIS)
			advise_on_guests(storm, &evidence->guest_ipis, &b);
		add_advice(storm, &b);
	} else
		block__add(&b, "ipitrace --stacks -f '%s' shows who sends it",
			   safe(storm->funcs[0].name).s);
}

bool storm_words__was_over_once(const struct storm_nearest *nearest)
{
	return storm_nearest__cost_part(nearest) >= 1 ||
	       (storm_nearest__rate_part(nearest) >= 1 && nearest->cost.share >= STORM_NOTE);
}

struct words storm_words__flushes(const struct flushes *flushes, double seconds)
{
	struct words words = { "" };

	if (!flushes__explain(flushes, seconds))
		return words;
	if (flushes->hosted_known && seconds > 0)
		snprintf(words.s, sizeof(words.s),
			 "the host was asked %s/s to flush other CPUs' TLBs, which sends no IPI",
			 units__rate(flushes->hosted / seconds).s);
	else
		snprintf(
			words.s, sizeof(words.s),
			"%s flushes other CPUs' TLBs without IPIs, uncounted; %s/s flushed locally",
			flushes->way == FLUSH_BY_HOST ? "the host" : "this CPU (INVLPGB)",
			units__rate(seconds > 0 ? flushes->local / seconds : 0).s);
	return words;
}

/* A run that came this near to a limit does not prove that IPIs are harmless. */
#define NEAR 0.5

struct words storm_words__calm(const struct calm *calm)
{
	const struct storm_nearest *nearest = &calm->nearest;
	double limit = nearest->cost.limit > 0 ? nearest->cost.limit : 1; /* 1: not known */
	double share = calm__cost(calm);
	char cost[32] = "less than 0.1 %";
	struct words words = { "" };

	if (share >= 0.0005)
		snprintf(cost, sizeof(cost), "%.*f %%", share < 0.0995 ? 1 : 0, 100 * share);
	if (calm->seconds < STORM_INTERVAL_NS / 1e9) {
		snprintf(words.s, sizeof(words.s), "no verdict: at least %.1f s needed",
			 STORM_INTERVAL_NS / 1e9);
		return words;
	}
	if (!calm->csds && !nearest->known)
		return (struct words){ "no IPI was sent: a slow host has another cause" };
	if (!calm->cpu_ns || calm->irqs_unseen)
		return words;
	if (calm->waits_unknown)
		snprintf(words.s, sizeof(words.s),
			 "handlers take %s of CPU time; how long senders waited is not known",
			 cost);
	else
		snprintf(words.s, sizeof(words.s), "IPIs take %s of CPU time%s", cost,
			 storm_words__was_over_once(nearest) ?
				 "; the nearest was over a limit in one window, and a storm "
				 "needs two: watch for longer" :
			 storm_nearest__part(nearest) >= NEAR ?
				 ", near a storm: see ipitrace --by sender" :
			 share < limit ? ": a slow host has another cause" :
					 ", but no cause storms: see ipitrace --by sender");
	return words;
}
