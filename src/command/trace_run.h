/* SPDX-License-Identifier: GPL-2.0 */
/* The records of a run, which `trace` prints and `record --trace` keeps. */
#ifndef IPITRACE_COMMAND_TRACE_RUN_H
#define IPITRACE_COMMAND_TRACE_RUN_H

#include "cli/options.h"
#include "collect/read_records.h"
#include "model/snapshot.h"
#include "model/totals.h"
#include "view/lines.h"
#include "view/trace_names.h"

struct collect_config;
struct collector;
struct symbols;

/*
 * How often the buffers are read: often enough for the eye, while the buffers
 * hold many times what the highest rate puts there meanwhile.
 */
#define TRACE_POLL_NS 50000000

typedef void trace_print_fn(const struct trace_view *view, const struct record *r,
			    struct lines *lines);

/* All zero but for print and lines: not open. */
struct trace_run {
	trace_print_fn *print;
	struct lines lines;
	struct collector *collector;
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct records records;
	struct trace_view view;
	struct trace_totals totals;
};

/* Returns an exit status: an option that the others rule out has been reported. */
int trace_run__check(const struct options *opts);

/* As root: read the symbols, and add to @config. */
void trace_run__configure(struct trace_run *run, const struct options *opts,
			  struct collect_config *config);

/* As root, once the programs are attached. 0 or -ENOMEM. */
int trace_run__open(struct trace_run *run, const struct options *opts, struct collector *collector);

/*
 * Print the records that are due. Returns an exit status; *@err, the negative
 * errno of the lines, has not been reported.
 */
int trace_run__poll(struct trace_run *run, int *err);

/*
 * The two halves of trace_run__poll(): the first is the main thread's, the second may be
 * another thread's.
 */
int trace_run__sweep(struct trace_run *run);
int trace_run__gather(struct trace_run *run, int *err);

/* Records that found no room, so far. */
uint64_t trace_run__dropped(const struct trace_run *run);

/* Add a window's ledger to the totals. */
void trace_run__window(struct trace_run *run, const struct snapshot *snap);

/* Collection is over: print the records that are left, and complete the totals. As poll. */
int trace_run__end(struct trace_run *run, int *err);

/* Add the totals as the last line of JSON. 0, -ENOMEM or the lines' negative errno. */
int trace_run__end_line(struct trace_run *run);

void trace_run__close(struct trace_run *run);

#endif /* IPITRACE_COMMAND_TRACE_RUN_H */
