/* SPDX-License-Identifier: GPL-2.0 */
/* Senders and destinations as a heat map; by groups of CPUs where these are too many. */
#ifndef IPITRACE_VIEW_TOP_EDGES_H
#define IPITRACE_VIEW_TOP_EDGES_H

#include "view/top/source.h"

void edges__make(const struct source *source, struct page *page);

#endif /* IPITRACE_VIEW_TOP_EDGES_H */
