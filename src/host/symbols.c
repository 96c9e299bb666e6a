// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/symbols.h"

/* An address farther after a symbol is not in that function, but in a module that is gone. */
#define FUNCTION_MAX (1 << 20)
/* Some addresses never resolve: how many of them are cached, and how long. */
#define UNKNOWN_MAX  256
#define UNKNOWN_NS   (600 * 1000000000ULL)
/* The list of modules is read at most once in this time. */
#define MODULES_NS   100000000ULL

struct entry {
	uint64_t addr;
	uint32_t name; /* offset in names */
	uint32_t module; /* offset of the module's name in names; 0: none */
};

struct symbols {
	FILE *file;
	char buf[4096]; /* the buffer of `file`; stdio's own has 1 KiB */
	struct entry *entries; /* by addr */
	size_t nr;
	size_t room;
	char *names; /* strings one after the other; the first is empty */
	size_t names_len;
	size_t names_room;
	uint32_t last_module;
	bool read; /* the file was read, and its names are still in memory */
	uint64_t read_time; /* when it was read */
	int modules_fd;
	uint64_t modules_hash; /* of the modules as they were last read */
	uint64_t modules_time; /* when the modules were last hashed */
	struct modules read_with; /* the modules before the file was read */
	struct modules present; /* those that are loaded now; `other`: not in read_with */
	/* A ring of addresses that had no symbol in the file: no reason to read it again. */
	uint64_t unknown[UNKNOWN_MAX];
	size_t nr_unknown; /* added since the file was read */
	struct backoff backoff; /* limits how often the file is read for an address */
	uint64_t now;
};

/* A line of kallsyms: "ffffffff81000000 T name\t[module]". */
struct line {
	uint64_t addr;
	bool text;
	char *name;
	char *module; /* NULL: none */
};

int symbols__new(struct symbols **out)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->modules_fd = -1;
	*out = s;
	return 0;
}

int symbols__open(struct symbols **out, const char *path, const char *modules)
{
	struct symbols *s;
	int err = symbols__new(&s);

	if (err)
		return err;
	s->file = fopen(path ? path : "/proc/kallsyms", "re");
	if (!s->file) {
		err = -errno;
		symbols__close(s);
		return err;
	}
	/* The file is long; the kernel gives a page at most for each read. */
	setvbuf(s->file, s->buf, _IOFBF, sizeof(s->buf));
	s->modules_fd = modules__open(modules);
	*out = s;
	return 0;
}

/* Free the memory; the next use reads the file again. */
static void forget_names(struct symbols *s)
{
	free(s->entries);
	free(s->names);
	s->entries = NULL;
	s->names = NULL;
	s->nr = s->room = s->names_len = s->names_room = 0;
	s->read = false;
}

void symbols__close(struct symbols *s)
{
	if (!s)
		return;
	forget_names(s);
	free(s->read_with.at);
	free(s->present.at);
	if (s->file)
		fclose(s->file);
	if (s->modules_fd >= 0)
		close(s->modules_fd);
	free(s);
}

/*
 * Whether @symbol, which has the name of a function in a module, may have another one by now: the
 * module has gone since the file was read, or was loaded anew. BPF's functions are in no module of
 * the list, and neither is a module that came while the file was read.
 */
static bool may_be_another(const struct symbols *s, const struct symbol *symbol)
{
	const struct module *module = modules__find(&s->read_with, symbol->module);

	return module ? module->other : modules__has_other_at(&s->present, symbol->addr);
}

/* Read the next symbol. Returns false at the end of the file. */
static bool next_line(FILE *file, char *buf, size_t size, struct line *line)
{
	while (fgets(buf, size, file)) {
		char *p;

		line->addr = strtoull(buf, &p, 16);
		if (p == buf || p[0] != ' ' || !p[1] || p[2] != ' ')
			continue;
		line->text = strchr("tTwW", p[1]);
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

/* Keep @text. Returns its offset in names, or 0 without memory. */
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

/* Compare two entries by address; entries of one address keep the order of the file. */
static int by_addr(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	return cmp_u64(a->addr, b->addr) ?: cmp_u64(a->name, b->name);
}

int symbols__add(struct symbols *s, uint64_t addr, const char *name, const char *module)
{
	/* entry_add() does not change the texts. */
	return entry_add(s, &(struct line){ .addr = addr,
					    .text = true,
					    .name = (char *)name,
					    .module = (char *)module });
}

/* Returns how many of the first @nr entries, which are in order, lie at or below @addr. */
static size_t count_at_or_below(const struct symbols *s, size_t nr, uint64_t addr)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->entries[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * Sort the entries by address. The kernel proper comes first in the file, and in order; its modules
 * follow in the order of their loading, on x86-64 at higher addresses. Therefore only the end of
 * the table is sorted: qsort() takes as much memory as what it sorts.
 */
void symbols__sort(struct symbols *s)
{
	size_t sorted = 1, from;
	uint64_t least = UINT64_MAX;

	while (sorted < s->nr && s->entries[sorted - 1].addr <= s->entries[sorted].addr)
		sorted++;
	if (sorted >= s->nr)
		return;
	for (size_t i = sorted; i < s->nr; i++)
		if (s->entries[i].addr < least)
			least = s->entries[i].addr;
	from = count_at_or_below(s, sorted, least);
	qsort(s->entries + from, s->nr - from, sizeof(*s->entries), by_addr);
}

/*
 * Whether the file has a name that is no function's. x86-64 kernels that pad functions have a
 * symbol for each padding, half of the file (6.2: 9f2899fe36a6); nothing runs there. arm64's
 * modules have ELF's mapping symbols, $x and $d, at the same addresses as functions: the kernel
 * ignores them when it names an address itself (6.1 kernel/module/kallsyms.c,
 * find_kallsyms_symbol()).
 */
static bool is_no_function(const char *name)
{
	return !strncmp(name, "__pfx_", 6) ||
	       (name[0] == '$' && name[1] && strchr("adtx", name[1]) &&
		(!name[2] || name[2] == '.'));
}

int symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
		  void *ctx)
{
	struct line line;
	char buf[1024];
	int err = 0;

	s->nr = s->names_len = s->last_module = 0;
	s->nr_unknown = 0;
	s->read = true;
	/* Read the modules first: then a module that comes meanwhile is a reason to read again. */
	s->modules_hash = modules__hash(s->modules_fd);
	err = modules__read(&s->read_with, s->modules_fd);
	s->present.nr = 0;
	rewind(s->file);
	while (!err && next_line(s->file, buf, sizeof(buf), &line)) {
		if (see && !line.module)
			see(ctx, line.addr, line.name);
		if (line.addr && line.text && !is_no_function(line.name))
			err = entry_add(s, &line);
	}
	/* The last symbol of half a table would seem to contain all addresses after it. */
	if (err)
		forget_names(s);
	symbols__sort(s);
	return err;
}

/* Returns the symbol that contains @addr; NULL: none. */
static const struct entry *find_entry(const struct symbols *s, uint64_t addr)
{
	size_t at = count_at_or_below(s, s->nr, addr);

	if (!at || addr - s->entries[at - 1].addr > FUNCTION_MAX)
		return NULL;
	/* Several symbols may have the same address: take the symbol that came first. */
	for (at--; at && s->entries[at - 1].addr == s->entries[at].addr; at--)
		;
	return &s->entries[at];
}

bool symbols__name(const struct symbols *s, struct symbol *symbol, bool function)
{
	const struct entry *entry = symbol->addr ? find_entry(s, symbol->addr) : NULL;

	/*
	 * A function begins where its symbol does. An address within a symbol is a function of a
	 * module that was loaded later, in the gap after the symbol.
	 */
	if (!entry || (function && entry->addr != symbol->addr)) {
		symbol__forget_name(symbol);
		return false;
	}
	symbol->name = s->names + entry->name;
	symbol->module = entry->module ? s->names + entry->module : NULL;
	symbol->offset = symbol->addr - entry->addr;
	return true;
}

/*
 * Name @symbol, but not by a module that has gone since the file was read, and may have left its
 * place to another one. Returns whether the name may change when modules come or go.
 */
static bool try_name(struct symbols *s, struct symbol *symbol, bool function)
{
	if (!symbol->addr || (symbols__name(s, symbol, function) && !symbol->module))
		return false;
	if (symbol->module && may_be_another(s, symbol))
		symbol__forget_name(symbol);
	return true;
}

/* Whether @symbol has no name, and is in a module that the file did not have. */
static bool is_of_new_module(struct symbols *s, struct symbol *symbol, bool function)
{
	(void)function;
	return symbol->addr && !symbol->name && modules__has_other_at(&s->present, symbol->addr);
}

/* Whether @symbol has no name, and is a reason to read the file. */
static bool is_news(struct symbols *s, struct symbol *symbol, bool function)
{
	size_t nr = s->nr_unknown < UNKNOWN_MAX ? s->nr_unknown : UNKNOWN_MAX;

	(void)function;
	if (!symbol->addr || symbol->name)
		return false;
	/* When the file was last read, it had no name for these addresses. */
	for (size_t i = 0; i < nr && s->now < s->read_time + UNKNOWN_NS; i++)
		if (s->unknown[i] == symbol->addr)
			return false;
	return true;
}

/* Note that @symbol, if the file gave it no name, is no reason to read the file again. */
static bool unknown_add(struct symbols *s, struct symbol *symbol, bool function)
{
	if (!is_news(s, symbol, function))
		return false;
	s->unknown[s->nr_unknown++ % UNKNOWN_MAX] = symbol->addr;
	return true;
}

typedef bool symbol_fn(struct symbols *s, struct symbol *symbol, bool function);

static bool visit_stack(struct symbols *s, struct stack_sample *sample, symbol_fn *call)
{
	bool any = false;

	for (uint32_t f = 0; f < sample->nr; f++)
		any |= call(s, &sample->stack[f], false);
	return any;
}

/* Call @call for each symbol of @snap. Returns whether any call was true. */
static bool visit_symbols(struct symbols *s, struct snapshot *snap, symbol_fn *call)
{
	bool any = false;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		any |= call(s, &snap->fns[i].func, true);
		any |= call(s, &snap->fns[i].callsite, false);
	}
	for (size_t i = 0; i < snap->nr_sends; i++) {
		if (snap->sends[i].func.addr)
			any |= call(s, &snap->sends[i].func, true);
		if (snap->sends[i].callsite.addr)
			any |= call(s, &snap->sends[i].callsite, false);
	}
	for (size_t i = 0; i < snap->nr_samples; i++)
		any |= visit_stack(s, &snap->samples[i], call);
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		any |= visit_stack(s, &snap->send_samples[i], call);
	return any;
}

/* Find out which modules came and went since the file was read. Returns 0 or -ENOMEM. */
static int look_at_modules(struct symbols *s)
{
	uint64_t hash = modules__hash(s->modules_fd);
	int err;

	if (hash == s->modules_hash)
		return 0;
	err = modules__read(&s->present, s->modules_fd);
	if (err)
		return err;
	s->modules_hash = hash;
	modules__compare(&s->present, &s->read_with);
	return 0;
}

/*
 * Whether the file must be read to name the symbols of @snap. Modules that nobody needs a name of
 * may come and go as they like.
 */
static bool must_read(struct symbols *s, struct snapshot *snap)
{
	if (!s->read)
		return true;
	if (s->now < s->read_time + SYMBOLS_READ_NS)
		return false;
	if (visit_symbols(s, snap, is_of_new_module))
		return true;
	/* Whether some address was not looked up before. */
	return visit_symbols(s, snap, is_news) && backoff__try(&s->backoff, s->now);
}

int symbols__resolve(struct symbols *s, struct snapshot *snap, uint64_t now)
{
	int err = 0;

	s->now = now;
	/* Whether some names may have changed with the modules, or are unknown. */
	if (!visit_symbols(s, snap, try_name))
		return 0;
	if (s->read && (!s->modules_time || now >= s->modules_time + MODULES_NS)) {
		s->modules_time = now;
		err = look_at_modules(s);
		visit_symbols(s, snap, try_name);
	}
	if (!err && !must_read(s, snap))
		return 0;
	if (err || symbols__load(s, NULL, NULL)) {
		forget_names(s);
		/* The earlier names were freed, too: no symbol may keep one. */
		visit_symbols(s, snap, try_name);
		return -ENOMEM;
	}
	s->read_time = now;
	visit_symbols(s, snap, try_name);
	if (!visit_symbols(s, snap, unknown_add))
		backoff__reset(&s->backoff);
	return 0;
}

int symbols__frames(struct symbols *s, struct stack_sample *sample, uint64_t now)
{
	struct snapshot snap = { .samples = sample, .nr_samples = 1 };

	return symbols__resolve(s, &snap, now);
}

int symbols__find(struct symbols *s, struct symbol *symbol, bool func, uint64_t now)
{
	struct fn_stats row = {};
	struct snapshot snap = { .fns = &row, .nr_fns = 1 };
	struct symbol *place = func ? &row.func : &row.callsite;
	int err;

	*place = *symbol;
	err = symbols__resolve(s, &snap, now);
	*symbol = *place;
	return err;
}

int symbols__match(struct symbols *s, const char *glob, uint64_t **addrs)
{
	uint64_t *found;
	bool visible;
	size_t nr = 0;

	*addrs = NULL;
	if (s->file && symbols__load(s, NULL, NULL))
		return -ENOMEM;
	visible = s->nr;
	found = calloc(s->nr + 1, sizeof(*found));
	for (size_t i = 0; found && i < s->nr; i++)
		if (!fnmatch(glob, s->names + s->entries[i].name, 0))
			found[nr++] = s->entries[i].addr;
	if (s->file)
		forget_names(s);
	if (!found)
		return -ENOMEM;
	if (nr) {
		*addrs = found;
		return nr;
	}
	free(found);
	return visible ? -ENOENT : -EPERM;
}

uint64_t symbols__address(const struct symbols *s, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < s->nr; i++) {
		const char *entry = s->names + s->entries[i].name;

		if (!s->entries[i].module && !strncmp(entry, name, len) &&
		    (!entry[len] || entry[len] == '.'))
			return s->entries[i].addr;
	}
	return 0;
}

bool symbols__hidden(const struct symbols *s)
{
	return s->read && !s->nr;
}

int symbols__readable(struct symbols *s)
{
	int err = symbols__load(s, NULL, NULL);

	return err ? err : s->nr ? 0 : -EPERM;
}
