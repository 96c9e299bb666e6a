/* SPDX-License-Identifier: GPL-2.0 */
/* The maps in plain memory, with the sizes of a geometry. */
#ifndef IPITRACE_TESTS_MAPS_MEMORY_H
#define IPITRACE_TESTS_MAPS_MEMORY_H

#include <stdlib.h>
#include <string.h>
#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "base/cpuset.h"
#include "collect/maps.h"
#include "collect/read_bank.h"
#include "model/snapshot.h"
#include "unit.h"

static inline void *zeroed(size_t nr, size_t size)
{
	void *memory = calloc(nr, size);

	assert_non_null(memory);
	return memory;
}

static inline struct maps maps_make(struct geometry geo)
{
	struct maps maps = { .geo = geo };
	size_t cpus = (geo.nr_cpus + 1) * sizeof(struct cpu_rec);
	size_t calls = geo.nr_cpus * sizeof(struct call_rec);

	/* These two and the rings are aligned to cache lines. */
	maps.cpus = aligned_alloc(CACHE_LINE, cpus);
	assert_non_null(maps.cpus);
	memset(maps.cpus, 0, cpus);
	maps.calls = aligned_alloc(CACHE_LINE, calls);
	assert_non_null(maps.calls);
	memset(maps.calls, 0, calls);
	maps.task_calls = aligned_alloc(CACHE_LINE, geo.task_call_slots * sizeof(*maps.task_calls));
	assert_non_null(maps.task_calls);
	memset(maps.task_calls, 0, geo.task_call_slots * sizeof(*maps.task_calls));
	maps.slots = zeroed(geometry__slots(&geo), sizeof(*maps.slots));
	maps.origins = zeroed(geo.origins, sizeof(*maps.origins));
	maps.records = zeroed((size_t)geo.nr_cpus * geo.record_slots, sizeof(*maps.records));
	maps.entered = zeroed(geo.nr_cpus * FRAMES, sizeof(*maps.entered));
	maps.rings = aligned_alloc(CACHE_LINE, geo.nr_cpus * sizeof(*maps.rings));
	assert_non_null(maps.rings);
	memset(maps.rings, 0, geo.nr_cpus * sizeof(*maps.rings));
	maps.edges = zeroed((size_t)geo.nr_cpus * geo.edge_slots, sizeof(*maps.edges));
	maps.fn_keys = zeroed((size_t)geo.tables * FN_ROWS, sizeof(*maps.fn_keys));
	maps.fns = zeroed((size_t)geo.tables * geo.fn_shards * (FN_ROWS + 1), sizeof(*maps.fns));
	maps.hot_rows = zeroed(geometry__hot_rows(&geo), sizeof(*maps.hot_rows));
	maps.samples = zeroed(NR_BANKS * SAMPLES, sizeof(*maps.samples));
	maps.samples_taken = zeroed(NR_BANKS, sizeof(*maps.samples_taken));
	return maps;
}

static inline void maps_free(struct maps *maps)
{
	free(maps->cpus);
	free(maps->calls);
	free(maps->task_calls);
	free(maps->slots);
	free(maps->origins);
	free(maps->records);
	free(maps->entered);
	free(maps->rings);
	free(maps->edges);
	free(maps->fn_keys);
	free(maps->fns);
	free(maps->hot_rows);
	free(maps->samples);
	free(maps->samples_taken);
}

/* Slot @i of @box; box nr_cpus is that of the irq_works. */
static inline struct slot *box_slot(struct maps *maps, uint32_t box, uint32_t i)
{
	return &maps->slots[box * maps->geo.mailbox_slots + i];
}

/* A row's bank in the function table; @parity: 0 or 1. */
static inline struct fn_bank *fn_at(struct maps *maps, uint32_t shard, uint32_t row, int parity)
{
	return &maps->fns[shard * (FN_ROWS + 1) + row].bank[parity];
}

/* Every CPU is possible. */
static const struct cpuset no_holes = { .words = { [0 ... MAX_CPUS / CPUSET_WORD_BITS - 1] =
							   ~0UL } };

/* Read @epoch's bank, every CPU being possible. The caller frees the snapshot. */
static inline struct snapshot banks_read(struct maps *maps, uint32_t epoch)
{
	struct snapshot snap = {};

	assert_int_equal(read_cpus(maps, epoch, &no_holes, &snap), 0);
	return snap;
}

#endif /* IPITRACE_TESTS_MAPS_MEMORY_H */
