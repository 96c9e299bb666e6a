/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of the capture that a command has written. */
#ifndef IPITRACE_TESTS_CAPTURED_H
#define IPITRACE_TESTS_CAPTURED_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "command_run.h"
#include "view/capture/capture.h"

/* The types of the lines (enum line_type), as "0 1 1 9 "; the texts of the first line and of the last. */
static char captured_types[256], captured_first[512], captured_last[512];

static int captured_take(void *ctx, const struct capture_line *line)
{
	char *end = captured_types + strlen(captured_types);

	snprintf(captured_last, sizeof(captured_last), "%.*s", (int)line->len, line->text);
	if (!*captured_types)
		memcpy(captured_first, captured_last, sizeof(captured_first));
	snprintf(end, captured_types + sizeof(captured_types) - end, "%d ", line->type);
	return 0;
}

/* Read the lines of the file at @path. */
static inline struct capture_result captured_read(const char *path)
{
	struct capture_result result;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	*captured_types = '\0';
	capture__read(fd, captured_take, NULL, &result);
	close(fd);
	return result;
}

/* Fails unless the file at @path is whole and has lines of the types @want. */
static inline void assert_captured(const char *path, const char *want)
{
	assert_int_equal(captured_read(path).end, CAPTURE_WHOLE);
	assert_string_equal(captured_types, want);
}

#endif /* IPITRACE_TESTS_CAPTURED_H */
