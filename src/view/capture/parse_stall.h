/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_STALL_H
#define IPITRACE_VIEW_CAPTURE_PARSE_STALL_H

#include <jansson.h>
#include "model/incident.h"
#include "model/totals.h"
#include "model/trigger.h"
#include "view/capture/strings.h"

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

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_STALL_H */
