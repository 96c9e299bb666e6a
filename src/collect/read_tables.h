/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of rows and the samples, out of a bank at rest: maps.c's part. */
#ifndef IPITRACE_COLLECT_READ_TABLES_H
#define IPITRACE_COLLECT_READ_TABLES_H

#include "collect/maps.h"
#include "model/snapshot.h"

/*
 * Read and clear @epoch's bank of the tables and the samples into @snap, whose
 * CPUs are there. Returns 0 or -ENOMEM.
 */
int read_tables(struct maps *maps, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_READ_TABLES_H */
