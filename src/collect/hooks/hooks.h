/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the second source: what it lacks and needs, the reading of its maps, and the process
 * that attaches programs. collect/collector.h declares the source itself.
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

/* Returns, in words, a figure that @config asks for and that calls do not show; NULL if there is none. */
const char *hooks__lacks(const struct collect_config *config);

/* Returns, in words, the feature of the kernel whose lack prevents this source; NULL if there is none. */
const char *hooks__needs(void);

/* The maps of the second source as plain memory, without libbpf, so that unit tests can make them. */
struct hook_maps {
	struct maps *maps; /* only the tables, samples and edges, which both sources have */
	struct hook_cpu *cpus; /* nr_cpus items */
	struct hook_call *calls; /* slots items */
	uint64_t *at_most; /* by row of the table */
	uint32_t slots;
};

/*
 * Read @epoch's bank into @snap, which is zeroed except its window, and clear the bank. The
 * programs count in the next epoch already. The snapshot lists the CPUs of @cpus, and other CPUs
 * that have counted something. Returns 0, or -ENOMEM: then @snap owns nothing.
 */
int read_hooks(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
	       struct snapshot *snap);

/* A function whose own time is measured. The first functions that appear in calls get a place. */
struct run_place {
	uint64_t func;
	/* when its programs were attached, CLOCK_MONOTONIC ns; 0: they are not attached */
	uint64_t since;
};

/* The functions that are measured. All zero: no function is. */
struct runs {
	struct hook_run *recs; /* HOOK_RUNS items; NULL if nothing can be measured */
	struct run_place places[HOOK_RUNS];
	uint32_t nr;
};

/*
 * Give a place to a function of @maps that has none. Returns false if there is no such function, or
 * no free place.
 */
bool runs__next(struct runs *runs, const struct maps *maps, uint32_t *place, uint64_t *func);

/* Note that the programs of @place were attached at @time, CLOCK_MONOTONIC ns. */
void runs__attached(struct runs *runs, uint32_t place, uint64_t time);

/* Move the bank of @epoch, which is at rest, to @snap, whose window is set. Returns 0 or -ENOMEM. */
int runs__read(struct runs *runs, uint32_t epoch, struct snapshot *snap);

/*
 * The maps of the second source in which read_under_way() finds stalls that go on: waiting senders,
 * CPUs that are in an interrupt. As in collect/read_moment.h, the function allocates nothing and
 * waits for no CPU. The maps must live as long as this struct.
 */
struct under_way {
	const struct hook_maps *maps;
	bool interrupts; /* the programs see interrupts */
	const char *root; /* the parent directory of proc/; "" except in tests */
};

/*
 * Fill @moment with the senders that have waited, and the CPUs that have been in an interrupt, for
 * longer than @threshold ns. @ctx points to a struct under_way.
 */
void read_under_way(const void *ctx, uint64_t threshold, struct moment *moment);

/*
 * A process that attaches programs to functions after ipitrace has given up root. It keeps the
 * capabilities to attach, and accepts only the address and the place of a function. To attach, the
 * kernel patches code on all CPUs; ipitrace itself does not wait for that.
 */
struct attacher {
	pid_t pid; /* 0 if there is no process */
	int fd;
};

struct attach_request {
	uint64_t func;
	uint64_t place; /* the programs' cookie */
};

struct attach_answer {
	uint64_t place;
	/* when they were attached, CLOCK_MONOTONIC ns; 0: the kernel refused to attach them */
	uint64_t time;
};

/*
 * As root, start the process, which can attach the programs @entry_fd and @return_fd. Returns 0 or
 * a negative errno.
 */
int attacher__open(struct attacher *attacher, int entry_fd, int return_fd);

/*
 * Ask the process to attach the programs to @func. Does not wait. Returns false if the process has
 * ended, or has too many requests.
 */
bool attacher__ask(struct attacher *attacher, uint64_t func, uint32_t place);

/* Get the next answer of the process. Returns false if there is none yet. */
bool attacher__answer(struct attacher *attacher, struct attach_answer *answer);

/* Detach all programs and end the process. @attacher may be all zero. */
void attacher__close(struct attacher *attacher);

#endif /* IPITRACE_COLLECT_HOOKS_HOOKS_H */
