/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that `record` writes. With --max-size it is two, FILE and FILE.1: when
 * one has half the size, the other is begun anew, so the last half is always there.
 * Both are opened, and get their names, while ipitrace is root, for afterwards it may create
 * and rename no file: a run that is killed leaves what it wrote so far.
 */
#ifndef IPITRACE_COMMAND_RECORD_H
#define IPITRACE_COMMAND_RECORD_H

#include "base/byte_ring.h"
#include "command/command.h"
#include "collect/read_records.h"
#include "stall/flight.h"
#include "view/capture/capture.h"
#include "view/text/views.h"

struct symbols;

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

struct clerk;
struct report_rings;
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

#endif /* IPITRACE_COMMAND_RECORD_H */
