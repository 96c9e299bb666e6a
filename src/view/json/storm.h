/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_STORM_H
#define IPITRACE_VIEW_JSON_STORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "model/storm.h"
#include "model/storm_evidence.h"

/*
 * A storm's line to stdout; @time: the end of its last window, CLOCK_MONOTONIC
 * ns. 0, -ENOMEM, or the negative errno of stdout.
 */
int json__storm(const struct storm *storm, const struct storm_evidence *evidence, uint64_t time);

/* The same line, newline included, as malloc() gives it; NULL without memory. */
char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time);

/* The last line of a run without a storm, in the two ways; @time: the end of the run. */
int json__no_storm(const struct calm *calm, uint64_t time);
char *json__no_storm_line(const struct calm *calm, uint64_t time);

/* The key `storm` of a window's line. @sent: something was sent in it. */
json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent);

#endif /* IPITRACE_VIEW_JSON_STORM_H */
