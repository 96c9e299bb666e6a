// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include "host/user/file_lines.h"
#include "host/user/perf_map.h"

/* Some 300,000 functions. */
#define TEXT_MAX (32 << 20)

/* Which function is asked for, and the answer. */
struct search {
	uint64_t addr;
	char *name;
	size_t size;
	uint64_t *offset;
	bool found;
};

/* "7f00 1a0 name of a function": hexadecimal start and size. */
static int line_take(void *ctx, const char *line)
{
	struct search *search = ctx;
	char *end, *rest;
	uint64_t start = strtoull(line, &end, 16), size;

	if (end == line || *end != ' ')
		return 0;
	size = strtoull(end + 1, &rest, 16);
	if (rest == end + 1 || *rest != ' ' || !rest[1] || search->addr < start ||
	    search->addr - start >= size)
		return 0;
	snprintf(search->name, search->size, "%.*s", (int)search->size - 1, rest + 1);
	*search->offset = search->addr - start;
	search->found = true;
	return 0;
}

bool perf_map__find(int fd, uint64_t addr, char *name, size_t size, uint64_t *offset)
{
	struct search search = { .addr = addr, .name = name, .size = size, .offset = offset };

	file_lines__each(fd, TEXT_MAX, line_take, &search);
	return search.found;
}
