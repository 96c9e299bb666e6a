/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts by kind, as parts of a snapshot's object. */
#ifndef IPITRACE_VIEW_JSON_KINDS_H
#define IPITRACE_VIEW_JSON_KINDS_H

#include <jansson.h>
#include "model/snapshot.h"

/* An array of all kinds; null if the snapshot has none. NULL without memory. */
json_t *json_kinds__array(const struct snapshot *snap);

/* Add to *@object the keys that only --kinds has; nothing without it. See parts__add(). */
void json_kinds__add(json_t **object, const struct snapshot *snap);

#endif /* IPITRACE_VIEW_JSON_KINDS_H */
