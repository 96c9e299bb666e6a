// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include "host/user/user.h"

/* A process may have 65,530 mappings or more; to read TEXT_MAX bytes of text takes some 20 ms. */
#define TEXT_MAX     (2 << 20)
#define MAPPINGS_MAX 4096

/* Receives a line without its newline. Returns 0, or a negative errno, which ends the reading. */
typedef int line_fn(void *ctx, const char *line);

/*
 * Call @take for each whole line of @fd, an open file that anybody may have made, from @from, where
 * a line begins, to about @to, within the budget. Lines may have any bytes; a line of 32 KiB or
 * more is left out. Returns where the last whole line ends; @from if there is no whole line or the
 * file cannot be read; or the error of @take. Only one thread may call this function.
 */
static off_t take_lines(int fd, off_t from, off_t to, line_fn *take, void *ctx)
{
	static char text[32 << 10];
	bool rest = false; /* the text is the rest of a line that is left out */
	size_t have = 0;
	off_t at = from;
	ssize_t n;

	while (at < to && (n = budget__pread(fd, text + have, sizeof(text) - have, at)) > 0) {
		char *line = text, *end;

		at += n;
		have += n;
		/* strchr() would stop at a NUL. */
		while ((end = memchr(line, '\n', text + have - line))) {
			int err;

			*end = '\0';
			err = rest ? 0 : take(ctx, line);
			if (err)
				return err;
			rest = false;
			line = end + 1;
		}
		have -= line - text;
		memmove(text, line, have);
		if (have == sizeof(text)) {
			have = 0;
			rest = true;
		}
	}
	return at - have;
}

/* Parse "7f00-7f40 r-xp 00001000 fe:01 1234    /usr/lib/libc.so.6". Returns whether it is code. */
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
	/* "[vdso]" and "[anon:a/b]" are not paths. */
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
	n = take_lines(fd, 0, TEXT_MAX, mapping_add, maps);
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

struct search {
	struct made_name *names;
	size_t nr;
};

/* Take a line: "7f00 1a0 name of a function", with start and size in hexadecimal. */
static int name_take(void *ctx, const char *line)
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

	return take_lines(fd, from, to, name_take, &search);
}
