/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of stalls and storms, and the last ones of a run that looked for them. */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_REPORTS_H
#define IPITRACE_VIEW_CAPTURE_PARSE_REPORTS_H

#include <jansson.h>
#include <stdint.h>
#include "abi/limits.h"
#include "model/incident.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "model/totals.h"
#include "model/trigger.h"
#include "view/capture/parse.h"

/* A stall's targets and backtrace, to which the incident points. */
struct parsed_stall {
	uint64_t id;
	struct incident incident; /* covered: the report of its cause names it */
	struct target_time targets[TARGETS_MAX];
	struct backtrace backtrace;
};

void parse__stall(struct strings *strings, const json_t *object, struct parsed_stall *stall);

/* Why the flight recorder wrote the file; *@from: where that begins, ns. */
void parse__trigger(const json_t *object, struct trigger *trigger, uint64_t *from);

/* The last line of stalls. */
void parse__stalls_end(const json_t *object, struct stall_totals *totals);

/* A storm with the arrays that it points to. */
struct parsed_storm {
	struct storm storm;
	struct storm_evidence evidence;
	uint64_t time; /* of the report */
	uint64_t src[MAX_CPUS], dst[MAX_CPUS];
};

/*
 * @sig: the signature of the storm's name; NULL: unknown. @nr_online: CPUs of the
 * host. A line has rates, and the model sums: the sums are those of one second, and of
 * the storm's duration.
 */
void parse__storm(const json_t *object, const struct signature *sig, uint32_t nr_online,
		  struct parsed_storm *parsed);

/* A line of type no_storm. */
void parse__calm(struct strings *strings, const json_t *object, uint32_t nr_online,
		 struct calm *calm);

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_REPORTS_H */
