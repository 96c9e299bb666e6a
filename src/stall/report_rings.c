// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "stall/report_rings.h"

int report_rings__open(struct report_rings *rings, size_t size)
{
	int err = 0;

	rings->text = malloc(size);
	if (!rings->text)
		return -ENOMEM;
	memset(rings->text, 0, size);
	for (int i = 0; i < WATCHERS_MAX && !err; i++)
		err = byte_ring__open(&rings->rings[i], size);
	return err;
}

void report_rings__close(struct report_rings *rings)
{
	for (int i = 0; i < WATCHERS_MAX; i++)
		byte_ring__close(&rings->rings[i]);
	free(rings->text);
	rings->text = NULL;
}

int report_rings__put(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct report_rings *rings = ctx;

	byte_ring__put(&rings->rings[which], report, len);
	return 0;
}

int report_rings__take(struct report_rings *rings,
		       int (*fn)(void *ctx, const char *text, size_t len), void *ctx)
{
	int stop = 0;

	for (int i = 0; i < WATCHERS_MAX && !stop; i++) {
		struct byte_ring *ring = &rings->rings[i];
		size_t len = byte_ring__take(ring, rings->text, ring->size);

		if (len)
			stop = fn(ctx, rings->text, len);
	}
	return stop;
}

uint64_t report_rings__refused(const struct report_rings *rings)
{
	uint64_t sum = 0;

	for (int i = 0; i < WATCHERS_MAX; i++)
		sum += rings->rings[i].refused;
	return sum;
}
