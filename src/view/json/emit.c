// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "view/json/emit.h"

char *json__text(json_t *object, size_t flags)
{
	size_t size = object ? json_dumpb(object, NULL, 0, flags) : 0;
	char *text = size ? malloc(size + 1) : NULL;

	if (text && json_dumpb(object, text, size, flags) != size) {
		free(text);
		text = NULL;
	}
	json_decref(object);
	if (text)
		text[size] = '\0';
	return text;
}

/* Flushed after each line, so that PROGRAM's own output does not split a line. */
int json__emit(json_t *object)
{
	char *line = json__text(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
	int err = 0;

	if (!line)
		return -ENOMEM;
	errno = 0;
	if (fflush(stdout) || puts(line) == EOF || fflush(stdout))
		err = errno ? -errno : -EIO;
	free(line);
	return err;
}

size_t json__line(char *buf, size_t size, json_t *object)
{
	size_t len = object ? json_dumpb(object, buf, size, JSON_COMPACT) : 0;

	json_decref(object);
	if (!len || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}
