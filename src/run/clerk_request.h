/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ipitrace may ask of its clerk: numbers alone. ipitrace has given up its rights when it
 * asks, and the clerk has not, so the clerk takes no number on trust.
 */
#ifndef IPITRACE_RUN_CLERK_REQUEST_H
#define IPITRACE_RUN_CLERK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "model/trigger.h"

enum clerk_wish {
	CLERK_CREATE, /* the next file: the one request with an answer */
	CLERK_HAPPENED,
	CLERK_PARTIAL, /* the file is finished, but not whole */
	CLERK_WHOLE,
	NR_WISHES,
};

struct clerk_request {
	enum clerk_wish wish;
	struct trigger trigger;
	uint64_t real; /* when the trigger was, CLOCK_REALTIME ns */
};

/* The file's descriptor comes with the answer: an int, 0 or a negative errno. */

/* Whether ipitrace makes such a request: each number that stands for a word has one. */
bool clerk_request__is_valid(const struct clerk_request *request);

/*
 * The environment of --exec, from a request that is valid: each name and its value to @set, NULL
 * for a name that is to be unset. Words are ipitrace's own: CMD may be a shell's, and no name
 * that a task, a cgroup or a module gave itself must come near one. @file: the command line's.
 */
void clerk_request__environment(const struct clerk_request *request, const char *file,
				void (*set)(const char *name, const char *value));

#endif /* IPITRACE_RUN_CLERK_REQUEST_H */
