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
	struct symbol_sink sink; /* of all tables: the names themselves */
};

/* Begin with no symbols; the addresses found go to @facts. 0 or -ENOMEM. @names must not move. */
int queue_names__open(struct queue_names *names, struct queue_facts *facts);

/*
 * Add the functions of modules, which are there once the addresses are known, and sort. 0,
 * -ENOMEM, or -E2BIG: there are more than any kernel has, and the rest is missing.
 */
int queue_names__finish(struct queue_names *names, const struct queue_facts *facts,
			const struct memory *memory, const struct layout *layout);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_NAMES_H */
