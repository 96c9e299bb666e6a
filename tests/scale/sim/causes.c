// SPDX-License-Identifier: GPL-2.0
/* Moves by cause: a hash table with open addressing. */
#include <stdlib.h>
#include <string.h>
#include "cache.h"
#include "fail.h"

#define CAUSES (1U << 16)
#define FULL   (CAUSES / 4 * 3)

static struct cause causes[CAUSES];
static size_t nr_causes;

void causes_clear(void)
{
	memset(causes, 0, sizeof(causes));
	nr_causes = 0;
}

static bool same(const struct cause *a, const struct cause *b)
{
	return a->map == b->map && a->offset == b->offset && a->by_offset == b->by_offset &&
	       a->prog == b->prog && a->by_prog == b->by_prog && a->move == b->move;
}

static uint32_t hash(const struct cause *c)
{
	uint32_t h = (c->offset * 31 + c->by_offset) * 31 + c->map * 7 + c->prog * 5 +
		     c->by_prog * 3 + c->move;

	return h * 0x9e3779b1 >> 16;
}

void causes_add(struct cause cause)
{
	uint32_t at = hash(&cause);

	while (causes[at % CAUSES].nr && !same(&causes[at % CAUSES], &cause))
		at++;
	if (!causes[at % CAUSES].nr) {
		if (++nr_causes > FULL)
			fail("more than %u causes of moves", FULL);
		causes[at % CAUSES] = cause;
	}
	causes[at % CAUSES].nr++;
}

static int by_nr(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	return (x->nr < y->nr) - (x->nr > y->nr);
}

const struct cause *causes_list(size_t *nr)
{
	qsort(causes, CAUSES, sizeof(*causes), by_nr);
	*nr = nr_causes;
	return causes;
}
