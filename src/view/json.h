/* SPDX-License-Identifier: GPL-2.0 */
/* NDJSON on stdout; the shape is schema/ipitrace-1.json's. */
#ifndef IPITRACE_VIEW_JSON_H
#define IPITRACE_VIEW_JSON_H

#include "../options.h"
#include "../snapshot.h"

struct feature;
struct trace_end;

/* Each returns 0, -ENOMEM, or the errno of stdout. */
int json__snapshot(const struct snapshot *snap, const struct options *opts);
int json__check(const struct feature *features, size_t nr);

/* Of both the caller frees the text; NULL without memory. @s as a JSON string. */
char *json__quoted(const char *s);
char *json__trace_end(const struct trace_end *end);

#endif /* IPITRACE_VIEW_JSON_H */
