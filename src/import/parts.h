/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations for the files of this folder only: queued csds, and the sums of a window. */
#ifndef IPITRACE_IMPORT_PARTS_H
#define IPITRACE_IMPORT_PARTS_H

#include <stdlib.h>
#include <string.h>
#include "import/import.h"

/* The csds that are queued and have not run: by address, and by CPU in order. Fixed memory. */
#define NO_SLOT UINT32_MAX

/* A csd, and an entry that may belong to this csd or to an older instance. */
struct outstanding {
	struct pair pair;
	uint64_t doubt_entered; /* time of that entry; PAIR_UNKNOWN if there is none */
	uint64_t doubt_ended;
	/* Indices of the neighbours: in the chain of the same hash, and in the same list. */
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
	uint32_t *hashed; /* the first index of each chain */
	uint32_t free; /* the first free slot; free slots form a chain */
	uint32_t nr; /* slots in use */
	uint32_t first[MAX_CPUS][NR_LISTS];
	uint32_t last[MAX_CPUS][NR_LISTS];
};

/* NULL if there is no memory. */
struct outstanding_set *outstanding__new(void);
void outstanding__free(struct outstanding_set *set);

static inline enum outstanding_list outstanding__list(enum mark_type type)
{
	return type == MARK_TTWU ? LIST_WAKE_UPS : type == MARK_IRQ_WORK ? LIST_WORKS : LIST_CSDS;
}

/* Add @pair. Returns false if all slots are in use. */
bool outstanding__add(struct outstanding_set *set, const struct pair *pair);

/* Remove and return the csd in the slot @at. */
struct pair outstanding__take(struct outstanding_set *set, uint32_t at);

/* The oldest and the newest instance of a csd. */
struct instances {
	uint32_t oldest; /* NO_SLOT if there is none */
	uint32_t newest;
};

/*
 * Find the instances of @csd on @dst's list. A wake-up or a work is found on any CPU's list,
 * whatever @dst is, because a task or a work is queued only once.
 */
struct instances outstanding__find(const struct outstanding_set *set, uint64_t csd, uint32_t dst,
				   enum outstanding_list list);

/* The figures of one window, from pairs; in a live run the BPF programs' maps have them. */
struct sums;

/* @names must be valid as long as the result. NULL if there is no memory. */
struct sums *sums__new(const struct names *names);
void sums__free(struct sums *sums);

/* Count a csd that was queued; take the news of a csd. */
void sums__queued(struct sums *sums, const struct mark *mark);
void sums__pair(struct sums *sums, const struct pair *pair, enum pair_news news);

/*
 * Count interrupts that were sent to @nr CPUs; count an interrupt that arrived on @cpu. The number
 * of sent interrupts is known from the first call of the first function on, that of arrived ones
 * from the first call of the second.
 */
void sums__sent(struct sums *sums, enum ipi_kind kind, uint32_t nr);
void sums__arrived(struct sums *sums, enum ipi_kind kind, uint32_t cpu);

/* Note an interrupt whose target CPUs the file does not show: the number sent is unknown. */
void sums__sent_unknown(struct sums *sums);

/*
 * Make the window's snapshot, except window, ledger and host, and begin the next window. The caller
 * frees @snap with snapshot__free(). Returns 0 or -ENOMEM.
 */
int sums__cut(struct sums *sums, struct snapshot *snap);

#endif /* IPITRACE_IMPORT_PARTS_H */
