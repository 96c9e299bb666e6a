/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies from and to memory that another thread, or a BPF program, writes or reads at the same
 * time. Whether the bytes of a copy belong together is for the caller to find out, by a counter or
 * a key that the writer changes. Each aligned word of shared memory is read, or written, whole and
 * once. An ordinary copy would be a data race: the compiler may read a byte twice, and write a byte
 * before its value is known.
 */
#ifndef IPITRACE_BASE_SHARED_COPY_H
#define IPITRACE_BASE_SHARED_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias)) shared_word;

/* Returns how many of the @size bytes at @at come before the first aligned word. */
static inline size_t shared_copy__head(const void *at, size_t size)
{
	size_t rest = -(uintptr_t)at % sizeof(shared_word);

	return rest < size ? rest : size;
}

/* Copy @size bytes from the shared memory @from. */
static inline void shared_copy__load(void *to, const void *from, size_t size)
{
	size_t head = shared_copy__head(from, size), i = 0;
	const unsigned char *source = from;
	unsigned char *bytes = to;

	for (; i < head; i++)
		bytes[i] = __atomic_load_n(&source[i], __ATOMIC_RELAXED);
	for (; i + sizeof(shared_word) <= size; i += sizeof(shared_word)) {
		shared_word word =
			__atomic_load_n((const shared_word *)&source[i], __ATOMIC_RELAXED);

		memcpy(&bytes[i], &word, sizeof(word));
	}
	for (; i < size; i++)
		bytes[i] = __atomic_load_n(&source[i], __ATOMIC_RELAXED);
}

/* Copy @size bytes to the shared memory @to. */
static inline void shared_copy__store(void *to, const void *from, size_t size)
{
	size_t head = shared_copy__head(to, size), i = 0;
	const unsigned char *source = from;
	unsigned char *bytes = to;

	for (; i < head; i++)
		__atomic_store_n(&bytes[i], source[i], __ATOMIC_RELAXED);
	for (; i + sizeof(shared_word) <= size; i += sizeof(shared_word)) {
		shared_word word;

		memcpy(&word, &source[i], sizeof(word));
		__atomic_store_n((shared_word *)&bytes[i], word, __ATOMIC_RELAXED);
	}
	for (; i < size; i++)
		__atomic_store_n(&bytes[i], source[i], __ATOMIC_RELAXED);
}

#endif /* IPITRACE_BASE_SHARED_COPY_H */
