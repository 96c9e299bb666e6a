// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/user/file_lines.h"
#include "host/user/proc_maps.h"

/* A process may have 65,530 mappings and more; reading so much text takes some 20 ms. */
#define TEXT_MAX     (2 << 20)
#define MAPPINGS_MAX 4096

/* A line: "7f00-7f40 r-xp 00001000 fe:01 1234    /usr/lib/libc.so.6". Whether it is of code. */
static bool line_parse(const char *line, struct code_mapping *mapping)
{
	unsigned int major, minor;
	char mode[5];
	const char *path, *last;
	int end = 0;

	memset(mapping, 0, sizeof(*mapping));
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 "%n",
		   &mapping->start, &mapping->end, mode, &mapping->offset, &major, &minor,
		   &mapping->inode, &end) < 7 ||
	    mode[2] != 'x')
		return false;
	mapping->dev = (uint64_t)major << 32 | minor;
	path = line + end + strspn(line + end, " ");
	last = strrchr(path, '/');
	/* "[vdso]", "[anon:a/b]" are no paths. */
	snprintf(mapping->name, sizeof(mapping->name), "%.*s", MAPPING_NAME - 1,
		 *path == '/' && last ? last + 1 : path);
	return true;
}

static int mapping_add(void *ctx, const char *line)
{
	struct proc_maps *maps = ctx;
	struct code_mapping mapping, *more;

	if (maps->nr == MAPPINGS_MAX || !line_parse(line, &mapping))
		return 0;
	if (maps->nr == maps->room) {
		more = reallocarray(maps->mappings, maps->room + 64, sizeof(*more));
		if (!more)
			return -ENOMEM;
		maps->mappings = more;
		maps->room += 64;
	}
	maps->mappings[maps->nr++] = mapping;
	return 0;
}

int proc_maps__read(struct proc_maps *maps, int fd)
{
	off_t n;

	maps->nr = 0;
	n = file_lines__each(fd, 0, TEXT_MAX, mapping_add, maps);
	return n > 0 ? 0 : n ? n : -ESRCH;
}

const struct code_mapping *proc_maps__find(const struct proc_maps *maps, uint64_t addr)
{
	size_t lo = 0, hi = maps->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct code_mapping *mapping = &maps->mappings[mid];

		if (addr < mapping->start)
			hi = mid;
		else if (addr >= mapping->end)
			lo = mid + 1;
		else
			return mapping;
	}
	return NULL;
}

void proc_maps__free(struct proc_maps *maps)
{
	free(maps->mappings);
	*maps = (struct proc_maps){};
}
