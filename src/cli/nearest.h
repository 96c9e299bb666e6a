/* SPDX-License-Identifier: GPL-2.0 */
/* The word that a user may have meant. */
#ifndef IPITRACE_CLI_NEAREST_H
#define IPITRACE_CLI_NEAREST_H

#include <stddef.h>

/* The @i-th word. */
typedef const char *nearest_word_fn(size_t i);

/*
 * Finds the nearest of @nr words to the first @len bytes of @word. A word is near that
 * begins with @word, or that differs by up to two letters (one, if @word has four or fewer)
 * that are wrong, missing, too many or swapped. NULL: none is near.
 */
const char *nearest__word(const char *word, size_t len, nearest_word_fn *words, size_t nr);

#endif /* IPITRACE_CLI_NEAREST_H */
