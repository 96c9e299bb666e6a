/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stalls that last, from one moment to the next: told when they pass the
 * threshold, and when they are gone though nothing told of their end. Fixed
 * memory; one for each thread that looks.
 */
#ifndef IPITRACE_STALL_ONGOING_H
#define IPITRACE_STALL_ONGOING_H

#include "model/incident.h"
#include "model/moment.h"

struct ongoing;

/*
 * What lasts is told from moments of everything older than this part of the
 * threshold: what keeps a sender that is past it need not be so itself.
 */
#define ONGOING_CONTEXT 4

/* Gone from the moments for so long, with no event: its end was not seen. */
#define ONGOING_GRACE_NS 1000000000ULL

/*
 * Is given a stall, whose names are not looked up. Returns whether it need
 * not be told again.
 */
typedef bool ongoing_fn(void *ctx, const struct incident *incident);

/* NULL: no memory. */
struct ongoing *ongoing__new(uint64_t threshold);
void ongoing__free(struct ongoing *lasting);

/*
 * Take in a moment; events have been looked for since @drained. First what
 * runs, then what is queued, then who waits.
 */
void ongoing__moment(struct ongoing *lasting, const struct moment *moment, uint64_t drained,
		     ongoing_fn *fn, void *ctx);

/* Hand @incident's waiters what was seen of them while it lasted. */
void ongoing__merge(const struct ongoing *lasting, struct incident *incident);

/* The most that found no room at one time, here or in the moment. */
size_t ongoing__dropped(const struct ongoing *lasting);

#endif /* IPITRACE_STALL_ONGOING_H */
