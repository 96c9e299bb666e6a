// SPDX-License-Identifier: GPL-2.0
/*
 * The maps' memory, laid out as the kernel does: a map that user space maps
 * begins with a page, another array lies behind its struct bpf_array
 * (array_map_alloc(), 6.12 kernel/bpf/arraymap.c).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "capture.h"
#include "fail.h"

/* Where in a cache line the first value of an array lies that is not mapped. */
#define VALUE_OFFSET 56
#define PAGE	     4096

static uint32_t percpu_copies;

size_t layout_copies(const struct map *map)
{
	if (map->type == BPF_MAP_TYPE_PERCPU_ARRAY)
		return percpu_copies;
	return map->type == BPF_MAP_TYPE_ARRAY;
}

void layout_maps(const bool used[MAPS_MAX], uint32_t nr_cpus)
{
	size_t at = 0;

	percpu_copies = nr_cpus;
	for (int m = 0; m < MAPS_MAX; m++)
		if (used[m])
			cap.arena_bytes +=
				layout_copies(&cap.maps[m]) * cap.maps[m].bytes + 2 * PAGE;
	cap.arena = mmap(NULL, cap.arena_bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (cap.arena == MAP_FAILED)
		cannot("no memory for the maps (%zu bytes)", cap.arena_bytes);
	for (int m = 0; m < MAPS_MAX; m++) {
		struct map *map = &cap.maps[m];

		if (!used[m] || !layout_copies(map))
			continue;
		map->memory = cap.arena + at;
		if (map->type == BPF_MAP_TYPE_ARRAY && !(map->flags & BPF_F_MMAPABLE))
			map->memory += VALUE_OFFSET;
		at += layout_copies(map) * map->bytes + PAGE;
	}
}

void layout_reset(void)
{
	madvise(cap.arena, cap.arena_bytes, MADV_DONTNEED);
	for (int m = 0; m < MAPS_MAX; m++) {
		struct map *map = &cap.maps[m];
		size_t size;
		void *data = map->memory ? capture_blob("map", m, &size) : NULL;

		if (data)
			memcpy(map->memory, data, size < map->bytes ? size : map->bytes);
		free(data);
		map->outside = 0;
	}
}

struct map *layout_map_of(const void *address)
{
	static struct map *last;
	const uint8_t *at = address;

	for (int m = -1; m < MAPS_MAX; m++) {
		struct map *map = m < 0 ? last : &cap.maps[m];

		if (map && map->memory && at >= map->memory &&
		    at < map->memory + layout_copies(map) * map->bytes)
			return last = map;
	}
	return NULL;
}
