/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run from start to end, the same for each command that collects: load,
 * begin, hand over a window at a time, end in good order.
 */
#ifndef IPITRACE_RUN_SESSION_H
#define IPITRACE_RUN_SESSION_H

#include "cli/options.h"
#include "model/snapshot.h"

struct collector;
struct collect_config;

/*
 * What a command adds; each may be NULL, and gets @ctx. Where one returns 0 or
 * a negative errno, it may also return an exit status, if it has said why.
 */
struct session_ops {
	/* What it wants collected besides what the options say. */
	void (*configure)(void *ctx, const struct options *opts, struct collect_config *config);
	/* No windows: it goes on until the end, and nothing waits for all CPUs before. */
	bool windowless;
	/*
	 * All is loaded and attached, nothing is counted yet, and we are still
	 * root: what needs that is opened here. Returns an exit status.
	 */
	int (*open)(void *ctx, const struct options *opts, struct collector *collect);
	/* Root is given up, and a thread of its own would be without, too. An exit status. */
	int (*begun)(void *ctx);
	/*
	 * A descriptor to wait for besides the window's end, -1 for none, and
	 * what to do when it can be read: 0, or a negative errno to stop;
	 * -ECANCELED: in good order.
	 */
	int (*fd)(void *ctx);
	int (*readable)(void *ctx);
	/* A window has just ended: what is to be of the same time is read here. */
	void (*cut)(void *ctx);
	/*
	 * Shown each window, named and ranked. Returns 0, or a negative errno
	 * to stop; stdout's own errors need not be looked at.
	 */
	int (*window)(void *ctx, const struct snapshot *snap, const struct options *opts);
	/* window() makes no use of names. */
	bool nameless;
	/* Nothing more comes. Returns an exit status: EXIT_DONE, EXIT_FOUND, ... */
	int (*end)(void *ctx, const struct options *opts);
	/* Whatever came to pass; what was collected from goes next. */
	void (*close)(void *ctx);
};

/* Returns the exit status; says on stderr why when it is not EXIT_DONE. */
int session__run(const struct options *opts, const struct session_ops *ops, void *ctx);

#endif /* IPITRACE_RUN_SESSION_H */
