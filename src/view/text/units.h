/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers in tables: three digits and a unit, at most 7 columns. */
#ifndef IPITRACE_VIEW_TEXT_UNITS_H
#define IPITRACE_VIEW_TEXT_UNITS_H

#include <stdint.h>

struct text {
	char s[32];
};

/* "812ns", "1.23us", "45.6ms", "120s". */
struct text units__ns(uint64_t ns);

/* The same; "-" without @samples. */
struct text units__ns_of(uint64_t ns, uint64_t samples);

/* "812", "1.23k", "45.6M". */
struct text units__count(uint64_t n);

/* A rate: "0", "0.3", "97.2", then as units__count(). */
struct text units__rate(double per_second);

/* A part of 1 as percent: "0%", "<0.01%", "0.03%", "0.9%", "12%". */
struct text units__percent(double part);

/* The end of a noun behind @n: "1 csd", "2 csds". */
const char *units__plural(uint64_t n);

#endif /* IPITRACE_VIEW_TEXT_UNITS_H */
