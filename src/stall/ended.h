/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls that are over, from their events. A function ends before its
 * sender's wait ends, and before the csds queued behind it run. So each stall
 * is held for ENDED_HOLD_NS, and then released with its cause and with the
 * senders that waited for it. Fixed memory; one thread at a time.
 */
#ifndef IPITRACE_STALL_ENDED_H
#define IPITRACE_STALL_ENDED_H

#include "model/incident.h"

struct ended;

#define ENDED_HOLD_NS 20000000ULL

/* Receives a released stall, which it may change; valid during the call. */
typedef void ended_fn(void *ctx, struct incident *incident);

/* NULL: no memory. */
struct ended *ended__new(void);
void ended__free(struct ended *ended);

/* Hold a copy of @incident from @now on. A full store releases its oldest stall first. */
void ended__add(struct ended *ended, const struct incident *incident, uint64_t now, ended_fn *fn,
		void *ctx);

/* Release all stalls whose hold is over at @now, oldest first; UINT64_MAX: all. */
void ended__release(struct ended *ended, uint64_t now, ended_fn *fn, void *ctx);

#endif /* IPITRACE_STALL_ENDED_H */
