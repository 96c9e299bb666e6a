/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run from start to end, the same for each command that collects: load the
 * programs, begin, hand over each window, end in good order.
 */
#ifndef IPITRACE_RUN_SESSION_H
#define IPITRACE_RUN_SESSION_H

#include "cli/options.h"
#include "collect/collector.h"

/* What gate() wants. */
struct gating {
	bool hold; /* false before each call */
	bool over; /* ends the run at once */
	const char *
		slow; /* said on stderr where attaching takes long, a CPU being stuck; NULL: nothing */
};

/*
 * The parts that a command adds to a run; each callback may be NULL, and gets @ctx.
 *
 * A callback that can fail returns an exit status (cli/exit_status.h), having reported its
 * failure; or a negative errno, which the session reports: of gate() and open() at the "start", of
 * begun() with "threads", of the others as stdout's (output_status()). A status other than
 * EXIT_DONE ends the run, close() still runs, and session__run() returns the status.
 */
struct session_ops {
	/* The run has no windows: nothing waits for all CPUs until the end. */
	bool windowless;
	/*
	 * Either source will do: window() looks at snap->how.source. Else the kernel must have
	 * the csd tracepoints.
	 */
	bool any_source;
	/* window() needs no names of functions and no cgroup paths: do not look them up. */
	bool nameless;
	/* The user's side of sampled stacks belongs to the snapshots, unless --no-user is given. */
	bool users;
	/* A reader waits for the first window: it ends after so many ns, if that is early; 0: it does not. */
	uint64_t early_ns;
	/* A service: whoever typed the options is not there at the end to read hints on them. */
	bool unattended;
	/* Sockets may be opened after root is given up. */
	bool sockets;
	/* Add to @config, which has the options already. */
	void (*configure)(void *ctx, const struct options *opts, struct collect_config *config);
	/*
	 * Nothing is attached yet. Attaching waits for all CPUs, so a command that works while a CPU
	 * is stuck holds the run while one is, and is asked again every 100 ms, until --duration or
	 * a signal ends the run. As root; @config has all options, its pointers are valid during
	 * the call.
	 */
	int (*gate)(void *ctx, const struct collect_config *config, struct gating *gating);
	/* In the place of all that follows but close(), where gate() or its end was the run's. */
	int (*end_unattached)(void *ctx, const struct options *opts);
	/*
	 * All programs are attached, nothing is counted yet, and ipitrace is
	 * still root: open here what only root can open.
	 */
	int (*open)(void *ctx, const struct options *opts, struct collector *collector);
	/* Collection has begun and root is given up: threads start here, without privileges. */
	int (*begun)(void *ctx);
	/* Called at once, and then every tick_ns. *@over, false before: end the run in good order. */
	uint64_t tick_ns;
	int (*tick)(void *ctx, bool *over);
	/* A descriptor to poll besides; -1: none. When it is readable, readable() is called, as tick(). */
	int (*fd)(void *ctx);
	int (*readable)(void *ctx, bool *over);
	/* A window has just ended: read here what must be of the same time. */
	void (*cut)(void *ctx);
	/* Show a window, named and ranked. The session flushes stdout afterwards. */
	int (*window)(void *ctx, const struct snapshot *snap, const struct options *opts);
	/* The run ended before its time, and end() comes next. */
	void (*cut_short)(void *ctx, const struct cut_short *cut);
	/* Collection is over. The status is that of the run: also EXIT_FOUND, with PROGRAM too. */
	int (*end)(void *ctx, const struct options *opts);
	/* Free what the callbacks hold, before the collector goes; called in any case. */
	void (*close)(void *ctx);
};

/*
 * Run until a signal, the end of --duration or of PROGRAM, or a failure.
 * Returns the exit status: a failure's, or end()'s, or PROGRAM's, joined by
 * joint_status(). A failure has been reported on stderr.
 */
int session__run(const struct options *opts, const struct session_ops *ops, void *ctx);

#endif /* IPITRACE_RUN_SESSION_H */
