/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a sampled stack to the names of its frames: which file is mapped there, which function
 * the file has there. Processes and files that were seen are kept, so that a process can be
 * named for some time after its end.
 */
#ifndef IPITRACE_HOST_USER_NAMER_H
#define IPITRACE_HOST_USER_NAMER_H

#include <stdint.h>
#include "abi/table.h"
#include "host/user/proc_maps.h"
#include "model/snapshot.h"
#include "model/symbol.h"

#define USER_NAME 96

struct named_frame {
	uint64_t addr;
	/* From the function; without a name in the file's addresses; without a file too: addr. */
	uint64_t offset;
	char name[USER_NAME]; /* "": none */
	char module[MAPPING_NAME]; /* "": none */
};

struct named_stack {
	uint32_t nr;
	uint32_t end; /* enum user_end */
	struct named_frame frames[USER_FRAMES];
};

struct namer;

/* @opener: the socket to it. Lasts as long as its process. NULL without memory. */
struct namer *namer__new(int opener);

/* The frames of @stack in process @tgid, innermost first. */
void namer__name(struct namer *namer, uint32_t tgid, const struct user_stack *stack,
		 struct named_stack *named);

#endif /* IPITRACE_HOST_USER_NAMER_H */
