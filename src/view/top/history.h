/* SPDX-License-Identifier: GPL-2.0 */
/* The windows of the last five minutes, with all that they need: names, host. */
#ifndef IPITRACE_VIEW_TOP_HISTORY_H
#define IPITRACE_VIEW_TOP_HISTORY_H

#include <stddef.h>
#include <stdint.h>
#include "model/kept.h"
#include "model/snapshot.h"

#define HISTORY_NS    300000000000ULL
/* Fewer windows where they are larger: 64 CPUs and 100 functions make some 0.5 MB each. */
#define HISTORY_BYTES (64UL << 20)
#define HISTORY_MOST  1024 /* windows */

/* All zero: empty. */
struct history {
	struct kept *windows[HISTORY_MOST]; /* the oldest first */
	size_t nr;
	size_t bytes;
};

void history__free(struct history *history);

/* Keep a copy of @snap, and forget windows that are too old or too many. 0 or -ENOMEM. */
int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns);

/* The window @back before the latest; NULL: there is none. */
const struct kept *history__get(const struct history *history, size_t back);

#endif /* IPITRACE_VIEW_TOP_HISTORY_H */
