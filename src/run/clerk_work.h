/* SPDX-License-Identifier: GPL-2.0 */
/* The clerk's work in its own process, and what it may be asked for. */
#ifndef IPITRACE_RUN_CLERK_WORK_H
#define IPITRACE_RUN_CLERK_WORK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "model/trigger.h"
#include "run/clerk.h"

/*
 * A request of ipitrace's to its clerk: numbers alone. ipitrace has given up its rights when it
 * asks, and the clerk has not, so the clerk takes no number on trust.
 */
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

/* CMDs at one time: one that hangs keeps its place. */
#define CLERK_CMDS 8

struct clerk_work {
	const struct clerk_config *config;
	int fd;
	int pidfd; /* negative: no --signal */
	bool asked; /* for a file, at least once: there is none to be named before */
	bool empty; /* the file is there, and nothing has been written to it */
	char name[PATH_MAX]; /* of the last file that was finished */
	uint64_t nr; /* of these, so far */
	char **names; /* of the last max_files of them, by number */
	pid_t cmds[CLERK_CMDS]; /* 0: free */
};

/* Do what is asked until the other end of the socket is closed. */
void clerk_work__run(struct clerk_work *work);

/*
 * The name of a file of @path that is begun at @ns, CLOCK_REALTIME: its time in UTC is added
 * before the first dot of the name, but for a dot that begins it. False: longer than @size.
 */
bool clerk_work__name(const char *path, uint64_t ns, char *name, size_t size);

/*
 * Whether files of @path need no capability: this user may write to their directory, and remove there
 * what others have made. *@callers: the directory belongs to who called sudo, and so will the files.
 */
bool clerk_work__owns_directory(const char *path, bool *callers);

#endif /* IPITRACE_RUN_CLERK_WORK_H */
