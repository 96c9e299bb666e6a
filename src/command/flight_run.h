/* SPDX-License-Identifier: GPL-2.0 */
/* `record --flight`: the recorder, its triggers, its files and its clerk. */
#ifndef IPITRACE_COMMAND_FLIGHT_RUN_H
#define IPITRACE_COMMAND_FLIGHT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/byte_ring.h"
#include "cli/options.h"
#include "model/host.h"
#include "stall/flight.h"
#include "view/text/record.h"

struct clerk;
struct incident;
struct lines;
struct record;
struct report_rings;
struct trace_run;
struct trace_view;

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

/* All return an exit status; a failure has been reported. */

/* Whether the options go together. */
int flight_run__check(const struct options *opts);

/* As root, before all else: fork the clerk, and keep SIGUSR1. */
int flight_run__fork(struct flight_run *run, const struct options *opts);

/* As root, once the programs are attached; @trace and @reports: read by the crew from now on. */
int flight_run__open(struct flight_run *run, struct trace_run *trace, struct report_rings *reports);

/* Start the crew, without privileges. */
int flight_run__begin(struct flight_run *run);

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

#endif /* IPITRACE_COMMAND_FLIGHT_RUN_H */
