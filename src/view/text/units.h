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

#endif /* IPITRACE_VIEW_TEXT_UNITS_H */
