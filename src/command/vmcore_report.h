/* SPDX-License-Identifier: GPL-2.0 */
/* `waits --vmcore`: who waited for whom when a dump was taken. */
#ifndef IPITRACE_COMMAND_VMCORE_REPORT_H
#define IPITRACE_COMMAND_VMCORE_REPORT_H

#include "cli/options.h"

/* Returns an exit status. */
int vmcore_report(const struct options *opts);

#endif /* IPITRACE_COMMAND_VMCORE_REPORT_H */
