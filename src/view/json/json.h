/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON: a line and its first keys; the values that several lines share; the lines themselves, by
 * type.
 */
#ifndef IPITRACE_VIEW_JSON_JSON_H
#define IPITRACE_VIEW_JSON_JSON_H

#include <jansson.h>
#include "model/diff.h"
#include "model/incident.h"
#include "model/isolation.h"
#include "model/storm.h"
#include "model/totals.h"
#include "view/view.h"

struct form;

/*
 * Returns the text of @object, which is consumed, as malloc() gives it; NULL
 * without memory. Use this in place of json_dumps(), which leaves parts out if
 * there is no memory.
 */
char *json__text(json_t *object, size_t flags);

/* All below take @object over. NULL: the caller had no memory for the object. */

/* @object as a line, newline included, as malloc() gives it; NULL without memory. */
char *json__owned_line(json_t *object);

/*
 * Write @line, which json__owned_line() or a *_line() returned, to stdout in one write, and free
 * it. 0, -ENOMEM, or the negative errno of stdout.
 */
int json__put(char *line);

/* Write @object to stdout as a line: json__owned_line(), then json__put(). */
int json__emit(json_t *object);

/*
 * Write @object as a line into @buf, newline included; returns the length, 0
 * without room or memory. Neither stdio nor malloc(): callers enter a pool
 * first.
 */
size_t json__line(char *buf, size_t size, json_t *object);

/*
 * JSON for a terminal: only printable ASCII. A terminal obeys U+009B as it does ESC [, and
 * U+202E turns the line around, in a string of JSON as anywhere.
 */

/* Whether @text has only bytes from ' ' to '~'. */
bool json_ascii__is(const char *text, size_t len);

/*
 * Write @text, which is valid JSON on one line, to @to: each character beyond printable ASCII
 * becomes an escape, and white space becomes a blank. @to has room for JSON_ASCII_GROWTH times
 * @len bytes. Returns the new length; without a '\0'.
 */
#define JSON_ASCII_GROWTH 6
size_t json_ascii__write(char *to, const char *text, size_t len);

/*
 * Write @n in decimal, without a 0 at the end; returns the end. For lines so frequent that printf() is
 * too slow.
 */
char *json__u64(char *to, uint64_t n);

/* @s as a JSON string, quotes included. The caller frees it; NULL without memory. */
char *json__quoted(const char *s);

/*
 * Make each value in @object null, at any depth, except those that everybody may see. So the names
 * of tasks, cgroups, containers, and their code become null.
 */
void json__anonymous(json_t *object);

/*
 * Returns a line of JSON (@len bytes) without these names, newline included, as malloc() gives it;
 * NULL without memory, or if @line is no JSON.
 */
char *json__anonymous_line(const char *line, size_t len);

/*
 * Memory for JSON that is written while a CPU is stuck. The thread that holds malloc()'s lock may
 * run on that CPU, so each writer gives jansson a pool of its own.
 */
struct json_pool {
	char *memory;
	size_t size;
	size_t used;
};

/* Enough for one stall with all its targets, waiters and frames. */
#define JSON_POOL_BYTES (512 << 10)

/* Call before the first thread starts: from then on jansson uses the calling thread's pool. */
void json_pool__install(void);

/*
 * Until json_pool__leave() the calling thread's jansson values live in @pool,
 * which starts empty. They are gone at the next json_pool__enter().
 */
void json_pool__enter(struct json_pool *pool);
void json_pool__leave(void);

/*
 * The first keys of each line: schema, type, time (CLOCK_MONOTONIC ns), and after
 * stamp__set() utc (the same moment by CLOCK_REALTIME, RFC 3339), nodename and kernel.
 * With these keys, one log can hold the lines of several runs and hosts.
 */

/* Set the host. Call this before the first line. 0 or -ENOMEM. */
int stamp__set(const struct utsname *name);

/*
 * Returns a line's object: the first keys, then those of @rest, which is consumed. @time 0: not
 * known, null. NULL without memory, or for NULL. Neither malloc() in a pool nor a lock.
 */
json_t *stamp__line(const char *type, uint64_t time, json_t *rest);

/* The most bytes that stamp__text() takes. */
#define STAMP_BYTES 1024

/* Write the keys from time on, as text: `"time":1,"utc":"..."`. Returns the end, without a 0. */
char *stamp__text(char *to, uint64_t time);

/* Room that an event takes beyond the line of a stall or a storm. */
#define JSON_EVENT_BYTES 32

/*
 * Write @line, which is one JSON object, with unix_ms at its front: when the line was written, for
 * logs that order lines by it. Returns the length; 0 if it is more than @size. Neither stdio nor
 * malloc(): a watcher calls this while a CPU is stuck.
 */
size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms);

/*
 * Values that several lines share. Each function returns a new jansson value,
 * or NULL without memory. Jansson's "o" and its *_new() functions take a value
 * over and fail on NULL. The functions here do, too: one check of the finished
 * object suffices, and a line is never short of a row or a key.
 */

/* Returns an array of item(@items, i) for each i below @nr. */
json_t *parts__array(size_t nr, json_t *(*item)(const void *items, size_t i), const void *items);

/* Add a key, which is UTF-8, to *@object. If that fails, *@object becomes NULL. */
void parts__add(json_t **object, const char *key, json_t *value);

/* Append @value to *@array. If that fails, *@array becomes NULL. */
void parts__append(json_t **array, json_t *value);

/* Add the keys of @more, which is consumed, to *@object. If that fails, *@object becomes NULL. */
void parts__update(json_t **object, json_t *more);

/*
 * Returns a string; '?' for each byte that is not UTF-8 (a host's or a task's name may have any
 * byte).
 */
json_t *parts__text(const char *s);
json_t *parts__text_or_null(const char *s); /* null for NULL */
json_t *parts__word_or_null(const char *s); /* null for "" */

/* Null if not @known: a filter hides @n, or nothing measured it. */
json_t *parts__integer_or_null(uint64_t n, bool known);
json_t *parts__number_or_null(double n, bool known);

/* Returns a function's name; "0xADDRESS" if it has none. */
json_t *parts__function(const struct symbol *symbol);

/* Returns "name+0x1c", or "0xADDRESS" without a name; null for address 0 without a name. */
json_t *parts__callsite(const struct symbol *site);

/* Returns the frames of a stack, each as parts__callsite() has it. */
json_t *parts__frames(const struct symbol *frames, size_t nr);

/*
 * Returns the program's frames of @sample, innermost first; null: none is known, or there is no
 * program.
 */
json_t *parts__user_frames(const struct stack_sample *sample);

/*
 * Returns {pid, tgid, tid, comm}, where pid and tgid are the process and comm may be null; null if the
 * task is not known, or if an interrupt sent the csd.
 */
json_t *parts__task_or_null(const struct task_id *task);

/* {nodename, kernel, arch, online}; null for NULL. */
json_t *parts__host(const struct host *host);

/* @time, of CLOCK_REALTIME, by RFC 3339 in UTC, to the us. */
json_t *parts__date(const struct timespec *time);

struct json_fields {
	const void *root; /* the outermost record, for is_known() and is_present() */
	/* NULL: none. Give values to the derived fields of @record, which are null in *@object; see parts__add(). */
	void (*derive)(json_t **object, const struct form *form, const void *record,
		       const void *root);
};

/* Returns a record as an object, by its table (model/field.h). */
json_t *json_fields__object(const struct json_fields *fields, const struct form *form,
			    const void *record);

/*
 * The lines that ipitrace writes, by type; schema/ipitrace-1.json and docs/reference.md have
 * their keys. A *_line() has its newline and is as malloc() gives it, or NULL without memory. Those
 * into @buf return the line's length, 0 if there is no room, as json__line().
 */

/* Returns the line of a window. */
char *json__snapshot_line(const struct snapshot *snap, const struct view_options *opts);

/* Parts of that line, new values; NULL without memory. */
json_t *json_snapshot__window(const struct window *window);
/* Returns the ledger of calls; null where csds are followed. */
json_t *json_snapshot__call_ledger(const struct snapshot *snap);
/* Returns the callers of snap->fns[@fn], and in *@samples how many samples they are of. */
json_t *json_snapshot__callers(const struct snapshot *snap, size_t fn, size_t *samples);

/* Returns the line of a storm; @time: the end of its last window, CLOCK_MONOTONIC ns. */
char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time);

/* Returns the last line of a run without a storm; @time: the end of the run. */
char *json__no_storm_line(const struct calm *calm, uint64_t time);

/* Make the value of the key `storm` of a window's line. @sent: something was sent in the window. */
json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent);

/*
 * Stalls and waits are written while a CPU is stuck: the caller enters a pool first,
 * so nothing here takes malloc()'s lock. @id: the stall's number; @cause: the number of the
 * stall that caused this one, 0 for none.
 */
size_t json__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   uint64_t cause);
size_t json__stalls_end(char *buf, size_t size, const struct stall_totals *totals);

/* @counts NULL: how many waited is unknown. */
size_t json__waits(char *buf, size_t size, const struct moment *moment,
		   const struct wait_counts *counts, const struct naming *naming);

/* Write the line of a record. */
void json__trace(const struct trace_view *view, const struct record *r, struct lines *lines);

/* Returns the last line of `trace`. */
char *json__trace_end_line(const struct trace_totals *totals);

/*
 * Write the line of `check`, `isolated` or `report --diff` to stdout; @time: now, CLOCK_MONOTONIC
 * ns.
 */
int json__check(const struct feature *features, size_t nr, uint64_t time);
int json__isolated(const struct isolation *isolation);
int json__diff(const struct diff *diff, double tolerance);

/*
 * The lines that are a capture's own: the first, the last, and why it was written. The file of
 * another tracer of which `import` made the capture, and what that file lacked.
 */
struct capture_import {
	const char *kind; /* "perf script", ... */
	/* Known at the end. */
	uint64_t events; /* events that were read */
	uint64_t lost; /* events that the file says are missing, as far as it says how many */
	uint64_t gaps; /* places where events are missing */
	uint64_t unread; /* events that could not be read */
	uint64_t set_back; /* how often the clock was set back */
	bool cut; /* the file ends in the middle of an event */
};

struct capture_head {
	const struct host *host;
	char **options; /* the words of the command line */
	int nr_options;
	const char *program; /* NULL: none. Its arguments may be secret, and are left out */
	struct timespec started; /* 0: not known */
	uint64_t mono; /* CLOCK_MONOTONIC ns at the same moment */
	int minor;
	unsigned int part; /* number of this file among the files of the run, from 1 */
	const struct capture_import *import; /* NULL: the capture is of `record` */
};

struct capture_foot {
	uint64_t lines; /* lines in the capture, this one included */
	uint64_t stalls_dropped; /* reports that found no room on their way to the file */
	uint64_t mono; /* when the run was over */
	/* The number of lines that found no room; NULL: a line of trace_end has that number. */
	const uint64_t *lost;
	const struct capture_import *import; /* NULL: the capture is of `record` */
};

/* The span of a file of the flight recorder, ns. */
struct trigger_span {
	uint64_t before; /* time before the trigger, as asked for */
	uint64_t after; /* time after the trigger */
	uint64_t from; /* the file has the lines that came at this time or later, CLOCK_MONOTONIC */
};

/* Return the line's object, for json__owned_line() or json__line(). */
json_t *json__capture(const struct capture_head *head);
json_t *json__capture_end(const struct capture_foot *foot);
size_t json__trigger(char *buf, size_t size, const struct trigger *trigger,
		     const struct trigger_span *span);

#endif /* IPITRACE_VIEW_JSON_JSON_H */
