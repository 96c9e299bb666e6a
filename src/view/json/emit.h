/* SPDX-License-Identifier: GPL-2.0 */
/* A finished object as one line of NDJSON: to stdout, or into a buffer. */
#ifndef IPITRACE_VIEW_JSON_EMIT_H
#define IPITRACE_VIEW_JSON_EMIT_H

#include <jansson.h>
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
 * Neither stdio nor malloc(): callers enter a pool (pool.h) first.
 */
size_t json__line(char *buf, size_t size, json_t *object);

#endif /* IPITRACE_VIEW_JSON_EMIT_H */
