/* SPDX-License-Identifier: GPL-2.0 */
/* The word that a user may have meant. */
#ifndef IPITRACE_CLI_NEAREST_H
#define IPITRACE_CLI_NEAREST_H

#include <stddef.h>

/* The @i-th word. */
typedef const char *nearest_word_fn(size_t i);

/*
 * Of @nr words the one that differs least from the first @len bytes of @word: by up to two
 * letters that are wrong, missing, too many or swapped (one in a word of four or less), or as its
 * beginning. NULL: none is so near.
 */
const char *nearest__word(const char *word, size_t len, nearest_word_fn *words, size_t nr);

#endif /* IPITRACE_CLI_NEAREST_H */
