/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values that several JSON views share. Each function returns a new jansson
 * value, or NULL without memory. Jansson's "o" and its *_new() functions take
 * a value over and fail on NULL, and so do the functions here: one check of the
 * finished object suffices, and a line is never short of a row or a key.
 */
#ifndef IPITRACE_VIEW_JSON_PARTS_H
#define IPITRACE_VIEW_JSON_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "model/host.h"
#include "model/moment.h"
#include "model/snapshot.h"
#include "model/symbol.h"

struct form;

/* An item of parts__array() that is left out. */
json_t *parts__none(void);

/* item(@of, i) for each i below @nr, except parts__none(). */
json_t *parts__array(size_t nr, json_t *(*item)(const void *of, size_t i), const void *of);

/* Add a key, which is UTF-8, to *@object; where that fails *@object becomes NULL. */
void parts__add(json_t **object, const char *key, json_t *value);

/* Add the keys of @more, which is consumed, in the same way. */
void parts__update(json_t **object, json_t *more);

/* A string; '?' for each byte that is not UTF-8 (a host's or a task's name may have any byte). */
json_t *parts__text(const char *s);
json_t *parts__text_or_null(const char *s);

/* Null if not @known: a filter hides @n, or nothing measured it. */
json_t *parts__integer_or_null(uint64_t n, bool known);
json_t *parts__number_or_null(double n, bool known);

/* A function: its name, or "0xADDRESS" without a name. */
json_t *parts__function(const struct symbol *symbol);

/* "name+0x1c", or "0xADDRESS" without a name; null for address 0 without a name. */
json_t *parts__callsite(const struct symbol *site);

/* The program's frames of @sample, innermost first; null: none is known, or there is no program. */
json_t *parts__user_frames(const struct stack_sample *sample);

/* {pid and tgid (the process), tid, comm or null}; null if the task is not known, or if an interrupt sent the csd. */
json_t *parts__task_or_null(const struct task_id *task);

/* A list of CPUs. */
json_t *parts__cpus(const struct cpuset *set);

/* {nodename, kernel, arch, online}; null for NULL. */
json_t *parts__host(const struct host *host);

/* @time, of CLOCK_REALTIME, by RFC 3339 in UTC, to the us. */
json_t *parts__date(const struct timespec *time);

struct json_fields {
	const void *root; /* the record around all others, for the tables' rules */
	/* NULL: none. Give values to the derived fields of @record, which are null in *@object; see parts__add(). */
	void (*derive)(json_t **object, const struct form *of, const void *record,
		       const void *root);
};

/* A record as an object, by its table (model/field.h). */
json_t *json_fields__object(const struct json_fields *fields, const struct form *of,
			    const void *record);

#endif /* IPITRACE_VIEW_JSON_PARTS_H */
