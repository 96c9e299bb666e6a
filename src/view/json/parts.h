/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the JSON views share. By jansson, with its *_new() functions, which
 * take over what they are given and pass a failed allocation on as NULL: so
 * one look at the end tells whether all of it is there.
 */
#ifndef IPITRACE_VIEW_JSON_PARTS_H
#define IPITRACE_VIEW_JSON_PARTS_H

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include "model/moment.h"
#include "model/symbol.h"

static inline json_t *array_of(size_t nr, json_t *(*item)(const void *, size_t), const void *of)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++) {
		json_t *value = item(of, i);

		if (!value)
			continue;
		if (json_array_append_new(array, value)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* As JSON wants it: what is not UTF-8 (a host's or a task's name can be) as '?'. */
static inline json_t *text(const char *s)
{
	char copy[256];
	size_t i;

	json_t *string = json_string(s);

	if (string)
		return string;
	for (i = 0; s[i] && i + 1 < sizeof(copy); i++)
		copy[i] = s[i] & 0x80 ? '?' : s[i];
	copy[i] = '\0';
	return json_string(copy);
}

static inline json_t *text_or_null(const char *s)
{
	return s ? text(s) : json_null();
}

/* What a filter hides is null. */
static inline json_t *integer_or_null(uint64_t n, bool known)
{
	return known ? json_integer(n) : json_null();
}

static inline json_t *address(uint64_t addr)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, addr);
	return json_string(text);
}

/* Where a function begins: its name, else its address. */
static inline json_t *name_or_address(const struct symbol *symbol)
{
	return symbol->name ? text(symbol->name) : address(symbol->addr);
}

/* Who has sent it; null: not told, or an interrupt. */
static inline json_t *task_or_null(const struct task_id *task)
{
	if (!task->known || task->interrupt)
		return json_null();
	return json_pack("{s:I, s:I, s:o}", "pid", (json_int_t)task->pid, "tgid",
			 (json_int_t)task->tgid, "comm", text(task->comm));
}

static inline json_t *callsite(const struct symbol *site)
{
	char text[256];

	if (!site->addr)
		return json_null();
	if (!site->name)
		return address(site->addr);
	snprintf(text, sizeof(text), "%s+0x%" PRIx64, site->name, site->offset);
	return json_string(text);
}

#endif /* IPITRACE_VIEW_JSON_PARTS_H */
