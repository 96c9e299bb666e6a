/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of rows and the samples, out of a bank at rest: banks.c's part. */
#ifndef IPITRACE_TABLES_H
#define IPITRACE_TABLES_H

#include "banks.h"

/*
 * Read and clear @epoch's bank of the tables and the samples into @snap, whose
 * CPUs are there. Returns 0 or -ENOMEM.
 */
int tables__read(struct banks *banks, uint32_t epoch, struct snapshot *snap);

/* Add one sample, ns, to a bank at rest. */
void hist_bank__add(struct hist_bank *bank, uint64_t ns);

/* Whether anything was added since it was cleared. */
bool hist_bank__touched(const struct hist_bank *bank);

/* Add @bank to @hist. */
void hist_bank__read(struct hist *hist, const struct hist_bank *bank);

#endif /* IPITRACE_TABLES_H */
