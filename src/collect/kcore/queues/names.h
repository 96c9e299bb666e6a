/* SPDX-License-Identifier: GPL-2.0 */
/* The symbols of a kernel, out of its memory: where its variables are, how its functions are called. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_NAMES_H
#define IPITRACE_COLLECT_KCORE_QUEUES_NAMES_H

#include "collect/kcore/kernel_symbol.h"
#include "collect/kcore/memory.h"
#include "collect/kcore/queues/facts.h"
#include "collect/layout.h"

struct symbols;

struct queue_names {
	struct symbols *symbols; /* functions */
	struct address_search search; /* of a facts' addresses */
};

/* Begin with no symbols; the addresses found go to @facts. 0 or -ENOMEM. */
int queue_names__open(struct queue_names *names, struct queue_facts *facts);

/* A symbol_see: keep what the walk needs, and functions. @ctx: the names. */
int queue_names__see(void *ctx, const struct kernel_symbol *symbol);

/* Add the functions of modules, which are there once the addresses are known, and sort. 0 or -ENOMEM. */
int queue_names__finish(struct queue_names *names, const struct queue_facts *facts,
			const struct memory *memory, const struct layout *layout);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_NAMES_H */
