/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that several commands call, and the parts of commands that have several files. */
#ifndef IPITRACE_COMMAND_PARTS_H
#define IPITRACE_COMMAND_PARTS_H

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/byte_ring.h"
#include "base/clock.h"
#include "base/write_all.h"
#include "cli/diag.h"
#include "collect/probe.h"
#include "collect/read_bank.h"
#include "command/command.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "isolated/isolated.h"
#include "model/metrics.h"
#include "model/sight.h"
#include "model/totals.h"
#include "run/run.h"
#include "serve/serve.h"
#include "stall/stall_run.h"
#include "storm/detector.h"
#include "view/capture/capture.h"
#include "view/json/json.h"
#include "view/words/words.h"
#include "view/text/views.h"

struct live_queues;
struct picture_run;

/* Fill @head for the first line of a file that begins now. It keeps the pointer @host. */
void capture_head__set(struct capture_head *head, struct host *host, const struct options *opts);

/*
 * Print one line on stderr if any stall found no room, for commands that show this number nowhere
 * else. Returns how many stalls found no room.
 */
uint64_t stalls_missing__say(const struct stall_totals *sum);

/*
 * Returns the exit status of the gate @name (`stalls`), by what it saw, @sight. @status: the gate's
 * status so far. If the gate is not certain, EXIT_FAILED after a line that says what was missed.
 */
int gate_status(const char *name, const struct sight *sight, int status);

/* With --tap, the first call writes the first line of stdout. Returns an exit status. */
int tap_begin(const struct options *opts);

/*
 * Write the @len bytes of @text to stdout as notes of --tap, in one write(2). Watchers may call
 * this, because it allocates no memory and takes no lock. @notes has room for the notes:
 * TAP_NOTES(@len) bytes. 0 or a negative errno.
 */
int tap_write(char *notes, size_t size, const char *text, size_t len);

/*
 * Returns what the gate of `stalls` saw in @ran ns. @sum: the stalls; @unseen: csds that could not
 * be followed; @hidden: csds that no program saw being queued.
 */
struct sight stalls_sight(const struct stall_totals *sum, uint64_t unseen, uint64_t hidden,
			  uint64_t ran);

/*
 * Returns what the gate of `waits` saw in @ran ns: whether a sender waited longer than @threshold
 * (@found), @unseen csds that could not be followed, and who waited for them, and @hidden csds that
 * no program saw being queued.
 */
struct sight waits_sight(bool found, uint64_t threshold, uint64_t unseen, uint64_t hidden,
			 uint64_t ran);

/* The findings of the gate of `storm` so far; the first four are set at the end of the run. */
struct storm_seen {
	bool found;
	bool whole; /* an interval could be judged, or the run had too few csds for a storm */
	double nearest; /* the largest part of its limit that a calm function reached */
	bool hides; /* functions without names may have been a storm */
	uint64_t lost; /* the most of two windows, see storm_lost() */
	uint64_t window; /* the length that a window should have, ns */
	uint64_t longest; /* the length of the longest window, ns */
};

/* Note a window of @ns that should have lasted for @seconds. */
void storm_seen__window(struct storm_seen *seen, double seconds, uint64_t ns);

struct sight storm_sight(const struct storm_seen *seen);

/*
 * Whether ipitrace did not run for so long that a storm as short as a usual window may be averaged
 * away in the longest one.
 */
bool storm_seen__averages(const struct storm_seen *seen);

/*
 * Returns the csds, calls and interrupts of @snap that no function that is judged has: not seen, or
 * without a row; with a filter, those that may pass it.
 */
uint64_t storm_lost(const struct snapshot *snap);

/* About a file of `report --diff`; all but @first is zero in the beginning. */
struct diff_seen {
	bool first; /* it is the first file; the figures of the second must not have risen */
	bool rose; /* a figure rose, or a storm is new */
	uint64_t queued; /* csds, or calls */
	uint64_t lost; /* how many of these were not followed, or not to their functions' end */
	uint64_t orphans; /* csds that ran, and were not seen as they were queued */
	/* csds of functions without a name; 0 if the lack of names does not matter */
	uint64_t unnamed;
	uint64_t rowless; /* csds of functions that found no row */
	uint64_t hidden; /* csds, or calls, that a filter may let through: no program saw them begin */
	uint64_t sends_unseen; /* interrupts without a csd that no program saw being sent */
	uint64_t waits_unseen; /* waits that were not followed to their end */
	uint64_t ns; /* length of its windows */
	uint64_t gaps; /* time between its windows, ns */
	uint64_t lines; /* lines that it should have */
	uint64_t lines_missing; /* how many of these are missing */
	/* From another tracer's file; `lost` may include the csds of these events. */
	uint64_t events_lost; /* events that the tracer lost */
	uint64_t events_unread; /* events that could not be read */
	uint64_t events_gaps; /* places where the tracer lost an unknown number of events */
	uint64_t paused; /* a time without events, or the clock was set forward, ns */
	bool cut; /* another tracer's file ends early */
	bool detached; /* a BPF program was detached while the file was recorded */
	uint64_t stretched; /* the longest window, in which a storm may be averaged away, ns; 0: none is */
	bool left_out; /* FILE.1, which may be a part of the same run, could not be read */
	bool other_source; /* one file has csds, and the other one calls */
	/* A filter that only this file has; what the filter left out is not compared. */
	const char *filter; /* the option's name; NULL: there is none */
	bool unsearched; /* only the first file was searched for storms */
	bool storm_limits; /* storms of this file had to exceed higher limits */
};

/* Returns what the gate of `report --diff` saw of a file. */
struct sight diff_sight(const struct diff_seen *seen);

/*
 * A report of who waits for whom, read from the kernel's queues before anything is attached. While
 * only the first four members are set, the report is closed.
 */
struct queue_report {
	const struct options *opts;
	const char *command;
	const char *what; /* for the head: what is longer than the threshold, "who waits" */
	uint64_t threshold; /* ns */
	bool headed; /* the head was printed */
	struct live_queues *queues; /* NULL: they cannot be read */
	struct moment *moment;
	char slow[320]; /* the message to print if attaching takes long */
	bool waits; /* somebody waits, whatever the filters */
	bool (*over)(const void *ctx); /* whether the run is over; NULL: a look is not cut short */
	const void *over_ctx;
	bool cut; /* the last look was cut short */
	/* The CPUs for which attaching would have waited at the last look, whatever the filters. */
	struct cpuset stuck;
};

/* Close @r; may be called again. */
void queue_report__close(struct queue_report *r);

/*
 * Look at the queues for @span ns; the first call opens them. r->moment gets what lasted for all of
 * @span and passes the filters of @config. Returns whether the queues could be read, or -ENOMEM.
 */
int queue_report__look(struct queue_report *r, const struct collect_config *config, uint64_t span);

/* Write r->moment to stdout, below the head. 0 or a negative errno. */
int queue_report__show(struct queue_report *r);

/*
 * Print the head of the page (view__stalls_head()), once, before the run prints anything else and
 * before its watchers write: stdio's buffer is empty then. Not for JSON, TAP, -q.
 */
void queue_report__head(struct queue_report *r);

/*
 * Returns what the gate saw of a run that ended before anything was attached. @since: when the
 * first of the stuck CPUs was seen (CLOCK_MONOTONIC ns), 0: never. The gate has found something if
 * a CPU that the options ask for has not answered for longer than the threshold, whether anybody
 * waits or not.
 */
struct sight queue_report__sight(const struct queue_report *r, uint64_t since);

/* Report who waited for whom when a dump was taken: `waits --vmcore`. Returns an exit status. */
int vmcore_report(const struct options *opts);

/*
 * Returns the exit status of the gate of `waits --vmcore`. @status: the gate's status so far. @m:
 * the dump's moment, in which senders of csds that could not be read may have waited.
 */
int vmcore_gate(const struct moment *m, int status);

/* The interruptions of CPUs, for `isolated` and `serve`: what to collect, and names. */

/* Have @config collect all that interrupts @cpus, which is valid until the collector is open. */
void interruption_names__configure(struct collect_config *config, const struct cpuset *cpus);

/*
 * Add the events since the last call to @account, in the main thread. @symbols: names for stacks;
 * may be NULL. 0 or a negative errno.
 */
int interruptions__take(struct collector *collector, struct account *account,
			struct symbols *symbols);

/*
 * Name each culprit of @account: its cause, its function, and its sender's stack. The names outlive
 * @symbols. NULL for @symbols: addresses stay addresses. @handed: softnet__handed() when the
 * collection of events began. 0 or -ENOMEM.
 */
int interruption_names__find(struct account *account, struct symbols *symbols,
			     const struct collector *collector, uint64_t handed);

/* --allow of `isolated`. */

/*
 * Refuse an --allow that can never count: its glob matches no cause and no function of the kernel,
 * or an earlier --allow takes all that it matches. NULL for @symbols: functions are not checked.
 * Returns an exit status.
 */
int allowances__check(const struct gate *gate, struct symbols *symbols);

/* Say which globs of functions matched no interruption. */
void allowances__unseen(const struct gate *gate, const struct isolation *isolation);

/* A file of another tracer as the lines of a capture, which `import` writes and `report` shows. */

/* Takes whole lines. Returns 0, or a negative errno, which ends the reading. */
typedef int import_lines_fn(void *ctx, const char *text, size_t len);

struct import_how {
	const struct options *opts; /* of import; no option is given: the defaults of `record` */
	const char *output; /* the capture's name, for progress and summary; NULL: there is none */
	import_lines_fn *put;
	/* Returns the bytes of the capture so far. Called only with output. */
	uint64_t (*bytes)(void *ctx);
	void *ctx;
};

/* Whether the file @fd is one that `import` reads; false for a pipe. Keeps the file's position. */
bool import_run__is_for(int fd);

/*
 * Check by the first bytes whether `import` reads @fd. Returns an exit status, after reporting what
 * the file is; EXIT_DONE if it is not a regular file.
 */
int import_run__check(int fd, const char *path);

/* The text of perf.data or trace.dat, which perf or trace-cmd writes, without rights, to a pipe. */
struct tracer_text {
	/* The tracer's pid; 0: no installed tracer reads this file, so ipitrace reads it itself. */
	pid_t pid;
	const char *name; /* name of the tracer */
};

/*
 * If @fd, at @path, is a file in the own format of a tracer that is installed, start that tracer,
 * and wait for its first line: @fd is the pipe of the text from then on. Returns an exit status,
 * after reporting a failure.
 */
int tracer_text__open(struct tracer_text *text, int fd, const char *path);

/*
 * End the tracer, after the caller has closed the pipe. Returns @status, or EXIT_FAILED after
 * reporting that the tracer failed.
 */
int tracer_text__close(struct tracer_text *text, const char *path, int status);

/*
 * Read @fds, the @nr files of one run in order; @paths are for messages. Opens no file. *@put_err
 * is what how->put() returned, which has not been reported. Returns an exit status; any other
 * failure has been reported.
 */
int import_run(const struct import_how *how, const int *fds, const char *const *paths, int nr,
	       int *put_err);

/*
 * The windows of a live run as one: a page that is drawn over and over shows this at its end. All
 * zero at first.
 */
struct run_total {
	/* The sum of all windows, ranked, with the first window's start; NULL: no window. */
	struct kept *sum;
	size_t every, seen; /* how many samples sum keeps and has seen, see snapshot_sum */
	/*
	 * The group nearest to a storm, of the window that came nearest to one, or of the window
	 * whose storm cost most.
	 */
	struct storm_nearest nearest;
	struct storm storm; /* nearest.storm, without its CPUs */
	size_t windows;
};

/* Add a window. @nearest: of that window; NULL: nobody looks for storms. 0 or -ENOMEM. */
int run_total__add(struct run_total *total, const struct snapshot *snap,
		   const struct storm_nearest *nearest);

void run_total__free(struct run_total *total);

/* Room for reports of one watcher on their way to the page: at least for two of the longest. */
#define PAGE_RING_BYTES (2 * REPORT_BYTES)

/* The page of `serve` and its /api/v1: the latest windows, stalls and storms. */

/* Bounds of the windows and reports that are kept. */
#define LIVE_NS	     600000000000ULL
#define LIVE_WINDOWS 1200
#define LIVE_BYTES   (32UL << 20)
#define LIVE_REPORTS 1000 /* the most stalls, and the most storms */

struct live;

/*
 * Returns a new page; NULL without memory. @interval: length of a window, s. @details: show names
 * of tasks and cgroups.
 */
struct live *live__new(double interval, bool details);

/* Free @live, which may be NULL. No answer may be in preparation. */
void live__free(struct live *live);

/* Returns the functions that show windows, stalls and storms on the page; for the main thread. */
struct sink live__page(struct live *live);

/*
 * Answer @request in the server's thread. Returns false, and leaves @answer as it is, if the page
 * has no such path.
 */
bool live__answer(struct live *live, const struct http_request *request,
		  struct http_answer *answer);

/*
 * The file that `record` writes. With --max-size there are two, FILE and FILE.1: when one has half
 * the size, the other is begun anew, so that the last half is always there. Both are opened, and
 * get their names, while ipitrace is root, because afterwards it may not create or rename files. A
 * run that is killed leaves what it wrote so far.
 */

/* Not open if only path and fds are set. */
struct record_file {
	const char *path;
	int fds[2]; /* negative: not open */
	unsigned int part; /* the number of this part, from 1; it goes to fds[(part - 1) & 1] */
	uint64_t part_bytes; /* the most bytes of a part; 0: no limit */
	uint64_t bytes[2]; /* bytes in each of the two files now */
	uint64_t flushed; /* when the last frame was written */
	uint64_t stalls_dropped; /* reports that found no room, for the last line */
	struct capture_unwatched unwatched; /* for the last line */
	struct host host;
	struct capture_head head;
	struct capture_writer *writer;
};

/* All functions below return an exit status, after they have reported a failure. */

/* Create the file, and write its first line. */
int record_file__open(struct record_file *file, const struct options *opts);

/* Add whole lines. They are written when their frame is full. */
int record_file__put(struct record_file *file, const char *text, size_t len);

/* Begin the file anew, without what it held. */
int record_file__restart(struct record_file *file);

/* Write the lines so far if the last frame is 5 s old. Call this once in a while. */
int record_file__tend(struct record_file *file);

/* Write the last line, and all lines that wait. */
int record_file__end(struct record_file *file);

int record_file__close(struct record_file *file);

/* `record --flight`: the recorder, its triggers, its files and its clerk. */

struct flight_run {
	const struct options *opts;
	const char *path; /* path of the file that is created ahead */
	struct feeds *feeds;
	struct flight *flight;
	struct clerk *clerk;
	struct host host;
	struct capture_head head;
	int file_fd; /* the first file; negative: it was used */
	int signal_fd; /* SIGUSR1 */
	struct byte_ring notes; /* messages of the crew, for the main thread to print */
	uint64_t max_files; /* how many of the run's files stay; 0: not known */
	_Atomic uint64_t files; /* files that are whole */
	_Atomic uint64_t cut; /* files that end early */
	_Atomic uint64_t failed; /* files that end early, or could not be created */
};

/* Refuse an --exec that cannot be run. Returns an exit status, as all int functions here do. */
int flight_run__check(const struct options *opts);

/*
 * Fork the clerk, and block SIGUSR1. Call this as root before everything else. If no condition is
 * given, @opts get stalls and storms.
 */
int flight_run__fork(struct flight_run *run, struct options *opts);

/*
 * Open the recorder, as root, once the programs are attached. The crew gathers the records of
 * @feeds, and takes the reports of stalls.
 */
int flight_run__open(struct flight_run *run, struct feeds *feeds);

/* Called by the main thread now and then. *@over: --exit is fulfilled. */
int flight_run__tend(struct flight_run *run, bool *over);

/* Trigger a file, if --on names stalls: a reporter's found(). */
void flight_run__stall(void *run, const struct incident *incident, uint64_t id);

/* Hand a record to the recorder: a trace_print_fn, in which the ctx of @lines is the flight_run. */
void flight_run__record(const struct trace_view *view, const struct record *r, struct lines *lines);

/* Take lines into the recorder: called in gather(), and once the crew has ended. */
int flight_run__add(void *run, const char *text, size_t len);

/* End the crew, and the file, after the watchers have ended. */
int flight_run__end(struct flight_run *run);

/* Set the figures of the recorder that `record` shows; adds to @progress->lost. */
void flight_run__progress(const struct flight_run *run, struct record_progress *progress);

void flight_run__close(struct flight_run *run);

/* A capture's lines: what is wrong with their file, which lines pass the filters of `report`. */

struct report_input {
	const char *path; /* the path for messages */
	/* The file's parts. For another tracer's file: the file itself, or the pipe of its text. */
	struct capture_parts parts;
	struct tracer_text text;
};

/* Open the capture at @path. Reads nothing. Returns an exit status, after reporting a failure. */
int report_input__open(struct report_input *input, const char *path);

/* Check by its first bytes that @input may be a capture. Returns an exit status; says why not. */
int report_input__check(const struct report_input *input);

/* Say what was wrong with @input by @result, if anything was. Returns an exit status. */
int report_input__status(const struct report_input *input, const struct capture_result *result);

/*
 * Close all of @input. Returns @status, or EXIT_FAILED after reporting what went wrong at the end
 * of the file.
 */
int report_input__close(struct report_input *input, int status);

/*
 * Call @fn for each line of @input, in all its parts. @fn returns a negative errno to stop.
 * @result: what is wrong with the file, which is not reported. For a file of another tracer @result
 * is WHOLE, STOPPED (err is what @fn returned) or FAILED, and the exit status is that of a failure
 * that has been reported.
 */
int report_input__read(struct report_input *input, capture_line_fn *fn, void *ctx,
		       struct capture_result *result);

/*
 * Call @fn for each line of @text, which ends with a newline; *@lines counts them. 0, the negative
 * errno of @fn, or -EBADMSG for a line that no capture has.
 */
int lines__each(const char *text, size_t len, uint64_t *lines, capture_line_fn *fn, void *ctx);

struct report_filter {
	const struct options *opts;
	/* The capture's time, with --since or --until. 0: not known. */
	uint64_t first, end;
	struct timespec started; /* the capture's beginning, when CLOCK_MONOTONIC was mono */
	uint64_t mono;
	bool piped; /* the input cannot be read twice, so the range is known at its end */
	uint64_t since, until; /* CLOCK_MONOTONIC of the capture, ns, if the options are given */
	bool by_csd; /* -c, --src, --dst, -f or -p is given */
	bool any; /* any filter is given */
	bool cut; /* the input ends early or is damaged: @fn got the lines before that */
};

void report_filter__open(struct report_filter *filter, const struct options *opts);

/*
 * Open @filter, and call @fn for each line of @input, in all its parts; @fn asks @filter. @fn
 * returns a negative errno to stop, -EBADMSG for a line that is no JSON. Refuses --since and
 * --until outside of what @input covers, before the reading unless that is a pipe. Returns an exit
 * status; a failure has been reported.
 */
int report_filter__read(struct report_filter *filter, const struct options *opts,
			struct report_input *input, capture_line_fn *fn, void *ctx);

/* Whether a line passes @filter, a struct report_filter. Windows pass whole. */
bool report_filter__passes(void *filter, const struct line_facts *facts);

/* A capture as the text of a live command, and the page of what is most important. */
struct report_shown;

struct report_view {
	const char *name; /* the word that asks for the view; NULL: no word does */
	unsigned int
		types; /* lines that -j prints and the text shows: a bit for each enum line_type */
	unsigned int also; /* further lines, which only the text needs */
	bool by_csd; /* each line is about one csd, so -c, -f and the like choose lines */
	bool traced; /* only a capture of `record --trace` has such lines */
	bool cpus_only; /* of a window, take() needs only the ledger and the rows of CPUs */
	/* Each function may be NULL, and returns 0 or a negative errno. */
	/* Show what comes before all lines. */
	int (*head)(struct report_shown *shown);
	/* Show a line of one of the types. */
	int (*take)(struct report_shown *shown, struct capture_record *record);
	/* The end of the capture, even if the capture was cut off. */
	int (*end)(struct report_shown *shown);
	/* A view of the sum of all windows: print the sum. */
	void (*print)(const struct snapshot *snap, const struct view_options *opts);
};

/* The first and the last line are the file's own; all others are those of live commands. */
#define FILE_TYPES (1U << LINE_CAPTURE | 1U << LINE_CAPTURE_END)

/* Returns the VIEW of that name; NULL: there is none. */
const struct report_view *report_view__named(const char *name);

/* Returns the view that the operands name; NULL: there is none. */
const struct report_view *report_view__of(const struct options *opts);

/* Returns what @view keeps of the lines so far, of those that pass @filter. NULL without memory. */
struct report_shown *report_shown__new(const struct report_view *view, const struct options *opts,
				       const struct report_filter *filter);
/* Returns the sink that shows lines. */
struct capture_sink report_shown__sink(struct report_shown *shown);
/* Show what comes after all lines, if there was a first line. 0 or a negative errno. */
int report_shown__end(struct report_shown *shown);
void report_shown__free(struct report_shown *shown);

/* The files that --perfetto and --html name, as descriptors; -1: not asked for. */
enum picture { PICTURE_TIMELINE, PICTURE_PAGE, PICTURES };

/* All functions below return an exit status, after they have reported a failure. */

/* Open the files that the options name. */
int pictures_open(const struct options *opts, int fds[PICTURES]);

/* Draw @input into the files in one pass over the input. */
int report_pictures(const struct options *opts, struct report_input *input,
		    const int fds[PICTURES]);

/* Close the files. @status: the run's status so far, which this returns if nothing fails. */
int pictures_close(const struct options *opts, const int fds[PICTURES], int status);

/*
 * The second file of --max-size, FILE.1. An older FILE.1 becomes FILE.old.1, which `report
 * FILE.old` reads, too.
 */
struct second_file {
	char path[PATH_MAX];
	char old[PATH_MAX];
};

/* Name the second file of @file. Returns false if a name is too long. */
bool second_file__name(struct second_file *second, const char *file);

/*
 * Refuse outputs to one file, or that would rename each other, or replace a file that is read, as
 * FILE.old. Returns an exit status.
 */
int outputs_check(const struct options *opts);

/* --html and --perfetto of a live run: they are made of the lines that a capture of the run has. */

/* Refuse names of files that a live run cannot write. Returns an exit status. */
int picture_run__check(const struct options *opts);

/* Create the files, and begin the pictures, as root. Returns an exit status. */
int picture_run__open(struct picture_run **run, const struct options *opts);

/* Returns the functions that draw windows, stalls and storms. */
struct sink picture_run__page(struct picture_run *run);

/* Draw whole lines of a capture. Returns an exit status. */
int picture_run__put(struct picture_run *run, const char *text, size_t len);

/* Finish the files when the run is over. Returns an exit status. */
int picture_run__end(struct picture_run *run);

/* Close @run, which may be NULL. */
void picture_run__close(struct picture_run *run);

/* `report` itself: lines of a capture to a view, with what was opened before. */

#define REPORT_INPUTS 2

struct report_work {
	const struct options *opts; /* checked */
	const struct report_view *view;
	size_t nr_inputs; /* 2 with --diff */
	struct report_input inputs[REPORT_INPUTS];
	int pictures[PICTURES];
	struct report_filter filter;
	struct capture_sink sink;
	bool traced; /* the capture has records, or says that there were none */
};

/*
 * Read the inputs of @work, a struct report_work, and write the output. Opens no file. Returns an
 * exit status; a failure has been reported.
 */
int report_work__do(void *work);

#endif /* IPITRACE_COMMAND_PARTS_H */
