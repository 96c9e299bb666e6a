// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/byte_ring.h"

int byte_ring__open(struct byte_ring *ring, size_t size)
{
	*ring = (struct byte_ring){ .size = size, .bytes = malloc(size) };
	if (!ring->bytes)
		return -ENOMEM;
	/* Touch the pages now, because the thread that puts bytes must not take a page fault. */
	memset(ring->bytes, 0, size);
	return 0;
}

void byte_ring__close(struct byte_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
	ring->size = 0;
}

/* Returns how many of @len bytes from @at on are adjacent in memory. */
static size_t piece_length(const struct byte_ring *ring, size_t at, size_t len)
{
	size_t rest = ring->size - (at & (ring->size - 1));

	return len < rest ? len : rest;
}

bool byte_ring__put(struct byte_ring *ring, const char *bytes, size_t len)
{
	size_t at = ring->put, first = piece_length(ring, at, len);

	if (len > ring->size - (at - ring->taken)) {
		ring->refused++;
		return false;
	}
	memcpy(ring->bytes + (at & (ring->size - 1)), bytes, first);
	memcpy(ring->bytes, bytes + first, len - first);
	ring->put = at + len;
	return true;
}

size_t byte_ring__take(struct byte_ring *ring, char *to, size_t max)
{
	size_t at = ring->taken, len = ring->put - at, first;

	len = len < max ? len : max;
	if (!len)
		return 0;
	first = piece_length(ring, at, len);
	memcpy(to, ring->bytes + (at & (ring->size - 1)), first);
	memcpy(to + first, ring->bytes, len - first);
	ring->taken = at + len;
	return len;
}
