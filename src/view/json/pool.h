/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON written while a CPU is stuck: whoever holds malloc()'s lock may be on
 * that CPU, so jansson gets its memory from a pool of the writer's own.
 */
#ifndef IPITRACE_VIEW_JSON_POOL_H
#define IPITRACE_VIEW_JSON_POOL_H

#include <stddef.h>

struct json_pool {
	char *memory;
	size_t size;
	size_t used;
};

/* Enough for one record with all its targets, waiters and frames. */
#define JSON_POOL_BYTES (512 << 10)

/* Before there are threads: jansson asks the calling thread's pool, if any. */
void json_pool__install(void);
/* Until json_pool__leave() the calling thread's JSON is in @pool, then gone. */
void json_pool__enter(struct json_pool *pool);
void json_pool__leave(void);

#endif /* IPITRACE_VIEW_JSON_POOL_H */
