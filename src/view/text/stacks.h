/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_STACKS_H
#define IPITRACE_VIEW_TEXT_STACKS_H

#include "model/snapshot.h"

/* The sampled stacks of each function; equal stacks once, with their number. */
void view__stacks(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TEXT_STACKS_H */
