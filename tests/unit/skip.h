/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test that cannot judge here says so in TAP. cmocka's own skip() is no use,
 * for its TAP reports a failure ("not ok # SKIP"): the test returns early, and
 * the line "ok N - NAME" that cmocka prints next gets its directive here.
 */
#ifndef IPITRACE_TESTS_SKIP_H
#define IPITRACE_TESTS_SKIP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether the sanitizers are in: they need system calls that a confined process does not have. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static const char *skip_why; /* NULL: the test that runs is not skipped */

/* Writes a line of cmocka's to the standard output. */
static inline ssize_t skip_write(void *cookie, const char *text, size_t len)
{
	(void)cookie;
	if (skip_why && len > 3 && !memcmp(text, "ok ", 3) && text[len - 1] == '\n') {
		dprintf(STDOUT_FILENO, "%.*s # SKIP %s\n", (int)len - 1, text, skip_why);
		skip_why = NULL;
	} else {
		dprintf(STDOUT_FILENO, "%.*s", (int)len, text);
	}
	return len;
}

/* Returns @lacking: the test then returns, and counts as skipped for @what. */
static inline bool skip_if(bool lacking, const char *what)
{
	static FILE *lines;

	if (!lacking)
		return false;
	fflush(stdout);
	if (!lines) {
		lines = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = skip_write });
		/* glibc lets a program assign stdout; printf() then writes there. */
		if (lines)
			stdout = lines;
	}
	skip_why = what;
	return true;
}

#endif /* IPITRACE_TESTS_SKIP_H */
