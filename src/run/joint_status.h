/* SPDX-License-Identifier: GPL-2.0 */
/* One exit status for a run with PROGRAM, out of ipitrace's own and PROGRAM's. */
#ifndef IPITRACE_RUN_JOINT_STATUS_H
#define IPITRACE_RUN_JOINT_STATUS_H

#include <stdbool.h>
#include "cli/options.h"

struct child;

/*
 * The exit status of a run that ended with @own: a failure stays, EXIT_FOUND
 * becomes EXIT_FOUND_BESIDE, and EXIT_DONE gives way to the status of @child,
 * unless the run was @stopped by a signal, which PROGRAM gets too. With a gate
 * (--exit-code, isolated) a line on stderr says both, unless the result is 0 or
 * --quiet is given: PROGRAM may end with any status itself. Without PROGRAM: @own.
 */
int joint_status(const struct options *opts, int own, const struct child *child, bool stopped);

#endif /* IPITRACE_RUN_JOINT_STATUS_H */
