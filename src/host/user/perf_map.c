// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/user/perf_map.h"

/* Some 300,000 functions. */
#define TEXT_MAX (32 << 20)

/* "7f00 1a0 name of a function": hexadecimal start and size. Whether it has @addr. */
static bool line_has(const char *line, uint64_t addr, const char **name, uint64_t *offset)
{
	char *end, *rest;
	uint64_t start = strtoull(line, &end, 16), size;

	if (end == line || *end != ' ')
		return false;
	size = strtoull(end + 1, &rest, 16);
	if (rest == end + 1 || *rest != ' ' || !rest[1] || addr < start || addr - start >= size)
		return false;
	*name = rest + 1;
	*offset = addr - start;
	return true;
}

bool perf_map__find(int fd, uint64_t addr, char *name, size_t size, uint64_t *offset)
{
	static char text[1 << 15];
	size_t have = 0;
	bool found = false, skip = false;
	const char *of;
	off_t at = 0;
	ssize_t n;

	while (at < TEXT_MAX && (n = pread(fd, text + have, sizeof(text) - 1 - have, at)) > 0) {
		char *line = text, *end;

		at += n;
		have += n;
		text[have] = '\0';
		/* A NUL would end the search for newlines: the line is what is before it. */
		while ((end = memchr(line, '\n', text + have - line))) {
			*end = '\0';
			if (!skip && line_has(line, addr, &of, offset)) {
				snprintf(name, size, "%.*s", (int)size - 1, of);
				found = true;
			}
			skip = false;
			line = end + 1;
		}
		have -= line - text;
		memmove(text, line, have);
		/* Longer than a line can be: the rest of it is no line either. */
		if (have == sizeof(text) - 1) {
			have = 0;
			skip = true;
		}
	}
	return found;
}
