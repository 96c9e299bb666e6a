/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_TRACE_H
#define IPITRACE_VIEW_JSON_TRACE_H

#include "abi/record.h"
#include "model/totals.h"
#include "view/lines.h"
#include "view/trace_names.h"

/* One record as a line; docs/reference.md has the keys. */
void json__trace(const struct trace_view *view, const struct record *r, struct lines *lines);

/* The last line, without a newline. The caller frees it; NULL without memory. */
char *json__trace_end(const struct trace_totals *totals);

#endif /* IPITRACE_VIEW_JSON_TRACE_H */
