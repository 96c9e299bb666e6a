/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls as JSON, written while a CPU is stuck: whoever holds malloc()'s lock
 * may be on it, so jansson gets its memory from a pool of the writer's own.
 */
#ifndef IPITRACE_VIEW_JSON_STALL_H
#define IPITRACE_VIEW_JSON_STALL_H

#include "model/incident.h"
#include "model/totals.h"

/*
 * One line into @buf, newline included; returns its length, 0 if there is no
 * room. @id: its number, @cause: that of the stall that it is due to, 0: none.
 */
size_t json__stall(char *buf, size_t size, const struct incident *in, uint64_t id, uint64_t cause);

size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *sum);

#endif /* IPITRACE_VIEW_JSON_STALL_H */
