// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "view/capture/strings.h"

struct strings {
	void *tree; /* tsearch()'s */
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
	copy = text ? strdup(text) : NULL;
	if (copy && !tsearch(copy, &strings->tree, compare)) {
		free(copy);
		return NULL;
	}
	return copy;
}
