// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include "base/memory_text.h"

struct memory_text {
	char **text; /* the caller's, set by fclose() */
	size_t *len;
	char *bytes;
	size_t nr;
	size_t room; /* always for a '\0', too */
	bool failed;
};

/* Append @size bytes. 0: an error, by fopencookie()'s rules. */
static ssize_t text_write(void *cookie, const char *bytes, size_t size)
{
	struct memory_text *m = cookie;

	if (m->nr + size >= m->room) {
		size_t room = 2 * (m->nr + size) + 1;
		char *more = realloc(m->bytes, room);

		if (!more) {
			m->failed = true;
			return 0;
		}
		m->bytes = more;
		m->room = room;
	}
	memcpy(m->bytes + m->nr, bytes, size);
	m->nr += size;
	return size;
}

static int text_close(void *cookie)
{
	struct memory_text *m = cookie;
	bool failed = m->failed;

	if (failed)
		free(m->bytes);
	else
		m->bytes[m->nr] = '\0';
	*m->text = failed ? NULL : m->bytes;
	*m->len = failed ? 0 : m->nr;
	free(m);
	return failed ? -1 : 0;
}

FILE *memory_text__open(char **text, size_t *len)
{
	static const cookie_io_functions_t functions = { .write = text_write, .close = text_close };
	struct memory_text *m = calloc(1, sizeof(*m));
	FILE *file = NULL;

	if (!m)
		return NULL;
	*m = (struct memory_text){ .text = text, .len = len, .bytes = malloc(1), .room = 1 };
	if (m->bytes)
		file = fopencookie(m, "w", functions);
	if (!file) {
		free(m->bytes);
		free(m);
	}
	return file;
}
