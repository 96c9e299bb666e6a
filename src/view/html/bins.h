/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows added up into a bounded number of bins. A capture may hold a day of windows;
 * a page shows a few hundred points. When all bins are taken, each two neighbours
 * become one.
 */
#ifndef IPITRACE_VIEW_HTML_BINS_H
#define IPITRACE_VIEW_HTML_BINS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "model/hist.h"
#include "model/snapshot.h"

/* Bins, with few CPUs; with many there are fewer, for each CPU has histograms in each. */
#define BINS_MAX 240
#define BINS_MIN 16
#define BIN_CPUS 8192 /* CPUs of all bins together */

/* Functions that are kept apart in a bin; the rest is summed in the row of number 0. */
#define BIN_FUNCS 64

/* Up to here a bin has its own edges; beyond only the whole run has. */
#define BIN_EDGES_CPUS 64
#define RUN_EDGES_CPUS 1024

/* Functions by name and module; a hostile capture may have any number. */
#define NAMES_MAX 4096

struct bin_cpu {
	uint32_t cpu;
	uint64_t sent, received, local;
	struct hist delay, handler, wait;
	uint64_t wait_away; /* as in struct cpu_stats */
};

struct bin_func {
	uint32_t name; /* an index of names */
	uint64_t count, local;
	struct hist delay, handler;
	struct wait_sum wait;
};

/* csds by sender and target: a square of counts. */
struct edges {
	uint32_t side; /* CPUs below this number have a row and a column */
	uint64_t *counts; /* of src * side + dst */
};

struct bin {
	uint64_t start, end; /* CLOCK_MONOTONIC ns */
	uint64_t covered; /* ns of windows; less than end - start if there are gaps */
	uint32_t windows;
	struct ledger ledger;
	uint64_t open; /* windows whose ledger does not close */
	struct bin_cpu *cpus; /* ascending */
	size_t nr_cpus;
	struct bin_func *funcs;
	size_t nr_funcs;
	struct edges edges;
};

/* All zero bytes: no window. */
struct bins {
	struct bin bins[BINS_MAX];
	size_t nr;
	uint32_t windows_a_bin; /* 0: no window yet */
	json_t *names; /* [[func, module]...]; the first is the rest */
	json_t *name_numbers; /* "func\nmodule" -> index */
	struct edges edges; /* of the whole run */
	uint64_t edges_other;
};

/* Add a window. 0, -EINVAL if it has neither length nor CPUs, -ENOMEM. */
int bins__add(struct bins *b, const struct snapshot *snap);

/*
 * The one bin of @snap's window in @b, which is all zero bytes; without edges beyond
 * BIN_EDGES_CPUS. 0 or -ENOMEM; bins__free() is due in any case.
 */
int bins__window(struct bins *b, const struct snapshot *snap);

void bins__free(struct bins *b);

/* Add @count csds from @src to @dst. 0 or -ENOMEM. */
int edges__count(struct edges *e, uint32_t src, uint32_t dst, uint64_t count);

/* Add @from to @e. 0 or -ENOMEM. */
int edges__merge(struct edges *e, const struct edges *from);

void edges__free(struct edges *e);

/* The version of the data, for the scripts. */
#define PAGE_FORMAT 1

/* @bin with its times in ns from @first on. Errors of @file are the caller's to check. */
void bin_json__put(FILE *file, const struct bin *bin, uint64_t first);

/* [src, dst, count, src, dst, count...] of the pairs that have a csd. */
void bin_json__put_edges(FILE *file, const struct edges *edges);

#endif /* IPITRACE_VIEW_HTML_BINS_H */
