/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run that a file's events tell of: windows, csds one by one, stalls. Pure. Times are the
 * file's, in ns, but go on where its clock was set back.
 */
#ifndef IPITRACE_IMPORT_REPLAY_H
#define IPITRACE_IMPORT_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include "import/event.h"
#include "import/names.h"
#include "model/incident.h"
#include "model/snapshot.h"

/* Each returns 0, or what ends the replay. What they get is valid during the call. */
struct replay_ops {
	/* A window is over; its host and the realtime of its start are the receiver's to set. */
	int (*window)(void *ctx, struct snapshot *snap);
	/* A csd has run, or is an irq_work that must have. */
	int (*csd)(void *ctx, const struct pair *pair);
	/* A delivery or a handler took the threshold or longer; without cause and lateness. */
	int (*stall)(void *ctx, const struct incident *incident);
};

struct replay;

/* @interval, @threshold: ns. NULL without memory. @names must live as long. */
struct replay *replay__new(const struct names *names, const struct replay_ops *ops, void *ctx,
			   uint64_t interval, uint64_t threshold);
void replay__free(struct replay *replay);

/* An import_event_fn. 0, -ENOMEM, -ERANGE (times that no run has), or what @ops returned. */
int replay__event(void *replay, const struct import_event *event);

/* No event follows: the last window. As replay__event(). */
int replay__end(struct replay *replay);

/* The time of the latest event, and of the first; 0: there was none. */
uint64_t replay__now(const struct replay *replay);
uint64_t replay__began(const struct replay *replay);

/* How often the file's clock was set back. */
uint64_t replay__set_back(const struct replay *replay);

/* CPUs that events name. */
const struct cpuset *replay__cpus(const struct replay *replay);

#endif /* IPITRACE_IMPORT_REPLAY_H */
