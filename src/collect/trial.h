/* SPDX-License-Identifier: GPL-2.0 */
/* Trials for `check`: load and attach the programs for a moment. */
#ifndef IPITRACE_COLLECT_TRIAL_H
#define IPITRACE_COLLECT_TRIAL_H

#include "model/feature.h"

/* Which of the two sources this kernel has. */
void trial__source(struct feature *feature);

/* Try to load the programs that see interrupts, and fill @feature. */
void trial__task_context(struct feature *feature);

/*
 * Load and attach everything that `summary` uses. Fills @job with the result,
 * and @wait with how senders' waits are measured. Returns 0, or the negative
 * errno of collector__open().
 */
int trial__main_job(struct feature *job, struct feature *wait);

#endif /* IPITRACE_COLLECT_TRIAL_H */
