/* SPDX-License-Identifier: GPL-2.0 */
/* The windows of the last five minutes, and the latest stalls and storms: all that top keeps. */
#ifndef IPITRACE_VIEW_TOP_HISTORY_H
#define IPITRACE_VIEW_TOP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clock.h"
#include "model/incident.h"
#include "model/kept.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/storm_evidence.h"

/* The windows, with all that they need: names, host. */

#define HISTORY_NS    300000000000ULL
/* Fewer windows where they are larger: 64 CPUs and 100 functions make some 0.5 MB each. */
#define HISTORY_BYTES (64UL << 20)
#define HISTORY_MOST  1024 /* windows */

/* All zero: empty. */
struct history {
	struct kept *windows[HISTORY_MOST]; /* the oldest first */
	size_t nr;
	size_t bytes;
};

void history__free(struct history *history);

/* Keep a copy of @snap, and forget windows that are too old or too many. 0 or -ENOMEM. */
int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns);

/* The window @back before the latest; NULL: there is none. */
const struct kept *history__get(const struct history *history, size_t back);

/* Stalls and storms, as tables and pages show them, and as the lines that `record` would write. */

#define FINDINGS_MOST 256 /* of both together; older ones are forgotten */

struct finding {
	bool storm; /* else a stall */
	uint64_t id; /* a stall or storm that is reported again keeps its id, and its place here */
	bool ongoing;
	bool aside; /* a stall that is folded into its cause, a storm that is a note */
	uint64_t start, duration; /* ns */
	char func[160];
	enum stall_phase phase; /* of a stall, as the next two */
	bool dst_known;
	uint32_t src, dst;
	const char *name; /* of a storm, as the next three: a signature's */
	double rate; /* csds a second */
	uint64_t cost; /* ns a second */
	bool cost_known;
	char *text; /* the block that `stalls` or `storm` prints */
	char *line; /* of JSON, with its newline */
	size_t len;
};

/* All zero: empty. */
struct findings {
	struct finding items[FINDINGS_MOST]; /* the oldest first */
	size_t nr;
	uint64_t stalls, storms; /* so far, kept or not; storms without notes */
};

void findings__free(struct findings *findings);

/*
 * Keep a stall or a storm, and a copy of its line of JSON. @realtime: CLOCK_REALTIME less
 * CLOCK_MONOTONIC, ns. 0 or -ENOMEM.
 */
int findings__stall(struct findings *findings, const struct incident *incident, uint64_t id,
		    const struct wall_clock *clock, const char *line, size_t len);
int findings__storm(struct findings *findings, const struct storm *storm,
		    const struct storm_evidence *evidence, int64_t realtime, const char *line,
		    size_t len);

const struct finding *findings__find(const struct findings *findings, bool storm, uint64_t id);

#endif /* IPITRACE_VIEW_TOP_HISTORY_H */
