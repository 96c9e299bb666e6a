/* SPDX-License-Identifier: GPL-2.0 */
/* The functions whose own time is measured: the first that calls name, from then on. */
#ifndef IPITRACE_COLLECT_HOOKS_RUNS_H
#define IPITRACE_COLLECT_HOOKS_RUNS_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/hook.h"

struct maps;
struct snapshot;

struct run_place {
	uint64_t func;
	uint64_t since; /* when programs were attached, CLOCK_MONOTONIC ns; 0: they are not */
};

/* All zero: none is measured. */
struct runs {
	struct hook_run *recs; /* HOOK_RUNS; NULL: nothing can be measured */
	struct run_place places[HOOK_RUNS];
	uint32_t nr;
};

/* Take a place for a function of @maps that has none. False: there is no such function, or no place. */
bool runs__next(struct runs *runs, const struct maps *maps, uint32_t *place, uint64_t *func);

/* The programs of @place were attached at @time. */
void runs__attached(struct runs *runs, uint32_t place, uint64_t time);

/* Move the bank of @epoch, at rest, to @snap, whose window is set. 0 or -ENOMEM. */
int runs__read(struct runs *runs, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_HOOKS_RUNS_H */
