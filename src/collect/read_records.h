/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Merges the records of all CPUs into one stream, by time. Plain memory, without libbpf, so that
 * unit tests can run this code.
 *
 * The time of a record is that of its csd's queue event, but the record is written once the csd has
 * run: another CPU may write a record with a later time first. So records are held until no earlier
 * csd is outstanding. A csd that is outstanding for more than RECORDS_HOLD_NS does not hold up
 * records any more: its own record then counts as late.
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
	size_t due; /* this many of the first records in held may be returned */
	size_t next; /* this many of the first records in held were returned */
	uint64_t oldest; /* the least time in held; NOT_KNOWN if held is empty */
	uint64_t settled; /* no csd that was queued before this time is outstanding */
	uint64_t last; /* the latest time returned */
	uint64_t late; /* records returned after a record with a later time */
	/* The programs' minima; the caller sets these after records__open(). */
	uint64_t min_delay;
	uint64_t min_handler;
	uint64_t min_wait;
	uint64_t unfinished; /* csds that records__finish() left out because of these minima */
};

/* Begin without records. @maps must live as long as @records. */
void records__open(struct records *records, const struct maps *maps);
void records__close(struct records *records);

/*
 * Read all rings, and settle which records are due. @now: CLOCK_MONOTONIC ns, read before the call.
 * Returns 0, or -ENOMEM: the records that were not read are still in the rings, for the next call.
 */
int records__gather(struct records *records, uint64_t now);

/*
 * Do what records__gather() does, after the end of the collection, when all records are due. A
 * function that still runs gets a record without handler time and wait; with a minimum for either
 * the record is left out. Returns 0 or -ENOMEM.
 */
int records__finish(struct records *records);

/* Returns the next record, valid until the next gather or finish; NULL if none is due. */
const struct record *records__next(struct records *records);

/* Returns the records of @kind so far that found no room in the rings of all CPUs. */
uint64_t records__dropped(const struct records *records, enum ipi_kind kind);

/* Returns the csds of all CPUs so far that were below min_delay, min_handler or min_wait. */
uint64_t records__brief(const struct records *records);

#endif /* IPITRACE_COLLECT_READ_RECORDS_H */
