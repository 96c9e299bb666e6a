// SPDX-License-Identifier: GPL-2.0
/* A binary heap. */
#include <math.h>
#include "fail.h"
#include "timeline.h"

#define TODO_MAX (1 << 18)

static struct todo heap[TODO_MAX];
static uint32_t nr;
static uint64_t order;
static uint64_t state; /* of an xorshift generator */

void timeline_reset(void)
{
	nr = 0;
	order = 0;
	state = 0x9e3779b97f4a7c15ULL;
}

static bool before(const struct todo *a, const struct todo *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void timeline_plan(uint64_t at, int what, uint32_t cpu, uint32_t arg)
{
	struct todo t = { at, order++, what, cpu, arg };
	uint32_t i = nr++;

	if (nr == TODO_MAX)
		fail("more than %d events to come", TODO_MAX);
	for (; i && before(&t, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = t;
}

bool timeline_take(struct todo *todo)
{
	struct todo last;
	uint32_t i = 0, child;

	if (!nr)
		return false;
	*todo = heap[0];
	last = heap[--nr];
	while ((child = 2 * i + 1) < nr) {
		if (child + 1 < nr && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return true;
}

uint64_t chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

uint64_t chance_spread(double low, double octaves)
{
	return low * exp2(octaves * (chance() >> 11) * 0x1p-53);
}
