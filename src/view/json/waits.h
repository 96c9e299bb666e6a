/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_JSON_WAITS_H
#define IPITRACE_VIEW_JSON_WAITS_H

#include <stddef.h>
#include "model/moment.h"
#include "view/naming.h"

struct wait_counts;

/*
 * @counts NULL: how many waited is unknown. One line into @buf, newline included; returns its length, 0 if there is no
 * room. As json__stall(): no malloc() once the caller has entered a pool.
 */
size_t json__waits(char *buf, size_t size, const struct moment *moment,
		   const struct wait_counts *counts, const struct naming *naming);

#endif /* IPITRACE_VIEW_JSON_WAITS_H */
