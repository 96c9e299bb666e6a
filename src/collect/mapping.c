// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/cpuset.h"
#include "collect/mapping.h"

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static int pages_map(struct mapping *mapping, size_t first, size_t nr)
{
	size_t page = page_size();
	void *at = mmap(mapping->memory + first * page, nr * page, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, mapping->fd, first * page);

	if (at == MAP_FAILED)
		return -errno;
	memset(mapping->have + first, 1, nr);
	return 0;
}

/* Map the pages of the bytes from @from to @to that are not the map's yet. */
static int range_map(struct mapping *mapping, size_t from, size_t to)
{
	size_t page = page_size(), first = from / page, end = (to + page - 1) / page;
	int err = 0;

	while (!err && first < end) {
		size_t nr = 0;

		while (first < end && mapping->have[first])
			first++;
		while (first + nr < end && !mapping->have[first + nr])
			nr++;
		if (nr)
			err = pages_map(mapping, first, nr);
		first += nr;
	}
	return err;
}

/* Bytes of a part for each CPU. */
static size_t group_size(const struct mapping_parts *parts)
{
	return parts->stride * parts->nr_cpus;
}

/* The parts of the CPUs from @first to @end - 1, in each group. */
static int cpus_map(struct mapping *mapping, uint32_t first, uint32_t end)
{
	const struct mapping_parts *parts = &mapping->parts;
	size_t size = group_size(parts);
	int err = 0;

	for (size_t group = 0; !err && group + size <= mapping->bytes; group += size)
		err = range_map(mapping, group + first * parts->stride,
				group + end * parts->stride);
	return err;
}

int mapping__add(struct mapping *mapping, const struct cpuset *cpus)
{
	uint32_t nr_cpus = mapping->parts.nr_cpus, end;
	int err = 0;

	if (!mapping->have)
		return 0;
	/* Runs of CPUs, for each mmap() makes an area of its own. */
	for (uint32_t cpu = 0; !err && cpu < nr_cpus; cpu = end) {
		end = cpu + 1;
		if (!cpuset__has(cpus, cpu))
			continue;
		while (end < nr_cpus && cpuset__has(cpus, end))
			end++;
		err = cpus_map(mapping, cpu, end);
	}
	return err;
}

static int whole_map(struct mapping *mapping)
{
	void *memory =
		mmap(NULL, mapping->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mapping->fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	mapping->memory = memory;
	return 0;
}

/* Reserve the addresses: pages of zeros, which take no memory while they are only read. */
static int reserve(struct mapping *mapping)
{
	void *memory = mmap(NULL, mapping->bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	mapping->memory = memory;
	mapping->have = calloc(mapping->bytes / page_size() + 1, 1);
	return mapping->have ? 0 : -ENOMEM;
}

int mapping__open(struct mapping *mapping, int fd, size_t bytes, struct mapping_parts parts,
		  const struct cpuset *cpus)
{
	size_t rest;
	int err;

	*mapping = (struct mapping){ .bytes = bytes, .parts = parts, .fd = fd };
	if (!cpus || !parts.stride)
		return whole_map(mapping);
	err = reserve(mapping);
	rest = bytes / group_size(&parts) * group_size(&parts);
	if (!err && rest < bytes)
		err = range_map(mapping, rest, bytes);
	return err ? err : mapping__add(mapping, cpus);
}

void mapping__close(struct mapping *mapping)
{
	if (mapping->memory)
		munmap(mapping->memory, mapping->bytes);
	free(mapping->have);
	*mapping = (struct mapping){};
}
