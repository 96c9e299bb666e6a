/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls as JSON, written while a CPU is stuck: the caller enters a pool
 * (line.h) first, so nothing here takes malloc()'s lock.
 */
#ifndef IPITRACE_VIEW_JSON_STALL_H
#define IPITRACE_VIEW_JSON_STALL_H

#include <stddef.h>
#include <stdint.h>
#include "model/incident.h"
#include "model/totals.h"

/*
 * One line into @buf, newline included; returns its length, 0 if there is no
 * room. @id: the stall's number; @cause: the number of the stall that caused
 * this one, 0 for none.
 */
size_t json__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   uint64_t cause);

/* The last line, in the same way. */
size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *totals);

#endif /* IPITRACE_VIEW_JSON_STALL_H */
