/* SPDX-License-Identifier: GPL-2.0 */
/* csds by sender and target: a square of counts. */
#ifndef IPITRACE_VIEW_HTML_EDGES_H
#define IPITRACE_VIEW_HTML_EDGES_H

#include <jansson.h>
#include <stdint.h>

struct edges {
	uint32_t side; /* CPUs below this number have a row and a column */
	uint64_t *counts; /* of src * side + dst */
};

/*
 * Add a snapshot's edges among CPUs below @most; returns the csds of all others, or
 * UINT64_MAX without memory.
 */
uint64_t edges__add(struct edges *e, const json_t *edges, uint32_t most);

/* Add @count csds from @src to @dst. 0 or -ENOMEM. */
int edges__count(struct edges *e, uint32_t src, uint32_t dst, uint64_t count);

/* Add @from to @e. 0 or -ENOMEM. */
int edges__merge(struct edges *e, const struct edges *from);

void edges__free(struct edges *e);

#endif /* IPITRACE_VIEW_HTML_EDGES_H */
