/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Merges the records of all CPUs into one stream, by time. Plain memory, no libbpf, so unit tests
 * run this code.
 *
 * A record's time is its csd's queue event, but the record is written once the csd has run: a later
 * record of another CPU may be written first. So records are held until no earlier csd is
 * outstanding. A csd that is outstanding for longer than RECORDS_HOLD_NS holds nothing up: its
 * record is late, and counted as late.
 */
#ifndef IPITRACE_COLLECT_READ_RECORDS_H
#define IPITRACE_COLLECT_READ_RECORDS_H

#include "collect/maps.h"

#define RECORDS_HOLD_NS 2000000000ULL

struct records {
	const struct maps *maps;
	struct record *held; /* read from the rings, and not yet dropped */
	size_t nr; /* records in held */
	size_t room; /* records for which held has memory */
	size_t due; /* the first so many of held may be returned */
	size_t next; /* the first so many of held were returned */
	uint64_t oldest; /* the least time in held; NOT_KNOWN: held is empty */
	uint64_t settled; /* no csd that was queued before this time is outstanding */
	uint64_t last; /* the latest time returned */
	uint64_t late; /* records returned behind a later record */
	uint64_t min_delay; /* the programs' own: the caller's to set after records__open() */
	uint64_t min_handler;
	uint64_t min_wait;
	uint64_t unfinished; /* csds that records__finish() left out for these */
};

/* @maps must live as long as @records. */
void records__open(struct records *records, const struct maps *maps);
void records__close(struct records *records);

/*
 * Read all rings, and settle which records are due. @now: CLOCK_MONOTONIC ns, read before the call.
 * Returns 0, or -ENOMEM: the records that were not read are still in the rings, for the next call.
 */
int records__gather(struct records *records, uint64_t now);

/*
 * The same when collection has ended: all records are due, and a function that still runs has one
 * without a handler time and a wait, too short for any minimum of them. Returns 0 or -ENOMEM.
 */
int records__finish(struct records *records);

/* The next record, valid until the next gather or finish; NULL: none is due. */
const struct record *records__next(struct records *records);

/* Records of @kind for which the rings had no room, so far, on all CPUs. */
uint64_t records__dropped(const struct records *records, enum ipi_kind kind);

/* csds below min_delay, min_handler or min_wait, so far, on all CPUs. */
uint64_t records__brief(const struct records *records);

#endif /* IPITRACE_COLLECT_READ_RECORDS_H */
