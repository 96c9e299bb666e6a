/* SPDX-License-Identifier: GPL-2.0 */
/* The tracks that belong to no CPU: windows' rates, storms, stalls. */
#ifndef IPITRACE_VIEW_PERFETTO_SPAN_TRACKS_H
#define IPITRACE_VIEW_PERFETTO_SPAN_TRACKS_H

#include <jansson.h>
#include <stdint.h>
#include "view/lasting.h"
#include "view/perfetto/lanes.h"
#include "view/perfetto/packets.h"

/* Stalls, or storms. Each is reported while it lasts, and again when it is over. */
struct spans {
	struct lanes lanes;
	struct lasting ongoing;
};

enum rate {
	RATE_CSDS,
	RATE_STOLEN,
	RATE_WAITED,
	RATE_DELAY,
	RATE_LOST,
	NR_RATES,
};

/* All zero bytes but for packets and parent. */
struct span_tracks {
	struct packets *packets;
	uint64_t parent;
	uint64_t rates[NR_RATES]; /* tracks, 0: none yet */
	struct spans stalls;
	struct spans storms;
	uint64_t crowded; /* slices that found no lane */
};

/* Each returns 0, -EINVAL for an object without what a timeline needs, or -ENOMEM. */
int span_tracks__window(struct span_tracks *t, const json_t *snapshot);
int span_tracks__stall(struct span_tracks *t, json_t *stall);
int span_tracks__storm(struct span_tracks *t, json_t *storm);

/* Draw what had not ended. */
void span_tracks__finish(struct span_tracks *t);

void span_tracks__free(struct span_tracks *t);

#endif /* IPITRACE_VIEW_PERFETTO_SPAN_TRACKS_H */
