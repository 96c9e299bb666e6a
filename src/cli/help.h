/* SPDX-License-Identifier: GPL-2.0 */
/* The texts of --help, on stdout: no line is wider than 79 columns. */
#ifndef IPITRACE_CLI_HELP_H
#define IPITRACE_CLI_HELP_H

#include "cli/commands.h"

/* The commands and the common options, at most 23 lines. */
void help__commands(void);

/* The version on the first line; then how this binary was built, and with which libraries. */
void help__version(void);

/* One command: what it answers, its options, its output, two examples. */
void help__command(enum command_id command);

#endif /* IPITRACE_CLI_HELP_H */
