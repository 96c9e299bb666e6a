// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "view/perfetto/lanes.h"
#include "view/perfetto/packets.h"

/* Lanes are added so many at a time. */
#define LANES_STEP 8

static struct lane *lane_add(struct lanes *l, struct packets *p)
{
	struct lane *more;

	if (l->nr == LANES_MAX)
		return NULL;
	if (l->nr % LANES_STEP == 0) {
		more = realloc(l->lanes, (l->nr + LANES_STEP) * sizeof(*more));
		if (!more) {
			p->err = -ENOMEM;
			return NULL;
		}
		l->lanes = more;
	}
	l->lanes[l->nr] = (struct lane){ .track = packets__track(p, l->parent, l->rank, l->name) };
	return &l->lanes[l->nr++];
}

uint64_t lanes__take(struct lanes *l, struct packets *p, uint64_t start, uint64_t end)
{
	struct lane *lane;
	size_t i = 0;

	while (i < l->nr && l->lanes[i].until > start)
		i++;
	lane = i < l->nr ? &l->lanes[i] : lane_add(l, p);
	if (!lane)
		return 0;
	lane->until = end;
	return lane->track;
}

void lanes__free(struct lanes *l)
{
	free(l->lanes);
	*l = (struct lanes){ 0 };
}
