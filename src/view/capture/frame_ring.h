/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last frames of a capture in memory: a new frame takes the place of the oldest ones.
 *
 * One thread puts frames, another one reads them, and neither waits for the other. The
 * reader pins the frames that it is to read: these stay, and a frame for which only their
 * place is left is refused, and counted.
 */
#ifndef IPITRACE_VIEW_CAPTURE_FRAME_RING_H
#define IPITRACE_VIEW_CAPTURE_FRAME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "view/capture/writer.h"

struct ring_frame;

/* Frames are numbered from 0. All zero: not open. */
struct frame_ring {
	size_t size; /* bytes of frames */
	char *bytes;
	struct ring_frame *frames;
	uint64_t put; /* bytes so far, with those skipped at the end of the memory */
	_Atomic uint64_t next; /* the number of the next frame */
	_Atomic uint64_t oldest; /* the number of the oldest frame that is there */
	_Atomic uint64_t pinned; /* the number of the first frame that stays */
	_Atomic uint64_t refused; /* lines of frames that found no place */
	_Atomic uint64_t held; /* bytes of the frames that are there */
	_Atomic uint64_t
		since; /* when the lines of the oldest frame began to come; 0: none is there */
};

/*
 * @size: bytes, the ring's tables among them, all of which are touched. 0, -EINVAL (too
 * small for the largest frame) or -ENOMEM.
 */
int frame_ring__open(struct frame_ring *ring, size_t size);
void frame_ring__close(struct frame_ring *ring);

/* Add @frame, whose lines came from @from to @to (ns, never back). False: refused. */
bool frame_ring__put(struct frame_ring *ring, const struct capture_frame *frame, uint64_t from,
		     uint64_t to);

/*
 * Pin the frames with lines that came at @since or later; returns the number of the first,
 * which begins with a line where one is left that does.
 */
uint64_t frame_ring__pin(struct frame_ring *ring, uint64_t since);

/* Frame @number, pinned, and when its lines began to come. False: it is not there yet. */
bool frame_ring__get(struct frame_ring *ring, uint64_t number, struct capture_frame *frame,
		     uint64_t *from);

/* The frames before @number are not needed any more; FRAME_RING_FREE: none is. */
#define FRAME_RING_FREE UINT64_MAX
void frame_ring__unpin(struct frame_ring *ring, uint64_t number);

#endif /* IPITRACE_VIEW_CAPTURE_FRAME_RING_H */
