// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <jansson.h>
#include "view/json/pool.h"

static _Thread_local struct json_pool *own; /* NULL: malloc() */

static void *pool_take(size_t size)
{
	void *memory;

	if (!own)
		return malloc(size);
	size = (size + 15) & ~(size_t)15;
	if (size > own->size - own->used)
		return NULL;
	memory = own->memory + own->used;
	own->used += size;
	return memory;
}

static void pool_give(void *memory)
{
	if (!own)
		free(memory);
}

void json_pool__install(void)
{
	/* Jansson seeds its hash at the first object otherwise, and other threads spin meanwhile. */
	json_object_seed(0);
	json_set_alloc_funcs(pool_take, pool_give);
}

void json_pool__enter(struct json_pool *pool)
{
	pool->used = 0;
	own = pool;
}

void json_pool__leave(void)
{
	own = NULL;
}
