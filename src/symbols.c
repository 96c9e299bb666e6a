// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "symbols.h"

/* What lies farther behind a symbol is not in it: a module that is gone. */
#define FUNCTION_MAX (1 << 20)

struct known {
	uint64_t addr; /* asked for */
	uint64_t start; /* of the symbol that holds it; 0: none */
	char *name;
	char *module;
};

struct symbols {
	FILE *file;
	struct known *known; /* by addr */
	size_t nr;
};

/* A line of kallsyms: "ffffffff81000000 T name\t[module]". */
struct line {
	uint64_t addr;
	char *name;
	char *module; /* NULL: none */
};

int symbols__open(struct symbols **out, const char *path)
{
	struct symbols *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->file = fopen(path ? path : "/proc/kallsyms", "re");
	if (!s->file) {
		err = -errno;
		free(s);
		return err;
	}
	/* It is long, and the kernel makes it up for each read. */
	setvbuf(s->file, NULL, _IOFBF, 1 << 16);
	*out = s;
	return 0;
}

static void known_forget(struct known *known)
{
	free(known->name);
	free(known->module);
	known->name = known->module = NULL;
}

void symbols__close(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		known_forget(&s->known[i]);
	free(s->known);
	fclose(s->file);
	free(s);
}

/* Next text symbol; false at the end. */
static bool next_line(FILE *file, char *buf, size_t size, struct line *line)
{
	while (fgets(buf, size, file)) {
		char *p;

		line->addr = strtoull(buf, &p, 16);
		if (p == buf || p[0] != ' ' || !strchr("tTwW", p[1]) || p[2] != ' ')
			continue;
		line->name = p + 3;
		line->name[strcspn(line->name, "\n")] = '\0';
		line->module = strstr(line->name, "\t[");
		if (line->module) {
			*line->module = '\0';
			line->module += 2;
			line->module[strcspn(line->module, "]")] = '\0';
		}
		return true;
	}
	return false;
}

/* The first of @known whose addr is at or above @addr; nr if none. */
static size_t lower_bound(const struct known *known, size_t nr, uint64_t addr)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (known[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int known_name(struct known *known, const struct line *line)
{
	known_forget(known);
	known->start = line->addr;
	known->name = strdup(line->name);
	known->module = line->module ? strdup(line->module) : NULL;
	return known->name && (!line->module || known->module) ? 0 : -ENOMEM;
}

/* One below takes the symbol of its neighbour if that starts below it too. */
static int inherit(struct known *known, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		const struct known *below = &known[i - 1];
		struct line line = { below->start, below->name, below->module };

		if (below->start > known[i].start && known_name(&known[i], &line))
			return -ENOMEM;
	}
	return 0;
}

/*
 * Each symbol is noted for the lowest address at or above it; what lies
 * higher inherits from there. So one pass in any order is enough.
 */
static int scan(struct symbols *s)
{
	struct line line;
	char buf[1024];

	rewind(s->file);
	while (next_line(s->file, buf, sizeof(buf), &line)) {
		size_t i = lower_bound(s->known, s->nr, line.addr);

		if (i == s->nr || line.addr <= s->known[i].start)
			continue;
		if (known_name(&s->known[i], &line))
			return -ENOMEM;
	}
	return inherit(s->known, s->nr);
}

/* Make a place for @addr. 1: it is new; 0: it was there; -ENOMEM. */
static int want(struct symbols *s, uint64_t addr)
{
	size_t i = lower_bound(s->known, s->nr, addr);
	struct known *known;

	if (!addr || (i < s->nr && s->known[i].addr == addr))
		return 0;
	known = reallocarray(s->known, s->nr + 1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	s->known = known;
	memmove(known + i + 1, known + i, (s->nr - i) * sizeof(*known));
	known[i] = (struct known){ .addr = addr };
	s->nr++;
	return 1;
}

static void name(const struct symbols *s, struct symbol *symbol)
{
	size_t i = lower_bound(s->known, s->nr, symbol->addr);
	const struct known *known = &s->known[i];

	if (!symbol->addr || i == s->nr || known->addr != symbol->addr || !known->name)
		return;
	if (symbol->addr - known->start > FUNCTION_MAX)
		return;
	symbol->name = known->name;
	symbol->module = known->module;
	symbol->offset = symbol->addr - known->start;
}

int symbols__resolve(struct symbols *s, struct snapshot *snap)
{
	bool news = false;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		int func = want(s, snap->fns[i].func.addr);
		int callsite = want(s, snap->fns[i].callsite.addr);

		if (func < 0 || callsite < 0)
			return -ENOMEM;
		news |= func || callsite;
	}
	if (news && scan(s))
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		name(s, &snap->fns[i].func);
		name(s, &snap->fns[i].callsite);
	}
	return 0;
}

int symbols__match(struct symbols *s, const char *glob, uint64_t **addrs)
{
	bool visible = false;
	struct line line;
	char buf[1024];
	size_t nr = 0;

	*addrs = NULL;
	rewind(s->file);
	while (next_line(s->file, buf, sizeof(buf), &line)) {
		uint64_t *more;

		visible |= line.addr != 0;
		if (!line.addr || fnmatch(glob, line.name, 0))
			continue;
		more = reallocarray(*addrs, nr + 1, sizeof(*more));
		if (!more) {
			free(*addrs);
			return -ENOMEM;
		}
		*addrs = more;
		more[nr++] = line.addr;
	}
	if (nr)
		return nr;
	return visible ? -ENOENT : -EPERM;
}

bool symbols__readable(struct symbols *s)
{
	struct line line;
	char buf[1024];

	rewind(s->file);
	while (next_line(s->file, buf, sizeof(buf), &line))
		if (line.addr)
			return true;
	return false;
}
