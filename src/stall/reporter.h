/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls to stdout, as they happen: by whichever watcher sees one first,
 * in one write, also while a CPU is stuck.
 */
#ifndef IPITRACE_STALL_REPORTER_H
#define IPITRACE_STALL_REPORTER_H

#include <stdbool.h>
#include "model/totals.h"

struct reporter;

struct reporter_config {
	struct moment_reader *watch;
	struct name_cache *names;
	uint64_t threshold; /* ns */
	uint32_t nr_cpus; /* the highest + 1 */
	bool json;
	int fd;
};

/* As root. 0 and *@r, or a negative errno. */
int reporter__open(struct reporter **r, const struct reporter_config *config);
/* Its watchers must have ended. @r may be NULL. */
void reporter__close(struct reporter *r);

/* As watcher number @which (below WATCHERS_MAX); several may look at once. */
void reporter__scan(void *reporter, unsigned int which);

/*
 * Now and then, by a thread that may be held up: what the watchers need, but
 * may not do themselves. 0, or the negative errno of writing.
 */
int reporter__tend(struct reporter *r);

/* The watchers have ended: report what was held back. 0 or a negative errno. */
int reporter__finish(struct reporter *r, struct stall_totals *sum);

#endif /* IPITRACE_STALL_REPORTER_H */
