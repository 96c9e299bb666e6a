// SPDX-License-Identifier: GPL-2.0
/* Read the options, run the command. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include "base/write_all.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "command/command.h"

static int (*const commands[NR_COMMANDS])(const struct options *opts) = {
	[COMMAND_SUMMARY] = command_summary, [COMMAND_HIST] = command_hist,
	[COMMAND_TRACE] = command_trace,     [COMMAND_STALLS] = command_stalls,
	[COMMAND_WAITS] = command_waits,     [COMMAND_SERVE] = command_serve,
	[COMMAND_STORM] = command_storm,     [COMMAND_ISOLATED] = command_isolated,
	[COMMAND_RECORD] = command_record,   [COMMAND_REPORT] = command_report,
	[COMMAND_TOP] = command_top,	     [COMMAND_CHECK] = command_check,
	[COMMAND_IMPORT] = command_import,   [COMMAND_PROVE] = command_prove,
};

static int run(const struct options *opts)
{
	int status;

	if (opts->help && opts->command_named)
		help__command(opts->command);
	else if (opts->help)
		help__commands();
	else if (opts->version)
		help__version();
	if (opts->help || opts->version)
		return EXIT_DONE;
	status = command_begin(opts);
	return status == EXIT_DONE ? commands[opts->command](opts) : status;
}

/*
 * Let SIGINT and SIGTERM end ipitrace, also if its parent ignores or blocks them. A shell without
 * job control, such as a script's, starts its background jobs with SIGINT ignored, and yet scripts
 * end these jobs by SIGINT. A SIGHUP that is ignored stays ignored, for nohup. If SIGCHLD were
 * ignored, the kernel would keep no child's status: not that of PROGRAM, nor of a reader of files.
 */
static void restore_signals(void)
{
	sigset_t none;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv)
{
	struct options opts;
	char why[512];
	int status;

	/*
	 * The kernel's BTF and symbols are read into a few large blocks and soon
	 * freed. A fixed threshold returns them to the kernel at once; glibc
	 * would raise its own threshold with each block that is freed.
	 */
	mallopt(M_MMAP_THRESHOLD, 1 << 17);
	/* A reader of stdout that goes away shows as EPIPE, and is no failure. */
	write_signals__set(SIG_IGN);
	restore_signals();
	output__open();
	if (options__parse(&opts, argc, argv, why, sizeof(why)))
		return fail(EXIT_USAGE, "%s", why);
	status = run(&opts);
	return status == EXIT_DONE ? output_status(0) : status;
}
