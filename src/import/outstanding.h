/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The csds that are queued and have not run: by address, and in the order of queueing for each CPU.
 * Fixed memory.
 */
#ifndef IPITRACE_IMPORT_OUTSTANDING_H
#define IPITRACE_IMPORT_OUTSTANDING_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"
#include "import/pairing.h"

#define NO_SLOT UINT32_MAX

/* A csd, and the one entry that may be its own or an older instance's. */
struct outstanding {
	struct pair pair;
	uint64_t doubt_entered; /* PAIR_UNKNOWN: none */
	uint64_t doubt_ended;
	/* The neighbours, as indices: of the same hash, and of the same list. */
	uint32_t chain;
	uint32_t next, prev;
};

/* The lists of a CPU. */
enum outstanding_list {
	LIST_CSDS,
	LIST_WAKE_UPS, /* MARK_TTWU */
	LIST_WORKS, /* MARK_IRQ_WORK */
	NR_LISTS,
};

struct outstanding_set {
	struct outstanding *slots;
	uint32_t *hashed; /* the first of each chain */
	uint32_t free; /* the first free slot; they are a chain */
	uint32_t nr; /* that are not free */
	uint32_t first[MAX_CPUS][NR_LISTS];
	uint32_t last[MAX_CPUS][NR_LISTS];
};

/* NULL without memory. */
struct outstanding_set *outstanding__new(void);
void outstanding__free(struct outstanding_set *set);

static inline enum outstanding_list outstanding__list(enum mark_type type)
{
	return type == MARK_TTWU ? LIST_WAKE_UPS : type == MARK_IRQ_WORK ? LIST_WORKS : LIST_CSDS;
}

/* Add @pair; false: all slots are taken. */
bool outstanding__add(struct outstanding_set *set, const struct pair *pair);

/* Take the slot @at out. */
struct pair outstanding__take(struct outstanding_set *set, uint32_t at);

/* The instances of a csd. */
struct instances {
	uint32_t oldest; /* NO_SLOT: none */
	uint32_t newest;
};

/*
 * Those of @csd on @dst's list; for wake-ups and works on any CPU's, where @dst does not matter: a
 * task or a work is queued once.
 */
struct instances outstanding__find(const struct outstanding_set *set, uint64_t csd, uint32_t dst,
				   enum outstanding_list list);

#endif /* IPITRACE_IMPORT_OUTSTANDING_H */
