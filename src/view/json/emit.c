// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "view/json/emit.h"

/* ASCII: to a terminal, a name's C1 controls are no better in UTF-8 than raw. */
#define JSON_FORM (JSON_COMPACT | JSON_ENSURE_ASCII)

/* Flushed after each line, so that PROGRAM's own output does not split a line. */
int json__emit(json_t *object)
{
	char *line = object ? json_dumps(object, JSON_FORM | JSON_REAL_PRECISION(9)) : NULL;
	int err = 0;

	json_decref(object);
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
	size_t len = object ? json_dumpb(object, buf, size, JSON_FORM) : 0;

	json_decref(object);
	if (!len || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}
