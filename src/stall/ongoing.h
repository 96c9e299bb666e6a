/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls that last, from one moment to the next. Each is reported when it
 * passes the threshold, and again if it disappears without an event of its
 * end. Fixed memory; one for each watcher.
 */
#ifndef IPITRACE_STALL_ONGOING_H
#define IPITRACE_STALL_ONGOING_H

#include "model/incident.h"
#include "model/moment.h"

struct ongoing;

/*
 * Moments hold everything older than threshold / ONGOING_CONTEXT: a sender
 * may pass the threshold before the function that it waits for does.
 */
#define ONGOING_CONTEXT 4

/* A stall missing from the moments for so long, without an event, ended unseen. */
#define ONGOING_GRACE_NS 1000000000ULL

/*
 * Receives a stall whose addresses have no names yet. Returns false to
 * receive it again with the next moment.
 */
typedef bool ongoing_fn(void *ctx, const struct incident *incident);

/* @threshold in ns. NULL: no memory. */
struct ongoing *ongoing__new(uint64_t threshold);
void ongoing__free(struct ongoing *ongoing);

/*
 * Take in @moment and report to @fn: handlers and interrupts, then deliveries, then waits, so
 * that causes come first. @events_read: when the last complete read of
 * events began; no end is called unseen before events past it were read.
 */
void ongoing__moment(struct ongoing *ongoing, const struct moment *moment, uint64_t events_read,
		     ongoing_fn *fn, void *ctx);

/* Pass each stall of the last moment that was reported already to @fn, whose result does not count. */
void ongoing__each(const struct ongoing *ongoing, ongoing_fn *fn, void *ctx);

/* Add the waiters seen while it lasted to @incident, which is over. */
void ongoing__merge(const struct ongoing *ongoing, struct incident *incident);

/* The most stalls of one moment that found no room, here or in the moment. */
size_t ongoing__dropped(const struct ongoing *ongoing);

#endif /* IPITRACE_STALL_ONGOING_H */
