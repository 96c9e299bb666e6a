/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands: each has a file in command/ and a text in cli/commands.c. And what several of them do, and
 * all of them include.
 */
#ifndef IPITRACE_COMMAND_COMMAND_H
#define IPITRACE_COMMAND_COMMAND_H

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/diag.h"
#include "host/symbols.h"
#include "isolated/isolated.h"
#include "model/metrics.h"
#include "model/totals.h"
#include "run/run.h"
#include "storm/detector.h"

struct live_queues;

/* Before any of the others: the host and the clock of JSON's lines. Returns an exit status. */
int command_begin(const struct options *opts);

/* Each runs to its end and returns the exit status; a failure has been reported. */
int command_summary(const struct options *opts);
int command_hist(const struct options *opts);
int command_trace(const struct options *opts);
int command_stalls(const struct options *opts);
int command_waits(const struct options *opts);
int command_serve(const struct options *opts);
int command_storm(const struct options *opts);
int command_isolated(const struct options *opts);
int command_record(const struct options *opts);
int command_report(const struct options *opts);
int command_top(const struct options *opts);
int command_check(const struct options *opts);
int command_import(const struct options *opts);
int command_prove(const struct options *opts);

/* The limits of stalls, ns, and of storms that several commands share: of the options, or the defaults. */
uint64_t limits__stall(const struct options *opts);
struct storm_limits limits__storm(const struct options *opts);

/*
 * One line on stderr if any stall found no room, where no report and no last line has their number.
 * Returns how many did not.
 */
uint64_t stalls_missing__say(const struct stall_totals *sum);

struct sight;

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

#endif /* IPITRACE_COMMAND_COMMAND_H */
