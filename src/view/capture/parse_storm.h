/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_STORM_H
#define IPITRACE_VIEW_CAPTURE_PARSE_STORM_H

#include <jansson.h>
#include <stdint.h>
#include "abi/limits.h"
#include "model/signature.h"
#include "model/calm.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "view/capture/strings.h"

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

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_STORM_H */
