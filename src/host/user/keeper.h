/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keeper: a process between ipitrace and the two that look at programs' files. It starts reader and
 * opener, hands requests on, and begins both anew where they do not answer: a file may be of a file
 * system that somebody else runs (FUSE, NFS), and hold whoever looks at it for ever.
 */
#ifndef IPITRACE_HOST_USER_KEEPER_H
#define IPITRACE_HOST_USER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "host/user/namer.h"

/* A stack to be named, and its answer; `id` tells answers apart that come late. */
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

/* What the keeper sends besides, and first of all: reader and opener were begun. Of another size than an answer. */
struct keeper_news {
	pid_t reader, opener;
	/* Why, after the first time: this process's request was not answered; 0: one ended between requests. */
	uint32_t tgid;
	uint32_t ended; /* enum kept_worker; KEPT_NONE: there was no answer in time, or nothing happened yet */
	int32_t status; /* of its end, for WIFEXITED() */
};

/* How long a request may take, in which the two do not run: they wait for a file. */
#define KEEPER_PATIENCE_MS 1000

/* After so many new beginnings the keeper ends. */
#define KEEPER_AGAIN 64

/* Processes of one user whose files held or ended the two; then all others of that user, root excepted, are left out. */
#define KEEPER_USER_MOST 4

/* The two processes; each function gets its descriptors and does not return. */
struct kept_workers {
	/* @socket: requests and answers as above; @opener: as for namer__new(). */
	void __attribute__((noreturn)) (*reader)(int socket, int opener);
	void __attribute__((noreturn)) (*opener)(int socket);
};

/*
 * The keeper's own process: serve the requests that @socket has, until the other end is closed, or the two cannot
 * be begun (again). A request about a process that is left out is answered without names: USER_END_LATE.
 */
void keeper__run(int socket, const struct kept_workers *workers);

/*
 * Leave this process the calls of keeper__run(), and those by which reader and opener give up the rest. 0 or a
 * negative errno.
 */
int keeper__confine(void);

#endif /* IPITRACE_HOST_USER_KEEPER_H */
