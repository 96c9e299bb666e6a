// SPDX-License-Identifier: GPL-2.0
#include "machine.h"
#include "members.h"
#include "reader.h"

#define RINGS_MAX 4

static struct {
	const struct map *map;
	int64_t head, tail;
} rings[RINGS_MAX];
static int nr_rings;

void reader_open(void)
{
	nr_rings = 0;
	for (int m = 0; m < MAPS_MAX && nr_rings < RINGS_MAX; m++) {
		const struct map *map = &cap.maps[m];
		int64_t head = map->memory ? member_offset(map, "head") : -1;
		int64_t tail = map->memory ? member_offset(map, "tail") : -1;

		if (head < 0 || tail < 0)
			continue;
		rings[nr_rings].map = map;
		rings[nr_rings].head = head;
		rings[nr_rings++].tail = tail;
	}
}

void reader_empties(uint32_t cpu)
{
	for (int i = 0; i < nr_rings; i++) {
		const struct map *map = rings[i].map;
		uint8_t *ring = map->memory + (size_t)cpu * map->elem;

		if (cpu < map->entries)
			*(uint64_t *)(ring + rings[i].tail) = *(uint64_t *)(ring + rings[i].head);
	}
}
