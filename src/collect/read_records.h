/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The records of all CPUs as one stream, by time. Plain memory, no libbpf,
 * so it runs in unit tests.
 *
 * A record's time is that of its queue event, and it comes once it has run:
 * a later one of another CPU may come first. So records are held back until
 * nothing earlier is outstanding. One that takes longer than RECORDS_HOLD_NS
 * is not waited for: it comes late, and is counted.
 */
#ifndef IPITRACE_COLLECT_READ_RECORDS_H
#define IPITRACE_COLLECT_READ_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "collect/maps.h"

#define RECORDS_HOLD_NS 2000000000ULL

struct records {
	const struct maps *maps;
	struct record *held; /* read, not yet handed over */
	size_t nr;
	size_t room;
	size_t next; /* of those that may be handed over */
	size_t due; /* those */
	uint64_t oldest; /* the least time in held */
	uint64_t settled; /* nothing queued before that is outstanding */
	uint64_t last; /* time of the one handed over last */
	uint64_t late; /* handed over behind a later one */
};

void records__open(struct records *r, const struct maps *maps);
void records__close(struct records *r);

/*
 * Read what is there, and settle what may be handed over. @now: the clock,
 * CLOCK_MONOTONIC ns, read before the call. 0 or -ENOMEM.
 */
int records__gather(struct records *r, uint64_t now);

/*
 * The same when collection has ended: all is handed over, and what still runs
 * has no handler time. 0 or -ENOMEM.
 */
int records__finish(struct records *r);

/* The next one, good until records__gather(); NULL: none is due. */
const struct record *records__next(struct records *r);

/* So far, of all CPUs. */
uint64_t records__dropped(const struct records *r, enum ipi_kind kind);
uint64_t records__brief(const struct records *r);

#endif /* IPITRACE_COLLECT_READ_RECORDS_H */
