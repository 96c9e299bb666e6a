/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_BY_H
#define IPITRACE_VIEW_TEXT_BY_H

#include "model/snapshot.h"

/* The table of --by sender, victim or cgroup; nothing without --by. */
void view__by(const struct snapshot *snap);

/* The sampled stacks of each function; equal stacks once, with their number. */
void view__stacks(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_BY_H */
