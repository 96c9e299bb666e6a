/* SPDX-License-Identifier: GPL-2.0 */
/* One bank of the edges: csds by sender and destination. */
#ifndef IPITRACE_COLLECT_READ_EDGES_H
#define IPITRACE_COLLECT_READ_EDGES_H

#include <stdint.h>

struct maps;
struct snapshot;

/*
 * Add @epoch's edges to @snap, which has its CPUs already, and clear them. Returns 0 or
 * -ENOMEM.
 */
int read_edges(struct maps *maps, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_READ_EDGES_H */
