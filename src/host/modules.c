// SPDX-License-Identifier: GPL-2.0
/* The list of modules, /proc/modules. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/hash.h"
#include "host/symbols.h"

/* The columns of a line of /proc/modules: name, size, users, their names, state, address. */
enum {
	USERS = 2,
	USERS_NAMES,
};

int modules__open(const char *path)
{
	return open(path ? path : "/proc/modules", O_RDONLY | O_CLOEXEC);
}

uint64_t modules__hash(int fd)
{
	uint64_t hash = HASH_BEGIN;
	char buf[4096];
	off_t at = 0;
	ssize_t len;
	int column = 0;

	while (fd >= 0 && (len = pread(fd, buf, sizeof(buf), at)) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			column = buf[i] == '\n' ? 0 : column + (buf[i] == ' ');
			if (column != USERS && column != USERS_NAMES)
				hash = hash_bytes(hash, &buf[i], 1);
		}
		at += len;
	}
	return hash;
}

/* Add the module of @line, a line of /proc/modules. Returns 0 or -ENOMEM. */
static int module_add(struct modules *modules, const char *line)
{
	struct module module = { .hash = HASH_BEGIN };
	struct module *at;
	char state[16];
	uint64_t size;

	if (sscanf(line, "%63s %" SCNu64 " %*s %*s %15s %" SCNx64, module.name, &size, state,
		   &module.start) != 4)
		return 0;
	module.end = module.start + size;
	module.hash = hash_bytes(module.hash, state, strlen(state));
	at = reallocarray(modules->at, modules->nr + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	modules->at = at;
	at[modules->nr++] = module;
	return 0;
}

/* Returns the text of the file @fd (malloc), or what can be read of it; NULL without memory. */
static char *read_text(int fd)
{
	size_t len = 0, room = 0;
	char *text = NULL;
	ssize_t got;

	do {
		char *more = room - len > 1 ? text : realloc(text, room += 1 << 14);

		if (!more) {
			free(text);
			return NULL;
		}
		text = more;
		got = fd < 0 ? 0 : pread(fd, text + len, room - len - 1, len);
		len += got > 0 ? got : 0;
	} while (got > 0);
	text[len] = '\0';
	return text;
}

int modules__read(struct modules *modules, int fd)
{
	char *text = read_text(fd), *rest = text, *line;
	int err = text ? 0 : -ENOMEM;

	modules->nr = 0;
	while (!err && (line = strsep(&rest, "\n")))
		err = module_add(modules, line);
	free(text);
	return err;
}

/* Set `other` of each module of @a that @b lacks. */
static void mark_others(struct modules *a, const struct modules *b)
{
	for (size_t i = 0; i < a->nr; i++) {
		struct module *m = &a->at[i];

		m->other = true;
		for (size_t k = 0; k < b->nr && m->other; k++)
			m->other = m->start != b->at[k].start || m->end != b->at[k].end ||
				   m->hash != b->at[k].hash || strcmp(m->name, b->at[k].name);
	}
}

void modules__compare(struct modules *a, struct modules *b)
{
	mark_others(a, b);
	mark_others(b, a);
}

bool modules__has_other_at(const struct modules *modules, uint64_t addr)
{
	for (size_t i = 0; i < modules->nr; i++) {
		const struct module *m = &modules->at[i];

		if (m->other && addr >= m->start && addr < m->end)
			return true;
	}
	return false;
}

const struct module *modules__find(const struct modules *modules, const char *name)
{
	for (size_t i = 0; i < modules->nr; i++)
		if (!strcmp(modules->at[i].name, name))
			return &modules->at[i];
	return NULL;
}
