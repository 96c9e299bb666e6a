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

struct text units__rate(double per_second)
{
	struct text t;

	if (per_second >= 99.95)
		return units__count(per_second + 0.5);
	if (per_second <= 0)
		return (struct text){ "0" };
	snprintf(t.s, sizeof(t.s), per_second < 0.05 ? "<0.1" : "%.1f", per_second);
	return t;
}

struct text units__percent(double part)
{
	double percent = 100 * part;
	struct text t;

	if (percent <= 0)
		return (struct text){ "0%" };
	if (percent < 0.005)
		return (struct text){ "<0.01%" };
	snprintf(t.s, sizeof(t.s), "%.*f%%",
		 percent < 0.0995 ? 2 :
		 percent < 9.95	  ? 1 :
				    0,
		 percent);
	return t;
}

const char *units__plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
