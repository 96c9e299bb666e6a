// SPDX-License-Identifier: GPL-2.0
/* Bytes leave the ring in order, and a piece without room leaves no trace but its count. */
#include <pthread.h>
#include "base/byte_ring.h"
#include "unit.h"

#define PIECES 200000

TEST(a_piece_is_whole_or_refused)
{
	struct byte_ring ring;
	char got[16];

	assert_int_equal(byte_ring__open(&ring, 8), 0);
	for (int i = 0; i < 100; i++) {
		assert_true(byte_ring__put(&ring, "abcde", 5));
		assert_false(byte_ring__put(&ring, "wxyz", 4));
		assert_true(byte_ring__put(&ring, "fgh", 3));
		assert_int_equal(byte_ring__take(&ring, got, 3), 3);
		assert_int_equal(byte_ring__take(&ring, got + 3, sizeof(got) - 3), 5);
		assert_memory_equal(got, "abcdefgh", 8);
		assert_int_equal(byte_ring__take(&ring, got, sizeof(got)), 0);
	}
	assert_int_equal(ring.refused, 100);
	byte_ring__close(&ring);
}

TEST(a_piece_may_begin_at_the_end_of_the_ring)
{
	struct byte_ring ring;
	char got[8];

	assert_int_equal(byte_ring__open(&ring, 8), 0);
	for (int i = 0; i < 16; i++) {
		assert_true(byte_ring__put(&ring, "abcdefg", 7));
		assert_int_equal(byte_ring__take(&ring, got, sizeof(got)), 7);
		assert_memory_equal(got, "abcdefg", 7);
	}
	byte_ring__close(&ring);
}

/* memcpy() may not be called with NULL, whatever the length. */
TEST(a_ring_without_memory_is_empty)
{
	struct byte_ring ring = {};
	char got[8];

	assert_int_equal(byte_ring__take(&ring, got, sizeof(got)), 0);
}

static void *put_numbers(void *arg)
{
	struct byte_ring *ring = arg;

	for (uint32_t i = 0; i < PIECES;)
		i += byte_ring__put(ring, (char *)&i, sizeof(i));
	return NULL;
}

TEST(two_threads)
{
	struct byte_ring ring;
	uint32_t got[64], next = 0;
	pthread_t thread;

	assert_int_equal(byte_ring__open(&ring, 128), 0);
	assert_int_equal(pthread_create(&thread, NULL, put_numbers, &ring), 0);
	while (next < PIECES) {
		size_t len = byte_ring__take(&ring, (char *)got, sizeof(got));

		assert_int_equal(len % sizeof(*got), 0);
		for (size_t i = 0; i < len / sizeof(*got); i++)
			assert_int_equal(got[i], next++);
	}
	pthread_join(thread, NULL);
	byte_ring__close(&ring);
}

TEST_MAIN(NULL, NULL)
