// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/names.h"
#include "model/signature.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "view/storm_words.h"
#include "view/text/block.h"
#include "view/text/safe.h"

const char *storm_words__name(const struct storm *storm)
{
	return storm->sig ? storm->sig->name : "unknown";
}

const char *storm_words__usual(const struct storm *storm)
{
	static const char *const why[NR_USUAL] = {
		[USUAL_RARE] = "only administration does it, and more is a loop",
		[USUAL_OCCASIONAL] = "monitoring and maintenance do it some times a second",
		[USUAL_COMMON] = "load causes it, but no program asks for it so often",
		[USUAL_ROUTINE] = "programs at work do it by the thousand",
		[USUAL_TRAFFIC] = "each packet, request or wake-up may do it: its cost tells more",
	};

	if (!storm->sig)
		return "nobody knows what it is for";
	return why[storm->sig->usual];
}

double storm_words__transitions(const struct cpufreq_evidence *cpufreq)
{
	/*
	 * The kernel counts a transition once for each CPU of its policy, and the
	 * event names no policy: divide by the CPUs a policy, if all have as many.
	 */
	if (!cpufreq->counted || !cpufreq->cpus_a_policy || !cpufreq->ns)
		return -1;
	return cpufreq->events * 1e9 / cpufreq->ns / cpufreq->cpus_a_policy;
}

static bool is_tsc(const struct storm *storm)
{
	return storm->sig && storm->sig->shows & SHOWS_TSC;
}

static void add_func(struct block *b, const struct storm_func *func)
{
	block__add(b, "%s%s%s%s", safe(*func->name ? func->name : kind_names[func->kind]).s,
		   *func->module ? " [" : "", safe(func->module).s, *func->module ? "]" : "");
}

void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size)
{
	const struct storm_sums *sums = storm__figures(storm);
	double transitions = storm_words__transitions(&evidence->cpufreq);
	struct block b;

	block__begin(&b, buf, size);
	block__add(&b, "%.0f a second of ", sums__rate(sums));
	add_func(&b, &storm->funcs[0]);
	block__add(&b, ", %.0f %% of all", 100 * sums__share(sums));
	if (storm->sig)
		block__add(&b, ": %s", storm->sig->cause);
	else
		block__add(&b, "; no cause is known for it");
	if (is_tsc(storm) && transitions > 0)
		block__add(&b, "; %.0f frequency transitions a second", transitions);
	if (is_tsc(storm) && evidence->tsc.known && evidence->tsc.constant)
		block__add(&b,
			   "; but this CPU says that its TSC is constant, so KVM should not do it");
}

/*
 * KVM needs the TSC's frequency for guests only, so without guests KVM can go.
 * Setting the governor to "performance" is no advice where "performance" is set already.
 */
static void tsc_advice(const struct storm *storm, const struct storm_evidence *evidence,
		       struct block *b)
{
	const struct guest_evidence *guests = &evidence->guests;
	const struct cpufreq_policy *policy = &evidence->cpufreq.policies[0];

	if (guests->known && *guests->module && !guests->users && !guests->vcpus)
		block__add(b, "no guest runs: modprobe -r %s kvm; ", safe(guests->module).s);
	if (evidence->cpufreq.nr_policies && !strcmp(policy->governor, "performance"))
		block__add(b,
			   "the governor is performance already, so see what makes the driver "
			   "(%s) change the frequency; ",
			   safe(policy->driver).s);
	else
		block__add(b, "cpupower frequency-set -g performance; ");
	block__add(b, "%s", storm->sig->advice);
}

void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size)
{
	struct block b;

	block__begin(&b, buf, size);
	if (is_tsc(storm))
		tsc_advice(storm, evidence, &b);
	else if (storm->sig)
		block__add(&b, "%s", storm->sig->advice);
	else
		block__add(&b, "ipitrace --stacks -f '%s' shows who sends it",
			   safe(storm->funcs[0].name).s);
}
