/* SPDX-License-Identifier: GPL-2.0 */
/* What several commands do, and the parts of commands that have several files. */
#ifndef IPITRACE_COMMAND_PARTS_H
#define IPITRACE_COMMAND_PARTS_H

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/byte_ring.h"
#include "base/clock.h"
#include "base/write_all.h"
#include "cli/diag.h"
#include "collect/probe.h"
#include "collect/read_records.h"
#include "command/command.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "isolated/isolated.h"
#include "model/metrics.h"
#include "model/sight.h"
#include "model/totals.h"
#include "run/run.h"
#include "serve/serve.h"
#include "stall/flight.h"
#include "stall/stall_run.h"
#include "stall/watcher_threads.h"
#include "storm/detector.h"
#include "view/capture/capture.h"
#include "view/capture/parse.h"
#include "view/json/json.h"
#include "view/text/text.h"
#include "view/text/views.h"

struct live_queues;

/* The limits of stalls, ns, and of storms that several commands share: of the options, or the defaults. */
uint64_t limits__stall(const struct options *opts);
struct storm_limits limits__storm(const struct options *opts);

/*
 * One line on stderr if any stall found no room, where no report and no last line has their number.
 * Returns how many did not.
 */
uint64_t stalls_missing__say(const struct stall_totals *sum);

/*
 * The exit status of the gate @name (`stalls`), which ends with @status but for what it saw: where it
 * is not certain, EXIT_FAILED with a line that says what was missed.
 */
int gate_status(const char *name, const struct sight *sight, int status);

/*
 * What the gate of `stalls` saw in @ran ns: @sum, but for @unseen csds that could not be followed, and
 * @hidden ones that no program saw being queued.
 */
struct sight stalls_sight(const struct stall_totals *sum, uint64_t unseen, uint64_t hidden,
			  uint64_t ran);

/*
 * A report of who waits for whom: read from the kernel's queues before anything is attached, or out
 * of a dump.
 */

/* All zero bytes: closed. */
struct queue_report {
	struct live_queues *queues; /* NULL: they cannot be read */
	struct moment *moment;
	char slow[320]; /* the message if attaching takes long all the same */
	bool waits; /* somebody waits, whatever the filters */
	bool json;
};

/* As often as you like. */
void queue_report__close(struct queue_report *r);

/*
 * Look for @span ns, after opening the queues at the first call; r->moment has what lasted so long
 * and what @config's filters let through. *@stuck: the CPUs that attaching would wait for, whatever
 * the filters. Returns whether the queues could be read, or -ENOMEM.
 */
int queue_report__look(struct queue_report *r, const struct collect_config *config, uint64_t span,
		       struct cpuset *stuck);

/* Write r->moment to stdout. 0 or a negative errno. */
int queue_report__show(struct queue_report *r);

/*
 * The run is over before anything was attached: what its gate saw. @stuck: the CPUs of the last look
 * that do not answer, @since: when the first one was seen (CLOCK_MONOTONIC ns), 0: never. Found where
 * one of them that @opts ask for has not answered for longer than @threshold ns, whoever waits.
 */
struct sight queue_report__sight(const struct queue_report *r, const struct options *opts,
				 const struct cpuset *stuck, uint64_t since, uint64_t threshold);

/* `waits --vmcore`: who waited for whom when a dump was taken. Returns an exit status. */
int vmcore_report(const struct options *opts);

/*
 * The exit status of its gate, which ends with @status but for the dump's moment @m: what could not be
 * read may have waited.
 */
int vmcore_gate(const struct moment *m, int status);

/* The interruptions of CPUs, for `isolated` and `serve`: what to collect, its names, and what --allow names. */

/* @config collects all that interrupts @cpus, which must outlive the collector's opening. */
void interruption_names__configure(struct collect_config *config, const struct cpuset *cpus);

/* Add the events since the last call to @account, in the main thread. 0 or a negative errno. */
int interruptions__take(struct collector *collector, struct account *account);

/*
 * Name each culprit of @account: its cause, its function, and its sender's stack, which outlive
 * @symbols; NULL: addresses stay addresses. 0 or -ENOMEM.
 */
int interruption_names__find(struct account *account, struct symbols *symbols,
			     const struct collector *collector);

/* `serve` on a host with isolated CPUs: what interrupts these, by cause. */
struct serve_isolated;

/* Attach, as root, and count nothing yet. 0 and *@isolated, or a negative errno. */
int serve_isolated__open(struct serve_isolated **isolated, const struct cpuset *cpus);

/* Count from here. @isolated may be NULL here and below. */
void serve_isolated__begin(struct serve_isolated *isolated);

/* Take the events since the last call, and name them. 0 or a negative errno. */
int serve_isolated__take(struct serve_isolated *isolated);

/* Add what was taken to @metrics, whose lock the caller holds. */
void serve_isolated__add(struct serve_isolated *isolated, struct metrics *metrics);

void serve_isolated__close(struct serve_isolated *isolated);

/*
 * Refuse an --allow that can never count: its glob matches no cause and no function of the
 * kernel, or an earlier one takes all that it matches. @symbols may be NULL: functions are
 * not checked. Returns an exit status.
 */
int allowances__check(const struct gate *gate, struct symbols *symbols);

/* Say which globs, of functions alone, matched nothing that was seen. */
void allowances__unseen(const struct gate *gate, const struct isolation *isolation);

/* A file of another tracer as the lines of a capture: what `import` writes, and `report` shows at once. */

/* Whole lines. 0 or a negative errno, which ends the reading. */
typedef int import_lines_fn(void *ctx, const char *text, size_t len);

struct import_how {
	uint64_t interval; /* of the windows, ns */
	uint64_t threshold; /* of stalls, ns */
	struct storm_limits storms;
	char **options; /* of the capture's first line */
	int nr_options;
	bool progress; /* on stderr, which is a terminal */
	bool quiet; /* only what is missing is said */
	const char *output; /* the capture's name, for the summary; NULL: there is none */
	import_lines_fn *put;
	uint64_t (*bytes)(void *ctx); /* of the capture so far; with a progress or an output alone */
	void *ctx;
};

/* The defaults of `record`. */
struct import_how import_how__default(void);

/* Whether the file @fd, which stays where it is, is one to import; false of a pipe. */
bool import_run__is_for(int fd);

/*
 * Read @fds, the @nr files of one run in order, @paths for messages. Opens nothing. @err, if not NULL,
 * gets what @put returned, which has not been reported. Returns an exit status; any other failure has
 * been reported.
 */
int import_run(const struct import_how *how, const int *fds, const char *const *paths, int nr,
	       int *put_err);

/* The windows of a live run as one: what a page that was drawn over and over leaves at its end. */

/* All zero at first. */
struct run_total {
	struct kept
		*sum; /* of all windows, ranked, with the first one's start; NULL: there is none */
	size_t every, seen; /* of snapshot_sum's samples */
	/* Of the window that came nearest to a storm, or in which a storm cost most. */
	struct storm_nearest nearest;
	struct storm storm; /* nearest.storm, without its CPUs */
	size_t windows;
};

/* Add a window. @nearest: of that window; NULL: storms are not looked for. 0 or -ENOMEM. */
int run_total__add(struct run_total *total, const struct snapshot *snap,
		   const struct storm_nearest *nearest);

void run_total__free(struct run_total *total);

/* The page of `serve` and its /api/v1: the latest windows, stalls and storms. */

/* Bounds of the windows and reports that are kept. */
#define LIVE_NS	     600000000000ULL
#define LIVE_WINDOWS 1200
#define LIVE_BYTES   (32UL << 20)
#define LIVE_REPORTS 1000 /* stalls; likewise storms */

struct live;

/*
 * @interval: seconds of a window. @details: names of tasks and cgroups are shown. NULL
 * without memory.
 */
struct live *live__new(double interval, bool details);

/* No answer may be under way. @live may be NULL. */
void live__free(struct live *live);

/* All below by the main thread: 0 or -ENOMEM. */

/* @nearest: the window's storm, or what came nearest to one. Both are copied. */
int live__window(struct live *live, const struct snapshot *snap,
		 const struct storm_nearest *nearest);

/* @lines: JSON of `stalls -j`, of `storm -j`, @len bytes, each with its newline. */
int live__stalls(struct live *live, const char *lines, size_t len);
int live__storms(struct live *live, const char *lines, size_t len);

/* In the server's thread. False: the path is none of the page's; @answer is as it was. */
bool live__answer(struct live *live, const struct http_request *request,
		  struct http_answer *answer);

/* Stalls and storms of `serve`: with --events lines of JSON on stdout, and to the page. */

struct events;

/* Each function returns as the session's callback; @events may be NULL. */

/* As root; @live may be NULL. NULL without memory, which events__open() reports. */
struct events *events__new(const struct options *opts, struct collect_config *config,
			   struct live *live);
int events__open(struct events *events, const struct options *opts, struct collector *collector);

/* Start the watchers. */
int events__begin(struct events *events);

/* The main thread's part, every STEAL_PERIOD_NS. */
int events__tend(struct events *events);

void events__cut(struct events *events);

/* Find the window's storms, for events__storms(): 0 or -ENOMEM. */
int events__judge(struct events *events, const struct snapshot *snap);
const struct storm_detector *events__storms(const struct events *events);

/* Then these storms and the window itself, to those who follow. */
int events__window(struct events *events, const struct snapshot *snap);
int events__end(struct events *events);
void events__close(struct events *events);

/*
 * The file that `record` writes. With --max-size it is two, FILE and FILE.1: when
 * one has half the size, the other is begun anew, so the last half is always there.
 * Both are opened, and get their names, while ipitrace is root, for afterwards it may create
 * and rename no file: a run that is killed leaves what it wrote so far.
 */

/* The file, unless -o names another. */
#define RECORD_FILE_DEFAULT "ipitrace.ndjson.zst"

/* All zero but for path and fds: not open. */
struct record_file {
	const char *path;
	int fds[2]; /* negative: not open */
	unsigned int part; /* the number of this part, from 1; it goes to fds[(part - 1) & 1] */
	uint64_t part_bytes; /* a part may have; 0: no limit */
	uint64_t bytes[2]; /* that are there now, in each of the two */
	uint64_t flushed; /* when the last frame was written */
	uint64_t stalls_dropped; /* for the last line */
	struct host host;
	struct capture_head head;
	struct capture_writer *writer;
};

/* All return an exit status; a failure has been reported. */

/* Create the file, and write its first line. */
int record_file__open(struct record_file *file, const struct options *opts);

/* Whole lines; they wait for their frame to be full. */
int record_file__put(struct record_file *file, const char *text, size_t len);

/* Begin the file anew: what it held is gone. */
int record_file__restart(struct record_file *file);

/* Once in a while: write the lines so far if the last frame is 5 s old. */
int record_file__tend(struct record_file *file);

/* Write the last line, and all that waits. */
int record_file__end(struct record_file *file);

int record_file__close(struct record_file *file);

/* The first line of a file that begins now; @head keeps @host. */
void capture_head__set(struct capture_head *head, struct host *host, const struct options *opts);

/* `record --flight`: the recorder, its triggers, its files and its clerk. */

struct trace_run;

struct flight_run {
	const struct options *opts;
	const char *path; /* of the file that is there */
	struct trace_run *trace;
	struct report_rings *reports;
	struct flight *flight;
	struct clerk *clerk;
	struct host host;
	struct capture_head head;
	int file_fd; /* the first file; negative: it was used */
	int signal_fd; /* SIGUSR1 */
	struct byte_ring notes; /* messages of the crew's, for the main thread */
	_Atomic uint64_t files; /* that are whole */
	_Atomic uint64_t failed; /* files that are not, or could not be had */
};

/* Whether the options go together. */
int flight_run__check(const struct options *opts);

/* Without a condition a stall and a storm are armed: SIGUSR1 alone would miss what nobody watches. */
void flight_run__arm(struct flight_conditions *on);

/* As root, before all else: fork the clerk, and keep SIGUSR1. */
int flight_run__fork(struct flight_run *run, const struct options *opts);

/* As root, once the programs are attached; @trace and @reports: read by the crew from now on. */
int flight_run__open(struct flight_run *run, struct trace_run *trace, struct report_rings *reports);

/* By the main thread now and then. *@over: --exit. */
int flight_run__tend(struct flight_run *run, bool *over);

/* A line of the main thread's, as malloc() gave it. */
int flight_run__put(struct flight_run *run, char *line);

/* Triggers, if --on names them. The first one is a reporter's found(). */
void flight_run__stall(void *run, const struct incident *incident, uint64_t id);
void flight_run__storm(struct flight_run *run, uint64_t id, uint64_t time);

/* A trace_print_fn in whose lines ctx is the flight_run. */
void flight_run__record(const struct trace_view *view, const struct record *r, struct lines *lines);

/* A taker of lines: in gather(), and once the crew has ended. */
int flight_run__add(void *run, const char *text, size_t len);

/* The watchers have ended: end the crew, and the file. */
int flight_run__end(struct flight_run *run);

/* The figures that `record` shows of the recorder; adds to the lost ones. */
void flight_run__progress(const struct flight_run *run, struct record_progress *progress);

void flight_run__close(struct flight_run *run);

/* The records of a run, which `trace` prints and `record --trace` keeps. */

/*
 * How often the buffers are read: often enough for the eye, while the buffers
 * hold many times what the highest rate puts there meanwhile.
 */
#define TRACE_POLL_NS 50000000

typedef void trace_print_fn(const struct trace_view *view, const struct record *r,
			    struct lines *lines);

/* All zero but for print and lines: not open. */
struct trace_run {
	trace_print_fn *print;
	struct lines lines;
	struct collector *collector;
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct records records;
	struct trace_view view;
	struct trace_totals totals;
};

/* Returns an exit status: an option that the others rule out has been reported. */
int trace_run__check(const struct options *opts);

/* As root: read the symbols, and add to @config. */
void trace_run__configure(struct trace_run *run, const struct options *opts,
			  struct collect_config *config);

/* As root, once the programs are attached. 0 or -ENOMEM. */
int trace_run__open(struct trace_run *run, const struct options *opts, struct collector *collector);

/* Print the records that are due. Returns an exit status, or the negative errno of the lines. */
int trace_run__poll(struct trace_run *run);

/* The two halves of trace_run__poll(): the first is the main thread's, the second may be another's. */
int trace_run__sweep(struct trace_run *run);
int trace_run__gather(struct trace_run *run);

/* Records that found no room, so far. */
uint64_t trace_run__dropped(const struct trace_run *run);

/* Add a window's ledger to the totals. */
void trace_run__window(struct trace_run *run, const struct snapshot *snap);

/* Collection is over: print the records that are left, and complete the totals. As poll. */
int trace_run__end(struct trace_run *run);

/* Add the totals as the last line of JSON. 0, -ENOMEM or the lines' negative errno. */
int trace_run__end_line(struct trace_run *run);

void trace_run__close(struct trace_run *run);

/* A capture's lines: what is wrong with their file, and which of them the options of `report` let through. */

struct report_input {
	const char *path; /* for messages */
	struct capture_parts parts;
};

/* Open the capture at @path; nothing is read. Returns an exit status; a failure has been reported. */
int report_input__open(struct report_input *input, const char *path);

/*
 * Hand over the lines of @input, in all its parts. @fn returns a negative errno to stop, -EBADMSG
 * for a line that is no JSON. Returns an exit status; a failure has been reported.
 */
int report_read(struct report_input *input, capture_line_fn *fn, void *ctx);

/*
 * The same; what is wrong with the file is in @result, and not reported. Of a file of another tracer
 * @result is WHOLE, STOPPED (err is what @fn returned) or FAILED, and the exit status is that of a
 * failure that has been reported.
 */
int report_input__read(struct report_input *input, capture_line_fn *fn, void *ctx,
		       struct capture_result *result);

struct report_filter {
	const struct options *opts;
	uint64_t end; /* the capture's, where an option counts from there: report_filter__end() */
	uint64_t since, until; /* CLOCK_MONOTONIC of the capture, ns, where the options are given */
	bool by_csd; /* -c, --src, --dst, -f or -p is given */
	bool any; /* any filter is */
};

void report_filter__open(struct report_filter *filter, const struct options *opts);

/*
 * Read @input to its end and back, where an option counts from there: before any other reading. An
 * exit status; a failure has been reported. What is wrong with the file is left to the other reading.
 */
int report_filter__end(struct report_filter *filter, struct report_input *input);

/* @object: the capture's first line, by whose clocks --since and --until are understood. */
void report_filter__begin(struct report_filter *filter, const json_t *object);

/* Whether @object, of a line of @type, passes. Windows pass whole. */
bool report_filter__passes(const struct report_filter *filter, const json_t *object,
			   enum line_type type);

/* The same for a line of LINE_IPI. */
bool report_filter__passes_record(const struct report_filter *filter,
				  const struct record_line *line);

/* A capture as the text of a live command, and the page of the most important. */

struct report_shown;

/* The views of `report`, fed with the lines that pass its filters. */
struct report_view {
	const char *name; /* as VIEW; NULL: the page */
	unsigned int types; /* a bit for each enum line_type that belongs to the view */
	unsigned int also; /* of types that the text needs besides */
	bool by_csd; /* its lines are of single csds: -c, -f and the like */
	bool traced; /* its lines are those that `record --trace` keeps */
	/* Each may be NULL, and returns 0 or a negative errno. */
	int (*window)(struct report_shown *shown, struct snapshot *snap);
	/* Show another line, of one of the types or of LINE_CAPTURE; without window() a window, too. */
	int (*line)(struct report_shown *shown, const json_t *object, enum line_type type);
	/* The same for LINE_IPI, of which a capture may have millions. */
	int (*record)(struct report_shown *shown, const struct record_line *line);
	/* The capture is over, also if it was cut off. */
	int (*end)(struct report_shown *shown);
};

/* The first and the last line are the file's own; all others are those of live commands. */
#define FILE_TYPES (1U << LINE_CAPTURE | 1U << LINE_CAPTURE_END)

/* The view that the operands name; NULL: there is none. */
const struct report_view *report_view__of(const struct options *opts);

/* The lines that a view has had so far, as its text needs them. NULL without memory. */
struct report_shown *report_shown__new(const struct options *opts);
/* Hand a line to @view. 0 or a negative errno. */
int report_shown__line(struct report_shown *shown, const struct report_view *view,
		       const json_t *object, enum line_type type);
/* The first line, before all others: the host and its clocks. */
void report_shown__head(struct report_shown *shown, const json_t *object);
/* Whether a name found no room, so that it would read as unknown. */
bool report_shown__short(const struct report_shown *shown);
void report_shown__free(struct report_shown *shown);

/* The files that --perfetto and --html name, as descriptors; -1: not asked for. */
enum picture { PICTURE_TIMELINE, PICTURE_PAGE, PICTURES };

#define PICTURES_NONE  \
	{              \
		-1, -1 \
	}

/* All return an exit status; a failure has been reported. */

/* Open the files that the options name. */
int pictures_open(const struct options *opts, int fds[PICTURES]);

/* Draw @input into the files, in one reading. */
int report_pictures(const struct options *opts, struct report_input *input,
		    const int fds[PICTURES]);

/* Close the files. @status: of the run so far, which is returned if nothing fails. */
int pictures_close(const struct options *opts, const int fds[PICTURES], int status);

/* `report` itself: lines of a capture to a view, with what was opened before. */

#define REPORT_INPUTS 2

struct report_work {
	const struct options *opts; /* checked */
	const struct report_view *view;
	size_t nr_inputs; /* 2 with --diff */
	struct report_input inputs[REPORT_INPUTS];
	int pictures[PICTURES];
	struct report_filter filter;
	/* While lines are shown. */
	struct report_shown *shown;
	uint64_t lines;
	bool traced; /* the capture has records, or says that there were none */
};

/* Read, and write. Opens no file. Returns an exit status; a failure has been reported. */
int report_work__do(struct report_work *work);

#endif /* IPITRACE_COMMAND_PARTS_H */
