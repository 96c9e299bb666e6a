/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_EDGES_H
#define IPITRACE_VIEW_TEXT_EDGES_H

#include "model/snapshot.h"

/*
 * Senders and destinations: a table of numbers for few CPUs, a heat map for as
 * many as fit a line, the busiest pairs beyond.
 */
void view__edges(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_EDGES_H */
