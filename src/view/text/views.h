/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands' text. The functions print to stdout, as wide as the terminal, 80 columns at most,
 * unless their comment says otherwise. A function with @buf and @size returns the length of its
 * text, and cuts the text to @size.
 */
#ifndef IPITRACE_VIEW_TEXT_VIEWS_H
#define IPITRACE_VIEW_TEXT_VIEWS_H

#include <stdlib.h>
#include "base/clock.h"
#include "model/diff.h"
#include "model/host.h"
#include "model/incident.h"
#include "model/isolation.h"
#include "model/sight.h"
#include "model/totals.h"
#include "view/view.h"
#include "view/words/words.h"

/*
 * Print the heading of `ipitrace @what`: "ipitrace summary: vm, 6.12; 1.00 s from 08:55:01". The
 * length of a window that is shorter than @asked seconds is "partial: 0.34 s"; @asked 0: the
 * intended length is unknown. @ran: PROGRAM, if all senders count while it runs; NULL or "": no
 * PROGRAM.
 */
void view__head(const struct snapshot *snap, const char *what, double asked, const char *ran);

/*
 * Print the heading for a run that goes on after @snap, with the time at which the run began, and
 * without its length.
 */
void view__head_open(const struct snapshot *snap, const char *what);

/* Member @word of the utsname of @host; NULL if unknown. */
#define host__word(host, word) ((host) && *(host)->name.word ? (host)->name.word : NULL)

/* Returns "vm, 6.12.48", the kernel's release in at most @width bytes; "host not known". */
struct words view__host_name(const struct host *host, size_t width);

/* Print each feature in two lines: available or not, and how, or why not. */
void view__check(const struct feature *features, size_t nr);

/*
 * Print for each other tracer a command line that records @events, which must include csd and mono;
 * then how to import the file.
 */
void view__recipe(const struct tracefs_events *events);

/* Print one window's report with percentiles, who to whom and the ledger. */
void view__summary(const struct snapshot *snap, const struct view_options *opts);

/* Print the sections that options add to the page: kinds, stacks, ipitrace's own cost. */
void view__sections(const struct snapshot *snap, const struct view_options *opts);

/*
 * The page that answers at a glance: what IPIs cost, whether that is a storm, who sends
 * them, who is hit, and what was worst. It fits the given screen.
 */

/* The size of the page if stdout is no terminal, and the least size. */
#define BRIEF_COLUMNS	  80
#define BRIEF_ROWS	  24
#define BRIEF_COLUMNS_MIN 60
#define BRIEF_ROWS_MIN	  16

struct brief {
	int columns;
	int rows; /* of the screen; the page has at least one line less, with @total two */
	double asked; /* length of a whole window, s; 0: not known */
	const char *ends; /* "Ctrl-C ends": how the reader ends the run; NULL: it ends by itself */
	bool total; /* the page is of all windows of the run, which is over */
	bool quiet; /* no heading, no commands */
	bool hints; /* below the page print commands that show more */
	bool by_cpu; /* put the table of CPUs last, with more rows */
	const char *program; /* how to call ipitrace, in these commands */
	const char *again; /* " -- make": PROGRAM, in these commands; "": none, or not plain */
	const char *ran; /* "make[1234]": PROGRAM, if all senders count; "": no PROGRAM */
	const char *filters; /* " --dst 1": the options that chose the csds of the page, or "" */
	const struct storm_nearest *nearest; /* NULL: the run does not look for storms */
};

/* Write the page to @out, with colours if stdout has some. 0 or -ENOMEM. */
int view__brief(FILE *out, const struct snapshot *snap, const struct brief *brief);

/*
 * Write only the page's lines about the IPIs of a capture and their cost, and the verdict if
 * @nearest is not NULL, @columns wide. Returns 0 or -ENOMEM.
 */
int view__brief_cost(FILE *out, int columns, const struct snapshot *snap,
		     const struct storm_nearest *nearest);

/* For snapshot__passes_interrupts(); rows of --by name interrupts themselves. */
#define INTERRUPTS_INCLUDED "-p has them, too: this kernel does not tell them apart"

/* The text in place of the call sites that a tracer hides (how.callsites_hidden). */
#define CALLSITES_HIDDEN "not known: a tracer (function_graph, a kretprobe or an fprobe) hides them"

struct brief_page;

/* Print the lines above the tables: the heading, rates and costs, the verdict. */
void brief__above(const struct brief_page *page, const struct brief *brief);

/*
 * Print the line about a function that is over a limit and too cheap for a storm, if @nearest has
 * one; @nearest may be NULL.
 */
void brief__notes(const struct brief_page *page, const struct storm_nearest *nearest);

/* Print the longest delay and the longest run, after an empty line if @blank, as far as known. */
void brief__longest(const struct brief_page *page, bool blank);

/*
 * Print the cost of synchronous calls by function and call site, those with the longest waits
 * first. Uses only quiet, asked and ran of @opts.
 */
void view__calls(const struct snapshot *snap, const struct view_options *opts);

/* Print for each CPU histograms of delay, handler time and wait. @quiet: no heading. */
void view__hist(const struct snapshot *snap, bool quiet);

/* Returns the samples of octave @o: text shows an octave a line, JSON has the finer slots. */
uint64_t view__octave(const struct hist *hist, int o);

/* Print a line for each stack: "task;outermost;...;function COUNT". */
void view__folded(const struct folded *folded);

/* The text of `trace` is view->columns wide. */

/* Print the time of day from which the records' times count, then the names of the columns. */
void view__trace_head(const struct trace_view *view, const struct host *host,
		      const struct timespec *began, struct lines *lines);

/* Write one record as a line, and a line for each frame of its stack. */
void view__trace(const struct trace_view *view, const struct record *r, struct lines *lines);

/* Print one line: how many records, how many lost, and why. */
void view__trace_end(FILE *out, const struct trace_totals *totals);

/*
 * Print the head of `stalls`, or of `waits`: @what ("who waits") is longer than @threshold, ns.
 * Must not be called while a CPU may be stuck: localtime_r() takes a lock, which that CPU may hold.
 */
void view__stalls_head(const char *command, const char *what, const struct host *host,
		       uint64_t threshold, const struct timespec *began);

/* Print, after the head, which figures are unknown because only calls are followed. */
void view__stalls_calls(void);

/*
 * Write one line about the stalls that were counted and not reported within @span ns; nothing if
 * there were none.
 */
size_t view__stalls_unreported(char *buf, size_t size, const struct stalls_unreported *unreported,
			       uint64_t span);

/* Print the families, if stalls were not reported; stalls by phase; losses, if there were any. */
void view__stalls_end(const struct stall_totals *totals);

/*
 * Write a stall as a block, without malloc(), locks or stdio, because a CPU may be stuck. @id: the
 * stall's number.
 */
#define STALL_TEXT 8192 /* bytes that hold any stall */
size_t view__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   const struct wall_clock *clock);

/* Write only the last line of view__stall(): one plain sentence. */
void view__stall_sentence(char *buf, size_t size, const struct incident *incident);

/*
 * Write a moment as a tree: CPUs, and below each the senders that wait for it. Cuts the text to
 * @size, and returns its length, as view__stall() does.
 */
size_t view__waits(char *buf, size_t size, const struct moment *moment,
		   const struct naming *naming);

/*
 * For `report FILE waits` without a wait: print in one line which stalls there were. @totals: of
 * the whole capture; NULL: the capture has no totals, as a file of the flight recorder. @stalls:
 * number of stalls, used only without @totals.
 */
void view__no_wait(const struct stall_totals *totals, uint64_t stalls);

/* Write how many waits there were, after a run in which no look caught a wait. */
size_t view__wait_counts(char *buf, size_t size, const struct wait_counts *counts);

/*
 * Write a storm as a block: the culprit, the storm's name, its figures, advice. @realtime:
 * CLOCK_REALTIME less CLOCK_MONOTONIC, ns, for the time of day.
 */
#define STORM_TEXT 16384 /* bytes that hold any storm */
size_t view__storm_text(char *buf, size_t size, const struct storm *storm,
			const struct storm_evidence *evidence, int64_t realtime);

/* Print the text of view__storm_text() to stdout, after a blank line. */
void view__storm(const struct storm *storm, const struct storm_evidence *evidence,
		 int64_t realtime);

/* Print one line: the storm is over, or goes on when ipitrace ends. */
void view__storm_over(const struct storm *storm, int64_t realtime);

/* Print, for a run without a storm, how near it came to one, and what IPIs cost. */
void view__no_storm(const struct calm *calm);

/*
 * Print for `isolated`, before collection, the CPUs, the time of day, and the checks of the setup
 * with advice. @endless: the run ends only by Ctrl-C, and a reader has to know that.
 */
void view__isolated_setup(const struct host *host, const struct cpuset *cpus,
			  const struct timespec *began, const struct setup_check *checks, size_t nr,
			  bool endless);

/*
 * Print for `isolated`, after collection, each CPU and its culprits by group, IPIs last, and in
 * each group by interrupted time.
 */
void view__isolated(const struct isolation *isolation);

/* Print the verdict: each limit of @gate that a CPU broke, by whom; what was lost; or one line. */
void view__isolated_verdict(const struct isolation *isolation, const struct gate *gate);

/*
 * TAP version 13 (testanything.org), which CI systems read, in the place of a gate's text: a test
 * for each thing that is judged. The name of a test has no figure, because CI systems compare tests
 * by name from run to run; figures and causes follow in notes, lines that begin with "# ".
 */

/* Print the first line. From here on there are no colours. */
void view__tap_begin(void);

/* Print the number of tests that follow. */
void view__tap_plan(size_t nr);

/* Print test @nr, from 1: the verdict on what the gate saw. A note says what is not certain. */
void __attribute__((format(printf, 3, 4)))
view__tap_test(size_t nr, const struct sight *sight, const char *format, ...);

/*
 * Write the @len bytes of @text as notes, line by line, without malloc(), locks or stdio.
 * TAP_NOTES(@len) bytes hold any text.
 */
#define TAP_NOTES(len) (2 * (len) + 4)
size_t view__tap_notes(char *buf, size_t size, const char *text, size_t len);

/* Print test number @nr of `isolated`, for @cpu. */
void view__tap_isolated(size_t nr, const struct isolation *isolation,
			const struct isolated_cpu *cpu, const struct gate *gate,
			const struct sight *sight);

/*
 * Print the plan of `stalls`, and a test for each phase. @sight lacks the stalls of single phases,
 * which @totals has.
 */
void view__tap_stalls(const struct stall_totals *totals, const struct sight *sight);

/* Print the test of `storm`. @calm: figures of a run without a storm. */
void view__tap_storm(const struct calm *calm, const struct sight *sight);

/* Print the test of `waits`. @threshold: ns; 0: any wait counts, as in a dump. */
void view__tap_waits(uint64_t threshold, const struct sight *sight);

/*
 * Print the plan of `report --diff`, and a test for each row that has a limit. @sight lacks the
 * rows that rose, which @diff has.
 */
void view__tap_diff(const struct diff *diff, const struct sight *sight);

/*
 * Write into @text how @cpu exceeded the limit @breach, and into @culprits who caused that, with a
 * line for each.
 */
void view__breach(const struct isolated_cpu *cpu, const struct breach *breach,
		  const struct gate *gate, const struct window *window, struct block *text,
		  struct block *culprits);

/* Write the name of the figure of @row: "ipi_mb handler p99". */
void view__diff_figure(struct block *b, const struct diff_row *row);

/* The texts of the columns of a row; "-" or "" if a column has no value. */
struct diff_words {
	struct text a, b, factor, limit, noise;
	const char *verdict; /* "rose" */
};
struct diff_words view__diff_words(const struct diff_row *row);

/* The heading of each group of rows. */
extern const char *const diff_headings[NR_DIFF_GROUPS];

/* Write one line about all rows: "2 of 14 figures rose beyond their limits: csds 2x". */
void view__diff_verdict(struct block *b, const struct diff *diff);

/* The progress of `record`, on stderr. */
struct record_progress {
	uint64_t ns; /* of all windows, together */
	uint64_t csds; /* queued */
	uint64_t lost;
	uint64_t bytes; /* bytes in the file, or in the memory of the flight recorder */
	/* The flight recorder's: */
	bool flight;
	uint64_t held_ns; /* how much of the run is in memory */
	uint64_t span_ns; /* --flight: how much of the time before an incident a file should have */
	bool dropped; /* older lines were dropped, because the memory was full */
	uint64_t size; /* size of the memory, bytes */
	uint64_t files; /* files written, as far as there was room */
	uint64_t cut; /* how many of these end early */
	uint64_t max_files; /* how many of these are left at most; 0: not known (--keep) */
};

/* Print a line that the next one replaces; for a terminal. */
void view__record_progress(const struct record_progress *progress);

/*
 * Print the last line. @replaces: it follows view__record_progress(). @path: the file; not for the
 * flight recorder.
 */
void view__record_end(const struct record_progress *progress, const char *path, bool replaces);

/*
 * Print the first lines of `report`'s page. @sum: the sum of all @windows windows; without a
 * window, only the host and the beginning of the file.
 */
void view__report_head(const struct snapshot *sum, uint64_t windows);

/* Print the head of `report FILE @view`: the host, and when the capture begins. */
void view__capture_head(const struct host *host, const char *view, const struct timespec *began);

/* Print why the flight recorder wrote the file, which begins @before ns before the trigger. */
void view__report_trigger(const struct trigger *trigger, uint64_t before,
			  const struct wall_clock *clock);

/*
 * Print the run's cost, and whether it has storms: @nr of them, by the names of the first @shown;
 * without a storm, what came @nearest to one. 0 or -ENOMEM.
 */
int view__report_cost(const struct snapshot *sum, const struct storm_nearest *nearest, uint64_t nr,
		      const char *const *names, size_t shown);

/*
 * Print how many stalls over @threshold (ns; 0: not known) there were, and how many of them are
 * @folded: the result of another stall. @missing: reports that found no room while they were
 * recorded. The caller prints the @shown longest stalls below.
 */
void view__report_stalls(uint64_t nr, uint64_t folded, size_t shown, uint64_t threshold,
			 uint64_t missing);

/*
 * Print how many storms there were: @nr, of which @notes are notes. The caller prints below the
 * @shown storms that cost most.
 */
void view__report_storms(uint64_t nr, uint64_t notes, size_t shown);

/* Print two runs side by side. @names: of their files. @quiet: no heading. */
void view__diff(const struct diff *diff, const char *const names[2], bool quiet);

#endif /* IPITRACE_VIEW_TEXT_VIEWS_H */
