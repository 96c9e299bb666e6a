// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/cgroups.h"
#include "host/symbols.h"
#include "model/symbol.h"
#include "stall/name_cache.h"

/* What has no name has none: not to be looked for again and again. */
#define MISSES_MAX 64

struct book {
	struct symbols *symbols; /* NULL: not to be had */
	struct cgroups *cgroups;
};

struct name_cache {
	struct book books[2];
	_Atomic unsigned int current;
	/* The book that a reader has open, + 1; 0: none. */
	_Atomic unsigned int open[NAME_CACHE_READERS];
	_Atomic bool missed;
	unsigned int misses;
	uint64_t modules; /* what /proc/modules was, in short */
	int modules_fd;
};

/* A hash of the modules' names and sizes, without their changing counts. */
static uint64_t modules_read(int fd)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	char buf[4096];
	off_t at = 0;
	ssize_t len;
	int column = 0;

	while (fd >= 0 && (len = pread(fd, buf, sizeof(buf), at)) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			column = buf[i] == '\n' ? 0 : column + (buf[i] == ' ');
			if (column < 2)
				hash = (hash ^ (unsigned char)buf[i]) * 0x100000001b3ULL;
		}
		at += len;
	}
	return hash;
}

static int read_book(struct book *book)
{
	if (book->cgroups)
		cgroups__load(book->cgroups);
	return book->symbols ? symbols__load(book->symbols) : 0;
}

int name_cache__open(struct name_cache **out)
{
	struct name_cache *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->modules_fd = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	n->modules = modules_read(n->modules_fd);
	for (int i = 0; i < 2; i++) {
		if (symbols__open(&n->books[i].symbols, NULL))
			n->books[i].symbols = NULL;
		if (cgroups__open(&n->books[i].cgroups))
			n->books[i].cgroups = NULL;
	}
	if (read_book(&n->books[0])) {
		name_cache__close(n);
		return -ENOMEM;
	}
	*out = n;
	return 0;
}

void name_cache__close(struct name_cache *n)
{
	if (!n)
		return;
	for (int i = 0; i < 2; i++) {
		symbols__close(n->books[i].symbols);
		cgroups__close(n->books[i].cgroups);
	}
	if (n->modules_fd >= 0)
		close(n->modules_fd);
	free(n);
}

void name_cache__begin(struct name_cache *n, unsigned int who)
{
	unsigned int book;

	/* Opened, and still the current one: whoever replaces it must have seen that. */
	do {
		book = n->current;
		n->open[who] = book + 1;
	} while (book != n->current);
}

void name_cache__end(struct name_cache *n, unsigned int who)
{
	n->open[who] = 0;
}

void name_cache__symbol(struct name_cache *n, struct symbol *symbol, bool function)
{
	const struct symbols *symbols = n->books[n->current].symbols;

	if (symbols && symbol->addr && !symbols__name(symbols, symbol, function))
		n->missed = true;
}

const char *name_cache__cgroup(struct name_cache *n, uint64_t id)
{
	const struct cgroups *cgroups = n->books[n->current].cgroups;
	const char *path = cgroups ? cgroups__path(cgroups, id) : NULL;

	if (cgroups && id && !path)
		n->missed = true;
	return path;
}

uint64_t name_cache__flush(const struct name_cache *n)
{
	/* 5.19 gave it the underscores; what is left without them calls it. */
	static const char *const flushes[] = { "__flush_smp_call_function_queue",
					       "flush_smp_call_function_queue" };
	const struct symbols *symbols = n->books[n->current].symbols;
	uint64_t address = symbols ? symbols__address(symbols, flushes[0]) : 0;

	return address || !symbols ? address : symbols__address(symbols, flushes[1]);
}

void name_cache__refresh(struct name_cache *n)
{
	uint64_t modules = modules_read(n->modules_fd);
	unsigned int next = !n->current;

	if (modules == n->modules && !(n->missed && n->misses < MISSES_MAX))
		return;
	for (int i = 0; i < NAME_CACHE_READERS; i++)
		if (n->open[i] == next + 1)
			return;
	n->misses = modules == n->modules ? n->misses + 1 : 0;
	n->missed = false;
	/* Nobody opens a book that is not current: without memory it stays aside. */
	if (read_book(&n->books[next]))
		return;
	n->modules = modules;
	n->current = next;
}
