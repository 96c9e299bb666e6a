/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_DIFF_H
#define IPITRACE_VIEW_JSON_DIFF_H

#include "model/diff.h"

/* The line of `report --diff` to stdout. 0, -ENOMEM, or the negative errno of stdout. */
int json__diff(const struct diff *diff, double tolerance);

#endif /* IPITRACE_VIEW_JSON_DIFF_H */
