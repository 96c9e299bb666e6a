// SPDX-License-Identifier: GPL-2.0
/* The last frames stay, in order and in a bounded memory; pinned ones stay whatever comes. */
#include <pthread.h>
#include "unit.h"
#include "view/capture/capture.h"

#define SIZE	(4UL << 20)
#define PAYLOAD 100000

static char payload[PAYLOAD];

/* The frame @number: its bytes begin with the number, its lines came from @number to @number + 1. */
static bool put(struct frame_ring *ring, uint64_t number, bool continues)
{
	struct capture_frame frame = { payload, PAYLOAD - number % 1000, 1, continues, false };

	memcpy(payload, &number, sizeof(number));
	return frame_ring__put(ring, &frame, number, number + 1);
}

static uint64_t number_of(struct frame_ring *ring, uint64_t at)
{
	struct capture_frame frame;
	uint64_t number, from;

	assert_true(frame_ring__get(ring, at, &frame, &from));
	memcpy(&number, frame.bytes, sizeof(number));
	assert_int_equal(frame.size, PAYLOAD - number % 1000);
	assert_int_equal(from, number);
	/* In the ring's own memory, in one piece. */
	assert_true(frame.bytes >= ring->bytes &&
		    frame.bytes + frame.size <= ring->bytes + ring->size);
	return number;
}

TEST(the_last_frames_stay_in_order)
{
	struct frame_ring ring;
	struct capture_frame frame;
	uint64_t from, bytes = 0;

	assert_int_equal(frame_ring__open(&ring, SIZE), 0);
	assert_int_equal(ring.since, 0);
	for (uint64_t i = 1; i <= 1000; i++)
		assert_true(put(&ring, i, false));
	for (uint64_t at = ring.oldest; at < ring.next; at++) {
		assert_int_equal(number_of(&ring, at), at + 1);
		bytes += PAYLOAD - (at + 1) % 1000;
	}
	assert_false(frame_ring__get(&ring, ring.next, &frame, &from));
	assert_int_equal(ring.held, bytes);
	assert_in_range(bytes, SIZE * 3 / 4, SIZE);
	assert_members(ring, since, ring.oldest + 1, refused, 0);
	frame_ring__close(&ring);
}

TEST(a_pin_finds_the_time)
{
	struct frame_ring ring;

	assert_int_equal(frame_ring__open(&ring, SIZE), 0);
	for (uint64_t i = 1; i <= 20; i++)
		put(&ring, i, false);
	/* Lines that came at 12 may be in the frame of 11 to 12. */
	assert_int_equal(number_of(&ring, frame_ring__pin(&ring, 12)), 11);
	assert_int_equal(number_of(&ring, frame_ring__pin(&ring, 0)), 1);
	/* All of it is too old: the next frame will be the first. */
	assert_int_equal(frame_ring__pin(&ring, 100), ring.next);
	frame_ring__close(&ring);
}

TEST(a_pin_begins_with_a_line)
{
	struct frame_ring ring;

	assert_int_equal(frame_ring__open(&ring, SIZE), 0);
	for (uint64_t i = 1; i <= 20; i++)
		put(&ring, i, i <= 3 || (i >= 10 && i <= 12));
	assert_int_equal(number_of(&ring, frame_ring__pin(&ring, 12)), 9);
	/* The beginning of its line is gone: the next whole one. */
	assert_int_equal(number_of(&ring, frame_ring__pin(&ring, 2)), 4);
	frame_ring__close(&ring);
}

TEST(pinned_frames_stay)
{
	struct frame_ring ring;
	uint64_t first, refused = 0;

	assert_int_equal(frame_ring__open(&ring, SIZE), 0);
	for (uint64_t i = 1; i <= 100; i++)
		put(&ring, i, false);
	first = frame_ring__pin(&ring, 90);
	for (uint64_t i = 101; i <= 200; i++)
		refused += !put(&ring, i, false);
	assert_in_range(refused, 1, 99);
	assert_int_equal(ring.refused, refused);
	assert_int_equal(number_of(&ring, first), 89);
	for (uint64_t at = first; at < ring.next; at++)
		assert_int_equal(number_of(&ring, at), at + 1);
	/* Written: their place is free again. */
	frame_ring__unpin(&ring, first + 10);
	assert_true(put(&ring, ring.next + 1, false));
	frame_ring__unpin(&ring, FRAME_RING_FREE);
	for (uint64_t i = 0; i < 100; i++)
		assert_true(put(&ring, ring.next + 1, false));
	frame_ring__close(&ring);
}

TEST(too_many_small_frames_are_bounded_too)
{
	const struct capture_frame frame = { payload, 10, 1, false, false };
	struct frame_ring ring;

	assert_int_equal(frame_ring__open(&ring, SIZE), 0);
	for (uint64_t i = 1; i <= 50000; i++)
		assert_true(frame_ring__put(&ring, &frame, i, i));
	assert_in_range(ring.next - ring.oldest, 1000, 10000);
	assert_int_equal(ring.held, 10 * (ring.next - ring.oldest));
	frame_ring__close(&ring);
}

TEST(a_frame_must_fit)
{
	struct frame_ring ring;

	assert_int_equal(frame_ring__open(&ring, 1 << 20), -EINVAL);
}

#define FRAMES_PUT repeats(3000)

static _Atomic bool all_put;

static void *putter(void *ring)
{
	for (int i = 1; i <= FRAMES_PUT; i++)
		put(ring, i, false);
	all_put = true;
	return NULL;
}

/* One thread gathers frames while another writes a file of those that are pinned. */
TEST(pinned_frames_are_read_while_others_come)
{
	struct frame_ring ring;
	uint64_t last = 0;
	pthread_t thread;
	bool over;

	assert_int_equal(frame_ring__open(&ring, SIZE), 0);
	all_put = false;
	assert_int_equal(pthread_create(&thread, NULL, putter, &ring), 0);
	do {
		uint64_t at = frame_ring__pin(&ring, last + 2);

		over = all_put;
		for (uint64_t end = ring.next; at < end; at++) {
			uint64_t number = number_of(&ring, at);

			/* Of refused frames the numbers are left out. */
			assert_true(number > last);
			last = number;
			frame_ring__unpin(&ring, at + 1);
		}
		frame_ring__unpin(&ring, FRAME_RING_FREE);
	} while (!over);
	pthread_join(thread, NULL);
	assert_in_range(last, 1, FRAMES_PUT);
	frame_ring__close(&ring);
}

TEST_MAIN(NULL, NULL)
