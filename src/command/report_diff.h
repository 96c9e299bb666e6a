/* SPDX-License-Identifier: GPL-2.0 */
/* `report --diff`: two captures side by side. */
#ifndef IPITRACE_COMMAND_REPORT_DIFF_H
#define IPITRACE_COMMAND_REPORT_DIFF_H

#include "cli/options.h"
#include "command/report_read.h"

/* Returns an exit status; EXIT_FOUND: --exit-code is given, and a figure rose. */
int report_diff(const struct options *opts, struct report_input inputs[2]);

#endif /* IPITRACE_COMMAND_REPORT_DIFF_H */
