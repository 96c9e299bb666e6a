/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PROGRAM behind "--": forked before anything is attached, so that our
 * fork is not in the figures, and held until collection has begun.
 */
#ifndef IPITRACE_PROGRAM_H
#define IPITRACE_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

struct program {
	pid_t pid; /* 0: there is none */
	int go_fd; /* closing it without a word ends the held child */
	int error_fd; /* the child's exec error comes this way */
	bool ended;
	int status; /* of waitpid(), once ended */
};

/* Fork. @argv NULL: no program. 0 or a negative errno. */
int program__fork(struct program *program, char **argv);

/* Let it run. 0, or the negative errno of its exec. */
int program__start(struct program *program);

/* Whether it has ended; does not wait. */
bool program__poll(struct program *program);

/* As a shell has it: the exit status, or 128 + the signal. */
int program__exit_status(const struct program *program);

/* End it if it was never started, and let go. */
void program__close(struct program *program);

#endif /* IPITRACE_PROGRAM_H */
