// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "base/cpuset.h"
#include "model/incident.h"
#include "model/moment.h"
#include "run/clerk_request.h"

static bool is_cpu(uint32_t cpu)
{
	return cpu < CPUSET_MAX || cpu == CPU_UNKNOWN;
}

bool clerk_request__is_valid(const struct clerk_request *request)
{
	const struct trigger *trigger = &request->trigger;

	/* Enumerations may be signed, and what came is any number. */
	return (unsigned int)request->wish < NR_WISHES &&
	       (unsigned int)trigger->kind < NR_TRIGGERS &&
	       (unsigned int)trigger->phase < NR_PHASES && is_cpu(trigger->src) &&
	       is_cpu(trigger->dst);
}

static void number_set(const char *name, uint64_t number,
		       void (*set)(const char *name, const char *value))
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	set(name, text);
}

void clerk_request__environment(const struct clerk_request *request, const char *file,
				void (*set)(const char *name, const char *value))
{
	static const char *const names[] = {
		"IPITRACE_ID", "IPITRACE_PHASE", "IPITRACE_SRC", "IPITRACE_DST", "IPITRACE_NS",
	};
	const struct trigger *trigger = &request->trigger;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		set(names[i], NULL);
	set("IPITRACE_FILE", file);
	set("IPITRACE_INCIDENT", trigger_names[trigger->kind]);
	number_set("IPITRACE_TIME", request->real / 1000000000, set);
	if (trigger->id)
		number_set("IPITRACE_ID", trigger->id, set);
	if (!trigger__has_csd(trigger))
		return;
	set("IPITRACE_PHASE", phase_names[trigger->phase]);
	number_set("IPITRACE_SRC", trigger->src, set);
	number_set("IPITRACE_DST", trigger->dst, set);
	number_set("IPITRACE_NS", trigger->duration, set);
}
