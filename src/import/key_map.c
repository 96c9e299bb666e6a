// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "import/key_map.h"

int key_map__open(struct key_map *map, uint32_t max)
{
	map->max = max;
	map->nr = 0;
	map->keys = calloc(max, sizeof(*map->keys));
	map->buckets = calloc(2 * max, sizeof(*map->buckets));
	return map->keys && map->buckets ? 0 : -ENOMEM;
}

void key_map__close(struct key_map *map)
{
	free(map->keys);
	free(map->buckets);
}

void key_map__clear(struct key_map *map)
{
	memset(map->buckets, 0, 2 * map->max * sizeof(*map->buckets));
	map->nr = 0;
}

uint32_t key_map__row(struct key_map *map, uint64_t key)
{
	for (uint32_t at = hash64(key);; at++) {
		uint32_t *bucket = &map->buckets[at & (2 * map->max - 1)];

		if (*bucket && map->keys[*bucket - 1] == key)
			return *bucket - 1;
		if (*bucket)
			continue;
		if (map->nr == map->max)
			return map->max;
		map->keys[map->nr++] = key;
		*bucket = map->nr;
		return map->nr - 1;
	}
}
