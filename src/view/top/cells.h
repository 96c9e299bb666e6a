/* SPDX-License-Identifier: GPL-2.0 */
/* Columns and cells that several tables have in common. */
#ifndef IPITRACE_VIEW_TOP_CELLS_H
#define IPITRACE_VIEW_TOP_CELLS_H

#include "model/hist.h"
#include "model/snapshot.h"
#include "view/top/source.h"

/* The address that places and keys have for a function. */
uint64_t fn__address(const struct fn_stats *fn);

/* The first row of the function with that address; NULL: none. */
const struct fn_stats *fn__find(const struct snapshot *snap, uint64_t address);

/* "name [module]", as a cell. */
void cells__function(struct table *table, const struct fn_stats *fn);

/* A time of @samples measurements; "-" where nothing was measured. */
void cells__ns_of(struct table *table, uint64_t ns, uint64_t samples);

/* A table of one or several histograms, an octave a row; NULL ends @hists. */
void cells__histograms(struct table *table, const char *const *names,
		       const struct hist *const *hists);

#endif /* IPITRACE_VIEW_TOP_CELLS_H */
