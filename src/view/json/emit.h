/* SPDX-License-Identifier: GPL-2.0 */
/* A line of NDJSON from what a view of its own has made. */
#ifndef IPITRACE_VIEW_JSON_EMIT_H
#define IPITRACE_VIEW_JSON_EMIT_H

#include <jansson.h>

/* Takes @object over; NULL: it could not be made. 0, -ENOMEM, or the errno of stdout. */
int json__emit(json_t *object);

#endif /* IPITRACE_VIEW_JSON_EMIT_H */
