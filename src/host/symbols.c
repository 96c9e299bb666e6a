// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/symbols.h"
#include "model/snapshot.h"
#include "model/symbol.h"

/* An address farther behind a symbol is not in that function, but in a module that is gone. */
#define FUNCTION_MAX (1 << 20)
/* Stop rescanning after this many misses; some addresses never resolve. */
#define UNKNOWN_MAX  256

struct entry {
	uint64_t addr;
	uint32_t name; /* offset in names */
	uint32_t module; /* the same; 0: none */
};

struct symbols {
	FILE *file;
	struct entry *entries; /* by addr */
	size_t nr;
	size_t room;
	char *names; /* strings one after the other; the first is empty */
	size_t names_len;
	size_t names_room;
	uint32_t last_module;
	/* Addresses without a symbol: no reason to read the file again. */
	uint64_t unknown[UNKNOWN_MAX];
	size_t nr_unknown;
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
	/* The file is long, and the kernel formats it anew at each read. */
	setvbuf(s->file, NULL, _IOFBF, 1 << 16);
	*out = s;
	return 0;
}

/* Give the memory back; the next use reads the file again. */
static void forget(struct symbols *s)
{
	free(s->entries);
	free(s->names);
	s->entries = NULL;
	s->names = NULL;
	s->nr = s->room = s->names_len = s->names_room = 0;
}

void symbols__close(struct symbols *s)
{
	if (!s)
		return;
	forget(s);
	fclose(s->file);
	free(s);
}

/* Read the next text symbol; false at the end. */
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

/* Keep @text; its offset in names, or 0 without memory. */
static uint32_t name_add(struct symbols *s, const char *text)
{
	size_t len = strlen(text) + 1, at = s->names_len ? s->names_len : 1;

	if (at + len > s->names_room) {
		size_t room = s->names_room + (1 << 20);
		char *names = realloc(s->names, room);

		if (!names)
			return 0;
		s->names = names;
		s->names_room = room;
		s->names[0] = '\0';
	}
	memcpy(s->names + at, text, len);
	s->names_len = at + len;
	return at;
}

static int entry_add(struct symbols *s, const struct line *line)
{
	struct entry *entry;

	if (s->nr == s->room) {
		size_t room = s->room + (1 << 15);
		struct entry *entries = reallocarray(s->entries, room, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		s->entries = entries;
		s->room = room;
	}
	/* The symbols of a module are adjacent in the file. */
	if (!line->module)
		s->last_module = 0;
	else if (!s->last_module || strcmp(s->names + s->last_module, line->module))
		s->last_module = name_add(s, line->module);
	entry = &s->entries[s->nr];
	entry->addr = line->addr;
	entry->name = name_add(s, line->name);
	entry->module = s->last_module;
	if (!entry->name || (line->module && !entry->module))
		return -ENOMEM;
	s->nr++;
	return 0;
}

/* find() takes the last of equal addresses, so the name that came first in the file sorts last. */
static int by_addr(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->name < b->name ? 1 : -1;
}

/* Read the whole file again: modules come and go. */
static int scan(struct symbols *s)
{
	struct line line;
	char buf[1024];
	int err = 0;

	s->nr = s->names_len = s->last_module = 0;
	rewind(s->file);
	while (!err && next_line(s->file, buf, sizeof(buf), &line))
		if (line.addr)
			err = entry_add(s, &line);
	if (s->nr)
		qsort(s->entries, s->nr, sizeof(*s->entries), by_addr);
	return err;
}

/* The symbol that contains @addr; NULL: none. */
static const struct entry *find(const struct symbols *s, uint64_t addr)
{
	size_t lo = 0, hi = s->nr;

	/* Search the last symbol at or below @addr. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->entries[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || addr - s->entries[lo - 1].addr > FUNCTION_MAX)
		return NULL;
	return &s->entries[lo - 1];
}

static bool is_unknown(const struct symbols *s, uint64_t addr)
{
	for (size_t i = 0; i < s->nr_unknown; i++)
		if (s->unknown[i] == addr)
			return true;
	return false;
}

/* Whether @addr is a reason to read the file again. */
static bool is_new(const struct symbols *s, uint64_t addr)
{
	return addr && !find(s, addr) && s->nr_unknown < UNKNOWN_MAX && !is_unknown(s, addr);
}

bool symbols__name(const struct symbols *s, struct symbol *symbol, bool function)
{
	const struct entry *entry = symbol->addr ? find(s, symbol->addr) : NULL;

	if (!entry)
		return false;
	symbol->name = s->names + entry->name;
	symbol->module = entry->module ? s->names + entry->module : NULL;
	symbol->offset = symbol->addr - entry->addr;
	return !function || !symbol->offset;
}

static void name(struct symbols *s, struct symbol *symbol)
{
	if (!symbols__name(s, symbol, false) && is_new(s, symbol->addr))
		s->unknown[s->nr_unknown++] = symbol->addr;
}

/*
 * A function begins where its symbol does. An address within a symbol is a
 * function of a module that was loaded later, in the gap behind the symbol.
 */
static bool is_new_func(const struct symbols *s, uint64_t addr)
{
	const struct entry *entry = addr ? find(s, addr) : NULL;

	if (entry && entry->addr != addr)
		return s->nr_unknown < UNKNOWN_MAX && !is_unknown(s, addr);
	return is_new(s, addr);
}

static bool any_new(const struct symbols *s, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (is_new_func(s, snap->fns[i].func.addr) || is_new(s, snap->fns[i].callsite.addr))
			return true;
	for (size_t i = 0; i < snap->nr_samples; i++)
		for (uint32_t f = 0; f < snap->samples[i].nr; f++)
			if (is_new(s, snap->samples[i].stack[f].addr))
				return true;
	return false;
}

int symbols__resolve(struct symbols *s, struct snapshot *snap)
{
	if (any_new(s, snap) && scan(s))
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		uint64_t func = snap->fns[i].func.addr;

		name(s, &snap->fns[i].func);
		name(s, &snap->fns[i].callsite);
		/* The file was read, and still no symbol begins there: do not try again. */
		if (is_new_func(s, func))
			s->unknown[s->nr_unknown++] = func;
	}
	for (size_t i = 0; i < snap->nr_samples; i++)
		for (uint32_t f = 0; f < snap->samples[i].nr; f++)
			name(s, &snap->samples[i].stack[f]);
	return 0;
}

int symbols__find(struct symbols *s, struct symbol *symbol, bool func)
{
	bool unread = func ? is_new_func(s, symbol->addr) : is_new(s, symbol->addr);

	if (unread && scan(s))
		return -ENOMEM;
	name(s, symbol);
	if (func && is_new_func(s, symbol->addr))
		s->unknown[s->nr_unknown++] = symbol->addr;
	return 0;
}

int symbols__match(struct symbols *s, const char *glob, uint64_t **addrs)
{
	uint64_t *found;
	bool visible;
	size_t nr = 0;

	*addrs = NULL;
	if (scan(s))
		return -ENOMEM;
	visible = s->nr;
	found = calloc(s->nr + 1, sizeof(*found));
	for (size_t i = 0; found && i < s->nr; i++)
		if (!fnmatch(glob, s->names + s->entries[i].name, 0))
			found[nr++] = s->entries[i].addr;
	forget(s);
	if (!found)
		return -ENOMEM;
	if (nr) {
		*addrs = found;
		return nr;
	}
	free(found);
	return visible ? -ENOENT : -EPERM;
}

int symbols__load(struct symbols *s)
{
	return scan(s);
}

uint64_t symbols__address(const struct symbols *s, const char *name)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!s->entries[i].module && !strcmp(s->names + s->entries[i].name, name))
			return s->entries[i].addr;
	return 0;
}

bool symbols__readable(struct symbols *s)
{
	return !scan(s) && s->nr;
}
