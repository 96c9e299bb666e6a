// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "model/names.h"
#include "model/signature.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "view/storm_words.h"

const char *storm_words__name(const struct storm *storm)
{
	return storm->sig ? storm->sig->name : "unknown";
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

static void __attribute__((format(printf, 3, 4)))
append(char *buf, size_t size, const char *format, ...)
{
	size_t len = strlen(buf);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + len, size - len, format, args);
	va_end(args);
}

static void func_name(const struct storm *storm, char *buf, size_t size)
{
	const struct storm_func *func = &storm->funcs[0];

	snprintf(buf, size, "%s%s%s%s", *func->name ? func->name : kind_names[func->kind],
		 *func->module ? " [" : "", func->module, *func->module ? "]" : "");
}

void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size)
{
	const struct storm_sums *sums = storm__figures(storm);
	double transitions = storm_words__transitions(&evidence->cpufreq);
	char name[2 * STORM_NAME + 8];

	func_name(storm, name, sizeof(name));
	snprintf(buf, size, "%.0f a second of %s, %.0f %% of all", sums__rate(sums), name,
		 100 * sums__share(sums));
	if (storm->sig)
		append(buf, size, ": %s", storm->sig->cause);
	else
		append(buf, size, "; no cause is known for it");
	if (is_tsc(storm) && transitions > 0)
		append(buf, size, "; %.0f frequency transitions a second", transitions);
	if (is_tsc(storm) && evidence->tsc.known && evidence->tsc.constant)
		append(buf, size,
		       "; but this CPU says that its TSC is constant, so KVM should not do it");
}

/*
 * KVM needs the TSC's frequency for guests only, so without guests KVM can go.
 * Setting the governor to "performance" is no advice where "performance" is set already.
 */
static void tsc_advice(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		       size_t size)
{
	const struct guest_evidence *guests = &evidence->guests;
	const struct cpufreq_policy *policy = &evidence->cpufreq.policies[0];

	if (guests->known && *guests->module && !guests->users && !guests->vcpus)
		append(buf, size, "no guest runs: modprobe -r %s kvm; ", guests->module);
	if (evidence->cpufreq.nr_policies && !strcmp(policy->governor, "performance"))
		append(buf, size,
		       "the governor is performance already, so see what makes the driver "
		       "(%s) change the frequency; ",
		       policy->driver);
	else
		append(buf, size, "cpupower frequency-set -g performance; ");
	append(buf, size, "%s", storm->sig->advice);
}

void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size)
{
	*buf = '\0';
	if (is_tsc(storm))
		tsc_advice(storm, evidence, buf, size);
	else if (storm->sig)
		append(buf, size, "%s", storm->sig->advice);
	else
		append(buf, size, "ipitrace --stacks -f '%s' shows who sends it",
		       storm->funcs[0].name);
}
