/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keeper: a process between ipitrace and the two processes that use programs' files, reader and
 * opener. It starts both, passes requests on to them, and starts both again if they do not answer:
 * a file may be on a file system that somebody else runs (FUSE, NFS), where a process may wait for
 * ever.
 */
#ifndef IPITRACE_HOST_USER_KEEPER_H
#define IPITRACE_HOST_USER_KEEPER_H

#include <stdint.h>
#include <sys/types.h>
#include "host/user/namer.h"

/* A stack to be named, and its answer. Both have one `id`, which shows a late answer. */
struct name_request {
	uint64_t id;
	uint32_t tgid;
	struct user_stack stack;
};

struct name_answer {
	uint64_t id;
	struct named_stack named;
};

enum kept_worker {
	KEPT_NONE,
	KEPT_READER,
	KEPT_OPENER,
};

/*
 * A message that the keeper sends whenever it has started reader and opener, also at the beginning. Its
 * size differs from the size of an answer.
 */
struct keeper_news {
	pid_t reader, opener;
	/*
	 * Why they were started again: a request about this process was not answered; 0: a worker
	 * ended between requests, or this is the first start.
	 */
	uint32_t tgid;
	uint32_t ended; /* enum kept_worker; KEPT_NONE: no answer in time, or the first start */
	int32_t status; /* exit status of the worker that ended, for WIFEXITED() */
};

/* How long a request may take while neither reader nor opener runs: both wait for a file. */
#define KEEPER_PATIENCE_MS 1000

/* The keeper ends after it has started reader and opener again this many times. */
#define KEEPER_AGAIN 64

/*
 * Once files of this many processes of one user have held up or ended reader or opener, all
 * processes of that user are left out, unless the user is root.
 */
#define KEEPER_USER_MOST 4

/* The main functions of reader and opener. Each gets its descriptors, and does not return. */
struct kept_workers {
	/* @socket: requests and answers as above; @opener: as for namer__new(). */
	void __attribute__((noreturn)) (*reader)(int socket, int opener);
	void __attribute__((noreturn)) (*opener)(int socket);
};

/*
 * The keeper's own process: serve the requests that come from @socket, until the other end is closed, or reader and
 * opener cannot be started. A request about a process that is left out is answered without names: USER_END_LATE.
 */
void keeper__run(int socket, const struct kept_workers *workers);

/*
 * Leave this process only the system calls that keeper__run() needs, and those by which reader and
 * opener give up further calls. Returns 0 or a negative errno.
 */
int keeper__confine(void);

#endif /* IPITRACE_HOST_USER_KEEPER_H */
