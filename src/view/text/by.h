/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_BY_H
#define IPITRACE_VIEW_TEXT_BY_H

#include "model/snapshot.h"

/* The rows of --by sender, victim or cgroup; nothing where there are none. */
void view__by(const struct snapshot *snap);

/* The sampled stacks of each function, those that are the same as one. */
void view__stacks(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_BY_H */
