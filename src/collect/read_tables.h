/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the tables of rows and the samples, out of a bank at rest: read_cpus()'s part. */
#ifndef IPITRACE_COLLECT_READ_TABLES_H
#define IPITRACE_COLLECT_READ_TABLES_H

#include "collect/maps.h"
#include "model/snapshot.h"

/*
 * Read @epoch's bank of the tables and the samples into @snap, which has its
 * CPUs already, and clear the bank. Returns 0 or -ENOMEM.
 */
int read_tables(struct maps *maps, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_READ_TABLES_H */
