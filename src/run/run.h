/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run from start to end, which is the same for each command that collects: load the programs,
 * begin, hand over each window, end in good order; stalls, storms and records beside the windows.
 * Then what commands need besides: the options as the collector's configuration, the CPUs of
 * ipitrace itself, a process without rights, the clerk.
 */
#ifndef IPITRACE_RUN_RUN_H
#define IPITRACE_RUN_RUN_H

#include "cli/options.h"
#include "collect/collector.h"
#include "collect/read_bank.h"
#include "model/incident.h"
#include "model/totals.h"
#include "stall/stall_run.h"
#include "storm/detector.h"
#include "view/capture/capture.h"
#include "view/view.h"

struct symbols;

typedef void trace_print_fn(const struct trace_view *view, const struct record *r,
			    struct lines *lines);

/* The records of a run. The command sets print and lines, and frees its struct after the run. */
struct trace_run {
	trace_print_fn *print;
	struct lines lines;
	struct collector *collector;
	struct symbols *symbols; /* NULL: addresses stay addresses */
	uint64_t handed; /* softnet__handed() as the run began */
	struct records records;
	struct trace_view view;
	struct trace_totals totals; /* complete in end() of struct session_ops */
};

/*
 * Print the records that are due, in any thread, but in one thread at a time. Returns an exit
 * status, or what the lines' write function returned.
 */
int trace_run__gather(struct trace_run *run);

/* Returns how many records found no room, so far. */
uint64_t trace_run__dropped(const struct trace_run *run);

/* Add the totals as the last line of JSON. 0, -ENOMEM or what the lines' write() returned. */
int trace_run__end_line(struct trace_run *run);

/* The feeds that a run follows beside its windows. */
enum {
	FEED_FIGURES = 1 << 0, /* windows have all their figures, although there are other feeds */
	FEED_STALLS = 1 << 1,
	FEED_STORMS = 1 << 2, /* looked for in each window, and reported before window() gets it */
	FEED_EVIDENCE = 1 << 3, /* storms have evidence besides IPIs */
	FEED_ALL = (1 << 4) - 1,
};

/*
 * A sink takes windows, stalls and storms as they come. Its functions, which the main thread calls,
 * return an exit status after they have reported a failure, or a negative errno. NULL: not called.
 */
struct sink {
	void *ctx;
	/* Before the window's storms. @nearest: a storm, or what came nearest to one. */
	int (*window)(void *ctx, const struct snapshot *snap, const struct storm_nearest *nearest);
	/* @lines: of LINE_STALL or LINE_STORM, @len bytes, each line with its newline. */
	int (*put)(void *ctx, enum line_type type, const char *lines, size_t len);
};

/*
 * The feeds of a run, which session__run() opens, polls, ends and closes. The command sets the
 * members above the blank line, and its callbacks may use the others from open() on.
 */
struct feeds {
	unsigned int which; /* FEED_... */
	struct trace_run *records; /* NULL: no records */
	/* How stalls are reported; stall_run__open() and the options set all that is left 0. */
	struct reporter_config reports;
	bool unwatched; /* stalls have no watchers, see struct stall_run */
	struct sink sink;
	/*
	 * Room for the reports of one watcher on their way to the sink, a power of two; 0: the sink
	 * gets no stalls. Unless reports.write is set, it is report_rings__put().
	 */
	size_t ring_bytes;
	storm_report_fn *storm; /* reports a storm to @ctx; NULL: the sink gets its line */
	void *ctx;
	/*
	 * Threads of the command gather the records and take the reports of stalls, and no storm or
	 * record is reported when the run ends.
	 */
	bool crew;

	struct stall_run stalls;
	struct report_rings rings; /* the reports on their way to the sink */
	struct stall_totals sum; /* of stalls, complete in end() */
	struct storm_run storms; /* complete in end() */
	unsigned int ticks;
};

/*
 * Pass @lines of JSON to the sink, of @len bytes, each line with its newline. Returns 0 without a
 * sink; else an exit status or a negative errno.
 */
int feeds__put_lines(struct feeds *feeds, enum line_type type, const char *lines, size_t len);

/* The answer of gate(). */
struct gating {
	bool hold; /* false before each call */
	bool over; /* ends the run at once */
	/* Printed on stderr if attaching takes long because a CPU is stuck; NULL: nothing. */
	const char *slow;
};

/*
 * The parts that a command adds to a run. Each callback may be NULL, and gets @ctx.
 *
 * A callback that can fail returns an exit status (cli/exit_status.h) after it has reported its
 * failure; or a negative errno, which the session reports: of gate() and open() at the "start", of
 * begun() with "threads", of the others as stdout's (output_status()). A status other than
 * EXIT_DONE ends the run, close() still runs, and session__run() returns the status.
 */
struct session_ops {
	/*
	 * The run has no windows, because each cut of a window waits for all CPUs. Only the end of
	 * the run waits for them.
	 */
	bool windowless;
	/*
	 * The run works with either source, see snap->how.source. If false, the kernel must have
	 * the csd tracepoints.
	 */
	bool any_source;
	/* window() needs no names of functions and no cgroup paths: do not look them up. */
	bool nameless;
	/* The user's side of sampled stacks belongs to the snapshots, unless --no-user is given. */
	bool users;
	/* A reader waits for the first window: end it after this many ns; 0: at its usual end. */
	uint64_t early_ns;
	/* The run is a service: nobody may be there at its end to read hints about the options. */
	bool unattended;
	/* Sockets may be opened after root is given up. */
	bool sockets;
	/* Add to @config, which has the options already. */
	void (*configure)(void *ctx, const struct options *opts, struct collect_config *config);
	/*
	 * Called before anything is attached, because attaching waits for all CPUs. A command that
	 * works while a CPU is stuck sets gating->hold as long as a CPU is stuck: the session then
	 * calls again every 100 ms, until --duration or a signal ends the run. As root; @config has
	 * all options, and its pointers are valid during the call.
	 */
	int (*gate)(void *ctx, const struct collect_config *config, struct gating *gating);
	/* The run ended in gate(): called in the place of all that follows, except close(). */
	int (*end_unattached)(void *ctx, const struct options *opts);
	/*
	 * All programs are attached, nothing is counted yet, and ipitrace is still root: open here
	 * what only root can open.
	 */
	int (*open)(void *ctx, const struct options *opts, struct collector *collector);
	/* Collection has begun and root is given up: threads start here, without privileges. */
	int (*begun)(void *ctx);
	/*
	 * Called at once, then every tick_ns; 0: whenever the feeds have been polled. *@over, false
	 * before: end the run in good order.
	 */
	uint64_t tick_ns;
	int (*tick)(void *ctx, bool *over);
	/* One more descriptor to poll; -1: none. When it is readable, readable() is called. */
	int (*fd)(void *ctx);
	int (*readable)(void *ctx, bool *over);
	/* A window is about to end: read here what must lie within it. */
	void (*before_cut)(void *ctx);
	/* Show a window, named and ranked. The session flushes stdout afterwards. */
	int (*window)(void *ctx, const struct snapshot *snap, const struct options *opts);
	/*
	 * Called when collection is over; @cut: whether that is before its time, and why. Returns
	 * the exit status of the run; EXIT_FOUND is allowed, also with PROGRAM.
	 */
	int (*end)(void *ctx, const struct options *opts, const struct cut_short *cut);
	/*
	 * Free what the callbacks hold, before feeds and collector are closed. Called in any case;
	 * no watcher runs any more.
	 */
	void (*close)(void *ctx);
};

/*
 * Run until a signal, the end of --duration or of PROGRAM, or a failure. Returns the exit status: a
 * failure's, or end()'s, or PROGRAM's, joined by joint_status(). A failure has been reported.
 * @feeds may be NULL: only windows.
 */
int session__run(const struct options *opts, const struct session_ops *ops, struct feeds *feeds,
		 void *ctx);

/*
 * Hold back the signals that end a run until session__run() takes them: for a command that begins
 * something before, and must end it in good order.
 */
void signals__hold(void);

/* Returns the name of such a signal that has come and is held back, "SIGTERM"; NULL: none. */
const char *signals__stopped_by(void);

/* Returns the limits of stalls, ns, and of storms: from the options, or the defaults. */
uint64_t options_limits__stall(const struct options *opts);
struct storm_limits options_limits__storm(const struct options *opts);

/* The options as the collector's configuration, checked against this machine. */

/*
 * Fill @config from @opts. The caller frees *@funcs, the addresses of --func, after its last use of
 * @config. @symbols may be NULL. Returns an exit status; a failure has been reported.
 */
int configure__options(const struct options *opts, struct symbols *symbols,
		       struct collect_config *config, uint64_t **funcs);

/* Do what configure__options() does, but set only --func, by the functions of @symbols. */
int configure__funcs(const struct options *opts, struct symbols *symbols,
		     struct collect_config *config, uint64_t **funcs);

/*
 * Whether functions match --func now that are not among the @nr @funcs, as of a module that came.
 * Sorts @funcs. False if that cannot be known.
 */
bool configure__funcs_came(const struct options *opts, struct symbols *symbols, uint64_t *funcs,
			   size_t nr);

/*
 * Check the CPUs of --@option against this machine, and point *@set to them. An option that was not
 * given leaves *@set as it is. Returns an exit status; a failure has been reported.
 */
int configure__cpus(const struct cpu_list *list, const char *option, const struct cpuset **set);

/* Report that @where, such as "this machine", has only the CPUs @there. Returns an exit status. */
int configure__cpus_refuse(const struct cpu_list *list, const char *option, const char *where,
			   const struct cpuset *there);

/* The CPUs on which ipitrace itself runs: it must not disturb the CPUs that it watches. */

/*
 * Bind the calling thread to @wanted; NULL: keep the thread off the CPUs that are isolated
 * (isolcpus=, cpuset partitions) or nohz_full, if others are left. Returns 0 or a negative errno;
 * -EINVAL: no CPU of @wanted is online. @bound: the CPUs that the thread is bound to; none: it
 * stays free.
 */
int affinity__bind(const struct cpuset *wanted, struct cpuset *bound);

/*
 * Get the CPUs that the calling thread may use, without @avoid, the isolated and the nohz_full
 * ones. False: no CPU is left.
 */
bool affinity__others(const struct cpuset *avoid, struct cpuset *others);

/*
 * Bind the calling thread to @bound again if the kernel has unbound it: the kernel does so when the
 * thread's last CPU goes offline, and does not bind it again when that CPU is back.
 */
void affinity__keep(const struct cpuset *bound);

/*
 * Work on untrusted input in a process of its own, which has no rights: the caller has opened all
 * files, and finishes them afterwards, according to what the work returned.
 */

/* Address space of that process: its memory is bounded whatever the input says. */
#define CONFINED_MEMORY ((size_t)1 << 30)

/*
 * Fork, and call @work(@ctx) in the new process: as root under a user id that nobody has, without
 * capabilities, without opening files (Landlock, if the kernel has it), with few system calls
 * (seccomp), with CONFINED_MEMORY bytes and for confined__cpu_s() of @fds. @work may read and write
 * what is open. @work returns an exit status, and so does this function; if @work is killed, it is
 * EXIT_FAILED, after a message that names @what is being read. The process ends with its parent.
 *
 * @fds: the @nr descriptors that @work needs besides 0 to 2. All others are closed.
 */
int confined__run(int (*work)(void *ctx), void *ctx, const char *what, const int *fds, size_t nr);

/*
 * The clerk: a process that is forked while ipitrace is root, and keeps the rights that ipitrace
 * gives up. It does three things, and takes all words for them from the command line: it creates
 * and names the files of the flight recorder, sends --signal, and starts --exec. It reads requests
 * of fixed size, which hold only numbers.
 *
 * The scheduler may put the clerk on a CPU that is stuck. Therefore a file is created before
 * something happens, and gets its name when it is whole.
 */
struct clerk;

struct clerk_config {
	/* The path of the file created ahead. A finished file's name has a time, too. */
	const char *path;
	/* Number of files that are kept: a new file replaces the oldest file of the run. */
	uint32_t max_files;
	const struct keep_limits *keep; /* in place of max_files; NULL: not given */
	const char *exec; /* command for /bin/sh -c when a file is finished; NULL: none */
	uint32_t signal; /* the process that gets SIGUSR1; 0: none */
};

/*
 * Create the first file. Call this as root, before there is a thread or a BPF program. Returns an
 * exit status; a failure has been reported. The strings must live as long as the clerk.
 */
int clerk__open(struct clerk **clerk, const struct clerk_config *config);

/* The functions below are called by one thread at a time. */

/* Send --signal, because something happened. Does not wait. */
void clerk__happened(struct clerk *clerk);

/*
 * Returns the descriptor of an empty file, which the caller closes; or a negative errno, -ETIMEDOUT
 * after 2 s.
 */
int clerk__file(struct clerk *clerk);

/*
 * Finish the file of clerk__file(): it gets its name, which is then in @name (@size bytes). @whole:
 * start --exec. Does not wait.
 */
void clerk__finished(struct clerk *clerk, const struct trigger *trigger, bool whole, char *name,
		     size_t size);

/*
 * Get the name of a file of @path that is begun at @ns, CLOCK_REALTIME: its time in UTC is added
 * before the first dot of the name; a dot that begins the name does not count. False: longer than
 * @size.
 */
bool clerk__name(const char *path, uint64_t ns, char *name, size_t size);

/*
 * End the clerk after it has done what it was asked for. It waits for a CMD for 1 s at most, to say
 * whether CMD failed; a CMD that takes longer goes on. @clerk may be NULL.
 */
void clerk__close(struct clerk *clerk);

#endif /* IPITRACE_RUN_RUN_H */
