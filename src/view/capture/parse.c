// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "view/capture/parse.h"

uint64_t parse__known(const json_t *object, const char *key, bool *known)
{
	const json_t *value = json_object_get(object, key);

	*known = json_is_integer(value) && json_integer_value(value) >= 0;
	return *known ? json_integer_value(value) : 0;
}

uint64_t parse__number(const json_t *object, const char *key)
{
	bool known;

	return parse__known(object, key, &known);
}

bool parse__is_u64(const json_t *object, const char *key, uint64_t max, uint64_t *value)
{
	bool known;

	*value = parse__known(object, key, &known);
	return known && *value <= max;
}

bool parse__is_cpu(const json_t *object, const char *key, uint32_t *cpu)
{
	uint64_t value;
	bool is = parse__is_u64(object, key, CPUSET_MAX - 1, &value);

	if (is)
		*cpu = value;
	return is;
}

bool parse__is_ns(const json_t *object, const char *key, uint64_t *ns)
{
	return parse__is_u64(object, key, INT64_MAX, ns);
}

bool parse__aside(const json_t *report)
{
	const json_t *folded = json_object_get(report, "folded");

	return parse__true(report, "note") || json_is_true(folded) ||
	       (!folded && parse__number(report, "cause"));
}

double parse__real(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool parse__true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const char *parse__text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

void parse__copy(const json_t *object, const char *key, char *to, size_t size)
{
	const char *text = parse__text(object, key);

	snprintf(to, size, "%s", text ? text : "");
}

static uint32_t cpu_of(const json_t *value)
{
	json_int_t cpu = json_integer_value(value);

	return cpu >= 0 && cpu < MAX_CPUS ? cpu : 0;
}

uint32_t parse__cpu(const json_t *object, const char *key)
{
	return cpu_of(json_object_get(object, key));
}

void parse__cpus(const json_t *array, struct cpuset *set)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		cpuset__add(set, cpu_of(value));
}

int parse__name(const json_t *object, const char *key, const char *const *names, int nr, int none)
{
	return parse__index(parse__text(object, key), names, nr, none);
}

int parse__index(const char *text, const char *const *names, int nr, int none)
{
	for (int i = 0; text && i < nr; i++)
		if (names[i] && !strcmp(names[i], text))
			return i;
	return none;
}

/* An address of its own for each pair of names: that of the one copy of both. */
static uint64_t address_of(struct strings *strings, const char *name, const char *module)
{
	char both[640];

	snprintf(both, sizeof(both), "%s [%s", name, module ? module : "");
	return (uintptr_t)strings__keep(strings, both);
}

static struct symbol symbol_of(struct strings *strings, const char *name, const char *module)
{
	if (!strncmp(name, "0x", 2))
		return (struct symbol){ .addr = strtoull(name, NULL, 16) };
	return (struct symbol){
		.addr = address_of(strings, name, module),
		.name = strings__keep(strings, name),
		.module = strings__keep(strings, module),
	};
}

struct symbol parse__function(struct strings *strings, const json_t *object)
{
	return parse__symbol(strings, parse__text(object, "func"), parse__text(object, "module"));
}

struct symbol parse__symbol(struct strings *strings, const char *func, const char *module)
{
	return func ? symbol_of(strings, func, module) : (struct symbol){};
}

struct symbol parse__site(struct strings *strings, const char *text)
{
	char name[512], *offset, *module;
	struct symbol site;

	if (!text)
		return (struct symbol){};
	snprintf(name, sizeof(name), "%s", text);
	module = strstr(name, " [");
	if (module) {
		*module = '\0';
		module += 2;
		module[strcspn(module, "]")] = '\0';
	}
	offset = strrchr(name, '+');
	if (offset)
		*offset++ = '\0';
	site = symbol_of(strings, name, module);
	site.offset = offset ? strtoull(offset, NULL, 16) : 0;
	/* Two places of one function are two addresses. */
	if (site.name)
		site.addr = address_of(strings, text, "");
	return site;
}

uint32_t parse__stack(struct strings *strings, const json_t *array, struct symbol *stack,
		      uint32_t max)
{
	uint32_t nr = json_array_size(array);

	nr = nr < max ? nr : max;
	for (uint32_t i = 0; i < nr; i++)
		stack[i] = parse__site(strings, json_string_value(json_array_get(array, i)));
	return nr;
}

struct task_id parse__task(const json_t *object)
{
	struct task_id task = { .known = json_is_object(object) };

	bool threads;

	task.tgid = parse__number(object, "tgid");
	task.pid = parse__known(object, "tid", &threads);
	/* Minor 0 has no tid, and the thread in pid. */
	if (!threads)
		task.pid = parse__number(object, "pid");
	parse__copy(object, "comm", task.comm, sizeof(task.comm));
	return task;
}

void parse__host(const json_t *object, struct host *host)
{
	*host = (struct host){};
	parse__copy(object, "nodename", host->name.nodename, sizeof(host->name.nodename));
	parse__copy(object, "kernel", host->name.release, sizeof(host->name.release));
	parse__copy(object, "arch", host->name.machine, sizeof(host->name.machine));
	parse__cpus(json_object_get(object, "online"), &host->online);
}

struct timespec parse__date(const char *text)
{
	struct timespec time = {};
	struct tm tm = {};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	unsigned int us = 0;

	/* From 1970 to 2200: ns since then fit 63 bits, and a clock's difference besides. */
	if (!rest || tm.tm_year < 70 || tm.tm_year > 300)
		return time;
	time.tv_sec = timegm(&tm);
	if (sscanf(rest, ".%6uZ", &us) == 1)
		time.tv_nsec = us * 1000L;
	return time;
}
