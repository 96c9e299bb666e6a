// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "view/capture/strings.h"

struct strings {
	void *tree; /* tsearch()'s */
	size_t bytes;
	bool is_short;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct strings *strings__new(void)
{
	return calloc(1, sizeof(struct strings));
}

void strings__free(struct strings *strings)
{
	if (strings)
		tdestroy(strings->tree, free);
	free(strings);
}

const char *strings__keep(struct strings *strings, const char *text)
{
	void *found = text ? tfind(text, &strings->tree, compare) : NULL;
	char *copy;

	if (found)
		return *(char **)found;
	if (!text)
		return NULL;
	/* A node of the tree, and malloc()'s own, besides the text. */
	strings->bytes += strlen(text) + 64;
	copy = strings->bytes <= STRINGS_MAX ? strdup(text) : NULL;
	if (copy && !tsearch(copy, &strings->tree, compare)) {
		free(copy);
		copy = NULL;
	}
	strings->is_short |= !copy;
	return copy;
}

bool strings__short(const struct strings *strings)
{
	return strings->is_short;
}
