/* SPDX-License-Identifier: GPL-2.0 */
/* What session.c puts together: PROGRAM, the end of a run, its signals, and what completes a snapshot. */
#ifndef IPITRACE_RUN_PARTS_H
#define IPITRACE_RUN_PARTS_H

#include "cli/options.h"
#include "host/interrupts.h"
#include "host/symbols.h"
#include "host/user_symbols.h"

struct collect_config;

/*
 * The PROGRAM behind "--": forked before the BPF programs are attached, so that
 * the fork's own IPIs are not counted, and held until collection has begun.
 */
struct child {
	pid_t pid; /* 0: no PROGRAM */
	int go_fd; /* a byte starts the held child; closing without one ends it */
	int error_fd; /* the child sends the errno of a failed exec, an int */
	bool ended;
	int status; /* waitpid()'s, once ended */
};

/* Fork, and hold the child. @argv NULL: no PROGRAM. Returns 0 or a negative errno. */
int child__fork(struct child *child, char **argv);

/* Start the child. Returns 0, or the negative errno of its exec. */
int child__start(struct child *child);

/* Returns whether the child has ended; does not wait. */
bool child__poll(struct child *child);

/* As in a shell: the exit status, or 128 + the signal; 0 while the child runs. */
int child__exit_status(const struct child *child);

/* End the child if it was never started; otherwise it goes on alone. */
void child__close(struct child *child);

/*
 * The end of a run, and of its windows: when it comes, whether that was before its time, and
 * with which status. Calculations, but for the signals.
 */

/* A run's windows, all in ns. The times share a clock. */
struct boundaries {
	uint64_t begun; /* when the run began */
	uint64_t period;
	uint64_t duration; /* 0: without end */
	uint64_t early; /* the first window ends so soon, and the second where it would have; 0: it does not */
};

struct boundary {
	uint64_t at;
	bool last; /* the run ends there */
};

/*
 * The boundary behind @now, a whole number of periods after the run began, so
 * that windows do not drift. Boundaries that have passed, since the machine
 * slept or a cut took longer than a window, are skipped: the window that goes
 * on is longer. The last boundary is the end of the run, even if it has passed.
 */
struct boundary boundary__next(const struct boundaries *run, uint64_t now);

/* The end of a run, as it is seen at that moment. */
struct run_end {
	const char *signal; /* the name of the signal that ended it; NULL: none */
	bool unread; /* a reader of stdout is gone */
	uint64_t ns; /* that the run lasted */
};

/*
 * Whether a run lasted as long as it was meant to: until PROGRAM ends, else for --duration;
 * without either a signal is its end, and so is a reader that goes.
 */
struct cut_short cut_short(const struct options *opts, const struct child *child,
			   const struct run_end *end);

/*
 * One exit status, out of ipitrace's @own and PROGRAM's. A failure stays. A gate (--exit-code,
 * isolated) makes EXIT_FOUND_BESIDE of EXIT_FOUND where there is a PROGRAM, and EXIT_FAILED of
 * EXIT_DONE where the run was @cut short: what was not watched may have had it. Else EXIT_DONE
 * gives way to the status of @child, unless a signal ended the run, which PROGRAM gets too. With a
 * gate a line on stderr says both, also with --quiet, for PROGRAM may end with any status itself.
 */
int joint_status(const struct options *opts, int own, const struct child *child,
		 const struct cut_short *cut);

/* The signals of a run, as descriptors to poll. */

struct signals {
	int stop_fd; /* readable for good after a signal that ends the run */
	int child_fd; /* readable when a child has ended, until signals__child_seen() */
};

/*
 * SIGINT, SIGTERM and SIGHUP end the run, but for a SIGHUP that is ignored
 * already, by nohup. Returns 0 or a negative errno.
 */
int signals__open(struct signals *signals);

/* Whether a signal has come that ends the run. */
bool signals__stop(const struct signals *signals);

/* The name of such a signal, "SIGTERM"; NULL: none has come. */
const char *signals__stopped_by(void);

void signals__child_seen(const struct signals *signals);

/* Closes child_fd: stdout and stderr need the other until the process ends. */
void signals__close(struct signals *signals);

/*
 * Complete a snapshot: the collector cuts a window from the maps, and the
 * finisher adds what /proc and /sys know. No other place does.
 */

/* All zero: not open. */
struct finisher {
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct user_symbols *users; /* NULL, unless the caller opens them: no user's side of stacks */
	struct cgroups *cgroups; /* NULL: cgroups have no paths */
	bool syslog; /* when the names' file was opened this process had CAP_SYSLOG */
	struct interrupts *interrupts; /* NULL: arrivals stay unknown */
	struct arrivals since; /* interrupts since the last cut */
	struct host host;
};

/* Open the files, as root. A file that cannot be opened leaves its part of the snapshots unknown. */
void finisher__open(struct finisher *f);
void finisher__close(struct finisher *f);

/*
 * Call as the first window begins, and just before each cut: read the interrupts, which must be of
 * the same time.
 */
void finisher__cut(struct finisher *f);

/*
 * Call after the cut: add host, names, cgroup paths and kinds of interrupts,
 * and rank. @config is that of the collection. @nameless: leave out names and paths. @snap points into @f until
 * the next call. Returns 0 or a negative errno.
 */
int finisher__finish(struct finisher *f, struct snapshot *snap, const struct collect_config *config,
		     bool nameless);

#endif /* IPITRACE_RUN_PARTS_H */
