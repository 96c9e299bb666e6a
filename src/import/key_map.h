/* SPDX-License-Identifier: GPL-2.0 */
/* Rows by a key of 64 bits, as many as there is room for; the rows are the caller's. */
#ifndef IPITRACE_IMPORT_KEY_MAP_H
#define IPITRACE_IMPORT_KEY_MAP_H

#include <stdint.h>

/* All zero: not open. */
struct key_map {
	uint32_t max; /* rows, a power of two */
	uint32_t nr;
	uint64_t *keys; /* of the rows */
	uint32_t *buckets; /* row + 1; 0: free */
};

/* 0 or -ENOMEM. */
int key_map__open(struct key_map *map, uint32_t max);
void key_map__close(struct key_map *map);

/* Forget all rows. */
void key_map__clear(struct key_map *map);

/* The row of @key, which may be a new one: map->nr has risen then. map->max: there is no room. */
uint32_t key_map__row(struct key_map *map, uint64_t key);

#endif /* IPITRACE_IMPORT_KEY_MAP_H */
