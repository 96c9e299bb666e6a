// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model/field.h"
#include "model/kept.h"

void kept__free(struct kept *kept)
{
	if (!kept)
		return;
	snapshot__free(&kept->snap);
	free(kept->strings);
	free(kept);
}

/* The members of a snapshot that point to strings. */
struct members {
	size_t nr;
	const char ***at; /* NULL: only count */
};

static void member(void *ctx, const char **string)
{
	struct members *members = ctx;

	if (*string && members->at)
		members->at[members->nr] = string;
	members->nr += *string != NULL;
}

static void symbols(struct members *members, struct symbol *symbols, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		member(members, &symbols[i].name);
		member(members, &symbols[i].module);
	}
}

/* No line has a sample as such, so the table does not know what is in one. */
static void all_members(struct members *members, struct snapshot *snap)
{
	members->nr = 0;
	form__strings(&snapshot_form, snap, member, members);
	for (size_t i = 0; i < snap->nr_samples; i++) {
		struct stack_sample *sample = &snap->samples[i];

		member(members, &sample->cgroup_path);
		symbols(members, sample->stack, sample->nr);
		symbols(members, sample->user, sample->nr_user);
	}
}

static int by_string(const void *a, const void *b)
{
	const char *sa = **(const char **const *)a, *sb = **(const char **const *)b;

	return sa < sb ? -1 : sa > sb;
}

/* Names belong to symbol tables that change: copy each string once, however many members have it. */
static bool strings_copy(struct kept *kept)
{
	struct members members = {};
	const char *was = NULL;
	size_t size = 0;
	char *to;

	all_members(&members, &kept->snap);
	members.at = calloc(members.nr + 1, sizeof(*members.at));
	if (!members.at)
		return false;
	all_members(&members, &kept->snap);
	qsort(members.at, members.nr, sizeof(*members.at), by_string);
	for (size_t i = 0; i < members.nr; i++)
		if (!i || *members.at[i] != *members.at[i - 1])
			size += strlen(*members.at[i]) + 1;
	to = kept->strings = malloc(size + 1);
	for (size_t i = 0; to && i < members.nr; i++) {
		if (i && *members.at[i] != was)
			to += strlen(to) + 1;
		was = *members.at[i];
		strcpy(to, was);
		*members.at[i] = to;
	}
	free(members.at);
	kept->bytes += size;
	return kept->strings;
}

struct kept *kept__new(const struct snapshot *snap)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	kept->bytes = sizeof(*kept) + form__bytes(&snapshot_form, snap);
	if (form__copy(&snapshot_form, &kept->snap, snap) || !strings_copy(kept)) {
		kept__free(kept);
		return NULL;
	}
	if (snap->host) {
		kept->host = *snap->host;
		kept->snap.host = &kept->host;
	}
	return kept;
}
