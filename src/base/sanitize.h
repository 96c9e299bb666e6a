/* SPDX-License-Identifier: GPL-2.0 */
/* Makes texts safe for others: names, for a terminal and for one line; hides kernel addresses. */
#ifndef IPITRACE_BASE_SANITIZE_H
#define IPITRACE_BASE_SANITIZE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copy the string @from into @to, which has @size bytes, and end @to with a NUL. Replaces by '?'
 * each control character (U+0000 to U+001F, U+007F, and U+0080 to U+009F, which a terminal reads as
 * escapes), each character that reorders or breaks the rest of its line (U+202E, RIGHT-TO-LEFT
 * OVERRIDE, and others), and each byte that is not part of valid UTF-8; all else is kept. If @from
 * is too long, it is cut between two characters. Returns the length of @to.
 *
 * @to may be @from, because the text never becomes longer. Signal handlers may call this function:
 * it uses no locale, no allocated memory, no stdio. If @size is 0, nothing is written.
 */
size_t sanitize(char *to, size_t size, const char *from);

/*
 * Do what sanitize() does, but keep all valid UTF-8: for formats that escape control characters,
 * such as JSON, and accept only UTF-8.
 */
size_t sanitize_utf8(char *to, size_t size, const char *from);

/* Maximum bytes of one character. */
#define UTF8_MAX 4

/*
 * Decode the character at @text, of which @len bytes may be read; bytes after a '\0' are not read.
 * Returns how many bytes the character has; 0 if there is no valid UTF-8 (RFC 3629).
 */
size_t utf8__decode(const char *text, size_t len, uint32_t *code);

/*
 * Hide kernel addresses in a text that others may read. A reader who has the kernel's image and one
 * address can compute all addresses of the image (KASLR), which kernel.kptr_restrict may hide even
 * from root.
 */

/* A run's key: without it nobody can find an address from its number, or compare two runs. */
struct hidden {
	uint64_t key[2];
};

/* Make a new key. Returns 0 or a negative errno. */
int hidden__open(struct hidden *hidden);

/*
 * Replace each kernel address in @text (@len bytes), "0xffff..." with 16 digits, by a number: "0x1"
 * with 11 more digits, always the same for an address and a key. Returns the new length, which is
 * not greater.
 */
size_t hidden__addresses(const struct hidden *hidden, char *text, size_t len);

#endif /* IPITRACE_BASE_SANITIZE_H */
