/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_ISOLATED_H
#define IPITRACE_VIEW_JSON_ISOLATED_H

#include "model/isolation.h"

/* `isolated`'s line to stdout. 0, -ENOMEM, or the negative errno of stdout. */
int json__isolated(const struct isolation *isolation);

#endif /* IPITRACE_VIEW_JSON_ISOLATED_H */
