/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PROGRAM behind "--": forked before the BPF programs are attached, so that
 * the fork's own IPIs are not counted, and held until collection has begun.
 */
#ifndef IPITRACE_RUN_CHILD_H
#define IPITRACE_RUN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: no PROGRAM */
	int go_fd; /* a byte starts the held child; closing without one ends it */
	int error_fd; /* the child sends the errno of a failed exec, an int */
	bool ended;
	int status; /* waitpid()'s, once ended */
};

/* Fork, and hold the child. @argv NULL: no PROGRAM. Returns 0 or a negative errno. */
int child__fork(struct child *child, char **argv);

/* Start the child. Returns 0, or the negative errno of its exec. */
int child__start(struct child *child);

/* Returns whether the child has ended; does not wait. */
bool child__poll(struct child *child);

/* As in a shell: the exit status, or 128 + the signal; 0 while the child runs. */
int child__exit_status(const struct child *child);

/* End the child if it was never started; otherwise it goes on alone. */
void child__close(struct child *child);

#endif /* IPITRACE_RUN_CHILD_H */
