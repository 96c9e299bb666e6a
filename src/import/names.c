// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "import/import.h"

#define BUCKETS (2 * NAMES_MAX)

struct name {
	char *text; /* the text in the file, without the length */
	size_t len;
	uint32_t hash;
	struct symbol symbol;
};

struct names {
	size_t nr;
	uint32_t buckets[BUCKETS]; /* index + 1; 0 if free */
	struct name rows[NAMES_MAX];
};

struct names *names__new(void)
{
	return calloc(1, sizeof(struct names));
}

void names__free(struct names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->nr; i++) {
		free(names->rows[i].text);
		free((char *)names->rows[i].symbol.name);
		free((char *)names->rows[i].symbol.module);
	}
	free(names);
}

/* Read "name+0x1c [module]" from @text. Parts for which there is no memory stay unknown. */
static void read_symbol(struct symbol *symbol, char *text)
{
	char *module = strstr(text, " ["), *offset = strchr(text, '+');

	if (text[0] == '0' && text[1] == 'x') {
		symbol->addr = strtoull(text, NULL, 16);
		return;
	}
	if (offset && module && offset > module)
		offset = NULL;
	if (module)
		symbol->module = strndup(module + 2, strcspn(module + 2, "]"));
	if (offset)
		symbol->offset = strtoull(offset + 1, NULL, 16);
	symbol->name = strndup(text, offset ? offset - text :
				     module ? module - text :
					      (long)strlen(text));
}

static uint64_t add_name(struct names *names, const char *text, size_t len, uint32_t hash,
			 uint32_t *bucket)
{
	struct name *name = &names->rows[names->nr];

	if (names->nr == NAMES_MAX)
		return NAME_OTHER + 1;
	/* calloc(), because the text may contain a 0 byte. */
	name->text = calloc(1, len + 1);
	if (!name->text)
		return NAME_OTHER + 1;
	memcpy(name->text, text, len);
	name->len = len;
	name->hash = hash;
	/* Functions are distinguished by address: invent one that is no address of the kernel. */
	name->symbol.addr = names->nr + 1;
	read_symbol(&name->symbol, name->text);
	*bucket = ++names->nr;
	return names->nr;
}

uint64_t names__id(struct names *names, const char *text, size_t len)
{
	char without[NAME_BYTES];
	const char *slash;
	uint32_t hash;

	while (len && text[len - 1] == ' ')
		len--;
	if (len > sizeof(without) - 1)
		len = sizeof(without) - 1;
	slash = memchr(text, '/', len);
	if (slash) {
		/* In "name+0x1c/0x40 [module]", move what follows the length to the left. */
		const char *space = memchr(slash, ' ', text + len - slash);
		size_t rest = space ? text + len - space : 0;

		memcpy(without, text, slash - text);
		memcpy(without + (slash - text), space ? space : "", rest);
		len = slash - text + rest;
		text = without;
	}
	if (!len || (len == 3 && !memcmp(text, "0x0", 3)) ||
	    (len == 5 && !memcmp(text, "(nil)", 5)))
		return 0;
	hash = hash_bytes(HASH_BEGIN, text, len);
	for (uint32_t at = hash;; at++) {
		uint32_t *bucket = &names->buckets[at % BUCKETS];
		const struct name *name;

		if (!*bucket)
			return add_name(names, text, len, hash, bucket);
		name = &names->rows[*bucket - 1];
		if (name->hash == hash && name->len == len && !memcmp(name->text, text, len))
			return *bucket;
	}
}

struct symbol names__symbol(const struct names *names, uint64_t id)
{
	if (!id || id > names->nr)
		return (struct symbol){ .addr = id };
	return names->rows[id - 1].symbol;
}

int key_map__open(struct key_map *map, uint32_t max)
{
	map->max = max;
	map->nr = 0;
	map->keys = calloc(max, sizeof(*map->keys));
	map->buckets = calloc(2 * max, sizeof(*map->buckets));
	return map->keys && map->buckets ? 0 : -ENOMEM;
}

void key_map__close(struct key_map *map)
{
	free(map->keys);
	free(map->buckets);
}

void key_map__clear(struct key_map *map)
{
	memset(map->buckets, 0, 2 * map->max * sizeof(*map->buckets));
	map->nr = 0;
}

uint32_t key_map__row(struct key_map *map, uint64_t key)
{
	for (uint32_t at = hash64(key);; at++) {
		uint32_t *bucket = &map->buckets[at & (2 * map->max - 1)];

		if (*bucket && map->keys[*bucket - 1] == key)
			return *bucket - 1;
		if (*bucket)
			continue;
		if (map->nr == map->max)
			return map->max;
		map->keys[map->nr++] = key;
		*bucket = map->nr;
		return map->nr - 1;
	}
}
