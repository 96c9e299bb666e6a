/* SPDX-License-Identifier: GPL-2.0 */
/* One exit status for a run with PROGRAM, out of ipitrace's own and PROGRAM's. */
#ifndef IPITRACE_RUN_JOINT_STATUS_H
#define IPITRACE_RUN_JOINT_STATUS_H

#include "cli/options.h"
#include "model/cut_short.h"

struct child;

/*
 * The exit status of a run that ended with @own. A failure stays. A gate (--exit-code,
 * isolated) makes EXIT_FOUND_BESIDE of EXIT_FOUND where there is a PROGRAM, and
 * EXIT_FAILED of EXIT_DONE where the run was @cut short: what was not watched may have
 * had it. Else EXIT_DONE gives way to the status of @child, unless a signal ended the run,
 * which PROGRAM gets too. With a gate a line on stderr says both, also with --quiet, for
 * PROGRAM may end with any status itself.
 */
int joint_status(const struct options *opts, int own, const struct child *child,
		 const struct cut_short *cut);

#endif /* IPITRACE_RUN_JOINT_STATUS_H */
