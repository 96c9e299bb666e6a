/* SPDX-License-Identifier: GPL-2.0 */
/* The two processes beside ipitrace: the reader, which names stacks, and its opener. */
#ifndef IPITRACE_HOST_USER_HELPERS_H
#define IPITRACE_HOST_USER_HELPERS_H

#include <stdint.h>
#include <sys/types.h>
#include "abi/table.h"
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

/* Leave the process what the reader needs: what it has open, and its two sockets. 0 or a negative errno. */
int helpers__confine_reader(void);

/*
 * Start both, as root and before there is a thread. *@socket is to the reader: closing it ends
 * both. Returns the reader's pid or a negative errno.
 */
pid_t helpers__start(int *socket);

#endif /* IPITRACE_HOST_USER_HELPERS_H */
