// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include "host/user/file_lines.h"
#include "host/user/perf_map.h"

struct search {
	struct made_name *names;
	size_t nr;
};

/* "7f00 1a0 name of a function": hexadecimal start and size. */
static int line_take(void *ctx, const char *line)
{
	const struct search *search = ctx;
	char *end, *rest;
	uint64_t start = strtoull(line, &end, 16), size;

	if (end == line || *end != ' ')
		return 0;
	size = strtoull(end + 1, &rest, 16);
	if (rest == end + 1 || *rest != ' ' || !rest[1])
		return 0;
	for (size_t i = 0; i < search->nr; i++) {
		struct made_name *name = &search->names[i];

		if (!name->addr || name->addr < start || name->addr - start >= size)
			continue;
		snprintf(name->name, sizeof(name->name), "%.*s", MADE_NAME - 1, rest + 1);
		name->offset = name->addr - start;
		name->found = true;
	}
	return 0;
}

off_t perf_map__read(int fd, off_t from, off_t to, struct made_name *names, size_t nr)
{
	struct search search = { names, nr };

	return file_lines__each(fd, from, to, line_take, &search);
}
