/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes from one thread to another, without a lock and without a system call: neither thread waits
 * for the other, even if the other's CPU is stuck.
 */
#ifndef IPITRACE_BASE_BYTE_RING_H
#define IPITRACE_BASE_BYTE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_ring {
	size_t size; /* a power of two; 0: not open */
	char *bytes;
	_Atomic size_t put; /* bytes so far; only the thread that puts bytes writes this */
	_Atomic size_t taken; /* bytes so far; only the thread that takes bytes writes this */
	_Atomic uint64_t refused; /* calls of byte_ring__put() that found no room */
};

/* Allocate @size bytes, which must be a power of two. Returns 0 or -ENOMEM. */
int byte_ring__open(struct byte_ring *ring, size_t size);
void byte_ring__close(struct byte_ring *ring);

/* Put all of @bytes or nothing. Returns false, and counts that, if there is no room. */
bool byte_ring__put(struct byte_ring *ring, const char *bytes, size_t len);

/* Take up to @max bytes. Returns their number. */
size_t byte_ring__take(struct byte_ring *ring, char *to, size_t max);

#endif /* IPITRACE_BASE_BYTE_RING_H */
