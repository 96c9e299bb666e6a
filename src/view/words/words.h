/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of a text: names, numbers, words, styles, blocks, paragraphs. Names, numbers, words
 * and blocks need no malloc(), no lock and no stdio, because stalls are described while a CPU is
 * stuck, and a thread on that CPU may hold stdio's lock.
 */
#ifndef IPITRACE_VIEW_WORDS_WORDS_H
#define IPITRACE_VIEW_WORDS_WORDS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/callers.h"
#include "model/moment.h"
#include "model/names.h"
#include "model/storm.h"

/*
 * Names that the kernel or a user chose: task names, cgroups, functions, modules, hosts, kinds of
 * interrupts. Such a name may hold escape sequences, newlines, and bytes that are no text at all,
 * and a terminal would obey them. Therefore each view makes them safe with these functions before
 * it prints them. Widths count characters.
 */

/* The longest symbol (KSYM_NAME_LEN is 512) with its offset. */
#define SAFE_BYTES 640

struct safe {
	char s[SAFE_BYTES];
};

/*
 * A short text: a number with its unit, a task's name. Texts have three sizes (struct safe, text
 * and words), by which gcc checks that a caller's buffer has room for them (-Wformat-truncation).
 */
struct text {
	char s[32];
};

/* Returns @name, with '?' for what is not text (base/sanitize.h); "?" for NULL. */
struct safe safe(const char *name);

/* Returns a task's name; @comm need not end with a NUL. */
struct text safe__comm(const char *comm);

/* Returns the first @bytes bytes of @name, or fewer, so that no character is cut. */
struct safe safe__cut(const char *name, size_t bytes);

/* Returns what safe() returns; for a name longer than @bytes, "..." and the end of the name. */
struct safe safe__tail(const char *name, size_t bytes);

/* Returns exactly @width columns: the name is cut, or filled with blanks. */
struct safe safe__column(const char *name, size_t width);

/*
 * Returns what safe__column() returns; for a name longer than @width the whole name, a newline and
 * @width blanks.
 */
struct safe safe__name(const char *name, size_t width);

/* Returns the number of characters in @text, which is UTF-8. */
size_t safe__width(const char *text);

/* Returns the bytes that the first @width characters of @text have; all bytes of a shorter text. */
size_t safe__fit(const char *text, size_t width);

/* Numbers of three digits and a unit, at most 7 columns. */

/* Returns "812ns", "1.23us", "45.6ms", "120s". */
struct text units__ns(uint64_t ns);

/* Returns the text of units__ns(); "-" if @samples is 0. */
struct text units__ns_of(uint64_t ns, uint64_t samples);

/* Returns "812", "1.23k", "45.6M". */
struct text units__count(uint64_t n);

/* Returns a rate, or that of @n in @window: "0", "0.3", "97.2", then as units__count(). */
struct text units__rate(double per_second);
struct text units__rate_in(const struct window *window, uint64_t n);

/* Returns a part of 1 as percent: "0%", "<0.01%", "0.03%", "0.9%", "12%". */
struct text units__percent(double part);

/* Returns the end of a noun after the number @n: "" for 1 ("1 csd"), else "s" ("2 csds"). */
const char *units__plural(uint64_t n);

/* Numbers with their nouns, durations, CPUs, functions and tasks as words of a sentence. */
struct words {
	char s[160];
};

/* Returns "1.23k csds"; "1234 csds". */
struct words units__counted(uint64_t n, const char *noun);
struct words words__number(uint64_t n, const char *noun);

/* Returns "20us", exact, as an option takes it. */
struct text view__time_option(uint64_t ns);

/* Returns "48 ms", "1.5 s". */
struct text view__duration(uint64_t ns);

/* Returns "0,2-5"; "0,2,..." if 63 bytes do not hold the list. */
struct words view__cpus(const struct cpuset *cpus);

/* Returns "name [module]"; the address without a name; "a function" for address 0. */
struct words words__symbol(const struct symbol *symbol);

/*
 * Returns "name+0x1c [module]", or "name [module]" if the offset is unknown (0); without a name,
 * the address.
 */
struct words words__frame(const struct symbol *symbol);

/*
 * Returns a program's frame as text that follows a reason: " < name (file)"; " < 0x1c (file)", with
 * the address in the file, if the file has no name for that address; "" if @user is NULL.
 */
struct words words__user(const struct symbol *user);

/*
 * Returns why no further frames of the sender's program are known; NULL: all frames are known, or
 * the sender has no program.
 */
const char *words__user_end(enum user_end end);

/*
 * Returns "comm[tgid]", with " thread N" after it for each thread except the process' first; "comm
 * thread N" where the process is not known; "idle"; "an interrupt"; "a task" if nothing is known.
 */
struct words words__task(const struct task_id *task);

/*
 * Returns "kworker for comm[tgid]", with the task that queued the work that @worker runs; "kworker;
 * who queued its work is not known" if @queued_by is all 0. Other threads that run works have their
 * own names: "rcu_exp_gp_kthr for comm[tgid]".
 */
struct words words__worker(const char *worker, const struct task_id *queued_by);

/*
 * Returns who sent: "comm[tgid]"; for a worker as words__worker() returns it; "stopper thread
 * migration/3; who queued its work is not known"; "in an interrupt".
 */
struct words words__sender(const struct stack_sample *call);

/*
 * Returns who a source of a storm is: a task or a stopper thread as words__sender() returns it;
 * "an interrupt".
 */
struct words words__source(const struct storm_source *source);

/* Returns the local time of day at @ns, CLOCK_REALTIME. */
struct text clock__at(int64_t ns);

/*
 * Returns date, time and zone as RFC 3339 writes them and --since accepts them. Each page has a
 * date, because a time of day does not say which day. @digits: digits of the second's fraction, 0
 * to 9: "2026-11-21T03:10:05+01:00" with 0, "2026-11-21T03:10:05.338+01:00" with 3. "?" if the time
 * is unknown, as in a file of another tracer.
 */
struct words clock__date(const struct timespec *time, int digits);
struct words clock__date_at(int64_t ns);

/*
 * terminal.c: colours if stdout is a terminal, or as --color says; block characters if the locale
 * is UTF-8. The first call asks the environment, and keeps the answer. A caller that must not block
 * later therefore calls style__on() once beforehand.
 */

enum style {
	STYLE_PLAIN,
	STYLE_HEAD,
	STYLE_DIM,
	STYLE_ALERT,
};

/* Obey --color=always (@on) or --color=never, whatever the environment and the terminal say. */
void style__set(bool on);

/* Whether a terminal that has colours should show them: style__set() decides, else NO_COLOR. */
bool style__wanted(void);

/* Escape sequences; "" without colours (style__set(), NO_COLOR, TERM=dumb, a pipe). */
const char *style__on(enum style style);
const char *style__off(void);

/* Print a line to stdout. @format has no newline. */
void __attribute__((format(printf, 2, 3))) style__line(enum style style, const char *format, ...);

/* Write no escape sequences from now on: a canvas has inks instead, and TAP has no colours. */
void style__plain(void);

/*
 * The width of a page: the terminal's columns, from STYLE_NARROW to STYLE_COLUMNS;
 * STYLE_COLUMNS where stdout is no terminal, or a terminal without a known size.
 */
#define STYLE_COLUMNS 80
#define STYLE_NARROW  40
int style__columns(void);

/*
 * Returns the width, at least 1, of a table's column that is @width wide on a page of
 * STYLE_COLUMNS: on a narrower page this column loses all the width that the page lacks.
 */
int style__width(int width);

/* Draw a bar for @n of @max, at most @width columns, into @buf; returns @buf. */
#define BAR_BYTES 256
const char *style__bar(char buf[BAR_BYTES], uint64_t n, uint64_t max, int width);

/* Returns one character for @n of @max, one step for each power of ten; " " for 0. */
const char *style__shade(uint64_t n, uint64_t max);

/* Returns the characters of all shades, lightest first. */
const char *style__shades(void);

/* Whether stdout is a terminal that can move its cursor; TERM=dumb cannot. */
bool redraw__possible(void);

/* The terminal's size now, or style__fix()'s; {0, 0}: stdout is no terminal, or of unknown size. */
struct screen_size {
	int columns;
	int rows;
};
struct screen_size redraw__size(void);

/* Keep colours and size as they are now, because stdout becomes a pipe to the terminal's pager. */
void style__fix(void);

/*
 * Draw @text over the screen, as far as it fits. The only escape sequences in @text are colours.
 * @first: scroll the screen up beforehand, so that what it shows is kept. The last text stays on
 * the screen.
 */
void redraw__frame(const char *text, bool first);

/*
 * redraw__note() writes "@doing ..." to stderr while nothing else is shown; redraw__note_run() also
 * says how long: "measuring for 5 s (Ctrl-C ends it) ..."; @seconds 0: the run has no end.
 * redraw__note_end() erases the line. All do nothing unless stdout and stderr are terminals. The
 * caller obeys -q.
 */
void redraw__note(const char *doing);
void redraw__note_run(const char *doing, double seconds);
void redraw__note_end(void);

/*
 * The key q ends a page that is drawn again for each window. While this process is in the
 * foreground of the terminal that is stdin, all other keys are read, ignored and not shown.
 */

/* Take the terminal's keys. False: stdin is no terminal, or this is a background process. */
bool quit_key__open(void);

/* Returns the descriptor to poll; -1: no keys now. Once readable, call quit_key__pressed(). */
int quit_key__fd(void);
bool quit_key__pressed(void);

/* Put the terminal back as it was; may be called again. */
void quit_key__close(void);

/* Text into a buffer. */

struct block {
	char *buf; /* always terminated by a 0 */
	size_t size;
	size_t len; /* without the 0 */
};

void block__begin(struct block *b, char *buf, size_t size);

/* A block with a buffer of its own, of @bytes bytes: struct block b = BLOCK(256). */
#define BLOCK(bytes)                                        \
	{                                                   \
		.buf = (char[bytes]){ "" }, .size = (bytes) \
	}

/* Append; text that does not fit is cut off after a whole character. */
void __attribute__((format(printf, 2, 3))) block__add(struct block *b, const char *format, ...);

/*
 * Append a paragraph in lines of style__columns(), broken at blanks, except between a
 * number and its unit. The caller has filled the first @indent columns of the first line; further
 * lines are indented by @indent.
 */
void block__wrap(struct block *b, const char *text, int indent);

/* Format at most 1,279 bytes of text, and append them as block__wrap() does. */
void __attribute__((format(printf, 3, 4)))
block__format(struct block *b, int indent, const char *format, ...);
void __attribute__((format(printf, 3, 0)))
block__vwrap(struct block *b, int indent, const char *format, va_list args);

/*
 * Print a paragraph to stdout: @label in @style, then the text, each line from column @indent on.
 * With STYLE_DIM the text is dim, too.
 */
void __attribute__((format(printf, 4, 5)))
paragraph__styled(enum style style, const char *label, int indent, const char *format, ...);
#define paragraph__labelled(label, ...) paragraph__styled(STYLE_HEAD, label, __VA_ARGS__)
#define paragraph__dim(...)		paragraph__styled(STYLE_DIM, "", __VA_ARGS__)

/*
 * Print a paragraph of which the caller has printed the first @indent columns; further lines are
 * indented by @indent.
 */
void __attribute__((format(printf, 2, 3))) paragraph__rest(int indent, const char *format, ...);

/*
 * Print a line for each of @nr callers to stdout, and a line for the rest of all @samples: "via
 * REASON < FUNCTION (FILE), task[tgid] 7/10 samples", with FUNCTION and FILE of the program.
 */
void view__via(const struct caller *callers, size_t nr, size_t samples);

/*
 * storm.c: the sentences about a storm that text and JSON share, safe for a terminal: its cause,
 * and the advice. Pure functions; a string that goes into @buf is cut to @size.
 */

/* Returns the signature's name, such as "tsc_khz_changed"; "unknown" without a signature. */
const char *storm_words__name(const struct storm *storm);

/* Write the rate, the function and the cause, in one sentence without a full stop. */
void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size);

/* Commands and boot parameters, separated by "; ". */
void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size);

/* Returns why @nearest's rate has its limit: "routine", "unknown cause"; NULL: not known. */
const char *storm_words__limit(const struct storm_nearest *nearest);

/* Returns its functions: "reschedule and sched_ttwu_pending"; with @cause also " (wakeups)". */
struct safe storm_words__nearest(const struct storm_nearest *nearest, bool cause);

/* Returns what the rate counts: "csds", "reschedules", "irq_works"; "IPIs" if several of these. */
const char *storm_words__unit(const struct storm_nearest *nearest);

/* Returns the cost, and of which time it is a share: "1.6 % of CPU time". */
struct words storm_words__cost(const struct storm_cost *cost);

/* Returns why the limit of the storm is what it is, in a sentence: how usual the cause is. */
const char *storm_words__usual(const struct storm *storm);

/*
 * Returns "the host was asked 23.1k/s to flush other CPUs' TLBs, which sends no IPI"; "" unless
 * flushes__explain().
 */
struct words storm_words__flushes(const struct flushes *flushes, double seconds);

/*
 * Whether @nearest exceeded a limit in one interval without being a storm: the interval before or
 * after was below the limit. False if it may be a note, which exceeds the limit of its rate and
 * costs too little for a storm.
 */
bool storm_words__was_over_once(const struct storm_nearest *nearest);

/* Returns, without a storm: "IPIs take 0.1 % of CPU time: a slow host has another cause". */
struct words storm_words__calm(const struct calm *calm);

#endif /* IPITRACE_VIEW_WORDS_WORDS_H */
