/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that attaches programs to functions after ipitrace has given up root: it keeps the
 * capabilities for that, and takes a function's address and place, nothing else. To attach, the
 * kernel patches code on all CPUs; nobody waits for it here.
 */
#ifndef IPITRACE_COLLECT_HOOKS_ATTACHER_H
#define IPITRACE_COLLECT_HOOKS_ATTACHER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct attacher {
	pid_t pid; /* 0: none */
	int fd;
};

struct attach_request {
	uint64_t func;
	uint64_t place; /* the programs' cookie */
};

struct attach_answer {
	uint64_t place;
	uint64_t time; /* CLOCK_MONOTONIC ns; 0: the kernel refused, and the function has no programs */
};

/*
 * As root: start the process, which attaches the programs @entry_fd and @return_fd. 0 or a
 * negative errno.
 */
int attacher__open(struct attacher *attacher, int entry_fd, int return_fd);

/* Does not wait. False: the process is gone, or has too much to do. */
bool attacher__ask(struct attacher *attacher, uint64_t func, uint32_t place);

/* The next answer; false: there is none yet. */
bool attacher__answer(struct attacher *attacher, struct attach_answer *answer);

/* Detach all. @attacher may be all zero. */
void attacher__close(struct attacher *attacher);

#endif /* IPITRACE_COLLECT_HOOKS_ATTACHER_H */
