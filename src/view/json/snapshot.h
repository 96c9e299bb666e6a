/* SPDX-License-Identifier: GPL-2.0 */
/* NDJSON on stdout; the shape is schema/ipitrace-1.json's. */
#ifndef IPITRACE_VIEW_JSON_SNAPSHOT_H
#define IPITRACE_VIEW_JSON_SNAPSHOT_H

#include "view/options.h"
#include "model/snapshot.h"

struct feature;
struct trace_totals;

/* Each returns 0, -ENOMEM, or the errno of stdout. */
int json__snapshot(const struct snapshot *snap, const struct view_options *opts);
int json__check(const struct feature *features, size_t nr);

/* The caller frees the line; NULL without memory. */
char *json__trace_end(const struct trace_totals *end);

#endif /* IPITRACE_VIEW_JSON_SNAPSHOT_H */
