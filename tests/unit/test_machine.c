// SPDX-License-Identifier: GPL-2.0
/* How long a round trip of an interrupt takes here: a thread on another CPU, and the caller's CPUs afterwards. */
#include <sched.h>
#include "prove/proof.h"
#include "unit.h"

/* Half a second: later a round trip is not measured any more. */
#define LIMIT_NS 500000000ULL

TEST(a_round_trip_leaves_the_callers_cpus)
{
	cpu_set_t before, after;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	for (int i = 0; i < 3; i++) {
		/* 0: one CPU, or others kept the thread from its CPU. */
		assert_true(round_trip__measure() < LIMIT_NS);
		assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
		assert_true(CPU_EQUAL(&before, &after));
	}
}

TEST_MAIN(NULL, NULL)
