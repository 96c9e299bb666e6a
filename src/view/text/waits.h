/* SPDX-License-Identifier: GPL-2.0 */
/* Who waits for whom at one moment, as a tree of CPUs and senders. */
#ifndef IPITRACE_VIEW_TEXT_WAITS_H
#define IPITRACE_VIEW_TEXT_WAITS_H

#include <stddef.h>
#include "model/moment.h"
#include "view/naming.h"

/* Into @buf; returns the length. Text beyond @size is cut off. */
size_t view__waits(char *buf, size_t size, const struct moment *moment,
		   const struct naming *naming);

#endif /* IPITRACE_VIEW_TEXT_WAITS_H */
