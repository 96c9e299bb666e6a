/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The members of a struct by name: they get distinct values, and are compared. Each member of
 * the struct's header must be in the table, so that a new one is not forgotten.
 */
#ifndef IPITRACE_TESTS_MEMBERS_H
#define IPITRACE_TESTS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "unit.h"

enum member_as {
	AS_NUMBER,
	AS_REAL,
	AS_TEXT, /* an array of char */
	AS_STRING, /* a pointer to char */
	AS_STRUCT,
	AS_OTHER, /* a pointer, a bit set: the test fills and compares it */
};

struct member {
	const char *name;
	enum member_as as;
	size_t offset;
	size_t size; /* of an item */
	size_t nr; /* items */
	uint64_t below; /* a number's values; 0: any */
	const struct members *of; /* of AS_STRUCT */
	const char *exempt; /* why it is not compared; NULL: it is */
};

struct members {
	const char *header;
	const char *name; /* of the struct */
	const struct member *at;
	size_t nr;
};

#define MEMBER_SIZE(type, member) sizeof(((type *)0)->member)
#define MEMBER(type, member, how, ...)                                        \
	{                                                                     \
		.name = #member, .as = how, .offset = offsetof(type, member), \
		.size = MEMBER_SIZE(type, member), .nr = 1, __VA_ARGS__       \
	}
#define ARRAY_MEMBER(type, member, how, ...)                                                \
	{                                                                                   \
		.name = #member, .as = how, .offset = offsetof(type, member),               \
		.size = MEMBER_SIZE(type, member[0]),                                       \
		.nr = MEMBER_SIZE(type, member) / MEMBER_SIZE(type, member[0]), __VA_ARGS__ \
	}
#define MEMBERS(file, type, table)                   \
	{                                            \
		file, type, table, ARRAY_SIZE(table) \
	}

static uint64_t members_number(const struct member *member, const char *item)
{
	switch (member->size) {
	case 1:
		return *(const uint8_t *)item;
	case 4:
		return *(const uint32_t *)item;
	default:
		return *(const uint64_t *)item;
	}
}

static void members_number_set(const struct member *member, char *item, uint64_t n)
{
	n = member->size == 1 ? 1 : member->below ? 1 + n % (member->below - 1) : n;
	switch (member->size) {
	case 1:
		*(bool *)item = n;
		break;
	case 4:
		*(uint32_t *)item = n;
		break;
	default:
		*(uint64_t *)item = n;
	}
}

/* Distinct values from *@next on: booleans are true. */
static void members_fill(const struct members *members, void *of, uint64_t *next)
{
	for (size_t m = 0; m < members->nr; m++)
		for (size_t i = 0; i < members->at[m].nr; i++) {
			const struct member *member = &members->at[m];
			char *item = (char *)of + member->offset + i * member->size;

			if (member->as == AS_STRUCT)
				members_fill(member->of, item, next);
			else if (member->as == AS_NUMBER)
				members_number_set(member, item, ++*next);
			else if (member->as == AS_REAL)
				*(double *)item = ++*next;
			else if (member->as == AS_TEXT)
				snprintf(item, member->size, "text%u", (unsigned int)++*next);
			else if (member->as == AS_STRING)
				*(const char **)item = member->name;
		}
}

static bool members_item_equal(const struct member *member, const char *a, const char *b)
{
	switch (member->as) {
	case AS_NUMBER:
		return members_number(member, a) == members_number(member, b);
	case AS_REAL:
		return *(const double *)a - *(const double *)b < 1e-6 &&
		       *(const double *)b - *(const double *)a < 1e-6;
	case AS_TEXT:
		return !strcmp(a, b);
	default:
		return !strcmp(*(char *const *)a ? *(char *const *)a : "",
			       *(char *const *)b ? *(char *const *)b : "");
	}
}

static void members_assert_equal(const struct members *members, const void *got, const void *want)
{
	for (size_t m = 0; m < members->nr; m++)
		for (size_t i = 0; i < members->at[m].nr; i++) {
			const struct member *member = &members->at[m];
			size_t at = member->offset + i * member->size;

			if (member->exempt || member->as == AS_OTHER)
				continue;
			if (member->as == AS_STRUCT)
				members_assert_equal(member->of, (const char *)got + at,
						     (const char *)want + at);
			else if (!members_item_equal(member, (const char *)got + at,
						     (const char *)want + at))
				fail_msg("%s.%s[%zu] differs", members->name, member->name, i);
		}
}

static bool members_have(const struct members *members, const char *name, size_t len)
{
	for (size_t m = 0; m < members->nr; m++)
		if (!strncmp(members->at[m].name, name, len) && !members->at[m].name[len])
			return true;
	return false;
}

/* The names declared in one line of a struct: what stands before "[", "," or ";". */
static size_t members_line_check(const struct members *members, const char *line)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	size_t found = 0;

	for (const char *at = line; *at && *at != '/';) {
		size_t len = strspn(at, letters);

		if (len && strchr("[,;", at[len])) {
			if (!members_have(members, at, len))
				fail_msg("struct %s: %.*s is in no table", members->name, (int)len,
					 at);
			found++;
		}
		at += len ? len : 1;
		/* What is within brackets is no name. */
		if (*at == '[')
			at += strcspn(at, "]");
	}
	return found;
}

/* Each member that the header declares is in the table. */
static void members_assert_complete(const struct members *members)
{
	FILE *file = fopen(members->header, "re");
	char line[256], head[96];
	bool inside = false;
	size_t found = 0;

	assert_non_null(file);
	snprintf(head, sizeof(head), "struct %s {\n", members->name);
	while (fgets(line, sizeof(line), file)) {
		if (inside && *line == '}')
			break;
		if (inside && strchr(line, ';'))
			found += members_line_check(members, line);
		inside |= !strcmp(line, head);
	}
	fclose(file);
	assert_int_equal(found, members->nr);
	for (size_t m = 0; m < members->nr; m++)
		if (members->at[m].as == AS_STRUCT)
			members_assert_complete(members->at[m].of);
}

#endif /* IPITRACE_TESTS_MEMBERS_H */
