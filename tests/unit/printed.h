/* SPDX-License-Identifier: GPL-2.0 */
/* The standard output of a function, as a string. */
#ifndef IPITRACE_TESTS_PRINTED_H
#define IPITRACE_TESTS_PRINTED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "unit.h"

#define PRINTED_MAX (1 << 20)

/* The descriptors 0 to 2 while printed_to() has another one in their place: what they were, + 1. */
static int printed_saved[3];

/*
 * Gives the streams back. A teardown: where an assertion fails in a printed function, its message is
 * else lost, with those of all later tests.
 */
static inline int printed_restore(void **state)
{
	for (int fd = 0; fd < 3; fd++) {
		if (!printed_saved[fd])
			continue;
		fflush(NULL);
		dup2(printed_saved[fd] - 1, fd);
		close(printed_saved[fd] - 1);
		printed_saved[fd] = 0;
	}
	return 0;
}

/*
 * Returns the text that @print(@of) writes to @stream, stdout or stderr; valid until the call after
 * the next.
 */
static inline char *printed_to(FILE *stream, void (*print)(const void *of), const void *of)
{
	static char texts[2][PRINTED_MAX];
	static int turn;
	char *text = texts[turn++ % 2];
	int saved = dup(fileno(stream));
	FILE *file = tmpfile();
	size_t len;

	assert_non_null(file);
	fflush(stream);
	dup2(fileno(file), fileno(stream));
	printed_saved[fileno(stream)] = saved + 1;
	print(of);
	fflush(stream);
	printed_saved[fileno(stream)] = 0;
	dup2(saved, fileno(stream));
	close(saved);
	rewind(file);
	len = fread(text, 1, PRINTED_MAX - 1, file);
	assert_true(len > 0);
	text[len] = '\0';
	fclose(file);
	return text;
}

static inline char *printed(void (*print)(const void *of), const void *of)
{
	return printed_to(stdout, print, of);
}

#endif /* IPITRACE_TESTS_PRINTED_H */
