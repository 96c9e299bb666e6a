/* SPDX-License-Identifier: GPL-2.0 */
/* The tracks of one CPU, and the csds on them. */
#ifndef IPITRACE_VIEW_PERFETTO_CPU_TRACKS_H
#define IPITRACE_VIEW_PERFETTO_CPU_TRACKS_H

#include <stdint.h>
#include "base/cpuset.h"
#include "view/perfetto/lanes.h"
#include "view/perfetto/packets.h"
#include "view/perfetto/sends.h"

struct cpu_tracks {
	uint64_t sends;
	uint64_t runs;
	struct lanes waits;
	struct lanes queued;
	struct send send; /* the latest, which may not be complete */
};

/* All zero bytes but for packets: no CPU has tracks. */
struct cpus_tracks {
	struct packets *packets;
	uint64_t parent; /* their common track; 0: none */
	struct cpu_tracks *cpus[CPUSET_MAX]; /* NULL: no event yet */
	uint64_t flows;
	uint64_t crowded; /* slices that found no lane */
};

/* Draw a csd, or keep it until its send is complete. 0 or -ENOMEM. */
int cpus_tracks__add(struct cpus_tracks *t, const struct sent_csd *csd,
		     const struct record_line *line);

/* Draw the sends that are complete when records of @now arrive. 0 or -ENOMEM. */
int cpus_tracks__settle(struct cpus_tracks *t, uint64_t now);

void cpus_tracks__free(struct cpus_tracks *t);

#endif /* IPITRACE_VIEW_PERFETTO_CPU_TRACKS_H */
