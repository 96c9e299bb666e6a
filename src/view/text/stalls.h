/* SPDX-License-Identifier: GPL-2.0 */
/* The first and the last lines of `stalls`, by stdio. */
#ifndef IPITRACE_VIEW_TEXT_STALLS_H
#define IPITRACE_VIEW_TEXT_STALLS_H

#include <stdint.h>
#include "model/host.h"
#include "model/totals.h"

/* @threshold: ns. */
void view__stalls_head(const struct host *host, uint64_t threshold);

/* Stalls by phase; losses only if there were any. */
void view__stalls_end(const struct stall_totals *totals);

#endif /* IPITRACE_VIEW_TEXT_STALLS_H */
