/* SPDX-License-Identifier: GPL-2.0 */
/* The figures of one window, from pairs: what the BPF programs' maps are to a live run. */
#ifndef IPITRACE_IMPORT_SUMS_H
#define IPITRACE_IMPORT_SUMS_H

#include <stdint.h>
#include "abi/limits.h"
#include "import/names.h"
#include "import/pairing.h"
#include "model/snapshot.h"

struct sums;

/* NULL without memory. @names must live as long. */
struct sums *sums__new(const struct names *names);
void sums__free(struct sums *sums);

/* A csd was queued, and then its news. */
void sums__queued(struct sums *sums, const struct mark *mark);
void sums__pair(struct sums *sums, const struct pair *pair, enum pair_news news);

/* Interrupts: sent to @nr CPUs, arrived on @cpu. The file has such events from the first one on. */
void sums__sent(struct sums *sums, enum ipi_kind kind, uint32_t nr);
void sums__arrived(struct sums *sums, enum ipi_kind kind, uint32_t cpu);

/* An interrupt was sent to CPUs that the file does not name: how many were sent is not known. */
void sums__sent_unknown(struct sums *sums);

/*
 * Make the window's snapshot but for window, ledger and host, and begin the next one. The caller
 * frees @snap by snapshot__free(). 0 or -ENOMEM.
 */
int sums__cut(struct sums *sums, struct snapshot *snap);

#endif /* IPITRACE_IMPORT_SUMS_H */
