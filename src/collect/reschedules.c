// SPDX-License-Identifier: GPL-2.0
#include "collect/reschedules.h"

/* Whether some reschedule of @cpu may pass the filter: no CPU sends one to itself. */
static bool may_get(const struct collect_config *config, uint32_t cpu)
{
	bool sends_alone = config->src && cpuset__has(config->src, cpu) &&
			   cpuset__count(config->src) == 1;

	return !sends_alone && (!config->dst || cpuset__has(config->dst, cpu));
}

/* Whether all that arrive at @cpu pass: nothing asks who sent them. */
static bool gets_all(const struct collect_config *config, uint32_t cpu)
{
	return may_get(config, cpu) && !config->src && !config->tgid && !config->funcs &&
	       (!config->cpus || cpuset__has(config->cpus, cpu));
}

struct most_hit reschedules__most(const struct collect_config *config, const struct arrivals *since,
				  uint64_t sent)
{
	double exact = 0, others = 0, rest, most = 0;
	struct most_hit hit = {};
	int cpu;

	for_each_cpu(cpu, &since->counted) {
		if (gets_all(config, cpu))
			exact += since->reschedules[cpu];
		else if (may_get(config, cpu))
			others += since->reschedules[cpu];
	}
	rest = sent > exact && others ? sent - exact : 0;
	for_each_cpu(cpu, &since->counted) {
		double part = since->reschedules[cpu];

		if (!may_get(config, cpu))
			continue;
		/* Each CPU gets a part of the others: its part of all that arrived there. */
		if (!gets_all(config, cpu))
			part *= others ? rest / others : 0;
		if (part <= most)
			continue;
		most = part;
		hit = (struct most_hit){ part / (exact + rest), true, cpu };
	}
	return hit;
}
