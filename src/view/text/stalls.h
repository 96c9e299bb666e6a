/* SPDX-License-Identifier: GPL-2.0 */
/* The first and the last lines of `stalls`, by stdio. */
#ifndef IPITRACE_VIEW_TEXT_STALLS_H
#define IPITRACE_VIEW_TEXT_STALLS_H

#include <stddef.h>
#include <stdint.h>
#include "model/host.h"
#include "model/totals.h"

/* @threshold: ns. */
void view__stalls_head(const struct host *host, uint64_t threshold);

/* Behind the head, where calls alone are followed: what is not known. */
void view__stalls_calls(void);

/*
 * The stalls that were counted and not told within @span ns, in one line into @buf;
 * returns its length, 0 if there were none.
 */
size_t view__stalls_untold(char *buf, size_t size, const struct stalls_untold *untold,
			   uint64_t span);

/* The families, if not each stall was told; stalls by phase; losses only if there were any. */
void view__stalls_end(const struct stall_totals *totals);

#endif /* IPITRACE_VIEW_TEXT_STALLS_H */
