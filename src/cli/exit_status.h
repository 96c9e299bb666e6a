/* SPDX-License-Identifier: GPL-2.0 */
/* The exit statuses of ipitrace, ipiload and ipigen. */
#ifndef IPITRACE_CLI_EXIT_STATUS_H
#define IPITRACE_CLI_EXIT_STATUS_H

/* Do not change the numbers, because users' scripts rely on them. */
enum {
	EXIT_DONE = 0,
	/* isolated: not quiet; --exit-code: a stall, a wait, a storm, a rise was found */
	EXIT_FOUND = 1,
	EXIT_USAGE = 2, /* the command line is wrong */
	EXIT_CANNOT = 3, /* this machine, kernel or user lacks something */
	EXIT_FAILED = 4, /* an error while running */
	/* replaces EXIT_FOUND if a PROGRAM was run, whose own status may be 1 */
	EXIT_FOUND_BESIDE = 5,
};

#endif /* IPITRACE_CLI_EXIT_STATUS_H */
