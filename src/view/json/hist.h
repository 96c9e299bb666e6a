/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_HIST_H
#define IPITRACE_VIEW_JSON_HIST_H

#include <jansson.h>
#include "model/hist.h"

/* Count, sum, maximum, percentiles, and the buckets that are not empty. NULL without memory. */
json_t *json_hist__object(const struct hist *hist);

#endif /* IPITRACE_VIEW_JSON_HIST_H */
