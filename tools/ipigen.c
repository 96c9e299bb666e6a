// SPDX-License-Identifier: GPL-2.0
/*
 * ipigen: the client of the module ipigen.ko.
 */
#include <stdio.h>
#include <string.h>

#include "ipigen_client.h"

static const char help[] =
	"usage: ipigen list [-j]\n"
	"       ipigen run PATH [--src LIST] [--dst LIST] [--count N] [--hold TIME]\n"
	"                       [--irqs-off TIME] [--hold-on CPU] [-j]\n"
	"       ipigen truth [PATH] [-j] [--reset]\n"
	"       ipigen menu [--src CPU] [--dst CPU]\n"
	"\n"
	"  list    the paths of ipigen.ko, and whether this kernel has them\n"
	"  run     makes N calls (1) from each CPU of --src (the current one) to the CPUs of --dst\n"
	"          (all others); the handler runs for --hold; interrupts are off on the targets for\n"
	"          --irqs-off; --hold-on: both on this CPU only. TIME: 10us, 2ms; LIST: 0,2-5\n"
	"  truth   the module's counts of what ran, on each path or on PATH; --reset: set all to 0\n"
	"          afterwards\n"
	"  menu    a numbered menu: take a lock, then send an IPI whose handler needs that lock\n"
	"\n"
	"exit status: 0 done, 2 usage, 3 cannot run here, 4 failed\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "list", command_list },
	{ "run", command_run },
	{ "truth", command_truth },
	{ "menu", command_menu },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		int status = commands[i].run(argc - 2, argv + 2);

		if (fflush(stdout))
			die(EXIT_FAILED, "cannot write to stdout");
		return status;
	}
	if (argc > 1)
		die(EXIT_USAGE, "no command '%s' (see ipigen --help)", argv[1]);
	fputs(help, stderr);
	return EXIT_USAGE;
}
