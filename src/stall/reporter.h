/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes stalls to a descriptor as they happen, also while a CPU is stuck:
 * the first watcher that sees a stall reports it, in one write.
 */
#ifndef IPITRACE_STALL_REPORTER_H
#define IPITRACE_STALL_REPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/totals.h"
#include "stall/backtraces.h"

struct incident;
struct reporter;

/* The longest report. */
#define REPORT_BYTES (128 << 10)

/* The reporter borrows the pointers, until reporter__close(). */
struct reporter_config {
	struct moment_reader *moments;
	struct name_cache *names;
	uint64_t threshold; /* ns */
	uint32_t phases; /* that are reported, a bit for each enum stall_phase; 0: all */
	uint32_t nr_cpus; /* the highest + 1 */
	/*
	 * A stall that lasts longer gets the stack of its CPU, and a report with it;
	 * ns. 0: never. @take as in stall/backtraces.h.
	 */
	uint64_t backtrace;
	backtraces_take_fn *take;
	void *take_ctx;
	bool json;
	int fd;
	/*
	 * Takes a report in the place of @fd, from watcher number @which, under
	 * the rule of the room. 0 or a negative errno. NULL: reports go to @fd.
	 */
	int (*write)(void *ctx, unsigned int which, const char *report, size_t len);
	/* In the place of both: the report with its stall, whose pointers are valid in the call. */
	int (*told)(void *ctx, const struct incident *incident, uint64_t id, const char *report,
		    size_t len);
	void *ctx;
	/*
	 * Called before a stall's first report, under the rule of the room; NULL: not. @id as
	 * in the report.
	 */
	void (*found)(void *ctx, const struct incident *incident, uint64_t id);
	void *found_ctx;
};

/* As root. 0 and *@reporter, or a negative errno. */
int reporter__open(struct reporter **reporter, const struct reporter_config *config);

/* The watchers must have ended. @reporter may be NULL. */
void reporter__close(struct reporter *reporter);

/*
 * Scan once, and report, as watcher number @which (below WATCHERS_MAX);
 * several watchers may scan at once. A watcher_scan_fn: @reporter is a
 * struct reporter.
 */
void reporter__scan(void *reporter, unsigned int which);

/*
 * Every STEAL_PERIOD_NS or so, by a thread that may be held up: refresh data
 * that watchers need and must not read themselves. 0, or the negative errno
 * of a failed write.
 */
int reporter__maintain(struct reporter *reporter);

/* The stalls that text counted only, since the last call; none in JSON. By one thread. */
struct stalls_untold reporter__untold(struct reporter *reporter);

/*
 * After the watchers have ended: report the stalls still held, and set @sum, whose
 * families are valid until reporter__close(). 0, or the negative errno of a failed write.
 */
int reporter__finish(struct reporter *reporter, struct stall_totals *sum);

#endif /* IPITRACE_STALL_REPORTER_H */
