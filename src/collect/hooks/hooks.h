/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the second source: its limits, the reading of its maps, and the process that
 * attaches programs. collect/collector.h declares the source itself.
 */
#ifndef IPITRACE_COLLECT_HOOKS_HOOKS_H
#define IPITRACE_COLLECT_HOOKS_HOOKS_H

#include <sys/types.h>
#include "abi/hook.h"
#include "collect/maps.h"

struct collect_config;
struct cpuset;
struct moment;
struct snapshot;

/* The figure that @config asks for and that calls do not show, in words; NULL: none. */
const char *hooks__lacks(const struct collect_config *config);

/* The feature that this kernel lacks, so that calls cannot be seen, in words; NULL: none. */
const char *hooks__needs(void);

/* The maps of the second source as plain memory; no libbpf, so unit tests make them. */
struct hook_maps {
	struct maps *maps; /* only tables, samples and edges, as the first source has them */
	struct hook_cpu *cpus; /* nr_cpus */
	struct hook_call *calls; /* slots */
	uint64_t *at_most; /* by row */
	uint32_t slots;
};

/*
 * Fill @snap, which is zeroed except its window, from @epoch's bank, and clear the bank. The
 * programs count in the next epoch already. The snapshot lists the CPUs of @cpus, and the CPUs
 * that have counted something. Returns 0, or -ENOMEM: then @snap owns nothing.
 */
int read_hooks(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
	       struct snapshot *snap);

/* A function whose own time is measured. The first functions that calls name get a place. */
struct run_place {
	uint64_t func;
	uint64_t since; /* when its programs were attached, CLOCK_MONOTONIC ns; 0: they are not */
};

/* The functions that are measured. All zero: none. */
struct runs {
	struct hook_run *recs; /* HOOK_RUNS; NULL: nothing can be measured */
	struct run_place places[HOOK_RUNS];
	uint32_t nr;
};

/* Take a place for a function of @maps that has none. False: there is no such function, or no place. */
bool runs__next(struct runs *runs, const struct maps *maps, uint32_t *place, uint64_t *func);

/* The programs of @place were attached at @time. */
void runs__attached(struct runs *runs, uint32_t place, uint64_t time);

/* Move the bank of @epoch, which is at rest, to @snap, whose window is set. Returns 0 or -ENOMEM. */
int runs__read(struct runs *runs, uint32_t epoch, struct snapshot *snap);

/*
 * Stalls that last, from the maps of the second source: senders that wait, CPUs that are in
 * an interrupt. The rules of collect/read_moment.h apply: nothing is allocated, and nobody
 * waits for a CPU. The maps must live as long as the struct under_way.
 */
struct under_way {
	const struct hook_maps *maps;
	bool interrupts; /* the programs see interrupts */
	const char *root; /* the directory that has proc/; "" except in tests */
};

/*
 * Fill @moment with the senders that have waited, and the CPUs that have been in an
 * interrupt, for longer than @threshold ns. @of is a struct under_way.
 */
void read_under_way(const void *of, uint64_t threshold, struct moment *moment);

/*
 * A process that attaches programs to functions after ipitrace has given up root. The process keeps
 * the capabilities to attach, and accepts only a function's address and place. To attach, the kernel
 * patches code on all CPUs; ipitrace itself does not wait for that.
 */
struct attacher {
	pid_t pid; /* 0: none */
	int fd;
};

struct attach_request {
	uint64_t func;
	uint64_t place; /* the programs' cookie */
};

struct attach_answer {
	uint64_t place;
	uint64_t time; /* when they were attached, CLOCK_MONOTONIC ns; 0: the kernel refused, and none is */
};

/*
 * As root, start the process, which attaches the programs @entry_fd and @return_fd. Returns 0 or
 * a negative errno.
 */
int attacher__open(struct attacher *attacher, int entry_fd, int return_fd);

/* Ask to attach to @func. Does not wait. False: the process is gone, or has too much to do. */
bool attacher__ask(struct attacher *attacher, uint64_t func, uint32_t place);

/* The next answer; false: there is none yet. */
bool attacher__answer(struct attacher *attacher, struct attach_answer *answer);

/* Detach all programs, and end the process. @attacher may be all zero. */
void attacher__close(struct attacher *attacher);

#endif /* IPITRACE_COLLECT_HOOKS_HOOKS_H */
