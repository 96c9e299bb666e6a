/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clerk: a process that is forked while ipitrace is root, and keeps the rights that
 * ipitrace gives up. It does three things, of which all words come from the command line:
 * creates and names the files of the flight recorder, sends --signal, and starts --exec.
 * It reads requests of fixed size, which hold numbers alone.
 *
 * The scheduler may put the clerk on a CPU that is stuck. So a file is there before
 * something happens, and gets its name when it is whole.
 */
#ifndef IPITRACE_RUN_CLERK_H
#define IPITRACE_RUN_CLERK_H

#include <limits.h>
#include "model/incident.h"

struct clerk;
struct keep_limits;

struct clerk_config {
	const char *path; /* of the file that is there; the others get a time before the first dot */
	uint32_t max_files; /* with a time; the oldest of the run gives way to a new one */
	const struct keep_limits *keep; /* in place of max_files; NULL: not given */
	const char *exec; /* for /bin/sh -c; NULL: nothing */
	uint32_t signal; /* the process that gets SIGUSR1; 0: none */
};

/*
 * As root, before there is a thread or a BPF program: create the first file. Returns an
 * exit status; a failure has been reported. The strings must live as long as the clerk.
 */
int clerk__open(struct clerk **clerk, const struct clerk_config *config);

/* The functions below are called by one thread at a time. */

/* Something happened: --signal. Does not wait. */
void clerk__happened(struct clerk *clerk);

/*
 * The descriptor of an empty file, the caller's; or a negative errno: -ETIMEDOUT, there was
 * none within 2 s.
 */
int clerk__file(struct clerk *clerk);

/*
 * That file is finished, and gets its name, which is then in @name (@size bytes); @whole:
 * --exec. Does not wait.
 */
void clerk__finished(struct clerk *clerk, const struct trigger *trigger, bool whole, char *name,
		     size_t size);

/* Ends the clerk, once it has done what it was asked for; CMD goes on. @clerk may be NULL. */
void clerk__close(struct clerk *clerk);

/* The clerk's work in its own process, and what it may be asked for. */

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
	const char *base; /* the file's name in the directory, in which the clerk works */
	int away; /* a negative errno: it could not go there */
	int begun_in; /* the directory that ipitrace was started in, for CMD */
	bool asked; /* for a file, at least once: there is none to be named before */
	bool empty; /* the file is there, and nothing has been written to it */
	char name[PATH_MAX]; /* of the last file that was finished */
	uint64_t nr; /* of these, so far */
	char **names; /* of the last max_files of them, by number */
	pid_t cmds[CLERK_CMDS]; /* 0: free */
};

/*
 * Go to the directory of the files, for good: whoever owns what is above may give its name to another
 * one, and has no business there. Before rights are given up.
 */
void clerk_work__enter(struct clerk_work *work);

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

#endif /* IPITRACE_RUN_CLERK_H */
