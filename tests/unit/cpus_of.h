/* SPDX-License-Identifier: GPL-2.0 */
/* A set of CPUs from a list, as "0,2-3". */
#ifndef IPITRACE_TESTS_CPUS_OF_H
#define IPITRACE_TESTS_CPUS_OF_H

#include "base/cpuset.h"
#include "unit.h"

static struct cpuset cpus_of(const char *list)
{
	struct cpuset set;

	assert_int_equal(cpuset__parse(&set, list), 0);
	return set;
}

#endif /* IPITRACE_TESTS_CPUS_OF_H */
