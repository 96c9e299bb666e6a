/* SPDX-License-Identifier: GPL-2.0 */
/* Characters of text that anybody may have written. */
#ifndef IPITRACE_BASE_UTF8_H
#define IPITRACE_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of one character, at most. */
#define UTF8_MAX 4

/*
 * Decode the character at @text, of which @len bytes may be read; the bytes behind a '\0' are
 * not. Returns how many bytes the character has; 0: no valid UTF-8 begins there (RFC 3629).
 */
size_t utf8__decode(const char *text, size_t len, uint32_t *code);

#endif /* IPITRACE_BASE_UTF8_H */
