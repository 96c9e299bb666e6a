// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "view/capture/capture.h"

/* Frames at one time, a power of two: of half a second each, more than an hour. */
#define FRAMES 8192

struct ring_frame {
	uint64_t at; /* counted as frame_ring.put: modulo the ring's size it is the place */
	uint64_t from, to;
	struct capture_frame frame; /* its bytes are in ring->bytes */
};

int frame_ring__open(struct frame_ring *ring, size_t size)
{
	size_t tables = FRAMES * sizeof(*ring->frames);

	memset(ring, 0, sizeof(*ring));
	if (size < tables + 2 * ZSTD_compressBound(CAPTURE_FRAME_BYTES))
		return -EINVAL;
	ring->size = size - tables;
	ring->bytes = malloc(ring->size);
	ring->frames = calloc(FRAMES, sizeof(*ring->frames));
	if (!ring->bytes || !ring->frames) {
		frame_ring__close(ring);
		return -ENOMEM;
	}
	/* Touch all pages now: the thread that puts frames must take no page fault. */
	memset(ring->bytes, 0, ring->size);
	memset(ring->frames, 0, tables);
	ring->pinned = FRAME_RING_FREE;
	return 0;
}

void frame_ring__close(struct frame_ring *ring)
{
	free(ring->bytes);
	free(ring->frames);
	memset(ring, 0, sizeof(*ring));
}

static struct ring_frame *frame_of(const struct frame_ring *ring, uint64_t number)
{
	return &ring->frames[number & (FRAMES - 1)];
}

/*
 * Drop the oldest frame. False: it is pinned. frame_ring__pin() writes pinned and then reads oldest.
 * This function does so the other way round: at least one of the two sees what the other wrote.
 */
static bool drop_oldest(struct frame_ring *ring)
{
	uint64_t oldest = ring->oldest;

	ring->oldest = oldest + 1;
	if (ring->pinned > oldest) {
		ring->held -= frame_of(ring, oldest)->frame.size;
		return true;
	}
	ring->oldest = oldest;
	return false;
}

bool frame_ring__put(struct frame_ring *ring, const struct capture_frame *frame, uint64_t from,
		     uint64_t to)
{
	struct ring_frame *own = frame_of(ring, ring->next);
	uint64_t rest = ring->size - ring->put % ring->size;
	/* A frame lies in one piece: at the ring's start if the rest of the ring is too short. */
	uint64_t at = frame->size <= rest ? ring->put : ring->put + rest;

	while (ring->oldest != ring->next &&
	       (at + frame->size - frame_of(ring, ring->oldest)->at > ring->size ||
		ring->next - ring->oldest == FRAMES)) {
		if (drop_oldest(ring))
			continue;
		ring->refused += frame->lines;
		return false;
	}
	*own = (struct ring_frame){ .at = at, .from = from, .to = to, .frame = *frame };
	own->frame.bytes = memcpy(ring->bytes + at % ring->size, frame->bytes, frame->size);
	ring->put = at + frame->size;
	ring->held += frame->size;
	ring->next++;
	ring->since = frame_of(ring, ring->oldest)->from;
	return true;
}

/* Pin all frames that are there. Returns the number of the first. */
static uint64_t pin_all(struct frame_ring *ring)
{
	uint64_t oldest = ring->oldest, now;

	for (;;) {
		ring->pinned = oldest;
		now = ring->oldest;
		if (now <= oldest)
			return oldest;
		oldest = now;
	}
}

uint64_t frame_ring__pin(struct frame_ring *ring, uint64_t since)
{
	uint64_t oldest = pin_all(ring), first = oldest, next = ring->next;

	while (first < next && frame_of(ring, first)->to < since)
		first++;
	/* A line that began in an earlier frame is wanted whole. */
	while (first > oldest && first < next && frame_of(ring, first)->frame.continues)
		first--;
	while (first < next && frame_of(ring, first)->frame.continues)
		first++;
	ring->pinned = first;
	return first;
}

bool frame_ring__get(struct frame_ring *ring, uint64_t number, struct capture_frame *frame,
		     uint64_t *from)
{
	const struct ring_frame *own = frame_of(ring, number);

	if (number >= ring->next)
		return false;
	*frame = own->frame;
	*from = own->from;
	return true;
}

void frame_ring__unpin(struct frame_ring *ring, uint64_t number)
{
	ring->pinned = number;
}
