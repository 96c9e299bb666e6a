/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls as JSON, written while a CPU is stuck: whoever holds malloc()'s lock
 * may be on it, so jansson gets its memory from a pool of the writer's own.
 */
#ifndef IPITRACE_VIEW_STALLS_JSON_H
#define IPITRACE_VIEW_STALLS_JSON_H

#include "../detect/incident.h"

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

/*
 * One line into @buf, newline included; returns its length, 0 if there is no
 * room. @id: its number, @cause: that of the stall that it is due to, 0: none.
 */
size_t json__stall(char *buf, size_t size, const struct incident *in, uint64_t id, uint64_t cause);

/* What a run found. */
struct stalls_sum {
	uint64_t threshold;
	uint64_t found[NR_PHASES];
	uint64_t lost; /* events that found no room */
	uint64_t dropped; /* stalls that found none */
	uint64_t doubted; /* said to have slept, but not believed */
};

size_t json__stalls_end(char *buf, size_t size, const struct stalls_sum *sum);

#endif /* IPITRACE_VIEW_STALLS_JSON_H */
