/* SPDX-License-Identifier: GPL-2.0 */
/* Names that a user gives: the word that he may have meant, and lists of globs: 'flush_tlb*,ipi_mb'. */
#ifndef IPITRACE_CLI_MATCH_H
#define IPITRACE_CLI_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* The @i-th word. */
typedef const char *nearest_word_fn(size_t i);

/*
 * Finds the nearest of @nr words to the first @len bytes of @word. A word is near that
 * begins with @word, or that differs by up to two letters (one, if @word has four or fewer)
 * that are wrong, missing, too many or swapped. NULL: none is near.
 */
const char *nearest__word(const char *word, size_t len, nearest_word_fn *words, size_t nr);

/* Room for a list of globs with commas in between, and so for one glob. */
#define GLOBS_BYTES 1024

/* Copy the next glob of a list to @glob and move *@rest behind it; false: there is none. */
bool globs__next(const char **rest, char *glob);

/* Whether one of @list matches @name. */
bool globs__match(const char *list, const char *name);

#endif /* IPITRACE_CLI_MATCH_H */
