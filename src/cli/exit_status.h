/* SPDX-License-Identifier: GPL-2.0 */
/* What ipitrace, ipiload and ipigen exit with. */
#ifndef IPITRACE_CLI_EXIT_STATUS_H
#define IPITRACE_CLI_EXIT_STATUS_H

/* Other people's scripts rely on these. */
enum {
	EXIT_DONE = 0,
	EXIT_FOUND = 1,
	EXIT_USAGE = 2,
	EXIT_CANNOT = 3,
	EXIT_FAILED = 4,
};

#endif /* IPITRACE_CLI_EXIT_STATUS_H */
