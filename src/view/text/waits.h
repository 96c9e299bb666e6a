/* SPDX-License-Identifier: GPL-2.0 */
/* A moment as a tree: CPUs, below each the senders that wait for it. */
#ifndef IPITRACE_VIEW_TEXT_WAITS_H
#define IPITRACE_VIEW_TEXT_WAITS_H

#include <stddef.h>
#include "model/moment.h"
#include "view/naming.h"

/* Into @buf; returns the length. Text beyond @size is cut off. */
size_t view__waits(char *buf, size_t size, const struct moment *moment,
		   const struct naming *naming);

struct wait_counts;

/* After a run in which no look caught a wait. Returns the length of the text in @buf. */
size_t view__wait_counts(char *buf, size_t size, const struct wait_counts *counts);

#endif /* IPITRACE_VIEW_TEXT_WAITS_H */
