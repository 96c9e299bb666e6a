// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/write_all.h"
#include "view/json/ascii.h"
#include "view/json/emit.h"

/* ASCII: to a terminal, a name's C1 controls are no better in UTF-8 than raw. */
#define JSON_FORM (JSON_COMPACT | JSON_ENSURE_ASCII)

/* End @text, which has room for one more byte, and grows where it has DEL. NULL: freed, no memory. */
static char *finish(char *text, size_t len)
{
	size_t size = len + json_ascii__growth(text, len);
	char *room = size > len ? realloc(text, size + 1) : text;

	if (!room) {
		free(text);
		return NULL;
	}
	room[json_ascii__in_place(room, len, size)] = '\0';
	return room;
}

char *json__text(json_t *object, size_t flags)
{
	size_t size = object ? json_dumpb(object, NULL, 0, flags) : 0;
	char *text = size ? malloc(size + 1) : NULL;

	if (text && json_dumpb(object, text, size, flags) != size) {
		free(text);
		text = NULL;
	}
	json_decref(object);
	return text ? finish(text, size) : NULL;
}

char *json__owned_line(json_t *object)
{
	char *text = json__text(object, JSON_FORM | JSON_REAL_PRECISION(9));
	size_t len = text ? strlen(text) : 0;
	char *line = text ? realloc(text, len + 2) : NULL;

	if (line)
		strcpy(line + len, "\n");
	else
		free(text);
	return line;
}

/* Flushed after each line, so that PROGRAM's own output does not split a line. */
int json__put(char *line)
{
	int err = 0;

	if (!line)
		return -ENOMEM;
	err = output__flush();
	if (!err) {
		fputs(line, stdout);
		err = output__flush();
	}
	free(line);
	return err;
}

int json__emit(json_t *object)
{
	return json__put(json__owned_line(object));
}

size_t json__line(char *buf, size_t size, json_t *object)
{
	size_t len = object ? json_dumpb(object, buf, size, JSON_FORM) : 0;

	json_decref(object);
	if (!len || len >= size)
		return 0;
	len = json_ascii__in_place(buf, len, size);
	if (!len || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}
