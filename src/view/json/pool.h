/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for JSON that is written while a CPU is stuck. The thread that holds
 * malloc()'s lock may run on that CPU, so each writer gives jansson a pool of
 * its own.
 */
#ifndef IPITRACE_VIEW_JSON_POOL_H
#define IPITRACE_VIEW_JSON_POOL_H

#include <stddef.h>

struct json_pool {
	char *memory;
	size_t size;
	size_t used;
};

/* Enough for one stall with all its targets, waiters and frames. */
#define JSON_POOL_BYTES (512 << 10)

/* Call before the first thread starts: from then on jansson uses the calling thread's pool. */
void json_pool__install(void);

/*
 * Until json_pool__leave() the calling thread's jansson values live in @pool,
 * which starts empty. They are gone at the next json_pool__enter().
 */
void json_pool__enter(struct json_pool *pool);
void json_pool__leave(void);

#endif /* IPITRACE_VIEW_JSON_POOL_H */
