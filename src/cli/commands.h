/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: their names, and the texts of --help. */
#ifndef IPITRACE_CLI_COMMANDS_H
#define IPITRACE_CLI_COMMANDS_H

#include <stdbool.h>

enum command_id {
	COMMAND_SUMMARY, /* also where the command line names none */
	COMMAND_HIST,
	COMMAND_TRACE,
	COMMAND_STALLS,
	COMMAND_WAITS,
	COMMAND_SERVE,
	COMMAND_STORM,
	COMMAND_ISOLATED,
	COMMAND_RECORD,
	COMMAND_REPORT,
	COMMAND_TOP,
	COMMAND_CHECK,
	NR_COMMANDS,
};

/* The texts end without a newline; no line of them is wider than 79 columns. */
struct command_text {
	const char *name;
	const char *summary; /* one line for `ipitrace --help` */
	const char *question; /* what the command answers */
	const char *output; /* what the columns or fields mean */
	const char *examples; /* two lines */
	const char *operands; /* words that are no options; NULL: takes none */
	int max_operands;
	bool no_program; /* refuses `-- PROGRAM` */
};

extern const struct command_text command_texts[NR_COMMANDS];

/* The command of that name; NR_COMMANDS where there is none. */
enum command_id command_find(const char *name);

/* --help on stdout: the commands and the common options, at most 23 lines. */
void help__commands(void);

/* The version on the first line; then how this binary was built, and with which libraries. */
void help__version(void);

/* One command: what it answers, its options, its output, two examples. */
void help__command(enum command_id command);

#endif /* IPITRACE_CLI_COMMANDS_H */
