/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_SNAPSHOT_H
#define IPITRACE_VIEW_CAPTURE_PARSE_SNAPSHOT_H

#include <jansson.h>
#include "model/host.h"
#include "model/snapshot.h"
#include "view/capture/parse.h"

/*
 * A line of type snapshot. Without --stacks the samples are made from the callers of
 * each function, so that the views count the same. The caller frees @snap by
 * snapshot__free(); its names are those of @strings, its host is @host. 0 or -ENOMEM.
 */
int parse__snapshot(struct strings *strings, const json_t *object, struct snapshot *snap,
		    struct host *host);

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_SNAPSHOT_H */
