/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the unit tests: cmocka's includes, and repeatable randomness. */
#ifndef IPITRACE_TESTS_UNIT_H
#define IPITRACE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* @n times, or a tenth of that on an emulated processor (tests/vm/guest/programs.sh). */
static inline int repeats(int n)
{
	return getenv("EMULATED") ? n / 10 : n;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* The same numbers in each run (splitmix64), so that a failure comes back. */
static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* A number of any magnitude below 2^@bits, each as likely; 0 < @bits <= 64. */
static inline uint64_t random_magnitude(uint64_t *seed, unsigned int bits)
{
	unsigned int shift = 64 - bits + random_next(seed) % bits;

	return random_next(seed) >> shift;
}

#endif /* IPITRACE_TESTS_UNIT_H */
