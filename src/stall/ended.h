/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stalls that are over, from their events. A function ends before its
 * sender's wait does, and what was queued behind it begins after: so each is
 * held back for a little while, and then told with its cause and with who
 * waited for it. Fixed memory; one reader at a time.
 */
#ifndef IPITRACE_STALL_ENDED_H
#define IPITRACE_STALL_ENDED_H

#include "model/incident.h"

struct ended;

#define ENDED_HOLD_NS 20000000ULL

typedef void ended_fn(void *ctx, struct incident *incident);

/* NULL: no memory. */
struct ended *ended__new(void);
void ended__free(struct ended *ended);

/* Take in what an event told, at @now. Where there is no room the oldest is told. */
void ended__add(struct ended *ended, const struct incident *incident, uint64_t now, ended_fn *fn,
		void *ctx);

/* Tell what has been held for long enough; @now UINT64_MAX: all. */
void ended__due(struct ended *ended, uint64_t now, ended_fn *fn, void *ctx);

#endif /* IPITRACE_STALL_ENDED_H */
