/* SPDX-License-Identifier: GPL-2.0 */
/* The exit statuses of ipitrace, ipiload and ipigen. */
#ifndef IPITRACE_CLI_EXIT_STATUS_H
#define IPITRACE_CLI_EXIT_STATUS_H

/* Scripts of users rely on the numbers. */
enum {
	EXIT_DONE = 0,
	EXIT_FOUND = 1, /* isolated: not quiet; --exit-code: a stall, a wait, a storm, a rise */
	EXIT_USAGE = 2, /* the command line is wrong */
	EXIT_CANNOT = 3, /* this machine, kernel or user lacks something */
	EXIT_FAILED = 4, /* an error while running */
	EXIT_FOUND_BESIDE = 5, /* EXIT_FOUND beside PROGRAM, whose own status may be 1 */
};

#endif /* IPITRACE_CLI_EXIT_STATUS_H */
