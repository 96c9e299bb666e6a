/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this room need of each other: csds that are queued, and the sums of a window. */
#ifndef IPITRACE_IMPORT_PARTS_H
#define IPITRACE_IMPORT_PARTS_H

#include "import/import.h"

/*
 * The csds that are queued and have not run: by address, and for each CPU in the order of queueing.
 * Fixed memory.
 */
#define NO_SLOT UINT32_MAX

/* A csd, and one entry that may belong to this or to an older instance of the csd. */
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
	uint32_t free; /* the first free slot; the free slots are a chain */
	uint32_t nr; /* slots that are not free */
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

/* Take the csd in the slot @at out. */
struct pair outstanding__take(struct outstanding_set *set, uint32_t at);

/* The instances of a csd. */
struct instances {
	uint32_t oldest; /* NO_SLOT: none */
	uint32_t newest;
};

/*
 * The instances of @csd on @dst's list. A wake-up or a work is found on any CPU's list, whatever @dst
 * is: a task or a work is queued only once.
 */
struct instances outstanding__find(const struct outstanding_set *set, uint64_t csd, uint32_t dst,
				   enum outstanding_list list);

/* The figures of one window, from pairs: what the BPF programs' maps are in a live run. */
struct sums;

/* NULL without memory. @names must live as long. */
struct sums *sums__new(const struct names *names);
void sums__free(struct sums *sums);

/* A csd was queued; then its news. */
void sums__queued(struct sums *sums, const struct mark *mark);
void sums__pair(struct sums *sums, const struct pair *pair, enum pair_news news);

/* Interrupts: sent to @nr CPUs, arrived on @cpu. The file has such events from the first one on. */
void sums__sent(struct sums *sums, enum ipi_kind kind, uint32_t nr);
void sums__arrived(struct sums *sums, enum ipi_kind kind, uint32_t cpu);

/* An interrupt was sent to CPUs that the file does not name: the number of sent interrupts is unknown. */
void sums__sent_unknown(struct sums *sums);

/*
 * Make the window's snapshot, except for window, ledger and host, and begin the next window. The
 * caller frees @snap by snapshot__free(). 0 or -ENOMEM.
 */
int sums__cut(struct sums *sums, struct snapshot *snap);

#endif /* IPITRACE_IMPORT_PARTS_H */
