/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_CALLS_H
#define IPITRACE_VIEW_TEXT_CALLS_H

#include "model/snapshot.h"
#include "view/options.h"

/*
 * The cost of synchronous calls, by function and call site, to stdout, 80 columns: the most
 * waited for first. Of @opts it uses quiet and asked.
 */
void view__calls(const struct snapshot *snap, const struct view_options *opts);

#endif /* IPITRACE_VIEW_TEXT_CALLS_H */
