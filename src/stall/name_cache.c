// SPDX-License-Identifier: GPL-2.0
#include "base/clock.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "stall/stall_run.h"

struct copy {
	/* NULL: not available on this machine */
	struct symbols *symbols;
	struct cgroups *cgroups;
};

struct name_cache {
	struct copy copies[2];
	_Atomic unsigned int current;
	/* The number of the copy that a reader has open, plus 1; 0: the reader has none open. */
	_Atomic unsigned int open[NAME_CACHE_READERS];
	_Atomic bool missed;
	/* How soon a missing name may make name_cache__refresh() load again. */
	struct backoff backoff;
	uint64_t modules; /* hash of /proc/modules at the last load */
	uint64_t loaded; /* when that was */
	/* Modules came or went since: the names of functions in modules may be wrong. */
	_Atomic bool changed;
	int modules_fd;
};

static int copy_load(struct copy *copy)
{
	if (copy->cgroups)
		cgroups__load(copy->cgroups);
	return copy->symbols ? symbols__load(copy->symbols, NULL, NULL) : 0;
}

int name_cache__open(struct name_cache **out)
{
	struct name_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->modules_fd = modules__open(NULL);
	cache->modules = modules__hash(cache->modules_fd);
	for (int i = 0; i < 2; i++) {
		if (symbols__open(&cache->copies[i].symbols, NULL, NULL))
			cache->copies[i].symbols = NULL;
		if (cgroups__open(&cache->copies[i].cgroups, NULL))
			cache->copies[i].cgroups = NULL;
	}
	if (copy_load(&cache->copies[0])) {
		name_cache__close(cache);
		return -ENOMEM;
	}
	cache->loaded = mono_ns();
	*out = cache;
	return 0;
}

void name_cache__close(struct name_cache *cache)
{
	if (!cache)
		return;
	for (int i = 0; i < 2; i++) {
		symbols__close(cache->copies[i].symbols);
		cgroups__close(cache->copies[i].cgroups);
	}
	if (cache->modules_fd >= 0)
		close(cache->modules_fd);
	free(cache);
}

void name_cache__begin(struct name_cache *cache, unsigned int reader)
{
	unsigned int copy;

	/*
	 * Mark the copy, then check that it is still current: if so, name_cache__refresh() sees the
	 * mark, and does not replace the copy.
	 */
	do {
		copy = cache->current;
		cache->open[reader] = copy + 1;
	} while (copy != cache->current);
}

void name_cache__end(struct name_cache *cache, unsigned int reader)
{
	cache->open[reader] = 0;
}

/* In two steps, because gcc 12 reads an atomic index of an array as if it were not atomic. */
static const struct copy *get_current(const struct name_cache *cache)
{
	unsigned int current = cache->current;

	return &cache->copies[current];
}

void name_cache__symbol(struct name_cache *cache, struct symbol *symbol, bool function)
{
	const struct symbols *symbols = get_current(cache)->symbols;

	if (symbols && symbol->addr && !symbols__name(symbols, symbol, function))
		cache->missed = true;
	if (symbol->module && cache->changed)
		symbol__forget_name(symbol);
}

const char *name_cache__cgroup(struct name_cache *cache, uint64_t id)
{
	const struct cgroups *cgroups = get_current(cache)->cgroups;
	const char *path = cgroups__path(cgroups, id);

	if (cgroups && id && !path)
		cache->missed = true;
	return path;
}

uint64_t name_cache__address(const struct name_cache *cache, const char *func)
{
	const struct symbols *symbols = get_current(cache)->symbols;

	return symbols ? symbols__address(symbols, func) : 0;
}

void name_cache__refresh(struct name_cache *cache)
{
	uint64_t modules = modules__hash(cache->modules_fd), now = mono_ns();
	unsigned int next = !cache->current;

	cache->changed = modules != cache->modules;
	if ((!cache->changed && !cache->missed) || now < cache->loaded + SYMBOLS_READ_NS)
		return;
	for (int i = 0; i < NAME_CACHE_READERS; i++)
		if (cache->open[i] == next + 1)
			return;
	if (!cache->changed && !backoff__try(&cache->backoff, now))
		return;
	cache->missed = false;
	cache->loaded = now;
	/* If loading fails, the copy does not become current, so no reader opens it. */
	if (copy_load(&cache->copies[next]))
		return;
	cache->modules = modules;
	cache->current = next;
	cache->changed = false;
}
