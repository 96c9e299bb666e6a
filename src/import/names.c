// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "import/names.h"

#define BUCKETS (2 * NAMES_MAX)

struct name {
	char *text; /* as in the file, without the length */
	size_t len;
	uint32_t hash;
	struct symbol symbol;
};

struct names {
	size_t nr;
	uint32_t buckets[BUCKETS]; /* index + 1; 0: free */
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

/* FNV-1a. */
static uint32_t hash_of(const char *text, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return hash;
}

static bool is_address(const char *text)
{
	return text[0] == '0' && text[1] == 'x';
}

/* "name+0x1c [module]"; @text is terminated. Parts that found no memory are unknown. */
static void symbol_read(struct symbol *symbol, char *text)
{
	char *module = strstr(text, " ["), *offset = strchr(text, '+');

	if (is_address(text)) {
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

static uint64_t name_add(struct names *names, const char *text, size_t len, uint32_t hash,
			 uint32_t *bucket)
{
	struct name *name = &names->rows[names->nr];

	if (names->nr == NAMES_MAX)
		return NAME_OTHER + 1;
	/* A text may have a 0 in it, so it is no string. */
	name->text = calloc(1, len + 1);
	if (!name->text)
		return NAME_OTHER + 1;
	memcpy(name->text, text, len);
	name->len = len;
	name->hash = hash;
	/* Functions are told apart by address; this one is not the kernel's. */
	name->symbol.addr = names->nr + 1;
	symbol_read(&name->symbol, name->text);
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
		/* "name+0x1c/0x40 [module]": what is behind the length moves up. */
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
	hash = hash_of(text, len);
	for (uint32_t at = hash;; at++) {
		uint32_t *bucket = &names->buckets[at % BUCKETS];
		const struct name *name;

		if (!*bucket)
			return name_add(names, text, len, hash, bucket);
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
