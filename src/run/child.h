/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PROGRAM behind "--": forked before anything is attached, so that our
 * fork is not in the figures, and held until collection has begun.
 */
#ifndef IPITRACE_RUN_CHILD_H
#define IPITRACE_RUN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: there is none */
	int go_fd; /* closing it without a word ends the held child */
	int error_fd; /* the child's exec error comes this way */
	bool ended;
	int status; /* of waitpid(), once ended */
};

/* Fork. @argv NULL: no program. 0 or a negative errno. */
int child__fork(struct child *program, char **argv);

/* Let it run. 0, or the negative errno of its exec. */
int child__start(struct child *program);

/* Whether it has ended; does not wait. */
bool child__poll(struct child *program);

/* As a shell has it: the exit status, or 128 + the signal. */
int child__exit_status(const struct child *program);

/* End it if it was never started, and let go. */
void child__close(struct child *program);

#endif /* IPITRACE_RUN_CHILD_H */
