/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks of stuck CPUs; reports; names, reporter and watchers from configuration to end of a run. */
#ifndef IPITRACE_STALL_STALL_RUN_H
#define IPITRACE_STALL_STALL_RUN_H

#include "model/incident.h"
#include "model/totals.h"

/*
 * The stacks of stuck CPUs, for --backtrace. A watcher asks, one watcher takes
 * the stacks, each may then read them, without locks. Once for each stall, up to
 * three times where the kernel could not unwind, and all stalls together once a
 * second, since an NMI disturbs every CPU; one stack serves all stalls of its CPU.
 *
 * Taking them may wait for a CPU that takes no NMI either, against the rule of
 * the room: then that watcher is missing for so long, and the others go on. The
 * main thread will not do, for it may be on the stuck CPU.
 */
struct backtraces;

/* Takes stacks in the place of sysrq-l, for tests. Returns a text as of sysrq-l's. */
typedef const char *backtraces_take_fn(void *ctx);

/* NULL: no memory. */
struct backtraces *backtraces__new(backtraces_take_fn *take, void *ctx);
void backtraces__free(struct backtraces *backtraces);

/* A stall: its CPU, when it began, and when it was seen last (CLOCK_MONOTONIC). */
struct backtrace_of {
	uint32_t cpu;
	uint64_t start;
	uint64_t last;
};

/* Ask for the stack, unless it was asked for often enough since the stall began. By a watcher. */
void backtraces__ask(struct backtraces *backtraces, const struct backtrace_of *of);

/* Whether a stack of the stall's CPU was asked for that is not there yet. */
bool backtraces__pending(const struct backtraces *backtraces, const struct backtrace_of *of);

/*
 * The longest stack that was taken during the stall; NULL: not taken yet, or never. Valid
 * for 10 s at least.
 */
const struct backtrace *backtraces__find(const struct backtraces *backtraces,
					 const struct backtrace_of *of);

/* Take the stacks that were asked for, unless a watcher does. By a watcher, with nothing held. */
void backtraces__tend(struct backtraces *backtraces);

/*
 * Writes stalls to a descriptor as they happen, also while a CPU is stuck:
 * the first watcher that sees a stall reports it, in one write.
 */
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
	 * ns. 0: never. @take as in backtraces__new().
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

struct collect_config;
struct collector;

/* All zero but for the threshold: not open. */
struct stall_run {
	uint64_t threshold; /* ns */
	/*
	 * No watchers, which cost 1 % of a CPU: stall_run__tend() scans. A stall that lasts is
	 * then reported at the next call, once the main thread has a CPU.
	 */
	bool unwatched;
	struct collector *collector;
	struct name_cache *names;
	struct reporter *reporter;
	struct watcher_threads *watchers;
	struct sysrq *sysrq; /* NULL: no backtraces */
};

/* As root: load the names, and add to @config. stall_run__open() reports a failure. */
void stall_run__configure(struct stall_run *run, struct collect_config *config);

/*
 * As root, before stall_run__open() with a config that asks for backtraces. 0 or a
 * negative errno, with one line in @why (@size bytes).
 */
int stall_run__open_backtraces(struct stall_run *run, char *why, size_t size);

/*
 * As root, once the programs are attached. @config says how reports are
 * written; the rest of it is filled in here. Then allocate and open all else,
 * and call watcher_threads__lock_memory(). 0 or a negative errno.
 */
int stall_run__open(struct stall_run *run, struct collector *collector,
		    const struct reporter_config *config);

/* Collection has begun: start the watchers. 0 or a negative errno. */
int stall_run__begin(struct stall_run *run);

/*
 * Every STEAL_PERIOD_NS, by the main thread: its part, which the watchers must
 * not do. 0, or the negative errno of a report that could not be written.
 */
int stall_run__tend(struct stall_run *run);

/* Stop the watchers, and report what is still held. As stall_run__tend(). */
int stall_run__end(struct stall_run *run, struct stall_totals *sum);

void stall_run__close(struct stall_run *run);

#endif /* IPITRACE_STALL_STALL_RUN_H */
