// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "view/html/edges.h"
#include "view/capture/parse.h"

/* The side grows in such steps. */
#define SIDE_STEP 8

static int grow(struct edges *e, uint32_t side)
{
	uint64_t *counts;

	if (side <= e->side)
		return 0;
	side = (side + SIDE_STEP - 1) / SIDE_STEP * SIDE_STEP;
	counts = calloc((size_t)side * side, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	for (uint32_t src = 0; src < e->side; src++)
		for (uint32_t dst = 0; dst < e->side; dst++)
			counts[src * side + dst] = e->counts[src * e->side + dst];
	free(e->counts);
	*e = (struct edges){ side, counts };
	return 0;
}

int edges__count(struct edges *e, uint32_t src, uint32_t dst, uint64_t count)
{
	if (grow(e, (src > dst ? src : dst) + 1))
		return -ENOMEM;
	e->counts[src * e->side + dst] += count;
	return 0;
}

uint64_t edges__add(struct edges *e, const json_t *edges, uint32_t most)
{
	uint64_t others = 0;
	uint32_t src, dst;
	json_t *edge;
	size_t i;

	json_array_foreach(edges, i, edge) {
		if (!parse__is_cpu(edge, "src", &src) || !parse__is_cpu(edge, "dst", &dst) ||
		    src >= most || dst >= most)
			others += parse__number(edge, "count");
		else if (edges__count(e, src, dst, parse__number(edge, "count")))
			return UINT64_MAX;
	}
	return others;
}

int edges__merge(struct edges *e, const struct edges *from)
{
	if (grow(e, from->side))
		return -ENOMEM;
	for (uint32_t src = 0; src < from->side; src++)
		for (uint32_t dst = 0; dst < from->side; dst++)
			e->counts[src * e->side + dst] += from->counts[src * from->side + dst];
	return 0;
}

void edges__free(struct edges *e)
{
	free(e->counts);
	*e = (struct edges){ 0 };
}
