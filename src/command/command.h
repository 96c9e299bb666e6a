/* SPDX-License-Identifier: GPL-2.0 */
/* What `ipitrace COMMAND` can be; each in a file of its own in command/. */
#ifndef IPITRACE_COMMAND_COMMAND_H
#define IPITRACE_COMMAND_COMMAND_H

#include "cli/options.h"

/* Each returns the exit status. */
int command_summary(const struct options *opts);
int command_hist(const struct options *opts);
int command_trace(const struct options *opts);
int command_stalls(const struct options *opts);
int command_waits(const struct options *opts);
int command_serve(const struct options *opts);
int command_storm(const struct options *opts);
int command_check(const struct options *opts);

#endif /* IPITRACE_COMMAND_COMMAND_H */
