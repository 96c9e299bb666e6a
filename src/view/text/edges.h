/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_EDGES_H
#define IPITRACE_VIEW_TEXT_EDGES_H

#include "model/snapshot.h"

/*
 * Who to whom: a table of numbers for few CPUs, a heat map for up to a
 * screenful, the busiest pairs beyond.
 */
void view__edges(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_EDGES_H */
