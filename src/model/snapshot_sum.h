/* SPDX-License-Identifier: GPL-2.0 */
/* The windows of a run as one. */
#ifndef IPITRACE_MODEL_SNAPSHOT_SUM_H
#define IPITRACE_MODEL_SNAPSHOT_SUM_H

#include "model/snapshot.h"

/*
 * Add @snap, a later window, to @sum, which is all zero before the first. Names stay
 * those of @snap, and must live as long as @sum. Of the samples a share is kept, the
 * same of each window. 0 or -ENOMEM; snapshot__free() frees @sum.
 */
struct snapshot_sum {
	struct snapshot snap;
	size_t every; /* one of so many samples is kept; 0: none was seen */
	size_t seen; /* samples */
};

int snapshot_sum__add(struct snapshot_sum *sum, const struct snapshot *snap);

#endif /* IPITRACE_MODEL_SNAPSHOT_SUM_H */
