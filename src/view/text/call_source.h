/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of `summary --full` where calls are seen, and no csds (SOURCE_CALLS). */
#ifndef IPITRACE_VIEW_TEXT_CALL_SOURCE_H
#define IPITRACE_VIEW_TEXT_CALL_SOURCE_H

struct snapshot;

/* The interrupts that arrived and their time, by CPU and kind. */
void view__irqs(const struct snapshot *snap);

/* The own time of functions, as far as it was measured. */
void view__runs(const struct snapshot *snap);

/* The account of the calls. */
void view__call_ledger(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_CALL_SOURCE_H */
