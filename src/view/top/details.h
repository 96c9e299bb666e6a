/* SPDX-License-Identifier: GPL-2.0 */
/* The pages below a row of a table, down to a stack; and the help. */
#ifndef IPITRACE_VIEW_TOP_DETAILS_H
#define IPITRACE_VIEW_TOP_DETAILS_H

#include "view/top/source.h"

/*
 * Fill in @page, which is all zero, for @place, which is no table. A page whose
 * subject is not in this window says so.
 */
void details__make(const struct source *source, struct place place, struct page *page);

#endif /* IPITRACE_VIEW_TOP_DETAILS_H */
