/* SPDX-License-Identifier: GPL-2.0 */
/* The maps in plain memory, of the size that a geometry says. */
#ifndef IPITRACE_TESTS_BANKS_MEMORY_H
#define IPITRACE_TESTS_BANKS_MEMORY_H

#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "banks.h"

static inline void *zeroed(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	assert_non_null(p);
	return p;
}

static inline struct banks banks_make(struct geometry geo)
{
	struct banks banks = { .geo = geo };
	size_t cpus = (geo.nr_cpus + 1) * sizeof(struct cpu_rec);
	size_t calls = geo.nr_cpus * sizeof(struct call_rec);

	/* These two are aligned to cache lines. */
	banks.cpus = aligned_alloc(CACHE_LINE, cpus);
	assert_non_null(banks.cpus);
	memset(banks.cpus, 0, cpus);
	banks.calls = aligned_alloc(CACHE_LINE, calls);
	assert_non_null(banks.calls);
	memset(banks.calls, 0, calls);
	banks.slots = zeroed(geometry__slots(&geo), sizeof(*banks.slots));
	banks.origins = zeroed(geo.origins, sizeof(*banks.origins));
	banks.records = zeroed((size_t)geo.nr_cpus * geo.record_slots, sizeof(*banks.records));
	banks.running = zeroed(geo.nr_cpus * FRAMES, sizeof(*banks.running));
	banks.rings = aligned_alloc(CACHE_LINE, geo.nr_cpus * sizeof(*banks.rings));
	assert_non_null(banks.rings);
	memset(banks.rings, 0, geo.nr_cpus * sizeof(*banks.rings));
	banks.edges = zeroed((size_t)geo.nr_cpus * geo.edge_slots, sizeof(*banks.edges));
	banks.fn_keys = zeroed((size_t)geo.tables * FN_ROWS, sizeof(*banks.fn_keys));
	banks.fns = zeroed((size_t)geo.tables * geo.fn_shards * (FN_ROWS + 1), sizeof(*banks.fns));
	banks.samples = zeroed(NR_BANKS * SAMPLES, sizeof(*banks.samples));
	banks.samples_taken = zeroed(NR_BANKS, sizeof(*banks.samples_taken));
	return banks;
}

static inline void banks_free(struct banks *banks)
{
	free(banks->cpus);
	free(banks->calls);
	free(banks->slots);
	free(banks->origins);
	free(banks->records);
	free(banks->running);
	free(banks->rings);
	free(banks->edges);
	free(banks->fn_keys);
	free(banks->fns);
	free(banks->samples);
	free(banks->samples_taken);
}

/* Slot @i of @box; box nr_cpus is the irq_works'. */
static inline struct slot *box_slot(struct banks *banks, uint32_t box, uint32_t i)
{
	return &banks->slots[box * banks->geo.mailbox_slots + i];
}

static inline struct fn_bank *fn_at(struct banks *banks, uint32_t shard, uint32_t row, int parity)
{
	return &banks->fns[shard * (FN_ROWS + 1) + row].bank[parity];
}

/* All CPUs below the end are possible. */
static const uint8_t no_holes[MAX_CPUS] = { [0 ... MAX_CPUS - 1] = 1 };

/* Read with no holes; the caller frees the snapshot. */
static inline struct snapshot banks_read(struct banks *banks, uint32_t epoch)
{
	struct snapshot snap = {};

	assert_int_equal(banks__read(banks, epoch, no_holes, &snap), 0);
	return snap;
}

#endif /* IPITRACE_TESTS_BANKS_MEMORY_H */
