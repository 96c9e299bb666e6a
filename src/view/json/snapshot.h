/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_SNAPSHOT_H
#define IPITRACE_VIEW_JSON_SNAPSHOT_H

#include <jansson.h>
#include <stddef.h>
#include "model/snapshot.h"
#include "view/options.h"

/*
 * A window's line to stdout; schema/ipitrace-1.json has its shape. 0, -ENOMEM,
 * or the negative errno of stdout.
 */
int json__snapshot(const struct snapshot *snap, const struct view_options *opts);

/* The same line, newline included, as malloc() gives it; NULL without memory. */
char *json__snapshot_line(const struct snapshot *snap, const struct view_options *opts);

/* Parts of the line, new values; NULL without memory. */
json_t *json_snapshot__window(const struct window *window);
/* The ledger of calls; null where csds are followed. */
json_t *json_snapshot__call_ledger(const struct snapshot *snap);
/* The callers of snap->fns[@fn], and in *@samples how many samples they are of. */
json_t *json_snapshot__callers(const struct snapshot *snap, size_t fn, size_t *samples);

#endif /* IPITRACE_VIEW_JSON_SNAPSHOT_H */
