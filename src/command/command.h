/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: each has a file in command/ and a text in cli/commands.c. */
#ifndef IPITRACE_COMMAND_COMMAND_H
#define IPITRACE_COMMAND_COMMAND_H

#include "cli/options.h"

/* To be called first: sets the host and the clock of JSON's lines. Returns an exit status. */
int command_begin(const struct options *opts);

/* Each command runs to its end and returns its exit status, after it has reported a failure. */
int command_summary(const struct options *opts);
int command_hist(const struct options *opts);
int command_trace(const struct options *opts);
int command_stalls(const struct options *opts);
int command_waits(const struct options *opts);
int command_serve(const struct options *opts);
int command_storm(const struct options *opts);
int command_isolated(const struct options *opts);
int command_record(const struct options *opts);
int command_report(const struct options *opts);
int command_top(const struct options *opts);
int command_check(const struct options *opts);
int command_import(const struct options *opts);
int command_prove(const struct options *opts);

#endif /* IPITRACE_COMMAND_COMMAND_H */
