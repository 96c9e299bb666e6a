/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: each has a file in command/ and a text in cli/commands.c. And what several of them do. */
#ifndef IPITRACE_COMMAND_COMMAND_H
#define IPITRACE_COMMAND_COMMAND_H

#include <stdint.h>
#include "cli/options.h"
#include "model/totals.h"
#include "storm/detector.h"

/* Before any of the others: the host and the clock of JSON's lines. Returns an exit status. */
int command_begin(const struct options *opts);

/* Each runs to its end and returns the exit status; a failure has been reported. */
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

/* The limits of stalls, ns, and of storms that several commands share: of the options, or the defaults. */
uint64_t limits__stall(const struct options *opts);
struct storm_limits limits__storm(const struct options *opts);

/*
 * One line on stderr if any stall found no room, where no report and no last line has their number.
 * Returns how many did not.
 */
uint64_t stalls_missing__say(const struct stall_totals *sum);

#endif /* IPITRACE_COMMAND_COMMAND_H */
