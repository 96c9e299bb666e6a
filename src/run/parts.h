/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that the files of run/ share: PROGRAM, the end of a run, its signals, what
 * completes a snapshot, the clerk's own process, and the message about a slow start.
 */
#ifndef IPITRACE_RUN_PARTS_H
#define IPITRACE_RUN_PARTS_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/confine.h"
#include "base/privileges.h"
#include "base/write_all.h"
#include "cli/diag.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "run/run.h"

/*
 * The PROGRAM after "--": forked before the BPF programs are attached, so that the fork's own IPIs
 * are not counted, and held until collection has begun.
 */
struct child {
	pid_t pid; /* 0: no PROGRAM */
	int go_fd; /* a byte starts the held child; closing without one ends it */
	int error_fd; /* the child sends the errno of a failed exec, an int */
	bool ended;
	int status; /* what waitpid() stored, once the child has ended */
};

/* Fork, and hold the child. @argv NULL: no PROGRAM. Returns 0 or a negative errno. */
int child__fork(struct child *child, char **argv);

/* Start the child. Returns 0, or the negative errno of its exec. */
int child__start(struct child *child);

/* Returns whether the child has ended; does not wait. */
bool child__poll(struct child *child);

/* Returns, as a shell does, the exit status, or 128 + the signal; 0 while the child runs. */
int child__exit_status(const struct child *child);

/* End the child if it was never started; otherwise it goes on without ipitrace. */
void child__close(struct child *child);

/* The end of a run and of its windows: when it comes, whether it came early, with which status. */

/* A run's windows, all in ns. The times share a clock. */
struct boundaries {
	uint64_t begun; /* when the run began */
	uint64_t period;
	uint64_t duration; /* 0: without end */
	uint64_t early; /* when a first, shorter window ends; 0: there is none */
};

struct boundary {
	uint64_t at;
	bool last; /* the run ends at this time */
};

/*
 * Returns the boundary after @now, a whole number of periods after the run began, so that windows
 * do not drift. Boundaries that have passed, because the machine slept or a cut took longer than a
 * window, are skipped: the window that goes on is longer. The last boundary is the end of the run,
 * even if it has passed.
 */
struct boundary boundary__next(const struct boundaries *run, uint64_t now);

/* The reasons why a run ended. */
struct run_end {
	const char *signal; /* the name of the signal that ended it; NULL: none */
	bool unread; /* a reader of stdout is gone */
	uint64_t ns; /* how long the run lasted */
};

/*
 * Whether a run lasted as long as it was meant to: until PROGRAM ends, or for --duration. A run
 * without either is ended by a signal, or by a reader that goes, and is never cut short.
 */
struct cut_short cut_short(const struct options *opts, const struct child *child,
			   const struct run_end *end);

/*
 * Returns one exit status, from ipitrace's @own and PROGRAM's. If @own is a failure, returns @own.
 * With a gate (--exit-code, isolated) returns EXIT_FOUND_BESIDE in place of EXIT_FOUND if there is
 * a PROGRAM, and EXIT_FAILED in place of EXIT_DONE if the run was @cut short: something may have
 * happened while nobody watched. Otherwise returns the status of @child in place of EXIT_DONE,
 * unless a signal ended the run, because PROGRAM gets that signal, too. With a gate, a line on
 * stderr gives both statuses, also with --quiet, because PROGRAM may end with any status itself.
 */
int joint_status(const struct options *opts, int own, const struct child *child,
		 const struct cut_short *cut);

/* The signals of a run, as descriptors to poll. */
struct signals {
	int stop_fd; /* readable for good after a signal that ends the run */
	int child_fd; /* readable when a child has ended, until signals__child_seen() */
};

/*
 * Open the descriptors. SIGINT, SIGTERM and SIGHUP end the run from now on, unless SIGHUP is
 * ignored already, as nohup does. Returns 0 or a negative errno.
 */
int signals__open(struct signals *signals);

/* Whether a signal has come that ends the run. */
bool signals__stop(const struct signals *signals);

void signals__child_seen(const struct signals *signals);

/* Closes child_fd: stdout and stderr need the other one until the process ends. */
void signals__close(struct signals *signals);

/*
 * The feeds of a run, in the order in which the session calls. A function that returns int returns
 * an exit status after it has reported a failure, or a negative errno.
 */

/* Add to @config what the feeds need, and load names, as root. */
void feeds__configure(struct feeds *feeds, const struct options *opts,
		      struct collect_config *config);

/* Open the feeds once the programs are attached, as root. */
int feeds__open(struct feeds *feeds, const struct options *opts, struct collector *collector);

/* Collection has begun: start the watchers. */
int feeds__begin(struct feeds *feeds);

/* Returns how often feeds__tick() must be called, ns; 0: never. */
uint64_t feeds__period(const struct feeds *feeds);

/* Report the records that are due, and do the main thread's part for stalls. */
int feeds__tick(struct feeds *feeds);

/* A window has just ended: read the evidence of storms that belongs to the same moment. */
void feeds__cut(struct feeds *feeds);

/* Find the window's storms, hand window and storms on, add its ledger to the records' totals. */
int feeds__window(struct feeds *feeds, const struct snapshot *snap);

/* Collection is over: report what is left, and complete the sums. */
int feeds__end(struct feeds *feeds);

void feeds__close(struct feeds *feeds);

/*
 * Complete a snapshot: the collector cuts a window from the maps, and the finisher adds what /proc
 * and /sys know. All zero: not open.
 */
struct finisher {
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct user_symbols *users; /* NULL: stacks have no user's side */
	struct cgroups *cgroups; /* NULL: cgroups have no paths */
	bool kernel_pids; /* machine__has_kernel_pids() */
	/* softnet__handed() as the window began, and as it ended */
	uint64_t handed_before, handed;
	bool syslog; /* this process had CAP_SYSLOG when it opened the file of names */
	struct interrupts *interrupts; /* NULL: arrivals stay unknown */
	struct arrivals since; /* interrupts since the last cut */
	enum flush_way flush_way;
	struct host host;
};

/* Open the files, as root. A file that fails to open leaves its part of snapshots unknown. */
void finisher__open(struct finisher *f);
void finisher__close(struct finisher *f);

/*
 * Read the interrupts, and those of RPS, of the time at which the window ends. Call this as the
 * first window begins, and just before each cut.
 */
void finisher__cut(struct finisher *f);

/*
 * Add host, names, cgroup paths and kinds of interrupts, and rank. Call this after the cut. @config
 * is that of the collection. @nameless: leave out names and paths. @snap points into @f until the
 * next call. Returns 0 or a negative errno.
 */
int finisher__finish(struct finisher *f, struct snapshot *snap, const struct collect_config *config,
		     bool nameless);

/*
 * CPU time of a confined process, s: a fixed time, and a second more for each CONFINED_CPU_BYTES
 * bytes of the @nr files @fds. (Windows that are all alike compress best, and are read at twenty
 * times that speed.) 0, no bound, if one of the files is read and is not regular: nobody knows how
 * much comes out of a pipe. -1 is no file.
 */
#define CONFINED_CPU_S	   600
#define CONFINED_CPU_BYTES 2000
unsigned int confined__cpu_s(const int *fds, size_t nr);

/* The clerk's work in its own process, and the requests for it. */

/*
 * A request of ipitrace's to its clerk: only numbers. ipitrace has given up its rights when it
 * asks, and the clerk has not; therefore the clerk trusts no number.
 */
enum clerk_wish {
	CLERK_CREATE, /* the next file: the one request with an answer */
	CLERK_HAPPENED, /* there is an incident: send --signal */
	CLERK_PARTIAL, /* the file is finished, but not whole */
	CLERK_WHOLE, /* the file is whole: start --exec */
	NR_WISHES,
};

struct clerk_request {
	enum clerk_wish wish;
	struct trigger trigger;
	uint64_t real; /* when the trigger was, CLOCK_REALTIME ns */
};

/* The answer is an int, 0 or a negative errno. The file's descriptor comes with the answer. */

/* Whether ipitrace could have sent @request: each enumerator's number is in its enum's range. */
bool clerk_request__is_valid(const struct clerk_request *request);

/*
 * Pass the environment of --exec, from a request that is valid, to @set: each name and its value,
 * with NULL for a name that is to be unset. No value has text from outside ipitrace: CMD may be a
 * shell command, which must not get a name that a task, a cgroup or a module gave itself. @file:
 * the file's name, as the command line gives it.
 */
void clerk_request__environment(const struct clerk_request *request, const char *file,
				void (*set)(const char *name, const char *value));

/* CMDs at one time: one that hangs keeps its place. */
#define CLERK_CMDS 8

/* A CMD of --exec that runs. */
struct clerk_cmd {
	pid_t pid; /* 0: free */
	char file[PATH_MAX]; /* the name of its file, for messages */
};

struct clerk_work {
	const struct clerk_config *config;
	int fd;
	int pidfd; /* negative: no --signal */
	const char *base; /* the file's name in the directory, in which the clerk works */
	int away; /* 0, or the negative errno of changing to the file's directory */
	int begun_in; /* the directory that ipitrace was started in, for CMD */
	bool asked; /* a file was asked for, at least once: before that no file can be named */
	bool empty; /* the file exists, and nothing has been written to it */
	int file; /* descriptor of the existing file; negative: there is none */
	char name[PATH_MAX]; /* name of the last file that was finished */
	uint64_t nr; /* number of files finished so far */
	char **names; /* names of the last max_files of them: number N is names[N % max_files] */
	struct clerk_cmd cmds[CLERK_CMDS];
};

/*
 * Change to the directory of the files, once for all files: the owner of a directory above it may
 * put another directory at the same path, which the clerk must not use. Call this before rights are
 * given up.
 */
void clerk_work__enter(struct clerk_work *work);

/*
 * Write into @cmd_name the name by which CMD finds the file work->name. If somebody else may put
 * another file under that name, or replace a directory above, this is CLERK_FILE, the open file
 * itself.
 */
#define CLERK_FILE    "/proc/self/fd/3"
#define CLERK_FILE_FD 3
void clerk_work__file_name(const struct clerk_work *work, char cmd_name[PATH_MAX]);

/*
 * Do what is asked until the other end of the socket is closed; then wait for the CMDs that still
 * run, for at most CLERK_END_MS.
 */
#define CLERK_END_MS 1000
void clerk_work__run(struct clerk_work *work);

/*
 * Whether files of @path need no capability: this user may write to their directory, and remove
 * there what others have made. *@callers: the directory, and so the files, belong to the user who
 * called sudo.
 */
bool clerk_work__owns_directory(const char *path, bool *callers);

/*
 * --keep: remove the oldest files of @path, of earlier runs too, that are above any of the limits
 * at @now (CLOCK_REALTIME, ns). A file of @path is a regular one of this process's user or of the
 * caller of sudo, in the directory of @path, whose name is @path with a time (clerk__name()). The
 * newest file stays in any case. A file that another user has made under such a name stays too.
 * Returns 0 or the first negative errno; *@failed names the file that could not be removed.
 */
int kept_files__trim(const struct keep_limits *limits, const char *path, uint64_t now,
		     char failed[PATH_MAX]);

/*
 * A message on stderr if the kernel holds the thread that loads and attaches BPF programs. Another
 * thread writes the message, because the first one does not come back from the kernel.
 */

struct slow_start;

/*
 * Watch the calling thread until slow_start__end(). If the thread stays in one system call for @ns,
 * write "ipitrace: @message for 3 s: the kernel waits in A < B" on stderr; only root sees the
 * functions A and B. After this message the watching thread ends the process when a signal makes
 * @stop_fd readable (-1: never), because the held thread sees no signal. @noting: after a third of
 * @ns, a terminal shows "loading BPF programs ..." until slow_start__end(). Returns NULL without
 * memory or without a thread: then nobody watches.
 */
struct slow_start *slow_start__begin(uint64_t ns, const char *message, int stop_fd, bool noting);

/*
 * Write into @text what holds a thread, as the end of that message: its @state and its CPU as in
 * /proc/PID/stat, and its @stack, "A < B"; "": the thread runs, or the user may not see the stack.
 */
void slow_start__where(char state, unsigned int cpu, const char *stack, char *text, size_t size);

/* End the watch. @s may be NULL. */
void slow_start__end(struct slow_start *s);

#endif /* IPITRACE_RUN_PARTS_H */
