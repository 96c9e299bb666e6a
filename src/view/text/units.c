// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "view/text/units.h"

/* @n with three digits; each of the @nr @units is 1000 times the unit before. */
static struct text scaled(uint64_t n, const char *const *units, int nr)
{
	double v = n;
	struct text t;
	int i = 0;

	if (n < 1000) {
		snprintf(t.s, sizeof(t.s), "%u%s", (unsigned int)n, units[0]);
		return t;
	}
	while (v >= 999.5 && i + 1 < nr) {
		v /= 1000;
		i++;
	}
	snprintf(t.s, sizeof(t.s), "%.*f%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, units[i]);
	return t;
}

struct text units__ns(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };

	return scaled(ns, units, 4);
}

struct text units__ns_of(uint64_t ns, uint64_t samples)
{
	return samples ? units__ns(ns) : (struct text){ "-" };
}

struct text units__count(uint64_t n)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };

	return scaled(n, units, 5);
}
