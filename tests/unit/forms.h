/* SPDX-License-Identifier: GPL-2.0 */
/* A record with a random value in each field of its table (model/field.h). */
#ifndef IPITRACE_TESTS_FORMS_H
#define IPITRACE_TESTS_FORMS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "abi/hist_slots.h"
#include "base/cpuset.h"
#include "model/field.h"
#include "model/moment.h"
#include "model/names.h"
#include "unit.h"
#include "view/capture/capture.h"

#define NR_ROWS 3
#define WHOLE	1000000000000ULL /* ns of a rate: as the reader has it */

static uint64_t seed;
static struct strings *strings;

static int setup(void **state)
{
	seed = 1;
	strings = strings__new();
	return !strings;
}

static int teardown(void **state)
{
	strings__free(strings);
	return 0;
}

static void record_fill(const struct form *of, void *record);

static void hist_fill(uint64_t *slots)
{
	for (int i = 0; i < 5; i++)
		slots[random_magnitude(&seed, 30) % HIST_SLOTS] = 1 + random_magnitude(&seed, 8);
}

/* As a format, "%%" would become "%". */
static const char *text_make(void)
{
	char text[32];

	snprintf(text, sizeof(text), "text%u%%%%", (unsigned int)random_magnitude(&seed, 20));
	return strings__keep(strings, text);
}

static struct symbol symbol_make(uint64_t offset)
{
	const char *name = text_make();

	return (struct symbol){ (uintptr_t)name, offset, name, offset ? NULL : text_make() };
}

static struct task_id task_make(void)
{
	struct task_id task = { .known = true, .pid = 1 + random_magnitude(&seed, 20) };

	task.tgid = task.pid + 1;
	snprintf(task.comm, sizeof(task.comm), "%.12s", text_make());
	return task;
}

static void items_fill(const struct field *f, char *items, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		record_fill(f->of, items + i * f->of->size);
}

/* Fill in a field that has one value. Returns whether the field is of such a type. */
static bool value_fill(const struct field *f, void *record)
{
	uint64_t n = 1 + random_magnitude(&seed, 40);
	char *at = member_of(record, f->at);

	switch (f->type) {
	case FIELD_NUMBER:
		/* A number of 4 bytes stays below 2^31, because the member may be signed. */
		member__set(record, f->at, f->at.size == 4 ? (uint32_t)n >> 1 : n);
		break;
	case FIELD_BOOL:
		*(bool *)at = n & 1;
		break;
	case FIELD_REAL:
		*(double *)at = n / 8.0;
		break;
	case FIELD_CPU:
		*(uint32_t *)at = n % MAX_CPUS;
		break;
	case FIELD_NAME:
		do
			n = random_magnitude(&seed, 8) % f->nr_names;
		while (!f->names[n]);
		member__set(record, f->at, n);
		break;
	case FIELD_TEXT:
		snprintf(at, f->at.size, "%.12s", text_make());
		break;
	case FIELD_STRING:
		*(const char **)at = text_make();
		break;
	case FIELD_FUNCTION:
	case FIELD_SITE:
		*(struct symbol *)at = symbol_make(f->type == FIELD_SITE ? n : 0);
		break;
	case FIELD_DATE:
		*(struct timespec *)at = (struct timespec){ n % 4000000000, n % 1000000 * 1000 };
		break;
	case FIELD_CPUS:
		cpuset__add((struct cpuset *)at, n % MAX_CPUS);
		break;
	case FIELD_RATE:
		member__set(record, f->with, WHOLE);
		member__set(record, f->at, n >> 10);
		break;
	case FIELD_SINCE:
		/* This holds also if the other time is filled in later. */
		member__set(record, f->at, (1ULL << 50) + n);
		break;
	case FIELD_SPUN:
		member__set(record, f->at, member__number(record, f->with) / 3);
		break;
	case FIELD_TASK:
		*(struct task_id *)at = task_make();
		break;
	default:
		return false;
	}
	return true;
}

/* Fill in a field that has fields or elements of its own. */
static void field_fill(const struct field *f, void *record)
{
	char *at = member_of(record, f->at);

	if (value_fill(f, record))
		return;
	switch (f->type) {
	case FIELD_SITES:
	case FIELD_MODULE_SITES:
		for (size_t i = 0; i < NR_ROWS; i++)
			((struct symbol *)at)[i] = symbol_make(1 + random_magnitude(&seed, 20));
		member__set(record, f->with, NR_ROWS);
		break;
	case FIELD_TEXTS:
		for (size_t i = 0; i < f->nr; i++)
			snprintf(at + i * (f->at.size / f->nr), 16, "%.12s", text_make());
		member__set(record, f->with, f->nr);
		break;
	case FIELD_BUCKETS:
		hist_fill((uint64_t *)at);
		break;
	case FIELD_OBJECT:
	case FIELD_FLAT:
		record_fill(f->of, at);
		break;
	case FIELD_OBJECTS:
	case FIELD_LIST:
		/* Of places with names the first will do. */
		items_fill(f, at, f->label ? (size_t)1 : f->nr);
		if (f->with.size)
			member__set(record, f->with, f->nr);
		break;
	case FIELD_ROWS:
		*(void **)at = f->of->nr ? calloc(NR_ROWS, f->of->size) : NULL;
		member__set(record, f->with, f->of->nr ? NR_ROWS : 0);
		items_fill(f, *(char **)at, f->of->nr ? NR_ROWS : 0);
		break;
	case FIELD_BORROWED:
	case FIELD_DERIVED:
		break;
	default:
		fail_msg("a field of type %d is not known here", f->type);
	}
}

static void record_fill(const struct form *of, void *record)
{
	for (size_t i = 0; i < of->nr; i++) {
		const struct field *f = &of->fields[i];

		if (!f->key)
			continue;
		field_fill(f, record);
		if (f->known.size == 1)
			member__set(record, f->known, 1);
		if (f->present.size == 1)
			member__set(record, f->present, 1);
		if (f->found.size)
			member__set(record, f->found, 1);
	}
}

#endif /* IPITRACE_TESTS_FORMS_H */
