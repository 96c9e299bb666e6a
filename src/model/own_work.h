/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ipitrace itself sends: to attach programs it patches the kernel's text, and it wakes its
 * helpers. No storm and no headline names these csds and interrupts; the first screen has a line
 * for them. No I/O.
 */
#ifndef IPITRACE_MODEL_OWN_WORK_H
#define IPITRACE_MODEL_OWN_WORK_H

#include "base/helper_process.h"
#include "model/snapshot.h"

/*
 * Set the member own of all samples. @self: the tgid of this ipitrace; @helpers: its helpers.
 * Another ipitrace and its helpers are known by name and user. Call this when the stacks have
 * names, which show the csds that interrupts sent: these csds belong to no process.
 */
void own_work__mark(struct snapshot *snap, uint32_t self, const struct helpers *helpers);

/*
 * Returns which part ipitrace itself sent of the csds and of the interrupts without a csd, by the
 * samples; 0 without samples.
 */
double own_work__share(const struct snapshot *snap);

#endif
