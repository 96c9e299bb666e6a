/* SPDX-License-Identifier: GPL-2.0 */
/* Texts for others: names made safe for a terminal and for one line; kernel addresses hidden. */
#ifndef IPITRACE_BASE_SANITIZE_H
#define IPITRACE_BASE_SANITIZE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copy the string @from into @to, which has room for @size bytes, and end @to with a NUL. '?'
 * replaces each control character (U+0000 to U+001F, U+007F, and U+0080 to U+009F, which a terminal
 * takes for escapes), each character that reorders or breaks the rest of its line (U+202E,
 * RIGHT-TO-LEFT OVERRIDE, and the like), and each byte that is not part of valid UTF-8; all else is
 * kept. @from that does not fit is cut between two characters. Returns the length of @to.
 *
 * @to may be @from, since the text never grows. Pure: no locale, no memory, no stdio, so that
 * signal handlers may call it. A @size of 0 writes nothing.
 */
size_t sanitize(char *to, size_t size, const char *from);

/*
 * As sanitize(), but all valid UTF-8 stays: for formats that escape control
 * characters, such as JSON, and take UTF-8 only.
 */
size_t sanitize_utf8(char *to, size_t size, const char *from);

/* The bytes of one character, at most. */
#define UTF8_MAX 4

/*
 * Decode the character at @text, of which @len bytes may be read; bytes after a '\0' are not read.
 * Returns how many bytes the character has; 0: no valid UTF-8 begins there (RFC 3629).
 */
size_t utf8__decode(const char *text, size_t len, uint32_t *code);

/*
 * Kernel addresses in a text that others may read. Whoever knows the kernel's image and one address
 * knows where all of the image lies (KASLR), also where kernel.kptr_restrict hides that from root.
 */

/* The key of a run: without it nobody can tell an address by its number, or compare two runs. */
struct hidden {
	uint64_t key[2];
};

/* Make a new key. 0 or a negative errno. */
int hidden__open(struct hidden *hidden);

/*
 * Put a number in the place of each kernel address, "0xffff..." with 16 digits, in @text (@len
 * bytes): "0x1" with 11 more digits, the same for the same address as long as the key lives.
 * Returns the length, which is no greater.
 */
size_t hidden__addresses(const struct hidden *hidden, char *text, size_t len);

#endif /* IPITRACE_BASE_SANITIZE_H */
