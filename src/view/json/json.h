/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of JSON. In this order: how a line is written, and its first keys; the values that
 * several types of lines share; the types of lines.
 */
#ifndef IPITRACE_VIEW_JSON_JSON_H
#define IPITRACE_VIEW_JSON_JSON_H

#include <jansson.h>
#include "model/diff.h"
#include "model/incident.h"
#include "model/isolation.h"
#include "model/totals.h"
#include "view/view.h"

struct form;

/*
 * json__text() to json__line() consume @object. NULL as @object means that there was no memory for
 * it: then they fail as they do without memory.
 */

/*
 * Returns the text of @object, which the caller frees; NULL without memory. Call
 * this instead of json_dumps(), which leaves parts out if there is no memory.
 */
char *json__text(json_t *object, size_t flags);

/* Returns @object as a line with its newline, which the caller frees; NULL without memory. */
char *json__owned_line(json_t *object);

/*
 * Write @line, which json__owned_line() or a *_line() returned, to stdout in one write, and free
 * it. 0; -ENOMEM if @line is NULL; or the negative errno of the write.
 */
int json__put(char *line);

/* Write @object to stdout as a line. Returns what json__put() returns. */
int json__emit(json_t *object);

/*
 * Write @object as a line with its newline into @buf. Returns the length; 0 if
 * there is no room, or no memory. May be called while a CPU is stuck, after
 * json_pool__enter(): it calls neither stdio nor malloc() then.
 */
size_t json__line(char *buf, size_t size, json_t *object);

/*
 * JSON for a terminal has only printable ASCII. Some characters are commands, in a string of JSON
 * too: to a terminal, U+009B is the same as ESC [, and U+202E reverses the order of the text.
 */

/* Whether all bytes of @text are printable ASCII: from ' ' to '~'. */
bool json_ascii__is(const char *text, size_t len);

/*
 * Write @text, which is valid JSON on one line, to @to. Each character that is not printable ASCII
 * becomes an escape, and white space becomes a blank. @to has room for JSON_ASCII_GROWTH times
 * @len bytes. Returns the new length; writes no '\0'.
 */
#define JSON_ASCII_GROWTH 6
size_t json_ascii__write(char *to, const char *text, size_t len);

/* Write @n in decimal, without a '\0', for lines too frequent for printf(). Returns the end. */
char *json__u64(char *to, uint64_t n);

/* Returns @s as a JSON string with its quotes, which the caller frees; NULL without memory. */
char *json__quoted(const char *s);

/*
 * Make the values null, at any depth of @object, that not everybody may see: the names of tasks,
 * cgroups and containers, and of their code.
 */
void json__anonymous(json_t *object);

/*
 * Do what json__anonymous() does for @line, a line of JSON of @len bytes. Returns a new line with
 * its newline, which the caller frees; NULL without memory, or if @line is not JSON.
 */
char *json__anonymous_line(const char *line, size_t len);

/*
 * Memory for JSON that is written while a CPU is stuck. A thread on that CPU may hold the lock of
 * malloc(), so each thread that writes such JSON gives jansson a pool.
 */
struct json_pool {
	char *memory;
	size_t size;
	size_t used;
};

/* The size of a pool: enough for one stall with all its targets, waiters and frames. */
#define JSON_POOL_BYTES (512 << 10)

/* Call before the first thread starts: from then on jansson uses the calling thread's pool. */
void json_pool__install(void);

/*
 * From here to json_pool__leave(), jansson takes all memory of the calling thread from @pool.
 * json_pool__enter() empties the pool, so that values of an earlier call must not be used any more.
 */
void json_pool__enter(struct json_pool *pool);
void json_pool__leave(void);

/*
 * The first keys of each line: schema, type, time (CLOCK_MONOTONIC ns), and after
 * stamp__set() utc (the same moment by CLOCK_REALTIME, RFC 3339), nodename and kernel.
 * With these keys, one log can hold the lines of several runs and hosts.
 */

/* Set the host that the lines are of. Call this before the first line. 0 or -ENOMEM. */
int stamp__set(const struct utsname *name);

/*
 * Returns the object of a line: the first keys, then the keys of @rest, which is consumed. If @time
 * is 0, it is not known, and the value is null. Returns NULL without memory, or if @rest is NULL.
 * May be called while a CPU is stuck, after json_pool__enter().
 */
json_t *stamp__line(const char *type, uint64_t time, json_t *rest);

/* The most bytes that stamp__text() writes. */
#define STAMP_BYTES 1024

/* Write the first keys from time on: `"time":1,"utc":"..."`, without a '\0'. Returns the end. */
char *stamp__text(char *to, uint64_t time);

/* How many bytes json__event() adds to a line, at most. */
#define JSON_EVENT_BYTES 32

/*
 * Write @line, which is one JSON object, with the key unix_ms before all others: the time at which
 * the line was written, by which logs order lines. Returns the length; 0 if @size is too small. A
 * watcher calls this while a CPU is stuck, so it calls neither stdio nor malloc().
 */
size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms);

/*
 * Values that several lines share. Each function that returns a value returns a
 * new one, or NULL without memory. Jansson's format "o" and its *_new() functions
 * consume a value, and fail if it is NULL. The functions here do the same, so
 * only the finished object is checked: it is NULL if any value was missing.
 */

/* Returns an array with the value of @item(@items, i) for each i from 0 to @nr - 1. */
json_t *parts__array(size_t nr, json_t *(*item)(const void *items, size_t i), const void *items);

/* Add a key, which is UTF-8, to *@object. If that fails, *@object becomes NULL. */
void parts__add(json_t **object, const char *key, json_t *value);

/* Append @value to *@array. If that fails, *@array becomes NULL. */
void parts__append(json_t **array, json_t *value);

/* Add the keys of @more, which is consumed, to *@object. If that fails, *@object becomes NULL. */
void parts__update(json_t **object, json_t *more);

/*
 * Returns a string. Each byte of @s that is not valid UTF-8 becomes '?': the name of a host or of a
 * task may have any byte.
 */
json_t *parts__text(const char *s);
json_t *parts__text_or_null(const char *s); /* the same; null if @s is NULL */
json_t *parts__word_or_null(const char *s); /* the same; null if @s is "" */

/* Return @n; null if it is not @known, because a filter hides it or nothing measured it. */
json_t *parts__integer_or_null(uint64_t n, bool known);
json_t *parts__number_or_null(double n, bool known);

/* Returns a function's name; "0xADDRESS" if it has none. */
json_t *parts__function(const struct symbol *symbol);

/* Returns "name+0x1c", or "0xADDRESS" without a name; null for address 0 without a name. */
json_t *parts__callsite(const struct symbol *site);

/* Returns the array of a stack's frames. Each is what parts__callsite() returns. */
json_t *parts__frames(const struct symbol *frames, size_t nr);

/*
 * Returns {pid, tgid, tid, comm}, where pid and tgid are the process and comm may be null; null if
 * the task is not known, or if an interrupt sent the csd.
 */
json_t *parts__task_or_null(const struct task_id *task);

/* Returns {nodename, kernel, arch, online}; null if @host is NULL. */
json_t *parts__host(const struct host *host);

/* Returns @time, of CLOCK_REALTIME, as RFC 3339 writes it, in UTC and with 6 decimals. */
json_t *parts__date(const struct timespec *time);

struct json_fields {
	const void *root; /* the outermost record, for is_known() and is_present() */
	/*
	 * Adds the values of the derived fields of @record to *@object, where they are null.
	 * Without memory *@object becomes NULL. May be NULL, if no form has derived fields.
	 */
	void (*derive)(json_t **object, const struct form *form, const void *record,
		       const void *root);
};

/* Returns the object of a record: a key for each field of its form (model/field.h). */
json_t *json_fields__object(const struct json_fields *fields, const struct form *form,
			    const void *record);

/*
 * The types of lines that ipitrace writes; schema/ipitrace-1.json and docs/reference.md describe
 * their keys. Functions whose names end in _line return a line with its newline, which the caller
 * frees; NULL without memory. Functions that write into @buf return what json__line() returns.
 */

/* Returns the line of a window. */
char *json__snapshot_line(const struct snapshot *snap, const struct view_options *opts);

/* These return parts of the line of a window, as the functions of parts.c do. */
json_t *json_snapshot__window(const struct window *window);
json_t *json_snapshot__sources(const struct snapshot *snap);
/* Returns the ledger of calls; null if the run followed csds. */
json_t *json_snapshot__call_ledger(const struct snapshot *snap);

/* Returns the line of a storm; @time: the end of its last window, CLOCK_MONOTONIC ns. */
char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time);

/* Returns the last line of a run without a storm; @time: the end of the run. */
char *json__no_storm_line(const struct calm *calm, uint64_t time);

/* Returns the value of the key `storm` of a window's line. @sent: the window has queued csds. */
json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent);

/*
 * The lines of stalls and waits are written while a CPU is stuck: the caller must enter a pool
 * first. @id: the stall's number; @cause: the number of the stall that caused this one; 0: none
 * did.
 */
size_t json__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   uint64_t cause);
size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *totals);

/* @counts: the waits that were counted until then; NULL: none were counted. */
size_t json__waits(char *buf, size_t size, const struct moment *moment,
		   const struct wait_counts *counts, const struct naming *naming);

/* Write the line of a record. */
void json__trace(const struct trace_view *view, const struct record *r, struct lines *lines);

/* Returns the last line of `trace`. */
char *json__trace_end_line(const struct trace_totals *totals);

/*
 * Write the line of `check`, `isolated` or `report --diff` to stdout; @time: now, CLOCK_MONOTONIC
 * ns. Return what json__put() returns.
 */
int json__check(const struct feature *features, size_t nr, uint64_t time);
int json__isolated(const struct isolation *isolation);
int json__diff(const struct diff *diff, double tolerance);

/* Lines that only a capture has: the first, the last, and why the flight recorder wrote it. */

/* The file of another tracer from which `import` made the capture, and what that file lacked. */
struct capture_import {
	const char *kind; /* "perf script", ... */
	/* The other members are known at the end of the import. */
	uint64_t events; /* events that were read */
	uint64_t lost; /* how many events are missing, where the file says how many */
	uint64_t gaps; /* places where events are missing */
	uint64_t unread; /* events that could not be read */
	uint64_t set_back; /* how often the clock was set back */
	uint64_t paused; /* time without events, ns, in pauses of 10 s and more */
	bool cut; /* the file ends in the middle of an event */
};

struct capture_head {
	const struct host *host;
	char **options; /* the words of the command line */
	int nr_options;
	const char *program; /* without its arguments, which may be secret; NULL: no program ran */
	struct timespec started; /* when the run began, CLOCK_REALTIME; 0: not known */
	uint64_t mono; /* the same moment by CLOCK_MONOTONIC, ns */
	int minor; /* CAPTURE_MINOR */
	unsigned int part; /* number of this file among the files of the run, from 1 */
	const struct capture_import *import; /* NULL: `record` wrote the capture */
};

/* The parts of its run that `record` did not watch, known at its end. */
struct capture_unwatched {
	const char *detached; /* a BPF program that was detached meanwhile; NULL: none was */
	/* the longest window, if a storm of a usual one may be averaged away; 0: none is */
	uint64_t stretched;
};

struct capture_foot {
	uint64_t lines; /* how many lines the capture has, including this one */
	uint64_t stalls_dropped; /* reports that were dropped because a buffer was full */
	uint64_t mono; /* the end of the run, CLOCK_MONOTONIC ns */
	/* The number of lines that were dropped; NULL: the line trace_end has that number. */
	const uint64_t *lost;
	const struct capture_import *import; /* NULL: `record` wrote the capture */
	const struct capture_unwatched *unwatched; /* NULL: this is not known */
};

/* The span of a file of the flight recorder, ns. */
struct trigger_span {
	uint64_t before; /* the time before the trigger that the user asked for */
	uint64_t after; /* the time after the trigger */
	uint64_t from; /* the file has the lines written at this time or later, CLOCK_MONOTONIC */
};

/* These two return the object of a line, for json__owned_line() or json__line(). */
json_t *json__capture(const struct capture_head *head);
json_t *json__capture_end(const struct capture_foot *foot);
size_t json__trigger(char *buf, size_t size, const struct trigger *trigger,
		     const struct trigger_span *span);

#endif /* IPITRACE_VIEW_JSON_JSON_H */
