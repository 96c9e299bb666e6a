// SPDX-License-Identifier: GPL-2.0
/* Read the options, run the command. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"

static const struct command {
	const char *name;
	int (*run)(const struct options *opts);
	const char *help;
} commands[] = {
	{ "summary", command_summary, "who, to whom, through what, how long: a report a window" },
	{ "hist", command_hist, "histograms of delay and handler time for each CPU" },
	{ "trace", command_trace, "a record for each csd once it has run" },
	{ "stalls", command_stalls, "what lasts longer than --threshold, as it happens" },
	{ "waits", command_waits, "who waits for whom, now; once" },
	{ "serve", command_serve, "metrics for Prometheus, over HTTP or in a file" },
	{ "storm", command_storm, "IPI storms by name: evidence, cost, what to do" },
	{ "check", command_check, "what this kernel offers, and how ipitrace uses it" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(*commands))

static int help(void)
{
	puts("ipitrace [COMMAND] [OPTIONS] [-- PROGRAM ARG...]\n"
	     "Inter-processor interrupts: who sends them, to which CPU, through which\n"
	     "function, how long each waits to be delivered and runs. Needs root.\n\n"
	     "commands:");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s%s\n", commands[i].name, commands[i].help, i ? "" : " (default)");
	puts("\noptions:");
	options__help();
	puts("\nWith PROGRAM: starts it once collection has begun, and ends when it ends.\n\n"
	     "examples:\n"
	     "  ipitrace                         now, a report a second, until Ctrl-C\n"
	     "  ipitrace -d 10 -c 1              who interrupts CPU 1, in ten seconds\n"
	     "  ipitrace hist -f 'flush_tlb*' -- make\n"
	     "  ipitrace storm -d 5              what storms here, and what to do\n"
	     "  ipitrace -j -i 10 | jq .ledger\n"
	     "  ipitrace stalls -t 2ms           who blocks whom, while it lasts\n\n"
	     "exit status: 0 done, 1 found (--exit-code), 2 usage, 3 it cannot run here,\n"
	     "4 it failed while running; with PROGRAM, else that of PROGRAM");
	return EXIT_DONE;
}

static int run(const struct options *opts)
{
	if (opts->help)
		return help();
	if (opts->version) {
		puts("ipitrace " VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!opts->command || !strcmp(opts->command, commands[i].name))
			return commands[i].run(opts);
	return fail(EXIT_USAGE, "%s: no such command (see ipitrace --help)", opts->command);
}

int main(int argc, char **argv)
{
	struct options opts;
	char why[256];
	int status;

	/*
	 * The kernel's BTF and symbols are a few large pieces, soon freed: give
	 * them back then, whatever glibc's threshold would grow to.
	 */
	mallopt(M_MMAP_THRESHOLD, 1 << 17);
	/* A reader that has seen enough is an error of write(), and no message. */
	signal(SIGPIPE, SIG_IGN);
	if (options__parse(&opts, argc, argv, why, sizeof(why)))
		return fail(EXIT_USAGE, "%s (see ipitrace --help)", why);
	status = run(&opts);
	return status == EXIT_DONE ? output_status(0) : status;
}
