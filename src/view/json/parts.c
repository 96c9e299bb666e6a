// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "base/sanitize.h"
#include "model/host.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/json/parts.h"

/* Never part of an object, and so never freed. */
static json_t none = { .type = JSON_NULL, .refcount = (size_t)-1 };

json_t *parts__none(void)
{
	return &none;
}

void parts__add(json_t **object, const char *key, json_t *value)
{
	if (!json_object_set_new_nocheck(*object, key, value))
		return;
	json_decref(*object);
	*object = NULL;
}

void parts__update(json_t **object, json_t *more)
{
	if (!more || json_object_update(*object, more)) {
		json_decref(*object);
		*object = NULL;
	}
	json_decref(more);
}

json_t *parts__array(size_t nr, json_t *(*item)(const void *of, size_t i), const void *of)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++) {
		json_t *value = item(of, i);

		if (value == &none)
			continue;
		if (json_array_append_new(array, value)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *parts__text(const char *s)
{
	json_t *string = json_string(s);
	size_t size = strlen(s) + 1;
	json_malloc_t take;
	json_free_t give;
	char *copy;

	if (string)
		return string;
	/* Jansson's memory: while a CPU is stuck, the pool. */
	json_get_alloc_funcs(&take, &give);
	copy = take(size);
	if (!copy)
		return NULL;
	sanitize_utf8(copy, size, s);
	string = json_string(copy);
	give(copy);
	return string;
}

json_t *parts__text_or_null(const char *s)
{
	return s ? parts__text(s) : json_null();
}

json_t *parts__integer_or_null(uint64_t n, bool known)
{
	return known ? json_integer(n) : json_null();
}

json_t *parts__number_or_null(double n, bool known)
{
	return known ? json_real(n) : json_null();
}

static json_t *address_json(uint64_t addr)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, addr);
	return json_string(text);
}

json_t *parts__function(const struct symbol *symbol)
{
	return symbol->name ? parts__text(symbol->name) : address_json(symbol->addr);
}

json_t *parts__callsite(const struct symbol *site)
{
	char text[640];

	if (!site->addr && !site->name)
		return json_null();
	if (!site->name)
		return address_json(site->addr);
	snprintf(text, sizeof(text), "%s+0x%" PRIx64, site->name, site->offset);
	return parts__text(text);
}

static json_t *user_frame_json(const void *of, size_t i)
{
	const struct symbol *frame = (const struct symbol *)of + i;

	return json_pack("{s:o, s:o, s:I}", "func", parts__text_or_null(frame->name), "module",
			 parts__text_or_null(frame->module), "offset", (json_int_t)frame->offset);
}

json_t *parts__user_frames(const struct stack_sample *call)
{
	return call->nr_user ? parts__array(call->nr_user, user_frame_json, call->user) :
			       json_null();
}

json_t *parts__task_or_null(const struct task_id *task)
{
	if (!task->known || task->interrupt)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o}", "pid", (json_int_t)task->tgid, "tgid",
			 (json_int_t)task->tgid, "tid", (json_int_t)task->pid, "comm",
			 parts__text_or_null(*task->comm ? task->comm : NULL));
}

static json_t *cpu_json(const void *set, size_t i)
{
	return cpuset__has(set, i) ? json_integer(i) : parts__none();
}

json_t *parts__cpus(const struct cpuset *set)
{
	return parts__array(cpuset__end(set), cpu_json, set);
}

json_t *parts__host(const struct host *host)
{
	if (!host)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "nodename", parts__text(host->name.nodename),
			 "kernel", parts__text(host->name.release), "arch",
			 parts__text(host->name.machine), "online", parts__cpus(&host->online));
}

json_t *parts__date(const struct timespec *time)
{
	char date[WALL_CLOCK_DATE], text[64];

	wall_clock__date(date, time->tv_sec);
	snprintf(text, sizeof(text), "%s.%06ldZ", date, time->tv_nsec / 1000);
	return json_string(text);
}
