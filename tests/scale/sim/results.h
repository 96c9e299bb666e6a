/* SPDX-License-Identifier: GPL-2.0 */
/* The results, and how they are printed. */
#ifndef SCALE_RESULTS_H
#define SCALE_RESULTS_H

#include "cache.h"
#include "members.h"
#include "workloads.h"

#define SIZES_MAX 8 /* captures */
#define PLACES	  24 /* maps, programs */
#define TOP	  10 /* causes */
#define PLACE_LEN (2 * MEMBER_LEN + 64)

/* Moves by where, or why. A list ends at nr == 0. */
struct place {
	char name[PLACE_LEN];
	uint64_t nr;
};

struct result {
	struct run run;
	struct counts counts;
	struct hot hot;
	char hottest[HOTTEST][PLACE_LEN];
	struct place maps[PLACES], progs[PLACES], top[TOP];
	/* The programs' own counts. */
	uint64_t functions, wakeups, orphans, exits_unseen, lost;
	uint64_t outside; /* look-ups beyond a map's end */
	uint64_t bad_reads;
	uint64_t behind_clock; /* struct machine */
};

extern struct results {
	struct result of[NR_WORKLOADS][SIZES_MAX];
	uint32_t sizes[SIZES_MAX]; /* CPUs */
	int nr_sizes;
} results;

/* Run @workload on the capture that is loaded, for results.sizes[@size] (measure.c). */
void measure(enum workload workload, int size);
/* Was each csd followed from its queue event to its exit? */
bool result_is_whole(const struct result *r);
uint64_t result_moves(const struct result *r);
/* Add @nr to the place called @name; where all @max are taken, to "others". */
void place_add(struct place *list, size_t max, const char *name, uint64_t nr);
void places_sort(struct place *list, size_t nr);

/* For people (report.c). @brief: tables alone; @all: every workload and size where lines move. */
void report(bool brief, bool all);
/* An object of JSON for each workload and size, one a line (json.c). */
void results_json(void);

#endif /* SCALE_RESULTS_H */
