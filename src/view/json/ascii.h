/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON for a terminal: printable ASCII alone. A terminal obeys U+009B as it does ESC [, and
 * U+202E turns the line around, in a string of JSON as anywhere.
 */
#ifndef IPITRACE_VIEW_JSON_ASCII_H
#define IPITRACE_VIEW_JSON_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* Whether @text has bytes from ' ' to '~' alone. */
bool json_ascii__is(const char *text, size_t len);

/*
 * Write @text, which is valid JSON on one line, to @to: each character beyond printable ASCII
 * becomes an escape, and white space becomes a blank. @to has room for JSON_ASCII_GROWTH times
 * @len bytes. Returns the new length; without a '\0'.
 */
#define JSON_ASCII_GROWTH 6
size_t json_ascii__write(char *to, const char *text, size_t len);

/*
 * In ASCII that has no control character but DEL, which jansson writes as it is, DEL becomes an
 * escape, in place. @text has room for @size bytes. Returns the new length, which is
 * json_ascii__growth() more; 0: there is no room.
 */
size_t json_ascii__in_place(char *text, size_t len, size_t size);
size_t json_ascii__growth(const char *text, size_t len);

#endif /* IPITRACE_VIEW_JSON_ASCII_H */
