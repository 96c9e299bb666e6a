// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include "cli/options.h"

/* A longer word is no misspelt one. */
#define WORD_MAX  32
/* A shorter word is near to too many. */
#define WORD_MIN  2
#define SHORT	  4
#define FAR	  3
#define BEGINNING 1 /* the distance of a word's beginning */

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to change, insert, delete, or swap with the next one, each of them once. */
static size_t letter_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			d[i][j] = lesser(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
					 lesser(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = lesser(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

static size_t distance_of(const char *word, size_t len, const char *name)
{
	size_t length = strlen(name);

	if (length > WORD_MAX)
		return FAR;
	if (length > len && !strncmp(name, word, len))
		return BEGINNING;
	return letter_distance(word, len, name, length);
}

const char *nearest__word(const char *word, size_t len, nearest_word_fn *words, size_t nr)
{
	size_t best = len > SHORT ? FAR : FAR - 1;
	const char *found = NULL;

	if (len < WORD_MIN || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < nr; i++) {
		const char *name = words(i);
		size_t far = distance_of(word, len, name);

		if (far >= best)
			continue;
		best = far;
		found = name;
	}
	return found;
}

bool globs__next(const char **rest, char *glob)
{
	const char *end = strchrnul(*rest, ',');

	if (!**rest)
		return false;
	snprintf(glob, GLOBS_BYTES, "%.*s", (int)(end - *rest), *rest);
	*rest = *end ? end + 1 : end;
	return true;
}

bool globs__match(const char *list, const char *name)
{
	char glob[GLOBS_BYTES];

	while (globs__next(&list, glob))
		if (!fnmatch(glob, name, 0))
			return true;
	return false;
}
