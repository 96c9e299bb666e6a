/* SPDX-License-Identifier: GPL-2.0 */
/* `check` by doing: the programs are loaded and attached for a moment. */
#ifndef IPITRACE_COLLECT_TRIAL_H
#define IPITRACE_COLLECT_TRIAL_H

#include "model/feature.h"

/* Whether the programs that see interrupts load here. */
void trial__task_context(struct feature *f);

/*
 * The main job, loaded and attached: fills @job, and in @wait how senders'
 * waits are measured. 0, or the negative errno of the collector.
 */
int trial__main_job(struct feature *job, struct feature *wait);

#endif /* IPITRACE_COLLECT_TRIAL_H */
