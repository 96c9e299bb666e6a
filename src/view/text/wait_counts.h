/* SPDX-License-Identifier: GPL-2.0 */
/* The counts of `waits` in words. */
#ifndef IPITRACE_VIEW_TEXT_WAIT_COUNTS_H
#define IPITRACE_VIEW_TEXT_WAIT_COUNTS_H

#include <stddef.h>

struct wait_counts;

/* After a run in which no look caught a wait. Returns the length of the text in @buf. */
size_t view__wait_counts(char *buf, size_t size, const struct wait_counts *counts);

#endif /* IPITRACE_VIEW_TEXT_WAIT_COUNTS_H */
