/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A finished object as one line of NDJSON: to stdout, or into a buffer; as a terminal may have
 * it; without the names that users chose.
 */
#ifndef IPITRACE_VIEW_JSON_LINE_H
#define IPITRACE_VIEW_JSON_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The text of @object, which is consumed, as malloc() gives it; NULL without
 * memory. In the place of json_dumps(), which leaves parts out without memory.
 */
char *json__text(json_t *object, size_t flags);

/* All below take @object over. NULL: the caller had no memory for the object. */

/* @object as a line, newline included, as malloc() gives it; NULL without memory. */
char *json__owned_line(json_t *object);

/* Such a line to stdout, in one write; frees it. 0, -ENOMEM, or the negative errno of stdout. */
int json__put(char *line);

/* To stdout, in one write. 0, -ENOMEM, or the negative errno of stdout. */
int json__emit(json_t *object);

/*
 * Into @buf, newline included; returns the length, 0 without room or memory.
 * Neither stdio nor malloc(): callers enter a pool first.
 */
size_t json__line(char *buf, size_t size, json_t *object);

/*
 * JSON for a terminal: printable ASCII alone. A terminal obeys U+009B as it does ESC [, and
 * U+202E turns the line around, in a string of JSON as anywhere.
 */

/* Whether @text has bytes from ' ' to '~' alone. */
bool json_ascii__is(const char *text, size_t len);

/*
 * Write @text, which is valid JSON on one line, to @to: each character beyond printable ASCII
 * becomes an escape, and white space becomes a blank. @to has room for JSON_ASCII_GROWTH times
 * @len bytes. Returns the new length; without a '\0'.
 */
#define JSON_ASCII_GROWTH 6
size_t json_ascii__write(char *to, const char *text, size_t len);

/*
 * In ASCII that has no control character but DEL, which jansson writes as it is, DEL becomes an
 * escape, in place. @text has room for @size bytes. Returns the new length, which is
 * json_ascii__growth() more; 0: there is no room.
 */
size_t json_ascii__in_place(char *text, size_t len, size_t size);
size_t json_ascii__growth(const char *text, size_t len);

/* @s as a JSON string, quotes included. The caller frees it; NULL without memory. */
char *json__quoted(const char *s);

/*
 * Make each value in @object that users chose null, at any depth: the names of tasks, cgroups,
 * containers, and their code.
 */
void json__anonymous(json_t *object);

/*
 * A line of JSON (@len bytes) without these names, newline included, as malloc() gives it;
 * NULL without memory, or if @line is no JSON.
 */
char *json__anonymous_line(const char *line, size_t len);

/*
 * Memory for JSON that is written while a CPU is stuck. The thread that holds
 * malloc()'s lock may run on that CPU, so each writer gives jansson a pool of
 * its own.
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

#endif /* IPITRACE_VIEW_JSON_LINE_H */
