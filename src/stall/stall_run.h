/* SPDX-License-Identifier: GPL-2.0 */
/* Names, reporter and watchers, from the configuration to the end of a run. */
#ifndef IPITRACE_STALL_STALL_RUN_H
#define IPITRACE_STALL_STALL_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include "model/totals.h"
#include "stall/reporter.h"

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

/* reporter__untold(), by the main thread. */
struct stalls_untold stall_run__untold(struct stall_run *run);

/* Stop the watchers, and report what is still held. As stall_run__tend(). */
int stall_run__end(struct stall_run *run, struct stall_totals *sum);

void stall_run__close(struct stall_run *run);

#endif /* IPITRACE_STALL_STALL_RUN_H */
