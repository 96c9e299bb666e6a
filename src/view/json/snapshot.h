/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_SNAPSHOT_H
#define IPITRACE_VIEW_JSON_SNAPSHOT_H

#include "model/snapshot.h"
#include "view/options.h"

/*
 * A window's line to stdout; schema/ipitrace-1.json has its shape. 0, -ENOMEM,
 * or the negative errno of stdout.
 */
int json__snapshot(const struct snapshot *snap, const struct view_options *opts);

/* The same line, newline included, as malloc() gives it; NULL without memory. */
char *json__snapshot_line(const struct snapshot *snap, const struct view_options *opts);

#endif /* IPITRACE_VIEW_JSON_SNAPSHOT_H */
