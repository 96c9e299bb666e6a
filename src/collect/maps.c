// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "abi/ipi.h"
#include "collect/maps.h"

/* The number of records in all rings together, and the most and the least in one ring. */
#define RECORDS_ALL   (1U << 18)
#define RECORDS_MOST  (1U << 17)
#define RECORDS_LEAST (1U << 10)

/* Returns the least power of two from @n on, limited to @lo and @hi, which are powers of two. */
static uint32_t clamp_pow2(uint32_t n, uint32_t lo, uint32_t hi)
{
	uint32_t power = lo;

	while (power < n && power < hi)
		power *= 2;
	return power;
}

struct geometry geometry__of(uint32_t nr_cpus)
{
	uint32_t edges = nr_cpus > 2048 ? EDGE_MAX_2048 : nr_cpus > 512 ? EDGE_MAX_512 : EDGE_MAX;

	return (struct geometry){
		.nr_cpus = nr_cpus,
		.mailbox_slots = MAILBOX_SLOTS,
		/* A CPU has a few irq_works; each has its slot until a sweep after its run. */
		.irq_work_slots = clamp_pow2(2 * nr_cpus, MAILBOX_SLOTS, 2 * MAX_CPUS),
		.edge_slots = clamp_pow2(nr_cpus, EDGE_MIN, edges),
		.fn_shards = nr_cpus > FN_ONE_SHARD_CPUS ? FN_MAX_SHARDS : 1,
		.hot_places = nr_cpus > HOT_FEW_CPUS ? HOT_PLACES_MANY : HOT_PLACES,
		.ipi_shards = clamp_pow2(nr_cpus, 1, IPI_MAX_SHARDS),
		.tables = 1,
		.origins = 1,
		.task_call_slots = 1,
		.wait_slots =
			clamp_pow2(WAITS_PER_CPU * nr_cpus, WAITS_MIN, WAITS_PER_CPU * MAX_CPUS),
	};
}

uint32_t geometry__task_calls(uint32_t nr_cpus)
{
	return clamp_pow2(TASK_CALLS_PER_CPU * nr_cpus, TASK_CALLS_MIN,
			  TASK_CALLS_PER_CPU * MAX_CPUS);
}

uint32_t geometry__slots(const struct geometry *geo)
{
	return geo->nr_cpus * geo->mailbox_slots + geo->irq_work_slots;
}

uint32_t geometry__hot_rows(const struct geometry *geo)
{
	return geo->tables * geo->nr_cpus * NR_BANKS * geo->hot_places;
}

uint32_t geometry__records(uint32_t nr_cpus)
{
	return RECORDS_ALL /
	       clamp_pow2(nr_cpus, RECORDS_ALL / RECORDS_MOST, RECORDS_ALL / RECORDS_LEAST);
}

uint64_t geometry__bytes(const struct geometry *geo)
{
	/* The bytes of one CPU in the maps `record_rings`, `records` and `entered`. */
	uint64_t records = geo->record_slots ?
				   sizeof(struct record_ring) +
					   (geo->record_slots + FRAMES) * sizeof(struct record) :
				   0;

	return (geo->nr_cpus + 1ULL) * sizeof(struct cpu_rec) +
	       (uint64_t)geometry__slots(geo) * sizeof(struct slot) +
	       (uint64_t)geo->origins * sizeof(struct origin) +
	       (uint64_t)geo->nr_cpus * sizeof(struct call_rec) +
	       (uint64_t)geo->wait_slots * sizeof(struct wait_rec) +
	       (uint64_t)geo->task_call_slots *
		       (sizeof(struct task_call) + sizeof(struct away_task)) +
	       geo->nr_cpus * records +
	       (uint64_t)geo->nr_cpus * geo->edge_slots * sizeof(struct edge_rec) +
	       (uint64_t)geo->tables * FN_ROWS * sizeof(struct fn_key) +
	       (uint64_t)geo->tables * geo->fn_shards * (FN_ROWS + 1) * sizeof(struct fn_rec) +
	       (uint64_t)geometry__hot_rows(geo) * sizeof(struct hot_row) +
	       NR_BANKS * SAMPLES * sizeof(struct sample) +
	       (uint64_t)geo->user_stacks * sizeof(struct user_stack);
}

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Map the pages of the bytes from @from to @to that are not mapped yet. */
static int range_map(struct mapping *mapping, size_t from, size_t to)
{
	size_t page = page_size(), first = from / page, end = (to + page - 1) / page, nr;

	for (; first < end; first += nr) {
		nr = 0;
		while (first < end && mapping->mapped[first])
			first++;
		while (first + nr < end && !mapping->mapped[first + nr])
			nr++;
		if (nr && mmap(mapping->memory + first * page, nr * page, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_FIXED, mapping->fd, first * page) == MAP_FAILED)
			return -errno;
		memset(mapping->mapped + first, 1, nr);
	}
	return 0;
}

/* Returns the bytes of one group of parts: a part for each CPU. */
static size_t group_size(const struct mapping_parts *parts)
{
	return parts->stride * parts->nr_cpus;
}

int mapping__add(struct mapping *mapping, const struct cpuset *cpus)
{
	const struct mapping_parts *parts = &mapping->parts;
	size_t size = group_size(parts);
	uint32_t end;
	int err = 0;

	if (!mapping->mapped)
		return 0;
	/* Map adjacent CPUs together, because each mmap() makes an area of its own. */
	for (uint32_t cpu = 0; !err && cpu < parts->nr_cpus; cpu = end) {
		end = cpu + 1;
		if (!cpuset__has(cpus, cpu))
			continue;
		while (end < parts->nr_cpus && cpuset__has(cpus, end))
			end++;
		for (size_t group = 0; !err && group + size <= mapping->bytes; group += size)
			err = range_map(mapping, group + cpu * parts->stride,
					group + end * parts->stride);
	}
	return err;
}

int mapping__open(struct mapping *mapping, int fd, size_t bytes, struct mapping_parts parts,
		  const struct cpuset *cpus)
{
	bool whole = !cpus || !parts.stride;
	/* If not whole, reserve addresses: zeros, which take no memory while nobody writes. */
	int flags = whole ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, err = 0;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, whole ? fd : -1, 0);
	size_t rest;

	*mapping = (struct mapping){ .bytes = bytes, .parts = parts, .fd = fd };
	if (memory == MAP_FAILED)
		return -errno;
	mapping->memory = memory;
	if (whole)
		return 0;
	mapping->mapped = calloc(bytes / page_size() + 1, 1);
	if (!mapping->mapped)
		return -ENOMEM;
	rest = bytes / group_size(&parts) * group_size(&parts);
	if (rest < bytes)
		err = range_map(mapping, rest, bytes);
	return err ? err : mapping__add(mapping, cpus);
}

void mapping__close(struct mapping *mapping)
{
	if (mapping->memory)
		munmap(mapping->memory, mapping->bytes);
	free(mapping->mapped);
	*mapping = (struct mapping){};
}
