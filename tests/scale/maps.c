// SPDX-License-Identifier: GPL-2.0
/*
 * The maps' memory, laid out as the kernel does: a map that user space maps
 * begins with a page, another array lies behind its struct bpf_array
 * (array_map_alloc(), 6.12 kernel/bpf/arraymap.c).
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "machine.h"

/* Where in a cache line the first value of an array lies that is not mapped. */
#define VALUE_OFFSET 56
#define PAGE	     4096
#define RINGS_MAX    4

uint8_t *arena;
size_t arena_bytes;

size_t map_copies(const struct object *map)
{
	if (map->kind == MAP && map->type == BPF_MAP_TYPE_PERCPU_ARRAY)
		return sim.nr_cpus;
	return map->kind == MAP && map->type == BPF_MAP_TYPE_ARRAY;
}

void maps_layout(void)
{
	uint8_t *at;

	if (arena)
		munmap(arena, arena_bytes);
	arena_bytes = 0;
	for (int m = 0; m < nr_objects; m++)
		arena_bytes += map_copies(&objects[m]) * objects[m].bytes + 2UL * PAGE;
	at = arena = mmap(NULL, arena_bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		fail("no memory for the maps (%zu bytes)", arena_bytes);
	for (struct object *map = objects; map < objects + nr_objects; map++) {
		if (!map_copies(map))
			continue;
		map->memory = at;
		if (map->type == BPF_MAP_TYPE_ARRAY && !(map->flags & BPF_F_MMAPABLE))
			map->memory += VALUE_OFFSET;
		at += map_copies(map) * map->bytes + PAGE;
	}
}

void maps_reset(void)
{
	madvise(arena, arena_bytes, MADV_DONTNEED);
	for (struct object *map = objects; map < objects + nr_objects; map++) {
		struct stat st;

		/* A memfd without a block is all zeros. */
		if (map->memory && !fstat(map->fd, &st) && st.st_blocks &&
		    pread(map->fd, map->memory, map->bytes, 0) < 0)
			fail("map %s cannot be read", map->name);
		map->outside = 0;
	}
}

struct object *map_at(const void *address)
{
	static struct object *last = objects;
	const uint8_t *at = address;

	for (int m = -1; m < nr_objects; m++) {
		struct object *map = m < 0 ? last : &objects[m];

		if (map->memory && at >= map->memory &&
		    at < map->memory + map_copies(map) * map->bytes)
			return last = map;
	}
	return NULL;
}

/* User space, which keeps the records' rings from filling. Its own accesses are left out. */
static struct {
	const struct object *map;
	int64_t head, tail;
} rings[RINGS_MAX];
static int nr_rings;

void rings_find(void)
{
	nr_rings = 0;
	for (int m = 0; m < nr_objects && nr_rings < RINGS_MAX; m++) {
		const struct object *map = &objects[m];

		rings[nr_rings].map = map;
		rings[nr_rings].head = map->memory ? member_offset(map, "head") : -1;
		rings[nr_rings].tail = map->memory ? member_offset(map, "tail") : -1;
		nr_rings += rings[nr_rings].head >= 0 && rings[nr_rings].tail >= 0;
	}
}

void rings_empty(uint32_t cpu)
{
	for (int i = 0; i < nr_rings; i++) {
		uint8_t *ring = rings[i].map->memory + (size_t)cpu * rings[i].map->elem;

		if (cpu < rings[i].map->entries)
			*(uint64_t *)(ring + rings[i].tail) = *(uint64_t *)(ring + rings[i].head);
	}
}
