/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of the keys 1 to 9: a row for each function, CPU, sender ... of a window. */
#ifndef IPITRACE_VIEW_TOP_TABLES_H
#define IPITRACE_VIEW_TOP_TABLES_H

#include "view/top/source.h"

/* The words of the line of tables: "functions", "CPUs", ... */
extern const char *const table_names[NR_TABLES];

/* Fill in @page, which is all zero, with the table @kind. */
void tables__make(const struct source *source, enum page_kind kind, struct page *page);

#endif /* IPITRACE_VIEW_TOP_TABLES_H */
