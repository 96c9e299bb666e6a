/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracks of one CPU, and the csds on them. A broadcast queues a csd for each target, and
 * each is a record; the records of one send are put together again, since a timeline shows
 * one send with an arrow to each target.
 */
#ifndef IPITRACE_VIEW_PERFETTO_CPU_TRACKS_H
#define IPITRACE_VIEW_PERFETTO_CPU_TRACKS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "view/capture/record_line.h"
#include "view/perfetto/packets.h"

/* A csd of a capture, its values checked. */
struct sent_csd {
	uint64_t time; /* of the queueing */
	uint32_t src;
	uint32_t dst;
	const char *func; /* these strings are the line's */
	const char *callsite; /* NULL: not known */
	const char *type; /* NULL: an interrupt of another kind */
	const char *call; /* the id of its synchronous call; NULL: none, or not known */
	uint64_t delay, handler, wait;
	uint64_t delay_stolen, handler_stolen; /* by the host, ns; 0: nothing, or not known */
	bool has_delay, has_handler, has_wait;
};

/* Whether @line is one that can be drawn; then *@csd is its content. */
bool sent_csd__read(struct sent_csd *csd, const struct record_line *line);

struct cpu_tracks;

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
